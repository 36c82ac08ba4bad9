"""What the rows of lists say about applications and persons besides their numbers and statuses."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from testing.follow_ups import applied, card, decided, holder, seen
from testing.world import PASSWORD, User, World

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
