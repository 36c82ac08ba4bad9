"""Redacted entries of the history: the chain and the roots of days hold, and later changes of them are named."""

import pytest

from chalicelib.repos.applications import history
from chalicelib.repos.table import table
from operations import check, destroy_person
from operations.destroy_person import Wanted
from scheduled.expire_cards import expire_cards
from tests.support import travelled
from tests.support.operating import CheckingDesk, Desk
from tests.support.snapshots import Snapshot


def digests(number):
    return {entry.id: entry.digest for entry in history.entries(number)}


@pytest.fixture(scope="module")
def group(portal, owner):
    """The number of a group whose history was redacted on the day after its entries got their root."""
    found = travelled.travelled(portal, owner)
    before = digests(found.group)
    portal.time.forward(days=1)
    portal.run(expire_cards)
    destroy_person.destroy(Desk(portal).terminal, Wanted(found.number))
    portal.time.forward(days=1)
    portal.run(expire_cards)
    return found.group, before


@pytest.fixture(autouse=True)
def _restored(group, world):
    """Both tables as they were before the test damaged them, on the day after the second root."""
    world.time.forward(days=2)
    before = Snapshot()
    yield
    before.restore()


@pytest.fixture
def desk():
    return CheckingDesk()


def redacted(group):
    return [item for item in table.query_all(f"HISTORY#{group}") if "redacted" in item]


def test_chain_and_roots_hold_after_a_redaction(desk, group):
    number, before = group
    check.check(desk.terminal)
    assert digests(number) == before
    assert len(redacted(number)) == 2


def test_a_redacted_entry_that_is_changed_again_is_named(desk, group):
    item = redacted(group[0])[0]
    table.commit(table.put(item | {"request_id": "another"}))
    assert f"{item['pk']} {item['sk']}: is not what the audit says of its redaction" in desk.breaches()


def test_a_redacted_entry_that_hides_its_redaction_is_named(desk, group):
    item = redacted(group[0])[0]
    table.commit(table.put({name: value for name, value in item.items() if name != "redacted"}))
    found = desk.breaches()
    assert f"{item['pk']} {item['sk']}: was changed after its redaction" in found
    assert f"{item['pk']} {item['sk']}: was changed: its digest is another one" in found


def test_an_entry_that_claims_a_redaction_without_one_is_named(desk, group):
    item = next(one for one in table.query_all(f"HISTORY#{group[0]}") if "redacted" not in one)
    table.commit(table.put(item | {"redacted": item["digest"], "decision": "refused"}))
    assert f"{item['pk']} {item['sk']}: is not what the audit says of its redaction" in desk.breaches()
