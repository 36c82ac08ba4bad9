"""`operations.check` names what is torn, missing or changed, and does not mistake an act in progress for a breach."""

import pytest

from chalicelib.repos.accounts import enterprise_names
from chalicelib.repos.applications import card_ledger
from chalicelib.repos.drafts import counters, drafts
from chalicelib.repos.maintenance import enterprise_data
from chalicelib.repos.table import table
from chalicelib.rules.base.china_time import china_day
from chalicelib.rules.base.vocabulary import AccountId, EnterpriseId
from operations import check
from sandbox import demo
from testing.accounts import PASSWORD
from testing.follow_ups import economy, holder, waiting
from tests.support.operating import CheckingDesk
from tests.support.snapshots import Snapshot


@pytest.fixture
def desk():
    return CheckingDesk()


@pytest.fixture
def person(world, owner):
    """A person about whom one economy has answered."""
    number = waiting(world, owner)
    economy(world, number, "SGP")
    return number


@pytest.fixture(autouse=True)
def _restored(person):
    """Both tables as they were before the test damaged them."""
    before = Snapshot()
    yield
    before.restore()


def test_a_draft_that_its_account_does_not_list_is_named(owner, desk):
    draft, state = owner.ok("POST", "/drafts", {}), counters.key(AccountId(owner.account["id"]))
    table.commit(table.change(state, drop=[counters.SAVED + draft["id"]]))
    assert desk.breaches() == [
        f"{state[0]}: counts 1 drafts of 0",
        f"{state[0]}: lists draft {draft['id']} with another time",
    ]


def test_a_draft_that_an_account_lists_and_does_not_have_is_named_until_it_is_due(world, owner, desk):
    draft, account_id = owner.ok("POST", "/drafts", {}), AccountId(owner.account["id"])
    table.commit(table.delete(drafts.key(account_id, draft["id"])))
    assert desk.breaches() == [f"ACC#{account_id}: lists draft {draft['id']} with another time"]
    world.time.forward(days=180)
    check.check(desk.terminal)
    assert desk.lines[-1].endswith("0 breaches.")


def entries_of(person):
    return table.query_all(f"HISTORY#{person[:18]}")


def test_sound_tables_pass(desk, person):
    check.check(desk.terminal)
    assert desk.lines[0].endswith("items checked, 0 breaches.")


def test_the_demo_data_of_the_sandbox_pass(world, desk):
    demo._add_enterprise({demo.EMAIL: PASSWORD, demo.AGENT: PASSWORD}, world.time())
    check.check(desk.terminal)


def test_an_enterprise_that_a_part_of_its_name_does_not_find_is_named(owner, desk):
    enterprise_id, name = owner.account["enterprise_id"], owner.ok("GET", "/enterprise")["name"]
    first, *_ = enterprise_names.keys_of(enterprise_id, name)
    table.commit(table.delete(first))
    assert desk.breaches() == [f"ENT#{enterprise_id}: is not listed by 1 parts of a name"]


def test_a_part_of_a_name_of_nobody_is_named(desk):
    table.commit(*enterprise_names.listed(EnterpriseId("nobody"), "云麓"))
    assert desk.breaches() == ["NAMED#云麓 #nobody: names no enterprise"]


def test_a_deleted_entry_is_named(desk, person):
    entry = entries_of(person)[1]
    table.commit(table.delete((entry["pk"], entry["sk"])))
    assert any(line.startswith(f"history of {person[:18]}: entry") and "missing" in line for line in desk.breaches())


def test_a_changed_entry_is_named(desk, person):
    entry = next(item for item in entries_of(person) if item.get("economy"))
    table.commit(table.put(entry | {"decision": "refused"}))
    found = desk.breaches()
    assert any(line.startswith(f"history of {person}: entry") for line in found)
    assert f"{person}: has other answers than its history" in found


def test_an_added_entry_is_named(desk, person):
    entry = entries_of(person)[-1]
    table.commit(table.put(entry | {"sk": f"{entry['sk']}0"}))
    # The name of who acted is encrypted for the place of its entry.
    assert any("cannot be read" in line for line in desk.breaches())
    table.commit(table.put({name: entry[name] for name in entry if name != "own_name"} | {"sk": f"{entry['sk']}0"}))
    assert any("is not in the chain" in line for line in desk.breaches())


def test_a_card_in_the_ledger_that_is_not_marked_as_out_is_named(world, owner, desk):
    person = holder(world, owner)
    handover = {"received_by": "测试乙", "handed_out_on": str(china_day(world.time()))}
    entry = owner.ok("POST", f"/persons/{person}/card-ledger", handover)
    check.check(desk.terminal)
    table.commit(table.delete((f"ENT#{owner.account['enterprise_id']}", f"{card_ledger.OUT}{person}")))
    assert f"card ledger: has {{'{person}': '{entry['id']}'}} out and marks {{}}" in desk.breaches()


def test_a_torn_restore_is_named(world, owner, desk, person):
    """The journal was restored to a later moment than the table."""
    header = table.query_all(f"APP#{person[:18]}", prefix="PERSON#")[0]
    economy(world, person, "JPN")
    table.commit(table.put(header))
    assert f"{person}: has other answers than its history" in desk.breaches()


def test_an_unreadable_item_is_named_and_hides_nothing(desk, person):
    entry = entries_of(person)[0]
    table.commit(table.put(entry | {"action": "no such action"}), table.put({"pk": "NEW#1", "sk": "NEW"}))
    found = desk.breaches()
    assert "NEW#1 NEW: is of no known kind" in found
    assert any(line.startswith(f"{entry['pk']} {entry['sk']}: cannot be read") for line in found)


def test_an_act_between_two_pages_is_no_breach(world, desk, person, monkeypatch):
    """The first reading sees the journal after an answer and the table before it."""
    first = list(enterprise_data.sweep())
    economy(world, person, "THA")
    journal = [item for item in enterprise_data.sweep() if item["pk"].startswith(table.JOURNAL)]
    torn = [item for item in first if not item["pk"].startswith(table.JOURNAL)] + journal
    readings = iter([(item for item in torn)])
    sweep = enterprise_data.sweep
    monkeypatch.setattr(enterprise_data, "sweep", lambda segments: next(readings, None) or sweep(segments))
    check.check(desk.terminal)
    assert next(readings, None) is None
    assert desk.lines[0].endswith("0 breaches.")
