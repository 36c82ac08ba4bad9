"""Versions of stored items: older ones are upgraded when read, newer ones are refused and never overwritten."""

import pytest

from chalicelib.repos.accounts import accounts
from chalicelib.repos.applications import indexes as keys
from chalicelib.repos.applications import items
from chalicelib.repos.table import table
from chalicelib.repos.table.schemas import NewerSchema, Schema
from chalicelib.rules.base.vocabulary import ApplicationNumber, PersonNumber
from testing.follow_ups import card, decided, seen
from testing.world import User, World
from tests.support.older_items import with_mapping

RENAMED = Schema(3, {1: lambda item: item | {"b": item["a"]}, 2: lambda item: item | {"c": item["b"] + 1}})


def newer(key: table.Key) -> None:
    """Let an item be of the next version."""
    item = table.get(key)
    assert item is not None
    table.commit(table.put(item | {"schema": item["schema"] + 1}))


@pytest.mark.parametrize("version", [1, 2, 3])
def test_an_older_item_is_upgraded_step_by_step(version: int) -> None:
    item = {"pk": "p", "schema": version, "a": 1, "b": 1, "c": 2}
    stored = {name: value for name, value in item.items() if name not in {1: "bc", 2: "c", 3: ""}[version]}
    assert RENAMED.upgraded(stored) == item | {"schema": 3}


def test_a_newer_item_is_refused() -> None:
    with pytest.raises(NewerSchema):
        RENAMED.upgraded({"schema": 4})


def test_an_application_of_a_newer_version_answers_503_and_stays_as_it_is(world: World, owner: User) -> None:
    number = world.application(owner)["number"]
    newer(keys.header_key(ApplicationNumber(number)))
    before = world.table()
    path = f"/applications/{number}"
    for answer in (owner("GET", path), owner("POST", f"{path}/withdraw", {"status_version": 1})):
        assert (answer.status, answer.code) == (503, "UNAVAILABLE")
    assert world.table() == before


def test_a_person_of_a_newer_version_answers_503_and_its_group_too(world: World, owner: User) -> None:
    number = world.application(owner, persons=2)["number"]
    newer(keys.person_key(PersonNumber(f"{number}-02")))
    assert owner("GET", f"/persons/{number}-02").status == 503
    assert owner("GET", f"/applications/{number}").status == 503
    assert owner("GET", f"/persons/{number}-01").status == 200


def test_an_account_of_a_newer_version_is_not_served(world: World, owner: User) -> None:
    agent = world.agent(owner)
    partition_owner = agent.account["enterprise_id"]
    newer(accounts.account_key(partition_owner, agent.account["id"]))
    assert agent("GET", "/me").status == 503
    assert owner("GET", "/me").status == 200


def test_a_person_of_version_1_does_not_say_when_its_card_was_made_and_is_written_in_the_current_form(
    world: World, owner: User
) -> None:
    person = decided(world, owner)
    card(world, person, "making")
    card(world, person, "made", card_number="CN-4900", valid_until="2031-11-20")
    key = keys.person_key(PersonNumber(person))
    item = table.get(key)
    assert item is not None
    older = {name: value for name, value in item["card"].items() if name not in items.UNKNOWN_MAKING}
    table.commit(table.put(with_mapping(item) | {"schema": 1, "card": older}))
    shown = seen(owner, person)["card"]
    assert (shown["number"], shown["made_at"], shown["issued_at"], shown["printed"]) == ("CN-4900", None, None, None)
    issued = card(world, person, "issued").body
    assert issued["card"]["issued_at"] is not None
    assert {destination["printed"] for destination in issued["travel"]} == {None}
    now = table.get(key)
    assert now is not None
    assert (now["schema"], now["card"]["printed"]) == (items.PERSON.current, None)


def test_a_person_of_version_3_has_a_mapping_of_answers_and_shows_the_same(world: World, owner: User) -> None:
    person = decided(world, owner)
    key = keys.person_key(PersonNumber(person))
    before, item = seen(owner, person), table.get(key)
    assert item is not None
    assert len(with_mapping(item)["economies"]) == len(before["economies"])
    table.commit(table.put(with_mapping(item) | {"schema": 3}))
    assert seen(owner, person) == before
    world.desk("consular").ok("PUT", f"/office/persons/{person}/economies/SGP", {"decision": "refused"})
    now = table.get(key)
    assert now is not None
    assert (now["schema"], type(now["economies"])) == (items.PERSON.current, str)
    after = {one["code"]: one for one in seen(owner, person)["economies"]}
    assert after["SGP"]["decision"] == "refused"
    assert [one for one in before["economies"] if after[one["code"]] != one] == [
        one for one in before["economies"] if one["code"] == "SGP"
    ]


def test_a_header_of_version_1_and_a_person_of_version_2_have_no_warnings(world: World, owner: User) -> None:
    number = world.application(owner, persons=1)["number"]
    of_person = keys.person_key(PersonNumber(f"{number}-01"))
    for key, version in ((keys.header_key(ApplicationNumber(number)), 1), (of_person, 2)):
        item = table.get(key)
        assert item is not None
        older = with_mapping(item) if key == of_person else item
        older = {name: value for name, value in older.items() if name not in ("warnings", "lookup_since")}
        table.commit(table.put(older | {"schema": version}))
    assert owner.ok("GET", f"/applications/{number}")["warnings"] == []
    assert seen(owner, f"{number}-01")["warnings"] == []
    owner.ok("POST", f"/applications/{number}/withdraw", {"status_version": 1})
    written = table.get(keys.header_key(ApplicationNumber(number)))
    assert written is not None
    assert (written["schema"], written.get("lookup_since")) == (items.HEADER.current, None)
