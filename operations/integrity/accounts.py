"""Accounts: counters, unique claims, drafts, addresses, audit and stored replies."""

import json
from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any

from chalicelib.repos.accounts import accounts, enterprise_names
from chalicelib.repos.drafts import counters, drafts
from chalicelib.repos.drafts.counters import DraftCounters
from chalicelib.repos.keys import sealing
from chalicelib.repos.maintenance import enterprise_data
from chalicelib.repos.process import clock
from chalicelib.rules.accounts.enterprise_names import searchable
from chalicelib.rules.base import limits
from chalicelib.rules.drafts import lifetime
from chalicelib.rules.drafts.drafts import Draft
from operations.integrity.breaches import Breaches, Item, Items

OUTLIVES_ACCOUNT = ("SESSION#", "MSG#", "REVEALED#", "KNOWN#", "SIGNED_IN")
"""Items that may outlive their account because they expire."""

NAMED = "invoice_profile_"
"""How the attributes of an enterprise begin that name its invoice profiles."""

OPENED = ("registered", "enterprise_provisioned")
"""Audit entries of which every enterprise has exactly one."""


def check(found: Items, breaches: Breaches) -> None:
    """Check every rule about accounts."""
    owned = {key: item for key, item in found.items() if key[0].startswith("ENT#")}
    people = {key: item for key, item in owned.items() if key[1].startswith("ACCOUNT#")}
    _enterprises(owned, people, breaches)
    _names(found, owned, breaches)
    _claims(found, owned, people, breaches)
    _drafts(found, people, breaches)
    _addresses(found, people, breaches)
    _mailboxes(people, breaches)
    _passkeys(owned, people, breaches)
    _audited(found, owned, people, breaches)
    _stored_replies(found, breaches)


def _enterprises(owned: Items, people: Items, breaches: Breaches) -> None:
    """Counters equal the number of items; each enterprise has exactly one main account, with its own id."""
    children: dict[str, Counter[str]] = defaultdict(Counter)
    for (pk, sk), item in owned.items():
        children[pk][item["role"] if (pk, sk) in people else sk.partition("#")[0]] += 1
    for pk, counts in children.items():
        with breaches.about(pk):
            if pk == "ENT#OFFICERS":
                _officers(counts, owned, breaches)
                continue
            _enterprise(pk, counts, owned, breaches)


def _officers(counts: Mapping[str, int], owned: Items, breaches: Breaches) -> None:
    """An officer who has a second step has its secret, and every secret belongs to an officer."""
    pk = "ENT#OFFICERS"
    breaches.expect(
        "officer" in counts and set(counts) <= {"officer", "FACTOR", "PASSKEY"}, pk, f"has other items: {dict(counts)}"
    )
    with_step = {item["id"] for (at, _), item in owned.items() if at == pk and item.get("has_second_factor")}
    secrets = {sk.removeprefix("FACTOR#"): item for (at, sk), item in owned.items() if sk.startswith("FACTOR#")}
    confirmed = {account_id for account_id, item in secrets.items() if "secret" in item}
    breaches.expect(with_step == confirmed, pk, "officers with a second step are not those with a secret")
    officers = {sk.removeprefix("ACCOUNT#") for at, sk in owned if at == pk and sk.startswith("ACCOUNT#")}
    breaches.expect(set(secrets) <= officers, pk, "has the second step of an unknown officer")


def _enterprise(pk: str, counts: Mapping[str, int], owned: Items, breaches: Breaches) -> None:
    known = {"PROFILE", "INVOICE", "enterprise", "agent", "LEDGER", "LEDGER_OUT", "PASSKEY"}
    breaches.expect(set(counts) <= known, pk, f"has unknown items: {set(counts) - known}")
    profile = owned[pk, "PROFILE"]
    account = owned[pk, f"ACCOUNT#{profile['id']}"]
    breaches.expect(counts["enterprise"] == 1 and account["role"] == "enterprise", pk, "has not one main account")
    ids = {profile["account_id"], profile["id"], pk.removeprefix("ENT#")}
    breaches.expect(len(ids) == 1, pk, f"has the ids of several: {ids}")
    for name, counted, most in (
        ("agents", counts["agent"], limits.MAX_AGENTS),
        ("invoice_profiles", counts["INVOICE"], limits.MAX_INVOICE_PROFILES),
    ):
        stored = profile.get(name, 0)
        breaches.expect(stored == counted <= most, pk, f"counts {stored} {name} and has {counted}")
    named = {name.removeprefix(NAMED) for name in profile if name.startswith(NAMED)}
    own = {sk.removeprefix("INVOICE#") for at, sk in owned if at == pk and sk.startswith("INVOICE#")}
    breaches.expect(named == own, pk, "names other invoice profiles than it has")
    breaches.expect(profile["queue_sk"] == f"{profile['name']}#{profile['id']}", pk, "is listed under another name")


