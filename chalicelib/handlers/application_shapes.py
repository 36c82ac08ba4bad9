"""Shapes of applications, persons, history and progress, as they go out."""

from typing import Any

from pydantic import BaseModel

from chalicelib.handlers.http.problems import ProblemField


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
    """One line of the history, of the application itself or of a follow-up file."""

    at: str
    application_number: str
    service: str
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


class CardReply(BaseModel):
    """旅行卡; its number masked."""

    number: str
    valid_until: str
    early: bool
    issued: bool
    cancelled: bool
    expired: bool


class FollowUpSummary(BaseModel):
    """One follow-up file about a person."""

    number: str
    service: str
    service_label: str
    status: str
    status_label: str
    submitted_at: str


class ApplicationCard(BaseModel):
    """A group in a list (L12) with its persons."""

    number: str
    service: str
    tag: str
    status: str
    status_label: str
    status_version: int
    version: int
    title: str
    """团组名称; of a follow-up service the name of its person."""
    office: str
    office_name: str
    enterprise_name: str
    creator_id: str
    creator: str
    person_count: int
    submitted_at: str
    created_at: str
    allowed_actions: list[str]
    person_number: str | None
    """The person that a follow-up service is about."""
    persons: list[PersonCard]


class ApplicationReply(ApplicationCard):
    """The whole application: what was filled in (masked), and everything that happened."""

    content: dict[str, Any]
    history: list[EventReply]
    masked: list[str]
    warnings: list[ProblemField]
    """Advice on what was just submitted; not kept, never a refusal."""


class Applications(BaseModel):
    """One page of applications."""

    items: list[ApplicationCard]
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
    days_waited: int | None
    """From 领事司审核通过 to the answer, or to now."""


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
    card: CardReply | None
    open_service: str | None
    follow_ups: list[FollowUpSummary] | None
    """The follow-up files about this person; None where the reply tells of a change only."""
    allowed_actions: list[str]
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
