"""删除个人信息: what remains of a person whose data were destroyed, and how open matters end (docs/decisions/0088)."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from chalicelib.data.texts import text
from chalicelib.rules.applications import lifecycle
from chalicelib.rules.applications.applications import (
    DESTROYED,
    ApplicationHeader,
    Content,
    Event,
    Person,
    status_of,
    status_version_of,
)
from chalicelib.rules.applications.cards import PORTAL
from chalicelib.rules.applications.follow_ups import PASSPORT_FIELDS
from chalicelib.rules.applications.lifecycle import is_under_way
from chalicelib.rules.applications.transitions import application_actions
from chalicelib.rules.base.china_time import china_day, rfc3339
from chalicelib.rules.base.vocabulary import AccountId, Action, Party, PersonNumber, Status
from chalicelib.rules.forms.content import PersonContent

SHOWN_EMPTY = ("title", "passport_number")
"""Fields of a person that every list shows: they are empty texts, all other fields are null."""


def name() -> str:
    """What stands in place of the name, and of every value in a text: 已删除个人信息."""
    return text("destroyed", "name")


def remaining() -> dict[str, Any]:
    """The fields of a person's content without personal data."""
    return {
        **dict.fromkeys(PersonContent.model_fields),
        **dict.fromkeys(SHOWN_EMPTY, ""),
        "name": name(),
        "attachments": [],
    }


def person_content(at: datetime) -> Content:
    """What remains of the content of a person: its fields without values, and when the data were destroyed."""
    return remaining() | {DESTROYED: rfc3339(at)}


def service_content(content: Content, at: datetime) -> Content:
    """What remains of the content of a follow-up application: its person's number and its case."""
    return {
        **dict.fromkeys(PASSPORT_FIELDS),
        "person_number": content["person_number"],
        "case": content.get("case"),
        "person_name": name(),
        "title": "",
        "current_passport_number": "",
        "reason": "",
        "attachments": [],
        DESTROYED: rfc3339(at),
    }


def without_personal_data(person: Person, at: datetime) -> Person:
    """The person with its statuses and answers, and without everything that says who it is, its card included."""
    return replace(
        person,
        content=person_content(at),
        card=None,
        foreign_number=None,
        warnings=(),
        version=person.version + 1,
    )


def is_open(person: Person, header: ApplicationHeader, now: datetime) -> bool:
    """Whether the person still waits for an office, an economy or a card, or may by a rejection that is taken back."""
    today = china_day(now)
    if is_under_way(header.service, status_of(person, header, today)):
        return True
    offices = (Party.FAO, Party.CONSULAR)
    reopens = any(row.action is Action.REOPEN for party in offices for row in application_actions(header, party, today))
    return person.own_status is None and reopens


def is_open_service(header: ApplicationHeader) -> bool:
    """Whether a follow-up application still waits for an office or a card."""
    return is_under_way(header.service, header.status)


def ended(person: Person, header: ApplicationHeader, now: datetime, request_id: str) -> tuple[Person, Event]:
    """End a person who is still open: withdrawn before 领事司审核通过, cancelled after it."""
    status = status_of(person, header)
    was_reviewed = status in lifecycle.CARD_AHEAD
    to = Status.CANCELLED if was_reviewed else Status.WITHDRAWN
    after = replace(
        person,
        own_status=to,
        status_since=now,
        status_by=PORTAL,
        status_by_agent=None,
        status_version=status_version_of(person, header) + 1,
        version=person.version + 1,
    )
    action = Action.CANCEL_CARD if was_reviewed else Action.WITHDRAW
    return after, _event(action, status, to, now, request_id, person.number)


def ended_service(header: ApplicationHeader, now: datetime, request_id: str) -> tuple[ApplicationHeader, Event]:
    """Withdraw a follow-up application that is still open."""
    after = replace(
        header,
        status=Status.WITHDRAWN,
        status_since=now,
        status_by=PORTAL,
        status_by_agent=None,
        status_version=header.status_version + 1,
    )
    number = PersonNumber(header.content["person_number"])
    return after, _event(Action.WITHDRAW, header.status, Status.WITHDRAWN, now, request_id, number)


def _event(action: Action, origin: Status, to: Status, now: datetime, request_id: str, number: PersonNumber) -> Event:
    return Event(
        at=now,
        action=action,
        actor_id=AccountId(PORTAL),
        actor=PORTAL,
        party=Party.PORTAL,
        origin=origin,
        to=to,
        person_number=number,
        request_id=request_id,
    )


def in_reply(shown: Mapping[str, Any]) -> dict[str, Any]:
    """What a stored reply shows of a person or its card, without personal data; it has the same fields."""
    of_card = {"holder": name(), "card_number": "", "received_by": "", "note": None}
    without = remaining() | {"person_name": name()} | (of_card if "holder" in shown else {})
    return {field: without.get(field, value) for field, value in shown.items()}
