"""Every rule that holds across items of the table: whatever was done, refused, killed or tried again.

`check(world)` reads the whole table and asserts them all. Applications, with what their events told whom, are in
`invariants_of_files`.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

from testing.world import World
from tests.support import invariants_of_files

Item = dict[str, Any]
Items = dict[tuple[str, str], Item]

FORGOTTEN = ("SESSION#", "MSG#")
"""What may outlive its account: it ends by itself."""

ALONE = ("KEYS", "SEQ#", "RATE#", "MAILRATE#", "CODE#", "TICKET#", "RECOVERY#", "IDEM#", "AUDIT#", "DELETION#")
"""Items that no other item depends on, or that are looked at where they are used."""

OPENED = {"registered", "enterprise_provisioned"}


def check(world: World, *, settled: bool = False) -> None:
    """Assert every rule; `settled`: nothing is left over from anything killed, either."""
    found = read(world)
    judge(found)
    if settled:
        assert not [at for at in found if at[0].startswith("GONE#")], "uploads of drafts that are gone"


def judge(found: Items) -> None:
    """Assert every rule about these items."""
    owned = {at: item for at, item in found.items() if at[0].startswith("ENT#")}
    people = {at: item for at, item in owned.items() if at[1].startswith("ACCOUNT#")}
    _kinds(found)
    _enterprises(owned, people)
    _logins(found, owned, people)
    _drafts(found, people)
    _addresses(found, people)
    _mail(found)
    _audited(found, owned, people)
    invariants_of_files.check(found)
    _remembered(found)


def read(world: World) -> Items:
    """The whole table."""
    from chalicelib.repos.table import table

    return {
        at: table.load({name: value for name, value in wire.items() if value}) for at, wire in world.table().items()
    }


def _kinds(found: Items) -> None:
    known = ("ENT#", "ACC#", "LOGIN#", "APP#", "MAIL#", "GONE#", "ADDRESS#", "REMINDED#", "STATISTICS", *ALONE)
    strange = [at for at in found if not at[0].startswith(known)]
    assert not strange, strange


def _enterprises(owned: Items, people: Items) -> None:
    """Counters count what is there; each enterprise has exactly one account of its own, which bears its id."""
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
    """Every account and every USCC has exactly one guard, under its own name, and no guard leads nowhere."""
    from chalicelib.repos.accounts import accounts
    from chalicelib.repos.keys import sealing

    wanted = {}
    for (pk, _), item in people.items():
        account = accounts.from_item(item)
        wanted[account.role.value, pk.removeprefix("ENT#"), str(account.id)] = account.login
    for (_, sk), item in owned.items():
        if sk == "PROFILE":
            wanted["uscc", item["id"], item["id"]] = item["uscc"]
    guards = {}
    for (pk, _), item in found.items():
        if pk.startswith("LOGIN#"):
            _, kind, digest = pk.split("#")
            owner = (kind, item["partition_owner"], item["account_id"])
            assert owner not in guards, f"two names of {owner}"
            guards[owner] = digest
    assert guards.keys() == wanted.keys(), guards.keys() ^ wanted.keys()
    for owner, name in wanted.items():
        assert guards[owner] in set(sealing.digests("login", name.casefold())), f"another name than its own: {owner}"


def _drafts(found: Items, people: Items) -> None:
    """Drafts, places and named uploads of each account agree; what is an account's own belongs to one that exists."""
    from chalicelib.repos.drafts import counters, drafts
    from chalicelib.rules.base.china_time import rfc3339

    living = {item["id"] for item in people.values()}
    of_account: dict[str, dict[str, frozenset[str]]] = defaultdict(dict)
    states = {}
    for (pk, sk), item in found.items():
        if not pk.startswith("ACC#"):
            continue
        owner = pk.removeprefix("ACC#")
        assert owner in living or sk.startswith(FORGOTTEN), f"{sk} of nobody: {owner}"
        assert sk == "STATE" or sk.startswith(("DRAFT#", *FORGOTTEN)), sk
        if sk == "STATE":
            states[owner] = counters.from_item(item)
        if sk.startswith("DRAFT#"):
            draft = drafts.from_item(item)
            names = frozenset(each.name for each in drafts.uploads(draft))
            of_account[owner][draft.id] = names
            tail = item["enterprise_id"] if names else ""
            assert item["queue_sk"] == f"{rfc3339(draft.saved_at)}#{owner}#{draft.id}#{tail}"
    for owner in states.keys() | of_account.keys():
        state, own = states.get(owner, counters.DraftCounters()), of_account[owner]
        assert state.drafts == len(own) <= 20, (owner, state.drafts, len(own))
        assert state.purged_drafts >= 0, owner
        assert {each: names for each, names in own.items() if names} == state.uploads, owner


def _addresses(found: Items, people: Items) -> None:
    """An account says of its address what is known of it, and is found under it."""
    from chalicelib.repos.accounts import accounts
    from chalicelib.repos.keys import sealing

    for item in people.values():
        address = accounts.from_item(item).email.strip().casefold()
        places = {f"ADDRESS#{each}" for each in sealing.digests("mail address", address)}
        assert item["queue_pk"] in places
        assert item.get("mail_status") == found.get((item["queue_pk"], "MAIL"), {}).get("mail_status"), item["id"]


def _mail(found: Items) -> None:
    """What waits is in the queue, what died on its list, everything else on neither and forgotten."""
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
    """As many things came and went as the audit says; every entry's own partition, every request once in it."""
    done: dict[str, Counter[str]] = defaultdict(Counter)
    for (pk, _), item in found.items():
        if pk.startswith("AUDIT#"):
            done[pk.removeprefix("AUDIT#")][item["action"]] += 1
    agents = Counter(pk for (pk, _), item in people.items() if item["role"] == "agent")
    invoices = Counter(pk for pk, sk in owned if sk.startswith("INVOICE#"))
    for (pk, sk), item in owned.items():
        if sk == "PROFILE":
            counts = done[item["id"]]
            assert sum(counts[each] for each in OPENED) == 1, (pk, counts)
            assert counts["agent_added"] - counts["agent_deleted"] == agents[pk], (pk, counts)
            assert counts["invoice_profile_added"] - counts["invoice_profile_deleted"] == invoices[pk], (pk, counts)


def _remembered(found: Items) -> None:
    """A reply that is remembered tells of something that is there, or was: numbers of applications never go."""
    from chalicelib.repos.keys import sealing

    numbers = {pk.removeprefix("APP#") for pk, _ in found if pk.startswith("APP#")}
    for number in _numbers(found, sealing):
        assert number in numbers, f"a remembered reply of {number}, which does not exist"


def _numbers(found: Items, sealing: Any) -> Iterator[str]:
    import json

    for (pk, _), item in found.items():
        if pk.startswith("IDEM#"):
            reply = json.loads(sealing.unseal_json(item["reply"], pk))
            if "persons" in reply:
                yield reply["number"]
