"""What is done to an application: moving it, singling a person out, editing what was returned, recording numbers."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from chalicelib.rules.accounts.acts import Act
from chalicelib.rules.applications import lifecycle
from chalicelib.rules.applications.applications import (
    Application,
    ApplicationHeader,
    Content,
    Event,
    Person,
    current_of,
    event_of,
    status_of,
    status_version_of,
)
from chalicelib.rules.applications.lifecycle import Level, Need, Transition
from chalicelib.rules.base.china_time import china_day
from chalicelib.rules.base.errors import ContentChanged, FieldError, Invalid, OperationInvalid, invalid
from chalicelib.rules.base.numbers import person_number
from chalicelib.rules.base.vocabulary import Action, Party, PersonNumber, Service, Status


def change_status(
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
    header = application.header
    row = lifecycle.find_transition(Level.APPLICATION, header.service, header.status, action, act.actor.party)
    if row is None or seen != header.status_version:
        raise OperationInvalid(header.current)
    _check_reason(row, reason)
    moved = replace(
        header,
        status=row.to,
        status_version=header.status_version + 1,
        status_since=act.at,
        status_by=act.actor_name,
        submitted_at=act.at if action is Action.RESUBMIT else header.submitted_at,
    )
    event = event_of(act, action, header.status, row.to, reason=reason, fields=tuple(fields))
    persons = tuple(_follow(person, moved, act) for person in application.persons)
    return Application(moved, persons, (*application.history, event)), event


def _follow(person: Person, moved: ApplicationHeader, act: Act) -> Person:
    """The person after its group has moved: on its own from 领事司审核通过, and at its end with its group."""
    if moved.status is Status.CONSULAR_APPROVED and person.own_status is None:
        after = replace(with_own_status(person, lifecycle.FIRST_OF_PERSON, act), economies_since=act.at)
        # It carried the group's version until now: its own goes on from there.
        return replace(after, status_version=moved.status_version)
    if person.own_status in lifecycle.ENDED_WITH_GROUP.get(moved.status, ()):
        return with_own_status(person, moved.status, act)
    return person


def with_own_status(person: Person, status: Status, act: Act) -> Person:
    """The person with a status of its own, from this act on."""
    return replace(
        person,
        own_status=status,
        status_since=act.at,
        status_by=act.actor_name,
        status_version=person.status_version + 1,
        version=person.version + 1,
    )


def change_person_status(
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
    header = application.header
    person = application.person(number)
    status = status_of(person, header)
    row = transition_for(person, header, action, act.actor.party, china_day(act.at))
    if row is None or seen != status_version_of(person, header):
        raise OperationInvalid(current_of(person, header))
    _check_reason(row, reason)
    # A person that carried the group's status takes the group's version with it: the next action must name a newer one.
    based = replace(person, status_version=status_version_of(person, header))
    after = with_own_status(based, row.to, act)
    if row.to is Status.ECONOMY_REVIEW:
        after = replace(after, economies_since=act.at)
    event = event_of(act, action, status, row.to, reason=reason, fields=tuple(fields), person_number=number)
    return with_person(application, after, event), event


def transition_for(
    person: Person, header: ApplicationHeader, action: Action, party: Party, today: date
) -> Transition | None:
    """The row that allows this of one person, or None: then it is 操作无效."""
    row = lifecycle.find_transition(Level.PERSON, header.service, status_of(person, header, today), action, party)
    return row if row is not None and _is_met(row, person, today) else None


def person_actions(person: Person, header: ApplicationHeader, party: Party, today: date) -> list[Action]:
    """What this party may do to the person by itself, in the table's order."""
    rows = lifecycle.transitions_of_party(Level.PERSON, header.service, status_of(person, header, today), party)
    return [row.action for row in rows if _is_met(row, person, today)]


def _is_met(row: Transition, person: Person, today: date) -> bool:
    so = {
        Need.OWN_STATUS: person.own_status is not None,
        Need.NO_SERVICE: person.open_service is None,
        Need.NO_CARD: person.card is None or not person.card.lives(today),
        Need.APPROVAL: person.has_approval,
    }
    return all(so[need] for need in row.needs)


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
    header = application.header
    person = application.person(number)
    status = status_of(person, header)
    if transition_for(person, header, Action.EDIT, act.actor.party, china_day(act.at)) is None:
        raise OperationInvalid(current_of(person, header))
    if seen != person.version:
        raise ContentChanged
    after = replace(person, content=content, version=person.version + 1)
    event = event_of(act, Action.EDIT, status, status, person_number=number)
    return with_person(application, after, event), event


def edit_application(
    application: Application, content: Content, persons: Iterable[Content], act: Act, seen: int
) -> tuple[Application, Event]:
    """Replace the content of a returned application; numbers, office and status stay.

    `seen` is the `version` named by If-Match. Persons keep their position: the n-th of the content is `-nn`.

    Raises:
        OperationInvalid: it is not in a status to be edited.
        ContentChanged: somebody saved in between.
        Invalid: the office differs; the file is already at one.

    """
    header = application.header
    row = lifecycle.find_transition(Level.APPLICATION, header.service, header.status, Action.EDIT, act.actor.party)
    if row is None or header.service is not Service.NEW_OR_RENEWAL:
        raise OperationInvalid(header.current)
    if seen != header.version:
        raise ContentChanged
    if content["office"] != header.office:
        raise invalid("office", "OFFICE_FIXED")
    event = event_of(act, Action.EDIT, header.status, header.status)
    edited = with_content(replace(header, version=header.version + 1), content, persons)
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


def edit_follow_up(application: Application, content: Content, act: Act, seen: int) -> tuple[Application, Event]:
    """Replace what was filled in of a returned follow-up file; what it is about stays.

    Raises:
        OperationInvalid: it is not in a status to be edited, or is no follow-up file.
        ContentChanged: somebody saved in between.

    """
    header = application.header
    row = lifecycle.find_transition(Level.APPLICATION, header.service, header.status, Action.EDIT, act.actor.party)
    if row is None or header.service is Service.NEW_OR_RENEWAL:
        raise OperationInvalid(header.current)
    if seen != header.version:
        raise ContentChanged
    event = event_of(act, Action.EDIT, header.status, header.status)
    edited = replace(header, version=header.version + 1, content={**header.content, **content})
    return Application(edited, (), (*application.history, event)), event


def with_content(header: ApplicationHeader, content: Content, persons: Iterable[Content]) -> Application:
    """The group with this content, its persons numbered by position."""
    numbered = tuple(
        Person(person_number(header.number, position), each, version=header.version)
        for position, each in enumerate(persons, start=1)
    )
    return Application(replace(header, content=content, person_count=len(numbered)), numbered)


def record_foreign_number(
    application: Application, number: PersonNumber, act: Act, foreign_number: str
) -> tuple[Application, Event]:
    """Write down the number under which the person is known in the APEC-wide system (D02).

    Raises:
        NotFound: no such person.
        OperationInvalid: the person is not before the economies yet.

    """
    header = application.header
    before = application.person(number)
    status = status_of(before, header)
    action = Action.RECORD_FOREIGN_NUMBER
    if transition_for(before, header, action, act.actor.party, china_day(act.at)) is None:
        raise OperationInvalid(current_of(before, header))
    after = replace(before, foreign_number=foreign_number, version=before.version + 1)
    event = event_of(act, action, status, status, person_number=number)
    return with_person(application, after, event), event


def with_person(application: Application, after: Person, event: Event) -> Application:
    """The application with one person changed and its history longer by one."""
    persons = tuple(after if each.number == after.number else each for each in application.persons)
    return replace(application, persons=persons, history=(*application.history, event))
