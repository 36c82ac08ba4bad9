"""Transitions of applications and persons, edits of returned content, and foreign numbers (docs/domain.md 1)."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime

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
from chalicelib.rules.applications.changes import changed_fields, paths_of_edit
from chalicelib.rules.applications.lifecycle import Level, Need, Transition
from chalicelib.rules.base import limits
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
    """Change the status of an application, and of the persons that change with it.

    Args:
        application: As stored.
        action: What is to be done.
        act: Who acts, and when.
        seen: The `status_version` that the client saw.
        reason: Required where the table says so.
        fields: The fields to be corrected.

    Raises:
        OperationInvalid: The status has changed, or the table has no such row (H12).
        Invalid: The reason is missing.
    """
    header = application.header
    row = lifecycle.find_transition(Level.APPLICATION, header.service, header.status, action, act.actor.party)
    if row is None or seen != header.status_version or not _is_met_by_application(row, header, china_day(act.at)):
        raise OperationInvalid(header.current)
    check_reason(row, reason)
    moved = replace(
        header,
        status=row.to,
        status_version=header.status_version + 1,
        status_since=act.at,
        status_by=act.actor_name,
        status_by_agent=act.agent_name,
        submitted_at=act.at if action is Action.RESUBMIT else header.submitted_at,
        correction=None if action is Action.RETURN else header.correction,
    )
    event = event_of(act, action, header.status, row.to, reason=reason, fields=tuple(fields))
    persons = tuple(_following_application(person, moved, act) for person in application.persons)
    return replace(application, header=moved, persons=persons, history=(*application.history, event)), event


def _following_application(person: Person, moved: ApplicationHeader, act: Act) -> Person:
    """The person after a transition of its application.

    The person gets its own status when the application is approved, and is closed if the application is closed.
    """
    if moved.status is Status.CONSULAR_APPROVED and person.own_status is None:
        after = replace(with_own_status(person, lifecycle.FIRST_OF_PERSON, act), economies_since=act.at)
        # Pages have shown the `status_version` of the application: the person continues from that number.
        return replace(after, status_version=moved.status_version)
    if person.own_status in lifecycle.ENDED_WITH_GROUP.get(moved.status, ()):
        return with_own_status(person, moved.status, act)
    return person


def with_own_status(person: Person, status: Status, act: Act) -> Person:
    """The person with this status as its own."""
    return replace(
        person,
        own_status=status,
        status_since=act.at,
        status_by=act.actor_name,
        status_by_agent=act.agent_name,
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
    """Change the status of one person: return, reject, pass, resubmit or withdraw, while the application goes on.

    Raises:
        NotFound: There is no such person.
        OperationInvalid: The status has changed, or the table has no such row (H12).
        Invalid: The reason is missing.
    """
    header = application.header
    person = application.person(number)
    status = status_of(person, header)
    row = transition_for(person, header, action, act.actor.party, china_day(act.at))
    if row is None or seen != status_version_of(person, header):
        raise OperationInvalid(current_of(person, header))
    check_reason(row, reason)
    # A person without own status continues the application's version: the next action must name a newer one.
    based = replace(person, status_version=status_version_of(person, header))
    after = with_own_status(based, row.to, act)
    if row.to is Status.ECONOMY_REVIEW:
        after = replace(after, economies_since=act.at)
    if action is Action.RETURN:
        after = replace(after, corrected=None)
    event = event_of(act, action, status, row.to, reason=reason, fields=tuple(fields), person_number=number)
    return with_person(application, after, event), event


def transition_for(
    person: Person, header: ApplicationHeader, action: Action, party: Party, today: date
) -> Transition | None:
    """The row that allows the action on one person, or None: the action is then 操作无效."""
    row = lifecycle.find_transition(Level.PERSON, header.service, status_of(person, header, today), action, party)
    return row if row is not None and _is_met(row, person, header, today) else None


def person_actions(person: Person, header: ApplicationHeader, party: Party, today: date) -> list[Transition]:
    """The rows of what this party can do to the person now, in the order of the table."""
    rows = lifecycle.transitions_of_party(Level.PERSON, header.service, status_of(person, header, today), party)
    return [row for row in rows if _is_met(row, person, header, today)]


def application_actions(header: ApplicationHeader, party: Party, today: date) -> list[Transition]:
    """The rows of what this party can do to the application now, in the order of the table."""
    rows = lifecycle.transitions_of_party(Level.APPLICATION, header.service, header.status, party)
    return [row for row in rows if _is_met_by_application(row, header, today)]


def _is_met_by_application(row: Transition, header: ApplicationHeader, today: date) -> bool:
    return Need.RECENT not in row.needs or _is_recent(header.status_since, today)


def _is_recent(since: datetime | None, today: date) -> bool:
    return since is not None and (today - china_day(since)).days <= limits.REOPEN_DAYS


def _is_met(row: Transition, person: Person, header: ApplicationHeader, today: date) -> bool:
    conditions = {
        Need.OWN_STATUS: person.own_status is not None,
        Need.NO_SERVICE: person.open_service is None,
        Need.NO_CARD: person.card is None or not person.card.lives(today),
        Need.LIVING_CARD: person.card is not None and person.card.lives(today),
        Need.APPROVAL: person.has_approval,
        Need.NO_APPROVAL: not person.has_approval,
        Need.RECENT: _is_recent(person.status_since, today),
        Need.GROUP_GOES_ON: header.status not in lifecycle.ENDED_WITH_GROUP,
    }
    return not person.destroyed and all(conditions[need] for need in row.needs)


def check_reason(row: Transition, reason: str | None) -> None:
    """Refuse an action without the reason that its row needs; raises `Invalid`."""
    if row.needs_reason and not reason:
        raise invalid("reason", "REASON_REQUIRED")


def edit_person(
    application: Application,
    number: PersonNumber,
    content: Content,
    act: Act,
    seen: int,
    returned: Content | None = None,
) -> tuple[Application, Event]:
    """Replace the content of a person that was returned apart; `seen` is the `version` that the client saw.

    `returned` is the content at the return; None if no edit came after it.

    Raises:
        NotFound: There is no such person.
        OperationInvalid: The person was not returned apart.
        ContentChanged: The content was changed meanwhile.
    """
    header = application.header
    person = application.person(number)
    status = status_of(person, header)
    if transition_for(person, header, Action.EDIT, act.actor.party, china_day(act.at)) is None:
        raise OperationInvalid(current_of(person, header))
    if seen != person.version:
        raise ContentChanged
    corrected = tuple(changed_fields(returned or person.content, content))
    after = replace(person, content=content, version=person.version + 1, corrected=corrected)
    fields = tuple(changed_fields(person.content, content))
    event = event_of(act, Action.EDIT, status, status, person_number=number, fields=fields)
    return with_person(application, after, event), event


def edit_application(
    application: Application, content: Content, persons: Iterable[Content], act: Act, seen: int
) -> tuple[Application, Event]:
    """Replace the content of a returned application; numbers, office and status do not change.

    Its persons are to be looked for in other open applications again.

    `seen` is the `version` in If-Match. Persons are matched by position: the n-th has the number `-nn`.

    Raises:
        OperationInvalid: Its status does not allow edits.
        ContentChanged: The content was changed meanwhile.
        Invalid: The office differs, or a person with its own status was changed or left out.
    """
    header = application.header
    row = lifecycle.find_transition(Level.APPLICATION, header.service, header.status, Action.EDIT, act.actor.party)
    if row is None or header.service is not Service.NEW_OR_RENEWAL:
        raise OperationInvalid(header.current)
    if seen != header.version:
        raise ContentChanged
    if content["office"] != header.office:
        raise invalid("office", "OFFICE_FIXED")
    marked = replace(header, version=header.version + 1, lookup_since=act.at)
    edited = with_content(marked, content, persons)
    kept = {person.number: person for person in application.persons if person.own_status is not None}
    _refuse_changes_apart(kept.values(), edited.persons)
    merged = tuple(kept.get(person.number, person) for person in edited.persons)
    fields = paths_of_edit(application, edited)
    event = event_of(act, Action.EDIT, header.status, header.status, fields=fields)
    return replace(edited, persons=merged, history=(*application.history, event)), event


def _refuse_changes_apart(apart: Iterable[Person], edited: Iterable[Person]) -> None:
    """Refuse changes of persons that have their own status: they are corrected apart."""
    sent = {person.number: person.content for person in edited}
    moved = [person for person in apart if sent.get(person.number) != person.content]
    if moved:
        errors = [FieldError(f"persons.{int(person.number[-2:]) - 1}", "PERSON_ON_ITS_OWN") for person in moved]
        raise Invalid(errors)


def edit_follow_up(application: Application, content: Content, act: Act, seen: int) -> tuple[Application, Event]:
    """Replace the content of a returned follow-up application; person and service do not change.

    Raises:
        OperationInvalid: Its status does not allow edits, or it is not a follow-up application.
        ContentChanged: The content was changed meanwhile.
    """
    header = application.header
    row = lifecycle.find_transition(Level.APPLICATION, header.service, header.status, Action.EDIT, act.actor.party)
    if row is None or header.service is Service.NEW_OR_RENEWAL:
        raise OperationInvalid(header.current)
    if seen != header.version:
        raise ContentChanged
    edited = replace(header, version=header.version + 1, content={**header.content, **content})
    fields = tuple(changed_fields(header.content, edited.content))
    event = event_of(act, Action.EDIT, header.status, header.status, fields=fields)
    return replace(application, header=edited, persons=(), history=(*application.history, event)), event


def with_content(header: ApplicationHeader, content: Content, persons: Iterable[Content]) -> Application:
    """The application with this content, its persons numbered by position."""
    numbered = tuple(
        Person(person_number(header.number, position), person, version=header.version)
        for position, person in enumerate(persons, start=1)
    )
    return Application(replace(header, content=content, person_count=len(numbered)), numbered)


def record_foreign_number(
    application: Application, number: PersonNumber, act: Act, foreign_number: str
) -> tuple[Application, Event]:
    """Record the number of a person in the APEC-wide system (外方申请号, D02).

    Raises:
        NotFound: There is no such person.
        OperationInvalid: The person has not reached the economies.
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


def with_person(application: Application, after: Person, *events: Event) -> Application:
    """The application with one person replaced and events added to the history."""
    persons = tuple(after if person.number == after.number else person for person in application.persons)
    return replace(application, persons=persons, history=(*application.history, *events))