def _names(found: Items, owned: Items, breaches: Breaches) -> None:
    """Every enterprise is listed by each part of its name and of earlier ones; each such part names an enterprise."""
    names = {(item["id"], searchable(item["name"])) for (_, sk), item in owned.items() if sk == "PROFILE"}
    codes = {enterprise_names.code_key(item["id"], item["uscc"]) for (_, sk), item in owned.items() if sk == "PROFILE"}
    for pk, sk in codes - found.keys():
        breaches.expect(False, f"{pk} {sk}", "lists no enterprise by its USCC")
    for (pk, sk), item in found.items():
        if pk == enterprise_names.CODES:
            is_known = (pk, sk) in codes or enterprise_data.job_key(item["enterprise_id"]) in found
            breaches.expect(is_known, f"{pk} {sk}", "is the USCC of no enterprise")
        elif pk.startswith(enterprise_names.PREFIX) and enterprise_data.job_key(item["enterprise_id"]) not in found:
            owner = item["enterprise_id"], item["name"]
            names.add(owner)
            breaches.expect((f"ENT#{owner[0]}", "PROFILE") in owned, f"{pk} {sk}", "names no enterprise")
            breaches.expect((pk, sk) in enterprise_names.keys_of(*owner), f"{pk} {sk}", "is no part of its name")
    for enterprise_id, name in sorted(names):
        missing = set(enterprise_names.keys_of(enterprise_id, name)) - found.keys()
        breaches.expect(not missing, f"ENT#{enterprise_id}", f"is not listed by {len(missing)} parts of a name")


def _claims(found: Items, owned: Items, people: Items, breaches: Breaches) -> None:
    """Every account and every USCC has exactly one claim, under its own name, and every claim has an owner."""
    wanted: dict[tuple[str, str, str], str] = {}
    for (pk, sk), item in owned.items():
        with breaches.about(f"{pk} {sk}"):
            if (pk, sk) in people:
                account = accounts.from_item(item)
                wanted[account.role.value, pk.removeprefix("ENT#"), str(account.id)] = account.login
            elif sk == "PROFILE":
                wanted["uscc", item["id"], item["id"]] = item["uscc"]
    claims: dict[tuple[str, str, str], str] = {}
    for (pk, _), item in found.items():
        if pk.startswith("LOGIN#"):
            _, kind, digest = pk.split("#")
            owner = (kind, item["partition_owner"], item["account_id"])
            breaches.expect(owner not in claims, pk, f"a second claim of {owner}")
            claims[owner] = digest
    for owner in claims.keys() - wanted.keys():
        breaches.expect(False, f"claim of {owner}", "has no account")
    for owner, name in wanted.items():
        digests = set(sealing.digests("login", name.casefold()))
        breaches.expect(claims.get(owner) in digests, f"account {owner}", "has no claim under its own name")


def _drafts(found: Items, people: Items, breaches: Breaches) -> None:
    """Drafts, counters and named uploads of each account agree; items of an account belong to an existing one."""
    living = {item["id"] for item in people.values()}
    of_account: dict[str, dict[str, Draft]] = defaultdict(dict)
    uploads: dict[str, dict[str, frozenset[str]]] = defaultdict(dict)
    states: dict[str, Any] = {}
    for (pk, sk), item in found.items():
        if not pk.startswith("ACC#"):
            continue
        owner = pk.removeprefix("ACC#")
        breaches.expect(owner in living or sk.startswith(OUTLIVES_ACCOUNT), f"{pk} {sk}", "has no account")
        with breaches.about(f"{pk} {sk}"):
            if sk == "STATE":
                states[owner] = counters.from_item(item)
            if sk.startswith("DRAFT#"):
                of_account[owner][item["id"]] = draft = drafts.from_item(item)
                if names := _named_by(draft, item, breaches):
                    uploads[owner][draft.id] = names
    for owner in states.keys() | of_account.keys():
        state, subject = states.get(owner, DraftCounters()), f"ACC#{owner}"
        _drafts_counted(of_account[owner], state, subject, breaches)
        breaches.expect(uploads[owner] == state.uploads, subject, "names other uploads than its drafts")


