"""出行核对: 10,000 generated cases equal an oracle that goes through the days of each trip (docs/domain.md 7.3)."""

import random
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta

import pytest

from chalicelib import data
from chalicelib.rules.applications import travel
from chalicelib.rules.applications.applications import Answer, Card
from chalicelib.rules.applications.travel import Obstacle, Step, TravelCheck, Trip
from chalicelib.rules.base.vocabulary import ApplicationNumber, Decision, Status
from tests.support import submissions
from tests.support.assurance import figure

TODAY = submissions.TODAY
FIRST = submissions.application()
OWN = [None, *(status for status in Status if status not in (Status.DONE, Status.CONSULAR_APPROVED))]


def day(offset):
    return TODAY + timedelta(days=offset)


def a_day(chance):
    """A day near today; most lie after it."""
    return day(chance.randint(-5, 80))


def a_card(chance):
    if chance.random() < 0.3:
        return None
    return Card(
        "1111",
        a_day(chance).isoformat(),
        early=chance.random() < 0.4,
        issued=chance.random() < 0.7,
        cancelled=chance.random() < 0.15,
        expired=chance.random() < 0.1,
    )


def a_case(chance):
    """A person with any card, passport, status and answer, and a trip."""
    answer = None
    if chance.random() < 0.8:
        decision = chance.choices([Decision.APPROVED, Decision.REFUSED, Decision.LOCKED], [8, 1, 1])[0]
        answer = Answer(decision, submissions.NOON, a_day(chance).isoformat() if chance.random() < 0.4 else None)
    others = {"JPN": Answer(Decision.APPROVED, submissions.NOON)} if chance.random() < 0.3 else {}
    before = FIRST.persons[0]
    person = replace(
        before,
        content={**before.content, "passport_expires_on": a_day(chance).isoformat()},
        own_status=chance.choice(OWN) if chance.random() < 0.5 else chance.choice([Status.CARD_ISSUED, *EARLY]),
        status_since=submissions.NOON,
        economies=others | ({"SGP": answer} if answer else {}),
        economies_since=submissions.NOON if chance.random() < 0.9 else None,
        card=a_card(chance),
        early_card_used=chance.random() < 0.2,
        open_service=ApplicationNumber("APEC20261121000009") if chance.random() < 0.1 else None,
    )
    begins = day(chance.randint(0, 30))
    return person, Trip(begins, begins + timedelta(days=chance.randint(0, 20)))


EARLY = (Status.ECONOMY_REVIEW, Status.ECONOMY_DONE)


# The oracle


def parsed(text):
    return date.fromisoformat(text) if text else date.max


def admitted(person, on):
    """Whether card, passport and approval are in force on one day, and the card is in hand today."""
    card, answer = person.card, person.economies.get("SGP")
    return (
        person.own_status not in GONE
        and answer is not None
        and answer.decision is Decision.APPROVED
        and card is not None
        and card.issued
        and not (card.cancelled or card.expired or parsed(card.valid_until) < TODAY)
        and all(on <= parsed(end) for end in (answer.valid_until, card.valid_until, person.content[PASSPORT]))
    )


GONE = {Status.CANCELLED, Status.WITHDRAWN, Status.FAO_REJECTED, Status.CONSULAR_REJECTED, Status.REFUSED}
PASSPORT = "passport_expires_on"


def of_card(person, last, after):
    """Obstacle and step by the card alone; `after` is what comes if the card is no obstacle."""
    card = person.card
    found = after or (None, Step.CHECK_EARLY_CARD if card is not None and card.early else None)
    usable = card is not None and not (card.cancelled or card.expired or parsed(card.valid_until) < TODAY)
    was_in_hand = person.own_status in (Status.CARD_MADE, Status.CARD_ISSUED)
    ended = card is not None and (card.expired or parsed(card.valid_until) < TODAY)
    if usable and card.issued and last > parsed(card.valid_until):
        waits = person.own_status in EARLY
        found = (Obstacle.CARD_ENDS, Step.WAIT_FOR_CARD if waits else Step.NEW_APPLICATION)
    if usable and not card.issued:
        found = (Obstacle.CARD_NOT_ISSUED, Step.COLLECT_CARD)
    if not usable:
        approved = any(each.decision is Decision.APPROVED for each in person.economies.values())
        free = person.open_service is None and not person.early_card_used and (card is None or card.cancelled)
        early = person.own_status is Status.ECONOMY_REVIEW and approved and free
        found = (Obstacle.NO_CARD, Step.EARLY_CARD if early else Step.WAIT_FOR_CARD)
        if person.own_status is Status.EXPIRED or (was_in_hand and ended):
            found = (Obstacle.CARD_ENDS, Step.NEW_APPLICATION)
    return found


