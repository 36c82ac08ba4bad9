"""The application as the rules see it: a group, its persons, its history."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from chalicelib.rules.accounts.accounts import Account
from chalicelib.rules.accounts.acts import Act
from chalicelib.rules.base.china_time import rfc3339
from chalicelib.rules.base.errors import Current, NotFound
from chalicelib.rules.base.vocabulary import (
    AccountId,
    Action,
    ApplicationNumber,
    Decision,
    EnterpriseId,
    OfficeCode,
    Party,
    PersonNumber,
    Service,
    Status,
)

Content = Mapping[str, Any]
"""What an enterprise filled in, as `rules.content` validated it: JSON values only."""


@dataclass(frozen=True)
class Answer:
    """What one economy said about one person, and when."""

    decision: Decision
    decided_at: datetime
    valid_until: str | None = None


@dataclass(frozen=True)
class Card:
    """旅行卡: its number, its end (never after the passport's), and whether it was made early."""

    number: str
    valid_until: str
    early: bool = False
    issued: bool = False
    cancelled: bool = False
    expired: bool = False
    """Whether its end has been written down."""

    def ended(self, today: date) -> bool:
        """Whether it is past its end, written down or not."""
        return self.expired or self.valid_until < today.isoformat()

    def lives(self, today: date) -> bool:
        """Whether its holder can use it."""
        return not self.cancelled and not self.ended(today)


@dataclass(frozen=True)
class Person:
    """人员申请单: one traveller of a group."""

    number: PersonNumber
    content: Content = field(repr=False)
    own_status: Status | None = None
    """None while the person carries the group's status."""
    status_since: datetime | None = None
    status_by: str = ""
    status_version: int = 1
    version: int = 1
    economies: Mapping[str, Answer] = field(default_factory=dict)
    economies_since: datetime | None = None
    """When the economies were asked: 领事司审核通过."""
    foreign_number: str | None = None
    card: Card | None = None
    early_card_used: bool = False
    """提前制卡 is done once."""
    open_service: ApplicationNumber | None = None
    """The follow-up service that is under way: no other one may be applied for meanwhile."""
    follow_ups: tuple[ApplicationNumber, ...] = ()
    """Every follow-up file about this person, oldest first."""

    @property
    def has_approval(self) -> bool:
        """Whether an economy has approved: a card lists those that have."""
        return any(answer.decision is Decision.APPROVED for answer in self.economies.values())


@dataclass(frozen=True)
class Event:
    """One entry of the history; never changed, never deleted."""

    at: datetime
    action: Action
    actor_id: AccountId
    actor: str
    """Masked name of who acted."""
    party: Party
    to: Status
    origin: Status | None = None
    reason: str | None = None
    fields: tuple[str, ...] = ()
    person_number: PersonNumber | None = None
    economy: str | None = None
    decision: Decision | None = None
    request_id: str = ""


@dataclass(frozen=True)
class ApplicationHeader:
    """团组申请单: the file of one submission."""

    number: ApplicationNumber
    service: Service
    enterprise_id: EnterpriseId
    enterprise_name: str
    office: OfficeCode
    creator_id: AccountId
    creator_name: str
    status: Status
    status_since: datetime
    status_by: str
    """Masked name of who brought it there."""
    submitted_at: datetime
    created_at: datetime
    content: Content = field(repr=False)
    person_count: int = 0
    status_version: int = 1
    version: int = 1

    @property
    def title(self) -> str:
        """What lists call the application: 团组名称, or the name of the person a follow-up service is about."""
        name: str = self.content["group_name" if self.service is Service.NEW_OR_RENEWAL else "person_name"]
        return name

    @property
    def current(self) -> Current:
        """Where it stands, for whoever comes too late."""
        return Current(self.status, self.status_version, rfc3339(self.status_since), self.status_by)


@dataclass(frozen=True)
class Application:
    """A group with its persons (in order) and its history (oldest first)."""

    header: ApplicationHeader
    persons: tuple[Person, ...] = ()
    history: tuple[Event, ...] = ()

    def others(self, number: PersonNumber) -> list[Content]:
        """What was filled in of everybody but this person."""
        return [each.content for each in self.persons if each.number != number]

    def person(self, number: PersonNumber) -> Person:
        """The person of that number, or `NotFound`."""
        found = next((person for person in self.persons if person.number == number), None)
        if found is None:
            raise NotFound
        return found


def event_of(act: Act, action: Action, origin: Status | None, to: Status, **more: Any) -> Event:
    """The history entry of an act.

    Args:
        act: who does it, when and by which request.
        action: what is done.
        origin: the status before; None for a submission.
        to: the status afterwards.
        more: other fields of `Event`.

    """
    return Event(
        at=act.at,
        action=action,
        actor_id=act.actor.id,
        actor=act.actor_name,
        party=act.actor.party,
        origin=origin,
        to=to,
        request_id=act.request_id,
        **more,
    )


def is_visible(header: ApplicationHeader, viewer: Account) -> bool:
    """Whether the viewer may know that the group exists (H14, H16, H17, L14; officers: their office's only)."""
    if viewer.party is Party.CONSULAR:
        return True
    if viewer.party is Party.FAO:
        return header.office == viewer.office
    if header.enterprise_id != viewer.enterprise_id:
        return False
    return not viewer.sees_own_only or header.creator_id == viewer.id


def status_of(person: Person, header: ApplicationHeader, today: date | None = None) -> Status:
    """The person's status: the group's until it lives on its own; a card past its end has expired by itself."""
    status = person.own_status or header.status
    ended = today is not None and person.card is not None and person.card.ended(today)
    if ended and status in (Status.CARD_MADE, Status.CARD_ISSUED):
        return Status.EXPIRED
    return status


def current_of(person: Person, header: ApplicationHeader) -> Current:
    """Where a person stands, for whoever comes too late."""
    if person.own_status is None or person.status_since is None:
        return header.current
    return Current(person.own_status, person.status_version, rfc3339(person.status_since), person.status_by)


def status_version_of(person: Person, header: ApplicationHeader) -> int:
    """The version to name in an action on the person."""
    return person.status_version if person.own_status else header.status_version
