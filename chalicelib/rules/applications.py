"""The application as the rules see it: a group, its persons, its history."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from chalicelib.rules import lifecycle, masks
from chalicelib.rules.accounts import Account
from chalicelib.rules.errors import ContentChanged, Current, FieldError, Invalid, NotFound, OperationInvalid, invalid
from chalicelib.rules.lifecycle import Level, Transition
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


FOLLOWING = (Action.PASS, Action.EDIT, Action.RESUBMIT, Action.WITHDRAW)
"""What a person that carries its group's status does with the group only; it can be returned or rejected by itself."""


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


def status_of(person: Person, group: Group, today: date | None = None) -> Status:
    """The person's status: the group's until it lives on its own; a card past its end has expired by itself."""
    status = person.own_status or group.status
    ended = today is not None and person.card is not None and person.card.valid_until < today.isoformat()
    if ended and status in (Status.CARD_MADE, Status.CARD_ISSUED):
        return Status.EXPIRED
    return status


def current_of(person: Person, group: Group) -> Current:
    """Where a person stands, for whoever comes too late."""
    if person.own_status is None or person.status_since is None:
        return group.current
    return Current(person.own_status, person.status_version, rfc3339(person.status_since), person.status_by)


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
    """Take a file to its next status, and the persons that live on their own from now on.

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
    row = lifecycle.find(Level.FILE, group.service, group.status, action, act.actor.party)
    if row is None or seen != group.status_version:
        raise OperationInvalid(group.current)
    _check_reason(row, reason)
    moved = replace(
        group,
        status=row.to,
        status_version=group.status_version + 1,
        status_since=act.at,
        status_by=act.actor_name,
        submitted_at=act.at if action is Action.RESUBMIT else group.submitted_at,
    )
    event = act.event(action, group.status, row.to, reason=reason, fields=tuple(fields))
    persons = tuple(_follow(person, moved, act) for person in application.persons)
    return Application(moved, persons, (*application.history, event)), event


def _follow(person: Person, moved: Group, act: Act) -> Person:
    """The person after its group has moved: on its own from 领事司审核通过, and withdrawn with its group."""
    if moved.status is Status.MFA_APPROVED and person.own_status is None:
        after = replace(on_its_own(person, lifecycle.FIRST_OF_PERSON, act), economies_since=act.at)
        # It carried the group's version until now: its own goes on from there.
        return replace(after, status_version=moved.status_version)
    if moved.status is Status.WITHDRAWN and person.own_status in lifecycle.UNDER_REVIEW:
        return on_its_own(person, Status.WITHDRAWN, act)
    return person


def on_its_own(person: Person, status: Status, act: Act) -> Person:
    """The person with a status of its own, from this act on."""
    return replace(
        person,
        own_status=status,
        status_since=act.at,
        status_by=act.actor_name,
        status_version=person.status_version + 1,
        version=person.version + 1,
    )


def move_person(
    application: Application,
    number: PersonNumber,
    action: Action,
    act: Act,
    seen: int,
    reason: str | None = None,
    fields: Iterable[str] = (),
) -> tuple[Application, Event]:
    """Single one person out while the group goes on: return, reject, pass, resubmit, withdraw.

    Raises:
        NotFound: no such person.
        OperationInvalid: the status has moved or the table has no such row (H12).
        Invalid: the reason is missing.

    """
    group = application.group
    person = application.person(number)
    status = status_of(person, group)
    row = lifecycle.find(Level.PERSON, group.service, status, action, act.actor.party)
    follows = person.own_status is None and action in FOLLOWING
    if row is None or follows or seen != status_version_of(person, group):
        raise OperationInvalid(current_of(person, group))
    _check_reason(row, reason)
    # A person that carried the group's status takes the group's version with it: the next action must name a newer one.
    based = replace(person, status_version=status_version_of(person, group))
    after = on_its_own(based, row.to, act)
    if row.to is Status.ECONOMY_REVIEW:
        after = replace(after, economies_since=act.at)
    event = act.event(action, status, row.to, reason=reason, fields=tuple(fields), person_number=number)
    return with_person(application, after, event), event


def _check_reason(row: Transition, reason: str | None) -> None:
    if row.needs_reason and not reason:
        raise invalid("reason", "REASON_REQUIRED")


def edit_person(
    application: Application, number: PersonNumber, content: Content, act: Act, seen: int
) -> tuple[Application, Event]:
    """Correct the content of a person that was singled out and returned; `seen` is the person's `version`.

    Raises:
        NotFound: no such person.
        OperationInvalid: it was not returned by itself.
        ContentChanged: somebody saved in between.

    """
    group = application.group
    person = application.person(number)
    status = status_of(person, group)
    row = lifecycle.find(Level.PERSON, group.service, status, Action.EDIT, act.actor.party)
    if row is None or person.own_status is None:
        raise OperationInvalid(current_of(person, group))
    if seen != person.version:
        raise ContentChanged
    after = replace(person, content=content, version=person.version + 1)
    event = act.event(Action.EDIT, status, status, person_number=number)
    return with_person(application, after, event), event


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
    row = lifecycle.find(Level.FILE, group.service, group.status, Action.EDIT, act.actor.party)
    if row is None or group.service is not Service.ISSUE:
        raise OperationInvalid(group.current)
    if seen != group.version:
        raise ContentChanged
    if content["office"] != group.office:
        raise invalid("office", "OFFICE_FIXED")
    event = act.event(Action.EDIT, group.status, group.status)
    edited = with_content(replace(group, version=group.version + 1), content, persons)
    kept = {person.number: person for person in application.persons if person.own_status is not None}
    _check_apart(kept.values(), edited.persons)
    merged = tuple(kept.get(person.number, person) for person in edited.persons)
    return replace(edited, persons=merged, history=(*application.history, event)), event


def _check_apart(apart: Iterable[Person], edited: Iterable[Person]) -> None:
    """Whoever goes apart from the group is corrected by itself: here it must stand as it is, at its own place."""
    sent = {person.number: person.content for person in edited}
    moved = [person for person in apart if sent.get(person.number) != person.content]
    if moved:
        errors = [FieldError(f"persons.{int(person.number[-2:]) - 1}", "PERSON_ON_ITS_OWN") for person in moved]
        raise Invalid(errors)


def edit_file(application: Application, content: Content, act: Act, seen: int) -> tuple[Application, Event]:
    """Replace what was filled in of a returned follow-up file; what it is about stays.

    Raises:
        OperationInvalid: it is not in a status to be edited, or is no follow-up file.
        ContentChanged: somebody saved in between.

    """
    group = application.group
    row = lifecycle.find(Level.FILE, group.service, group.status, Action.EDIT, act.actor.party)
    if row is None or group.service is Service.ISSUE:
        raise OperationInvalid(group.current)
    if seen != group.version:
        raise ContentChanged
    event = act.event(Action.EDIT, group.status, group.status)
    edited = replace(group, version=group.version + 1, content={**group.content, **content})
    return Application(edited, (), (*application.history, event)), event


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
    if lifecycle.find(Level.PERSON, group.service, status, action, act.actor.party) is None:
        raise OperationInvalid(current_of(before, group))
    after = replace(before, foreign_number=foreign_number, version=before.version + 1)
    event = act.event(action, status, status, person_number=number)
    return with_person(application, after, event), event


def with_person(application: Application, after: Person, event: Event) -> Application:
    """The application with one person changed and its history longer by one."""
    persons = tuple(after if each.number == after.number else each for each in application.persons)
    return replace(application, persons=persons, history=(*application.history, event))
