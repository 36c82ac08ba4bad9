"""Shapes of applications, persons, history and progress; personal numbers masked."""

from typing import Any

from pydantic import BaseModel

from chalicelib import data
from chalicelib.data.texts import text
from chalicelib.rules import lifecycle, masks, progress, services
from chalicelib.rules.accounts import Account
from chalicelib.rules.applications import (
    Application,
    Event,
    Group,
    Person,
    status_of,
    status_version_of,
)
from chalicelib.rules.content import MASKED
from chalicelib.rules.numbers import rfc3339
from chalicelib.rules.vocabulary import Decision, Party

FOREIGN_QUERY_URL = "https://www.abtc-aps.org/abtc-core/status/check.html"
"""外方审核查询网址 (D02)."""


class PersonCard(BaseModel):
    """A person in a list or under its group (L13)."""

    number: str
    name: str
    title: str
    passport_number: str
    status: str
    status_label: str
    status_version: int
    submitted_at: str
    available_services: list[str]
    masked: list[str]


class EventReply(BaseModel):
    """One line of the history."""

    at: str
    action: str
    actor: str
    party: str
    origin: str | None
    to: str
    to_label: str
    reason: str | None
    fields: list[str]
    person_number: str | None
    economy: str | None
    decision: str | None
    request_id: str


class GroupCard(BaseModel):
    """A group in a list (L12) with its persons."""

    number: str
    service: str
    tag: str
    status: str
    status_label: str
    status_version: int
    version: int
    group_name: str
    office: str
    office_name: str
    enterprise_name: str
    creator_id: str
    creator: str
    person_count: int
    submitted_at: str
    created_at: str
    allowed_actions: list[str]
    persons: list[PersonCard]


class ApplicationReply(GroupCard):
    """The whole application: what was filled in (masked), and everything that happened."""

    content: dict[str, Any]
    history: list[EventReply]
    masked: list[str]


class Applications(BaseModel):
    """One page of applications."""

    items: list[GroupCard]
    next_cursor: str | None


class EconomyReply(BaseModel):
    """One economy's answer (D01)."""

    code: str
    name: str
    state: str
    decision: str
    decision_label: str
    decided_at: str | None
    valid_until: str | None


class ForeignReply(BaseModel):
    """外方审核查询 (D02)."""

    query_url: str
    number: str | None


class PersonReply(PersonCard):
    """One person in full."""

    application_number: str
    version: int
    content: dict[str, Any]
    economies: list[EconomyReply]
    foreign: ForeignReply | None
    card: dict[str, Any] | None
    history: list[EventReply]


class ProgressRow(BaseModel):
    """One person's line of 人员申请进度 (D05), economies by name."""

    person_number: str
    name: str
    title: str
    approved: list[str]
    refused: list[str]
    locked: list[str]
    pending: list[str]


class ProgressReply(BaseModel):
    """人员申请进度 of a group (D04)."""

    number: str
    rows: list[ProgressRow]


class Revealed(BaseModel):
    """Fields in clear, because of a reason that was written down."""

    fields: dict[str, str | None]


def person_card(person: Person, group: Group) -> PersonCard:
    """A person's card."""
    return PersonCard(**_person_card(person, group))


def _person_card(person: Person, group: Group) -> dict[str, Any]:
    hidden, masked = masks.mask({"passport_number": person.content["passport_number"]}, ("passport_number",))
    status = status_of(person, group)
    return {
        "number": person.number,
        "name": person.content["name"],
        "title": person.content["title"],
        **hidden,
        "status": status,
        "status_label": text("statuses", status),
        "status_version": status_version_of(person, group),
        "submitted_at": rfc3339(group.submitted_at),
        "available_services": [str(service) for service in services.available_services(person)],
        "masked": masked,
    }


def group_card(application: Application, viewer: Account) -> GroupCard:
    """A group's card with the cards of its persons."""
    return GroupCard(**_group_card(application, viewer))


def _group_card(application: Application, viewer: Account) -> dict[str, Any]:
    group = application.group
    return {
        "number": group.number,
        "service": group.service,
        "tag": "签制",
        "status": group.status,
        "status_label": text("statuses", group.status),
        "status_version": group.status_version,
        "version": group.version,
        "group_name": group.content["group_name"],
        "office": group.office,
        "office_name": data.offices()[group.office].name,
        "enterprise_name": group.enterprise_name,
        "creator_id": group.creator_id,
        "creator": group.creator_name if viewer.party is Party.APPLICANT else masks.name(group.creator_name),
        "person_count": group.person_count,
        "submitted_at": rfc3339(group.submitted_at),
        "created_at": rfc3339(group.created_at),
        "allowed_actions": lifecycle.allowed_actions(group.service, group.status, viewer.party),
        "persons": [person_card(person, group) for person in application.persons],
    }


def application(shown: Application, viewer: Account) -> ApplicationReply:
    """The whole application."""
    persons = [masks.mask(person.content, MASKED)[0] for person in shown.persons]
    return ApplicationReply(
        **_group_card(shown, viewer),
        content={**shown.group.content, "persons": persons},
        history=[event(each) for each in shown.history],
        masked=[f"content.persons.{field}" for field in MASKED],
    )


def event(shown: Event) -> EventReply:
    """A line of the history."""
    return EventReply(
        at=rfc3339(shown.at),
        action=shown.action,
        actor=shown.actor,
        party=shown.party,
        origin=shown.origin,
        to=shown.to,
        to_label=text("statuses", shown.to),
        reason=shown.reason,
        fields=list(shown.fields),
        person_number=shown.person_number,
        economy=shown.economy,
        decision=shown.decision,
        request_id=shown.request_id,
    )


def person(shown: Application, found: Person) -> PersonReply:
    """One person in full."""
    content, masked = masks.mask(found.content, MASKED)
    card = _person_card(found, shown.group) | {"masked": sorted({*masked, "passport_number"})}
    before_economies = found.own_status is None
    return PersonReply(
        **card,
        application_number=shown.group.number,
        version=found.version,
        content=content,
        economies=_economies(found),
        foreign=None if before_economies else ForeignReply(query_url=FOREIGN_QUERY_URL, number=found.foreign_number),
        card=None,
        history=[event(each) for each in shown.history if each.person_number in (None, found.number)],
    )


def _economies(found: Person) -> list[EconomyReply]:
    replies = []
    for economy in data.deciding_economies():
        answer = found.economies.get(economy.code)
        decision = progress.decision_of(found.economies, economy.code)
        replies.append(
            EconomyReply(
                code=economy.code,
                name=economy.name,
                state="pending" if decision is Decision.PENDING else "decided",
                decision=decision,
                decision_label=text("decisions", decision),
                decided_at=rfc3339(answer.decided_at) if answer else None,
                valid_until=answer.valid_until if answer else None,
            )
        )
    return replies


def progress_row(row: progress.Row) -> ProgressRow:
    """A line of the overview."""
    return ProgressRow(
        person_number=row.person_number,
        name=row.name,
        title=row.title,
        approved=list(row.approved),
        refused=list(row.refused),
        locked=list(row.locked),
        pending=list(row.pending),
    )
