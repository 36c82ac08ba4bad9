"""出行核对: whether a person may travel to an economy with its card, by what the portal knows (docs/domain.md 7.3)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from chalicelib import data
from chalicelib.rules.applications import lifecycle
from chalicelib.rules.applications.applications import Answer, ApplicationHeader, Card, Person, status_of
from chalicelib.rules.applications.services import available_services
from chalicelib.rules.base.vocabulary import Decision, Service, Status


class Obstacle(StrEnum):
    """Why a person may not go, in the order in which the obstacles have to be removed."""

    ENDED = "ENDED"
    UNDER_REVIEW = "UNDER_REVIEW"
    PENDING = "PENDING"
    REFUSED = "REFUSED"
    LOCKED = "LOCKED"
    APPROVAL_ENDS = "APPROVAL_ENDS"
    PASSPORT_ENDS = "PASSPORT_ENDS"
    NO_CARD = "NO_CARD"
    CARD_NOT_ISSUED = "CARD_NOT_ISSUED"
    CARD_ENDS = "CARD_ENDS"
    STAY_TOO_LONG = "STAY_TOO_LONG"


class Step(StrEnum):
    """What to do first, before the first day of the trip."""

    NEW_APPLICATION = "NEW_APPLICATION"
    WAIT_FOR_REVIEW = "WAIT_FOR_REVIEW"
    WAIT_FOR_ECONOMY = "WAIT_FOR_ECONOMY"
    WAIT_FOR_CARD = "WAIT_FOR_CARD"
    APPLY_FOR_VISA = "APPLY_FOR_VISA"
    ASK_OFFICE = "ASK_OFFICE"
    RENEW_PASSPORT = "RENEW_PASSPORT"
    EARLY_CARD = "EARLY_CARD"
    COLLECT_CARD = "COLLECT_CARD"
    SHORTEN_STAY = "SHORTEN_STAY"
    CHECK_EARLY_CARD = "CHECK_EARLY_CARD"


STEPS = {
    Obstacle.ENDED: Step.NEW_APPLICATION,
    Obstacle.UNDER_REVIEW: Step.WAIT_FOR_REVIEW,
    Obstacle.PENDING: Step.WAIT_FOR_ECONOMY,
    Obstacle.REFUSED: Step.APPLY_FOR_VISA,
    Obstacle.LOCKED: Step.ASK_OFFICE,
    Obstacle.APPROVAL_ENDS: Step.NEW_APPLICATION,
    Obstacle.PASSPORT_ENDS: Step.RENEW_PASSPORT,
    Obstacle.NO_CARD: Step.WAIT_FOR_CARD,
    Obstacle.CARD_NOT_ISSUED: Step.COLLECT_CARD,
    Obstacle.CARD_ENDS: Step.NEW_APPLICATION,
    Obstacle.STAY_TOO_LONG: Step.SHORTEN_STAY,
}
"""The first step for each obstacle, unless the card of the person allows a better one (`_first_step`)."""

DECIDED = {Decision.REFUSED: Obstacle.REFUSED, Decision.LOCKED: Obstacle.LOCKED}

OVER = frozenset({Status.WITHDRAWN, Status.FAO_REJECTED, Status.CONSULAR_REJECTED, Status.REFUSED, Status.CANCELLED})
"""Statuses from which no card follows."""


@dataclass(frozen=True)
class Trip:
    """The first and the last day in the economy."""

    begins: date
    ends: date

    @property
    def days(self) -> int:
        """How many days it takes, the first and the last included."""
        return (self.ends - self.begins).days + 1


@dataclass(frozen=True)
class TravelCheck:
    """Whether one person may go to one economy."""

    obstacle: Obstacle | None
    """Why not; None if the person may go."""
    first_step: Step | None
    until: date | None
    """The last day on which card, passport and approval allow a stay; None if they do not allow any from today on."""


def check(person: Person, header: ApplicationHeader, code: str, trip: Trip, today: date) -> TravelCheck:
    """Whether a person may go to an economy.

    Args:
        person: of the application.
        header: of the application.
        code: one of the 16 economies that decide.
        trip: the first and the last day.
        today: the day in China.
    """
    answer = person.economies.get(code)
    status = status_of(person, header, today)
    obstacle = next(_obstacles(person, status, answer, code, trip, today), None)
    return TravelCheck(obstacle, _first_step(obstacle, person, status, today), _until(person, status, answer, today))


def _obstacles(
    person: Person, status: Status, answer: Answer | None, code: str, trip: Trip, today: date
) -> Iterator[Obstacle]:
    """Everything that keeps the person from the trip, in the order of `Obstacle`."""
    if status in OVER or person.destroyed:
        yield Obstacle.ENDED
    if person.economies_since is None:
        yield Obstacle.UNDER_REVIEW
    if answer is None:
        yield Obstacle.PENDING
    elif answer.decision in DECIDED:
        yield DECIDED[answer.decision]
    elif answer.valid_until is not None and answer.valid_until < trip.ends.isoformat():
        yield Obstacle.APPROVAL_ENDS
    if person.content["passport_expires_on"] < trip.ends.isoformat():
        yield Obstacle.PASSPORT_ENDS
    yield from _obstacles_of_card(person.card, status, trip, today)
    stay = data.economy(code).stay_days
    if stay is not None and trip.days > stay:
        yield Obstacle.STAY_TOO_LONG


def _obstacles_of_card(card: Card | None, status: Status, trip: Trip, today: date) -> Iterator[Obstacle]:
    if card is None or not card.lives(today):
        yield Obstacle.CARD_ENDS if status is Status.EXPIRED else Obstacle.NO_CARD
    elif not card.issued:
        yield Obstacle.CARD_NOT_ISSUED
    elif card.valid_until < trip.ends.isoformat():
        yield Obstacle.CARD_ENDS


def _first_step(obstacle: Obstacle | None, person: Person, status: Status, today: date) -> Step | None:
    if obstacle is None:
        # Which economies are printed on an early card is not recorded: only those that had approved by then.
        return Step.CHECK_EARLY_CARD if person.card and person.card.early else None
    if obstacle is Obstacle.NO_CARD and Service.EARLY_CARD in available_services(person, today):
        return Step.EARLY_CARD
    if obstacle is Obstacle.CARD_ENDS and status in lifecycle.BEFORE_CARD:
        return Step.WAIT_FOR_CARD
    return STEPS[obstacle]


def _until(person: Person, status: Status, answer: Answer | None, today: date) -> date | None:
    card = person.card
    if status in OVER or answer is None or answer.decision is not Decision.APPROVED:
        return None
    if card is None or not card.issued or not card.lives(today):
        return None
    ends = min(card.valid_until, person.content["passport_expires_on"], answer.valid_until or card.valid_until)
    return date.fromisoformat(ends) if ends >= today.isoformat() else None