def _drafts_counted(own: Mapping[str, Draft], state: DraftCounters, subject: str, breaches: Breaches) -> None:
    """The counters list each draft with its time. Due ones may be purged but still listed, or settled before that."""
    counted = len(state.saved) + sum(not draft.listed for draft in own.values())
    breaches.expect(state.drafts == counted <= limits.MAX_DRAFTS, subject, f"counts {state.drafts} drafts of {counted}")
    breaches.expect(state.purged_drafts >= 0, subject, "counts less than no purged draft")
    times = {draft.id: draft.saved_at for draft in own.values() if draft.listed}
    now = clock.now()
    for draft_id in state.saved.keys() | times.keys():
        listed, saved = state.saved.get(draft_id), times.get(draft_id)
        is_due = lifetime.is_due(listed or saved or now, now)
        breaches.expect(listed == saved or is_due, subject, f"lists draft {draft_id} with another time")


def _named_by(draft: Draft, item: Item, breaches: Breaches) -> frozenset[str]:
    """The uploads that a draft names; its key in the purge queue follows from them."""
    names = frozenset(upload.name for upload in drafts.uploads(draft))
    queued = drafts.queue_key(draft, has_uploads=bool(names))
    breaches.expect(item["queue_sk"] == queued, f"draft {draft.id}", "is queued for another purge")
    return names


def _addresses(found: Items, people: Items, breaches: Breaches) -> None:
    """An account has the mail status of its address, and is indexed under the address."""
    for (pk, sk), item in people.items():
        with breaches.about(f"{pk} {sk}"):
            address = accounts.from_item(item).email.strip().casefold()
            places = {f"ADDRESS#{digest}" for digest in sealing.digests("mail address", address)}
            breaches.expect(item["queue_pk"] in places, f"{pk} {sk}", "is indexed under another address")
            known = found.get((item["queue_pk"], "MAIL"), {}).get("mail_status")
            breaches.expect(item.get("mail_status") == known, f"{pk} {sk}", "has not the mail status of its address")


def _mailboxes(people: Items, breaches: Breaches) -> None:
    """Only agents can have a mailbox that is not confirmed; items of the first form do not say it."""
    for (pk, sk), item in people.items():
        if item["schema"] > 1:
            is_open = item["mailbox_confirmed"] is False and item["role"] == "agent"
            breaches.expect(item["mailbox_confirmed"] is True or is_open, f"{pk} {sk}", "has no confirmed mailbox")


def _passkeys(owned: Items, people: Items, breaches: Breaches) -> None:
    """An account counts its valid passkeys, and every passkey belongs to one that may have some."""
    valid: Counter[tuple[str, str]] = Counter()
    for (pk, sk), item in owned.items():
        if sk.startswith("PASSKEY#"):
            with breaches.about(f"{pk} {sk}"):
                at = pk, f"ACCOUNT#{item['account_id']}"
                breaches.expect(people[at]["role"] != "agent", f"{pk} {sk}", "is the passkey of an agent")
                breaches.expect(sk == f"PASSKEY#{item['account_id']}#{item['id']}", f"{pk} {sk}", "has another key")
                valid[at] += item["epoch"] == people[at].get("passkey_epoch", 0)
    for (pk, sk), item in people.items():
        stored, counted = item.get("passkeys", 0), valid[pk, sk]
        is_right = stored == counted <= limits.MAX_PASSKEYS
        breaches.expect(is_right, f"{pk} {sk}", f"counts {stored} passkeys and has {counted}")


def _audited(found: Items, owned: Items, people: Items, breaches: Breaches) -> None:
    """The numbers of agents and invoice profiles are those that the audit entries give."""
    done: dict[str, Counter[str]] = defaultdict(Counter)
    for (pk, _), item in found.items():
        if pk.startswith("AUDIT#"):
            done[pk.removeprefix("AUDIT#")][item["action"]] += 1
    agents = Counter(pk for (pk, _), item in people.items() if item["role"] == "agent")
    invoices = Counter(pk for pk, sk in owned if sk.startswith("INVOICE#"))
    for (pk, sk), item in owned.items():
        if sk == "PROFILE":
            counts = done[item["id"]]
            breaches.expect(sum(counts[action] for action in OPENED) == 1, pk, "was not opened once in the audit")
            for kind, number in (("agent", agents[pk]), ("invoice_profile", invoices[pk])):
                audited = counts[f"{kind}_added"] - counts[f"{kind}_deleted"]
                breaches.expect(audited == number, pk, f"has {number} of {kind}, {audited} by the audit")


def _stored_replies(found: Items, breaches: Breaches) -> None:
    """Every stored reply names an application that exists."""
    numbers = {pk.removeprefix("APP#") for pk, _ in found if pk.startswith("APP#")}
    for (pk, _), item in found.items():
        if pk.startswith("IDEM#"):
            with breaches.about(pk):
                reply = json.loads(sealing.unseal_json(item["reply"], pk))
                if "persons" in reply:
                    breaches.expect(reply["number"] in numbers, pk, f"names {reply['number']}, which does not exist")
