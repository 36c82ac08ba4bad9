"""Rows of officers' lists: what an application waits for, how long, who fits and what a correction has changed."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from chalicelib.handlers.applications import application_replies as replies
from chalicelib.handlers.applications import card_replies, offers
from chalicelib.handlers.applications.application_replies import Reader
from chalicelib.handlers.applications.application_shapes import ApplicationCard, CardReply, PersonCard
from chalicelib.handlers.applications.offers import ActionOffer
from chalicelib.handlers.http.formats import Date, EconomyCode, Rows
from chalicelib.handlers.http.problems import ProblemField
from chalicelib.rules.applications import warnings
from chalicelib.rules.applications.applications import Application, ApplicationHeader, Person, status_of
from chalicelib.rules.applications.search import days_waiting, since_of
from chalicelib.rules.base.vocabulary import Decision
from chalicelib.usecases.applications.search import Listing


class AnswerShown(BaseModel):
    """The answer of one economy about a person."""

    code: EconomyCode
    decision: Decision
    valid_until: Date | None
    warnings: list[ProblemField]
    """What to check: an approval that lasts longer than the passport."""


class OfficePersonRow(PersonCard):
    """A person in an officer's list; that of a follow-up application has neither answers nor a card of its own here."""

    days_waiting: int | None
    """Midnights in China since `status_since`; null where nobody waits for anything."""
    corrected: list[str] | None
    """The fields that differ from what was returned apart from the group; null without an edit since."""
    answers: list[AnswerShown] | None
    """Of the economies that have answered; null before they are asked."""
    foreign_number: str | None
    card: CardReply | None
    allowed_actions: list[ActionOffer]
    """What the reader can do now to this person by itself."""


class CorrectionReply(BaseModel):
    """What differs from the content that was returned last; `/changes` has the values."""

    fields: list[str]
    """Of the application itself."""
    persons: list[str]
    """Numbers of persons that were changed, added or removed, other than those reviewed apart."""


class OfficeRow(ApplicationCard):
    """An application in an officer's list, with the persons that fit or, where it fits as a whole, without them."""

    days_waiting: int | None
    """Midnights in China since `status_since`; null where nobody waits for anything."""
    matching_persons: int
    """How many persons fit; all of them where the application fits as a whole."""
    correction: CorrectionReply | None
    """What edits have changed since the last return; null without an edit since."""
    warnings: list[ProblemField]
    """Remarks on the content of the application as it was last submitted or corrected."""
    persons: Rows[OfficePersonRow]  # type: ignore[assignment]  # replies are never changed


class OfficeRows(BaseModel):
    """One page of an officer's list."""

    items: list[OfficeRow]
    next_cursor: str | None
    partial: bool
    """Whether the search took too long and the page ended before it was full; `next_cursor` goes on."""


def rows(listing: Listing, reader: Reader) -> OfficeRows:
    """One page of an officer's list."""
    return OfficeRows(
        items=[_row(application, listing, reader) for application in listing.applications],
        next_cursor=listing.next_cursor,
        partial=listing.partial,
    )


def _row(application: Application, listing: Listing, reader: Reader) -> OfficeRow:
    header = application.header
    correction = header.correction
    card = replies.application_card(application, reader)
    persons: list[Person | None] = [*application.persons] or [None] * len(card["persons"])
    matching = [_person(shown, person, header, reader) for shown, person in zip(card["persons"], persons, strict=True)]
    return OfficeRow(
        **card | {"persons": matching},
        days_waiting=_waited(header, None, reader),
        matching_persons=listing.matching[header.number],
        correction=correction and CorrectionReply(fields=[*correction.fields], persons=[*correction.persons]),
        warnings=reader.warnings(header.warnings),
    )


def _person(
    shown: Mapping[str, Any], person: Person | None, header: ApplicationHeader, reader: Reader
) -> dict[str, Any]:
    """The fields of `OfficePersonRow`; None is the person of a follow-up application, which has its status."""
    waited = _waited(header, person, reader)
    if person is None:
        return {
            **shown,
            "days_waiting": waited,
            "corrected": None,
            "answers": None,
            "foreign_number": None,
            "card": None,
            "allowed_actions": [],
        }
    return {
        **shown,
        "days_waiting": waited,
        "corrected": None if person.corrected is None else [*person.corrected],
        "answers": _answers(person, reader),
        "foreign_number": person.foreign_number,
        "card": card_replies.card(person, reader),
        "allowed_actions": offers.of_person(person, header, reader.account.party, reader.today, reader.language),
    }


def _answers(person: Person, reader: Reader) -> list[AnswerShown] | None:
    if person.economies_since is None:
        return None
    return [
        AnswerShown(
            code=code,
            decision=answer.decision,
            valid_until=answer.valid_until,
            warnings=reader.warnings(warnings.on_answer(person, code)),
        )
        for code, answer in person.economies.items()
        if answer.decision is not Decision.PENDING
    ]


def _waited(header: ApplicationHeader, person: Person | None, reader: Reader) -> int | None:
    status = status_of(person, header, reader.today) if person else header.status
    return days_waiting(status, since_of(header, person), header.service, reader.today)