def oracle(person, trip, stay=60):
    """The check by another way: every day of the trip, and every row of docs/domain.md 7.3 from the last one on."""
    days = [trip.begins + timedelta(days=number) for number in range((trip.ends - trip.begins).days + 1)]
    answer, last = person.economies.get("SGP"), days[-1]
    allowed = [on for on in (day(offset) for offset in range(100)) if admitted(person, on)]
    until = max(allowed, default=None)
    found = of_card(person, last, (Obstacle.STAY_TOO_LONG, Step.SHORTEN_STAY) if len(days) > stay else None)
    if last > parsed(person.content[PASSPORT]):
        found = (Obstacle.PASSPORT_ENDS, Step.RENEW_PASSPORT)
    if answer is not None and last > parsed(answer.valid_until):
        found = (Obstacle.APPROVAL_ENDS, Step.NEW_APPLICATION)
    for decision, is_given in (
        ((Obstacle.LOCKED, Step.ASK_OFFICE), answer is not None and answer.decision is Decision.LOCKED),
        ((Obstacle.REFUSED, Step.APPLY_FOR_VISA), answer is not None and answer.decision is Decision.REFUSED),
        ((Obstacle.PENDING, Step.WAIT_FOR_ECONOMY), answer is None),
        ((Obstacle.UNDER_REVIEW, Step.WAIT_FOR_REVIEW), person.economies_since is None),
        ((Obstacle.ENDED, Step.NEW_APPLICATION), person.own_status in GONE),
    ):
        found = decision if is_given else found
    if found[0] is None:
        assert all(admitted(person, on) for on in days)
    return TravelCheck(found[0], found[1], until)


def limit_stays(monkeypatch, days):
    limited = data.economy("SGP")._replace(stay_days=days)
    monkeypatch.setattr(data, "economy", lambda code: limited)


def test_10000_generated_cases_equal_the_oracle(monkeypatch):
    limit_stays(monkeypatch, 15)
    chance = random.Random(47)
    obstacles: Counter[Obstacle | None] = Counter()
    steps: Counter[Step | None] = Counter()
    for number in range(10_000):
        person, trip = a_case(chance)
        found = travel.check(person, FIRST.header, "SGP", trip, TODAY)
        assert found == oracle(person, trip, stay=15), (number, person.own_status, person.card, person.economies, trip)
        obstacles[found.obstacle] += 1
        steps[found.first_step] += 1
    figure(f"travel checks compared: 10000, of which {obstacles[None]} may go")
    assert set(obstacles) == {None, *Obstacle}
    assert set(steps) == {None, *Step}


def holder(**changes):
    """A person who may go to Singapore."""
    person = FIRST.persons[0]
    ready = replace(
        person,
        own_status=Status.CARD_ISSUED,
        economies={"SGP": Answer(Decision.APPROVED, submissions.NOON)},
        economies_since=submissions.NOON,
        card=Card("1111", "2026-12-31", issued=True),
    )
    return replace(ready, **changes)


def checked(person, last="2026-12-10"):
    return travel.check(person, FIRST.header, "SGP", Trip(date(2026, 12, 1), date.fromisoformat(last)), TODAY)


def test_a_holder_may_go_until_the_first_end_of_card_passport_and_approval():
    assert checked(holder()) == TravelCheck(None, None, date(2026, 12, 31))
    assert checked(holder(), "2026-12-31") == TravelCheck(None, None, date(2026, 12, 31))
    assert checked(holder(), "2027-01-01") == TravelCheck(Obstacle.CARD_ENDS, Step.NEW_APPLICATION, date(2026, 12, 31))
    approval = {"SGP": Answer(Decision.APPROVED, submissions.NOON, "2026-12-09")}
    assert checked(holder(economies=approval)) == TravelCheck(
        Obstacle.APPROVAL_ENDS, Step.NEW_APPLICATION, date(2026, 12, 9)
    )
    passport = {**FIRST.persons[0].content, "passport_expires_on": "2026-12-09"}
    assert checked(holder(content=passport)) == TravelCheck(
        Obstacle.PASSPORT_ENDS, Step.RENEW_PASSPORT, date(2026, 12, 9)
    )


def test_an_early_card_must_be_checked_because_the_portal_does_not_know_what_is_printed_on_it():
    early = Card("1111", "2026-12-31", early=True, issued=True)
    assert checked(holder(card=early)) == TravelCheck(None, Step.CHECK_EARLY_CARD, date(2026, 12, 31))


@pytest.mark.parametrize(("last", "obstacle"), [("2026-12-10", None), ("2026-12-11", Obstacle.STAY_TOO_LONG)])
def test_a_stay_that_the_data_know_limits_the_trip(monkeypatch, last, obstacle):
    limit_stays(monkeypatch, 10)
    assert checked(holder(), last).obstacle is obstacle
    assert oracle(holder(), Trip(date(2026, 12, 1), date.fromisoformat(last)), stay=10).obstacle is obstacle


def test_the_stay_of_each_deciding_economy_is_known():
    stays = {economy.code: economy.stay_days for economy in data.deciding_economies()}
    assert len(stays) == 16
    assert set(stays.values()) == {60, 90, 180}


def test_every_obstacle_has_a_step():
    assert set(travel.STEPS) == set(Obstacle)
