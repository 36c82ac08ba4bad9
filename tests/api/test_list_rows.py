"""What the rows of lists say about applications and persons besides their numbers and statuses."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.repos.applications import indexes as keys
from chalicelib.repos.table import table
from chalicelib.rules.base.vocabulary import ApplicationNumber, PersonNumber
from testing.follow_ups import applied, card, decided, holder, seen, through, waiting
from testing.world import PASSWORD, User, World
from tests.support.older_items import with_mapping

END = "2027-03-31"
AFTER = datetime(2027, 3, 31, 16, 0, tzinfo=UTC)
"""The first moment of the next day in China."""


@pytest.fixture
def owner(world: World) -> User:
    return world.enterprise()


def later(world: World, user: User, moment: datetime) -> User:
    """The same account, signed in again at a later time."""
    world.time.moment = moment
    return world.sign_in(user.account["role"], user.account["login"], PASSWORD)


def row(user: User, number: str) -> Any:
    """The application in its list."""
    service = {"service": "new_or_renewal", "number": number}
    (found,) = user.ok("POST", "/applications/search", service)["items"]
    return found


def test_a_row_says_since_when_the_application_and_its_persons_have_their_status(world: World, owner: User) -> None:
    world.time.moment = datetime(2026, 11, 21, 4, 30, tzinfo=UTC)
    number = world.application(owner)["number"]
    world.time.moment += timedelta(minutes=20)
    world.decide(world.desk("fao-hunan"), {"number": number})
    found = row(owner, number)
    assert (found["submitted_at"], found["status_since"]) == ("2026-11-21T04:30:00.000Z", "2026-11-21T04:50:00.000Z")
    assert found["persons"][0]["status_since"] == "2026-11-21T04:50:00.000Z"


def test_a_person_with_a_status_of_its_own_says_since_when(world: World, owner: User) -> None:
    person = decided(world, owner)
    before = row(owner, person[:-3])
    world.time.moment += timedelta(minutes=20)
    card(world, person, "making")
    found = row(owner, person[:-3])
    assert found["status_since"] == before["status_since"]
    assert (
        found["persons"][0]["status_since"]
        == seen(owner, person)["status_since"]
        > before["persons"][0]["status_since"]
    )


def test_a_card_past_its_last_day_has_ended_at_midnight_in_china_recorded_or_not(world: World, owner: User) -> None:
    person = holder(world, owner, END)
    owner = later(world, owner, AFTER + timedelta(days=3))
    found = row(owner, person[:-3])["persons"][0]
    assert (found["status"], found["status_since"]) == ("EXPIRED", "2027-03-31T16:00:00.000Z")


def test_the_row_of_a_follow_up_application_says_since_when(world: World, owner: User) -> None:
    person = holder(world, owner)
    world.time.moment += timedelta(minutes=5)
    number = applied(owner, person, "cancel_card")["number"]
    (found,) = owner.ok("POST", "/applications/search", {"service": "cancel_card", "number": number})["items"]
    assert found["status_since"] == found["submitted_at"] == found["persons"][0]["status_since"]


def test_a_row_names_the_agent_who_created_it_by_user_name_to_its_enterprise_only(world: World, owner: User) -> None:
    agent = world.agent(owner)
    own, of_agent = world.application(owner)["number"], world.application(agent)["number"]
    assert row(owner, own)["creator_username"] is None
    assert (
        row(owner, of_agent)["creator_username"] == row(agent, of_agent)["creator_username"] == agent.account["login"]
    )
    officer = world.desk("fao-hunan")
    assert officer.ok("GET", f"/office/applications/{of_agent}")["creator_username"] is None


def test_the_user_name_stays_when_the_agent_is_deleted(world: World, owner: User) -> None:
    agent = world.agent(owner)
    person = holder(world, agent)
    follow_up = applied(agent, person, "cancel_card")["number"]
    owner = later(world, owner, world.time.moment)
    owner.ok("DELETE", f"/agents/{agent.account['id']}")
    assert row(owner, person[:-3])["creator_username"] == agent.account["login"]
    assert owner.ok("GET", f"/applications/{follow_up}")["creator_username"] == agent.account["login"]


def test_a_row_says_whether_the_progress_can_be_opened(world: World, owner: User) -> None:
    number = world.application(owner)["number"]
    for desk in ("fao-hunan", "consular"):
        assert row(owner, number)["progress_available"] is False
        assert owner("GET", f"/applications/{number}/progress").code == "OPERATION_INVALID"
        world.decide(world.desk(desk), {"number": number})
    assert row(owner, number)["progress_available"] is True
    owner.ok("GET", f"/applications/{number}/progress")


def test_a_follow_up_application_has_no_progress(world: World, owner: User) -> None:
    number = through(world, owner, waiting(world, owner, approvals=1), "early_card")["number"]
    shown = owner.ok("GET", f"/applications/{number}")
    assert (shown["status"], shown["progress_available"]) == ("CONSULAR_APPROVED", False)
    assert owner("GET", f"/applications/{number}/progress").code == "OPERATION_INVALID"


def test_a_row_of_a_person_says_which_service_is_under_way(world: World, owner: User) -> None:
    person = waiting(world, owner, approvals=1)
    number = applied(owner, person, "early_card")["number"]
    (found,) = row(owner, person[:-3])["persons"]
    assert (found["open_service"], found["open_service_label"]) == (number, "提前制卡")
    owner.ok("POST", f"/applications/{number}/withdraw", {"status_version": 1})
    (found,) = row(owner, person[:-3])["persons"]
    assert (found["open_service"], found["open_service_label"]) == (None, None)


def test_a_service_that_was_submitted_in_an_older_form_has_no_label(world: World, owner: User) -> None:
    person = waiting(world, owner, approvals=1)
    number = applied(owner, person, "early_card")["number"]
    of_person, of_header = keys.person_key(PersonNumber(person)), keys.header_key(ApplicationNumber(number))
    for key, version in ((of_person, 2), (of_header, 1)):
        item = table.get(key)
        assert item is not None
        form = with_mapping(item) if key == of_person else item
        older = {name: value for name, value in form.items() if name not in ("open_service_kind", "creator_username")}
        table.commit(table.put(older | {"schema": version}))
    shown = seen(owner, person)
    assert (shown["open_service"], shown["open_service_label"]) == (number, None)
    assert owner.ok("GET", f"/applications/{number}")["creator_username"] is None


def test_a_row_of_a_person_says_when_its_card_ends(world: World, owner: User) -> None:
    person = holder(world, owner, END)
    assert row(owner, person[:-3])["persons"][0]["card_valid_until"] == END
    without = waiting(world, owner)
    assert row(owner, without[:-3])["persons"][0]["card_valid_until"] is None


def test_an_agent_who_sees_its_own_applications_only_learns_that_there_is_a_service_and_no_number(world, owner):
    agent = world.agent(owner, scope="own")
    person = waiting(world, agent, approvals=1)
    number = applied(owner, person, "early_card")["number"]
    rows = agent.ok("POST", "/applications/search", {"service": "new_or_renewal"})["items"]
    shown = [row for application in rows for row in application["persons"] if row["number"] == person]
    shown.append(agent.ok("GET", f"/persons/{person}"))
    assert [(one["has_open_service"], one["open_service"], one["open_service_label"]) for one in shown] == [
        (True, None, "提前制卡")
    ] * 2
    assert number not in str(shown)
    seen_by_owner = owner.ok("GET", f"/persons/{person}")
    assert (seen_by_owner["has_open_service"], seen_by_owner["open_service"]) == (True, number)


def test_an_agent_who_sees_its_own_applications_only_reads_the_number_of_its_own_service(world, owner):
    agent = world.agent(owner, scope="own")
    person = waiting(world, agent, approvals=1)
    number = applied(agent, person, "early_card")["number"]
    shown = agent.ok("GET", f"/persons/{person}")
    assert (shown["has_open_service"], shown["open_service"]) == (True, number)
