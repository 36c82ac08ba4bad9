"""Rules across items of the table that hold after every act, refusal, kill and retry.

`check(world)` reads the whole table and asserts every rule. The rules of applications and their notices are in
`invariants_of_applications`.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

from testing.world import World
from tests.support import invariants_of_applications

Item = dict[str, Any]
Items = dict[tuple[str, str], Item]

FORGOTTEN = ("SESSION#", "MSG#")
"""Items that may outlive their account because they expire."""

ALONE = (
    "KEYS",
    "SEQ#",
    "RATE#",
    "MAILRATE#",
    "CODE#",
    "TICKET#",
    "RECOVERY#",
    "IDEM#",
    "AUDIT#",
    "DELETION#",
    "CLAIMS#",
)
"""Items on which no other item depends, or which are checked with the items that use them."""

OPENED = {"registered", "enterprise_provisioned"}


def check(world: World, *, settled: bool = False) -> None:
    """Assert every rule; with `settled` also that no killed act has left orphaned uploads."""
    found = read(world)
    judge(found)
    if settled:
        assert not [key for key in found if key[0].startswith("GONE#")], "orphaned uploads"


def judge(found: Items) -> None:
    """Assert every rule about these items."""
    owned = {key: item for key, item in found.items() if key[0].startswith("ENT#")}
    people = {key: item for key, item in owned.items() if key[1].startswith("ACCOUNT#")}
    _kinds(found)
    _enterprises(owned, people)
    _logins(found, owned, people)
    _drafts(found, people)
    _addresses(found, people)
    _mail(found)
    _audited(found, owned, people)
    invariants_of_applications.check(found)
    _stored_replies(found)


def read(world: World) -> Items:
    """The whole table."""
    from chalicelib.repos.table import table

    return {
        key: table.load({name: value for name, value in wire.items() if value}) for key, wire in world.table().items()
    }


def _kinds(found: Items) -> None:
    known = ("ENT#", "ACC#", "LOGIN#", "APP#", "MAIL#", "GONE#", "ADDRESS#", "REMINDED#", "STATISTICS", "FILE#", *ALONE)
    unknown = [key for key in found if not key[0].startswith(known)]
    assert not unknown, unknown


def _enterprises(owned: Items, people: Items) -> None:
    """Counters equal the number of items; each enterprise has exactly one main account, with its own id."""
    children: dict[str, Counter[str]] = defaultdict(Counter)
    for (pk, sk), item in owned.items():
        children[pk][item["role"] if (pk, sk) in people else sk.partition("#")[0]] += 1
    for pk, counts in children.items():
        if pk == "ENT#OFFICERS":
            assert set(counts) == {"officer"}, (pk, counts)
            continue
        assert set(counts) <= {"PROFILE", "INVOICE", "enterprise", "agent"}, (pk, counts)
        profile = owned[pk, "PROFILE"]
        assert counts["enterprise"] == 1, pk
        assert owned[pk, f"ACCOUNT#{profile['id']}"]["role"] == "enterprise", pk
        assert profile["account_id"] == profile["id"] == pk.removeprefix("ENT#")
        assert profile.get("agents", 0) == counts["agent"] <= 20, (pk, profile.get("agents"), counts)
        assert profile.get("invoice_profiles", 0) == counts["INVOICE"] <= 20, (pk, counts)
        assert profile["queue_sk"] == f"{profile['name']}#{profile['id']}"


def _logins(found: Items, owned: Items, people: Items) -> None:
    """Every account and every USCC has exactly one claim, under its own name, and every claim has an owner."""
    from chalicelib.repos.accounts import accounts
    from chalicelib.repos.keys import sealing

    wanted = {}
    for (pk, _), item in people.items():
        account = accounts.from_item(item)
        wanted[account.role.value, pk.removeprefix("ENT#"), str(account.id)] = account.login
    for (_, sk), item in owned.items():
        if sk == "PROFILE":
            wanted["uscc", item["id"], item["id"]] = item["uscc"]
    claims = {}
    for (pk, _), item in found.items():
        if pk.startswith("LOGIN#"):
            _, kind, digest = pk.split("#")
            owner = (kind, item["partition_owner"], item["account_id"])
            assert owner not in claims, f"two names of {owner}"
            claims[owner] = digest
    assert claims.keys() == wanted.keys(), claims.keys() ^ wanted.keys()
    for owner, name in wanted.items():
        assert claims[owner] in set(sealing.digests("login", name.casefold())), f"claim under another name: {owner}"


def _drafts(found: Items, people: Items) -> None:
    """Drafts, counters and named uploads of each account agree; items of an account belong to an existing one."""
    from chalicelib.repos.drafts import counters, drafts
    from chalicelib.rules.base.china_time import rfc3339

    living = {item["id"] for item in people.values()}
    of_account: dict[str, dict[str, frozenset[str]]] = defaultdict(dict)
    states = {}
    for (pk, sk), item in found.items():
        if not pk.startswith("ACC#"):
            continue
        owner = pk.removeprefix("ACC#")
        assert owner in living or sk.startswith(FORGOTTEN), f"{sk} without an account: {owner}"
        assert sk == "STATE" or sk.startswith(("DRAFT#", *FORGOTTEN)), sk
        if sk == "STATE":
            states[owner] = counters.from_item(item)
        if sk.startswith("DRAFT#"):
            draft = drafts.from_item(item)
            names = frozenset(upload.name for upload in drafts.uploads(draft))
            of_account[owner][draft.id] = names
            tail = item["enterprise_id"] if names else ""
            assert item["queue_sk"] == f"{rfc3339(draft.saved_at)}#{owner}#{draft.id}#{tail}"
    for owner in states.keys() | of_account.keys():
        state, own = states.get(owner, counters.DraftCounters()), of_account[owner]
        assert state.drafts == len(own) <= 20, (owner, state.drafts, len(own))
        assert state.purged_drafts >= 0, owner
        assert {draft_id: names for draft_id, names in own.items() if names} == state.uploads, owner


def _addresses(found: Items, people: Items) -> None:
    """An account has the mail status of its address, and is indexed under the address."""
    from chalicelib.repos.accounts import accounts
    from chalicelib.repos.keys import sealing

    for item in people.values():
        address = accounts.from_item(item).email.strip().casefold()
        places = {f"ADDRESS#{digest}" for digest in sealing.digests("mail address", address)}
        assert item["queue_pk"] in places
        assert item.get("mail_status") == found.get((item["queue_pk"], "MAIL"), {}).get("mail_status"), item["id"]


def _mail(found: Items) -> None:
    """Waiting mails are in the queue, dead ones in the list of dead letters; finished ones are in neither."""
    for (pk, _), item in found.items():
        if not pk.startswith("MAIL#"):
            continue
        state = item["state"]
        queue = {"WAITING": "MAIL", "DEAD": "MAIL#DEAD"}.get(state)
        assert item.get("queue_pk") == queue, (pk, state)
        assert ("queue_sk" in item) == (queue is not None), (pk, state)
        assert ("values" in item) == (queue is not None), (pk, state)
        assert ("finished_at" in item) == (state != "WAITING"), (pk, state)
        assert state in ("WAITING", "DEAD", "SENT", "SUPPRESSED", "OPTED_OUT"), (pk, state)
        assert state != "SENT" or item.get("reached"), pk


def _audited(found: Items, owned: Items, people: Items) -> None:
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
            assert sum(counts[action] for action in OPENED) == 1, (pk, counts)
            assert counts["agent_added"] - counts["agent_deleted"] == agents[pk], (pk, counts)
            assert counts["invoice_profile_added"] - counts["invoice_profile_deleted"] == invoices[pk], (pk, counts)


def _stored_replies(found: Items) -> None:
    """Every stored reply names an application that exists."""
    from chalicelib.repos.keys import sealing

    numbers = {pk.removeprefix("APP#") for pk, _ in found if pk.startswith("APP#")}
    for number in _numbers(found, sealing):
        assert number in numbers, f"a stored reply names {number}, which does not exist"


def _numbers(found: Items, sealing: Any) -> Iterator[str]:
    import json

    for (pk, _), item in found.items():
        if pk.startswith("IDEM#"):
            reply = json.loads(sealing.unseal_json(item["reply"], pk))
            if "persons" in reply:
                yield reply["number"]
