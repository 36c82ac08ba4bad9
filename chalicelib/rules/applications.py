"""The application as the rules see it: a group, its persons, its history."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from chalicelib.rules import lifecycle, masks
from chalicelib.rules.accounts import Account
from chalicelib.rules.errors import ContentChanged, Current, NotFound, OperationInvalid, invalid
from chalicelib.rules.numbers import person_number, rfc3339
from chalicelib.rules.vocabulary import (
    AccountId,
    Action,
    ApplicationNumber,
    Decision,
    EnterpriseId,
    OfficeCode,
    Party,
    PersonNumber,
    Role,
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
class Person:
    """人员申请单: one traveller of a group."""

    number: PersonNumber
    content: Content = field(repr=False)
    own_status: Status | None = None
    """None while the person carries the group's status."""
    status_version: int = 1
    version: int = 1
    economies: Mapping[str, Answer] = field(default_factory=dict)
    foreign_number: str | None = None


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
class Group:
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
    def current(self) -> Current:
        """Where it stands, for whoever comes too late."""
        return Current(self.status, self.status_version, rfc3339(self.status_since), self.status_by)


@dataclass(frozen=True)
class Application:
    """A group with its persons (in order) and its history (oldest first)."""

    group: Group
    persons: tuple[Person, ...] = ()
    history: tuple[Event, ...] = ()

    def person(self, number: PersonNumber) -> Person:
        """The person of that number, or `NotFound`."""
        found = next((person for person in self.persons if person.number == number), None)
        if found is None:
            raise NotFound
        return found


@dataclass(frozen=True)
class Act:
    """Somebody doing something at a moment: what every history entry is made of."""

    actor: Account
    at: datetime
    request_id: str

    @property
    def actor_name(self) -> str:
        """How the actor appears to others: offices and enterprises by their name, people masked."""
        if self.actor.role is Role.AGENT:
            return masks.name(self.actor.display_name)
        return self.actor.display_name

    def event(self, action: Action, origin: Status | None, to: Status, **more: Any) -> Event:
        """The history entry of this act."""
        return Event(
            at=self.at,
            action=action,
            actor_id=self.actor.id,
            actor=self.actor_name,
            party=self.actor.party,
            origin=origin,
            to=to,
            request_id=self.request_id,
            **more,
        )


def visible(group: Group, viewer: Account) -> bool:
    """Whether the viewer may know that the group exists (H14, H16, H17, L14; officers: their office's only)."""
    if viewer.party is Party.CONSULAR:
        return True
    if viewer.party is Party.FAO:
        return group.office == viewer.office
    if group.enterprise_id != viewer.enterprise_id:
        return False
    return not viewer.sees_own_only or group.creator_id == viewer.id


def status_of(person: Person, group: Group) -> Status:
    """The person's status: the group's until 领事司审核通过, then its own."""
    return person.own_status or group.status


def status_version_of(person: Person, group: Group) -> int:
    """The version to name in an action on the person."""
    return person.status_version if person.own_status else group.status_version


def move(
    application: Application,
    action: Action,
    act: Act,
    seen: int,
    reason: str | None = None,
    fields: Iterable[str] = (),
) -> tuple[Application, Event]:
    """Take the group to its next status, and its persons with it when they begin to live on their own.

    Args:
        application: as read just now.
        action: what is to be done.
        act: who, when.
        seen: the `status_version` that the actor's page showed.
        reason: why; required where the table says so.
        fields: which fields are to be corrected.

    Raises:
        OperationInvalid: the status has moved or the table has no such row (H12).
        Invalid: the reason is missing.

    """
    group = application.group
    row = lifecycle.find(lifecycle.GROUP, group.service, group.status, action, act.actor.party)
    if row is None or seen != group.status_version:
        raise OperationInvalid(group.current)
    if row.needs_reason and not reason:
        raise invalid("reason", "REASON_REQUIRED")
    moved = replace(
        group,
        status=row.to,
        status_version=group.status_version + 1,
        status_since=act.at,
        status_by=act.actor_name,
        submitted_at=act.at if action is Action.RESUBMIT else group.submitted_at,
    )
    event = act.event(action, group.status, row.to, reason=reason, fields=tuple(fields))
    persons = application.persons
    if row.to is Status.MFA_APPROVED:
        persons = tuple(replace(person, own_status=lifecycle.FIRST_OF_PERSON) for person in persons)
    return Application(moved, persons, (*application.history, event)), event


def edit(
    application: Application, content: Content, persons: Iterable[Content], act: Act, seen: int
) -> tuple[Application, Event]:
    """Replace the content of a returned application; numbers, office and status stay.

    `seen` is the `version` named by If-Match. Persons keep their position: the n-th of the content is `-nn`.

    Raises:
        OperationInvalid: it is not in a status to be edited.
        ContentChanged: somebody saved in between.
        Invalid: the office differs; the file is already at one.

    """
    group = application.group
    if lifecycle.find(lifecycle.GROUP, group.service, group.status, Action.EDIT, act.actor.party) is None:
        raise OperationInvalid(group.current)
    if seen != group.version:
        raise ContentChanged
    if content["office"] != group.office:
        raise invalid("office", "OFFICE_FIXED")
    event = act.event(Action.EDIT, group.status, group.status)
    edited = with_content(replace(group, version=group.version + 1), content, persons)
    return replace(edited, history=(*application.history, event)), event


def with_content(group: Group, content: Content, persons: Iterable[Content]) -> Application:
    """The group with this content, its persons numbered by position."""
    numbered = tuple(
        Person(person_number(group.number, position), each, version=group.version)
        for position, each in enumerate(persons, start=1)
    )
    return Application(replace(group, content=content, person_count=len(numbered)), numbered)


def record(application: Application, number: PersonNumber, act: Act, foreign_number: str) -> tuple[Application, Event]:
    """Write down the number under which the person is known in the APEC-wide system (D02).

    Raises:
        NotFound: no such person.
        OperationInvalid: the person is not before the economies yet.

    """
    group = application.group
    before = application.person(number)
    status = status_of(before, group)
    action = Action.RECORD_FOREIGN_NUMBER
    if lifecycle.find(lifecycle.PERSON, group.service, status, action, act.actor.party) is None:
        raise OperationInvalid(group.current)
    after = replace(before, foreign_number=foreign_number, version=before.version + 1)
    event = act.event(action, status, status, person_number=number)
    return with_person(application, after, event), event


def with_person(application: Application, after: Person, event: Event) -> Application:
    """The application with one person changed and its history longer by one."""
    persons = tuple(after if each.number == after.number else each for each in application.persons)
    return replace(application, persons=persons, history=(*application.history, event))
