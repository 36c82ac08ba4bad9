"""What an application or a follow-up service loses, and the order that costs less (docs/domain.md 2.9).

A loss refuses nothing: it is named before the service is applied for, so that the applicant can decide.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from chalicelib.rules.applications import lifecycle, progress
from chalicelib.rules.applications.applications import Content, Person
from chalicelib.rules.base import limits
from chalicelib.rules.base.months import add_months
from chalicelib.rules.base.vocabulary import Service


class LossCode(StrEnum):
    """What is lost."""

    CARD_ENDS = "CARD_ENDS"
    CARD_PAID_TWICE = "CARD_PAID_TWICE"
    PASSPORT_CUTS_CARD = "PASSPORT_CUTS_CARD"
    FREE_CHANGE_ENDS = "FREE_CHANGE_ENDS"
    APPROVALS_END = "APPROVALS_END"
    EARLY_CARD_ENDS = "EARLY_CARD_ENDS"
    VALIDITY_LEFT = "VALIDITY_LEFT"


class Order(StrEnum):
    """The order that costs less."""

    TRAVEL_FIRST = "TRAVEL_FIRST"
    ECONOMIES_FIRST = "ECONOMIES_FIRST"
    PASSPORT_FIRST = "PASSPORT_FIRST"
    CHANGE_PASSPORT_FIRST = "CHANGE_PASSPORT_FIRST"
    REPLACE_INSTEAD = "REPLACE_INSTEAD"
    RENEW_LATER = "RENEW_LATER"


class Fact(StrEnum):
    """What is true of the person and of what is applied for."""

    PENDING = "an economy has still to decide"
    USABLE = "the card can be used: neither cancelled nor past its last day"
    IN_HAND = "the card can be used and is handed out"
    GOES_ON = "the application goes on: the ordinary card is still to come"
    NEW_PASSPORT = "the content names a new passport"
    LOST = "the card is lost"
    SHORT_PASSPORT = "the passport ends before a card of full length would"
    LONG_CARD = "the previous card is valid for longer than the time in which offices take renewals"


@dataclass(frozen=True)
class Row:
    """A loss of one service if all facts of `needs` are true and none of `unless`."""

    service: Service
    code: LossCode
    order: Order
    needs: frozenset[Fact]
    unless: frozenset[Fact] = frozenset()
    field: str = ""
    """The field of a person that the loss is about; empty if it is about no single field."""


@dataclass(frozen=True)
class Loss:
    """One loss, with the order that avoids it."""

    code: LossCode
    order: Order
    path: str
    """The path of the field that it is about; empty if it is about no single field."""
    values: Mapping[str, object] = field(default_factory=dict)
    """For the texts."""


_NEW, _EARLY, _REPLACE, _CANCEL = (
    Service.NEW_OR_RENEWAL,
    Service.EARLY_CARD,
    Service.REPLACE_CARD,
    Service.CANCEL_CARD,
)
_SHORT = frozenset({Fact.SHORT_PASSPORT})
_OWN_PASSPORT = "passport_expires_on"

TABLE: tuple[Row, ...] = (
    Row(_NEW, LossCode.PASSPORT_CUTS_CARD, Order.PASSPORT_FIRST, _SHORT, field=_OWN_PASSPORT),
    Row(
        _NEW,
        LossCode.VALIDITY_LEFT,
        Order.RENEW_LATER,
        frozenset({Fact.LONG_CARD}),
        field="previous_card_expires_on",
    ),
    Row(_EARLY, LossCode.CARD_PAID_TWICE, Order.ECONOMIES_FIRST, frozenset({Fact.PENDING})),
    Row(_EARLY, LossCode.PASSPORT_CUTS_CARD, Order.CHANGE_PASSPORT_FIRST, _SHORT),
    # Before a card is made a new passport costs nothing; afterwards it takes another card.
    Row(_EARLY, LossCode.FREE_CHANGE_ENDS, Order.CHANGE_PASSPORT_FIRST, _SHORT),
    # A lost card, and one of a passport that was exchanged, can be used no more anyway.
    Row(
        _REPLACE,
        LossCode.CARD_ENDS,
        Order.TRAVEL_FIRST,
        frozenset({Fact.IN_HAND}),
        frozenset({Fact.LOST, Fact.NEW_PASSPORT}),
    ),
    # The replacement of an early card is early again while economies are pending (docs/domain.md 2.3).
    Row(_REPLACE, LossCode.CARD_PAID_TWICE, Order.ECONOMIES_FIRST, frozenset({Fact.PENDING, Fact.GOES_ON})),
    Row(_REPLACE, LossCode.PASSPORT_CUTS_CARD, Order.PASSPORT_FIRST, _SHORT),
    Row(
        _CANCEL,
        LossCode.APPROVALS_END,
        Order.REPLACE_INSTEAD,
        frozenset({Fact.USABLE}),
        frozenset({Fact.GOES_ON}),
    ),
    Row(_CANCEL, LossCode.EARLY_CARD_ENDS, Order.REPLACE_INSTEAD, frozenset({Fact.USABLE, Fact.GOES_ON})),
)
"""All losses, in the order in which they are named."""


def of_service(service: Service, content: Content, person: Person, today: date) -> list[Loss]:
    """What a follow-up service of a person loses.

    Args:
        service: Available to the person.
        content: The validated content of the service.
        person: The person that the service is for.
        today: The Chinese calendar day.
    """
    facts = frozenset(_facts_of_service(content, person, today))
    card = person.card
    values = {
        "years": limits.CARD_YEARS,
        "passport_day": person.content["passport_expires_on"],
        "card_day": card.valid_until if card else "",
    }
    return [Loss(row.code, row.order, row.field, values) for row in _rows(service, facts)]


def of_submission(content: Mapping[str, Any], today: date) -> list[Loss]:
    """What an application for new cards or renewals loses, person by person.

    Args:
        content: The validated content.
        today: The Chinese calendar day.
    """
    losses = []
    for index, person in enumerate(content["persons"]):
        facts = frozenset(_facts_of_submission(person, today))
        values = {
            "years": limits.CARD_YEARS,
            "months": limits.RENEWAL_MONTHS,
            "passport_day": person["passport_expires_on"],
            "card_day": person.get("previous_card_expires_on") or "",
        }
        losses += [
            Loss(row.code, row.order, f"persons.{index}.{row.field}", values)
            for row in _rows(Service.NEW_OR_RENEWAL, facts)
        ]
    return losses


def _rows(service: Service, facts: frozenset[Fact]) -> Iterator[Row]:
    return (row for row in TABLE if row.service is service and row.needs <= facts and not row.unless & facts)


def _facts_of_service(content: Content, person: Person, today: date) -> Iterator[Fact]:
    card, new_passport = person.card, content.get("passport_number") is not None
    if progress.pending_economies(person):
        yield Fact.PENDING
    if card is not None and card.lives(today):
        yield Fact.USABLE
        if card.issued:
            yield Fact.IN_HAND
    if person.own_status in lifecycle.BEFORE_CARD:
        yield Fact.GOES_ON
    if new_passport:
        yield Fact.NEW_PASSPORT
    elif _is_short(person.content["passport_expires_on"], today):
        yield Fact.SHORT_PASSPORT
    if content.get("case") == "lost":
        yield Fact.LOST


def _facts_of_submission(person: Content, today: date) -> Iterator[Fact]:
    if _is_short(person["passport_expires_on"], today):
        yield Fact.SHORT_PASSPORT
    previous = person.get("previous_card_expires_on")
    if not person["first_time"] and previous and previous > add_months(today, limits.RENEWAL_MONTHS).isoformat():
        yield Fact.LONG_CARD


def _is_short(passport_expires_on: str, today: date) -> bool:
    return passport_expires_on < add_months(today, limits.CARD_YEARS * 12).isoformat()
