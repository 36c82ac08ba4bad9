"""What a correction has changed since the return (docs/domain.md 1.5)."""

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from chalicelib.rules.applications.applications import Application, Content, Correction, Event, Person
from chalicelib.rules.base.vocabulary import Action, ApplicationNumber, PersonNumber


@dataclass(frozen=True)
class ReturnedContent:
    """The content as it was when it was returned, kept by the first edit after that."""

    of: ApplicationNumber | PersonNumber
    """The application, or the person that was returned apart."""
    at: datetime
    """When it was returned."""
    content: Content = dataclasses.field(repr=False)
    persons: Mapping[PersonNumber, Content] = dataclasses.field(default_factory=dict, repr=False)
    """The contents of the persons of a group."""


@dataclass(frozen=True)
class PersonChanges:
    """What has changed about one person of a group."""

    number: PersonNumber
    kind: Literal["changed", "added", "removed"]
    before: Content = dataclasses.field(repr=False)
    after: Content = dataclasses.field(repr=False)


@dataclass(frozen=True)
class Changes:
    """What has changed between the last return and now."""

    since: datetime | None
    """The last return of the application as a whole; None if it has not been edited after a return."""
    before: Content = dataclasses.field(repr=False)
    after: Content = dataclasses.field(repr=False)
    persons: tuple[PersonChanges, ...] = ()
    """Only persons with a change."""


def changed_fields(before: Content, after: Content) -> list[str]:
    """The names of the fields whose values differ, in the order of the content."""
    return [name for name in {**before, **after} if before.get(name) != after.get(name)]


def paths_of_edit(before: Application, after: Application) -> tuple[str, ...]:
    """The paths of the fields that an edit has changed; a person added or removed is one path."""
    old = {person.number: person.content for person in before.persons}
    new = {person.number: person.content for person in after.persons}
    paths = changed_fields(before.header.content, after.header.content)
    for number in sorted({*old, *new}):
        place = f"persons.{int(number[-2:]) - 1}"
        if number in old and number in new:
            paths += [f"{place}.{name}" for name in changed_fields(old[number], new[number])]
        else:
            paths.append(place)
    return tuple(paths)


def kept_of_application(before: Application, stored: ReturnedContent | None) -> ReturnedContent | None:
    """What the first edit after a return keeps of an application; None if an earlier edit has kept it."""
    header = before.header
    if stored is not None and stored.at == header.status_since:
        return None
    persons = {person.number: person.content for person in before.persons}
    return ReturnedContent(header.number, header.status_since, header.content, persons)


def newest(kept: ReturnedContent | None, stored: ReturnedContent | None) -> ReturnedContent:
    """The content at the last return: what this edit keeps, or else what an earlier one has stored."""
    found = kept or stored
    assert found is not None  # noqa: S101  an edit keeps the content unless one is stored
    return found


def kept_of_person(person: Person, stored: ReturnedContent | None) -> ReturnedContent | None:
    """What the first edit after a return keeps of a person returned apart; None as for an application."""
    since = person.status_since
    if since is None or (stored is not None and stored.at == since):
        return None
    return ReturnedContent(person.number, since, person.content)


def with_correction(after: Application, returned: ReturnedContent) -> Application:
    """The application after an edit, with a note of what differs from the content that was returned."""
    apart = {person.number for person in after.persons if person.own_status is not None}
    now = {person.number: person.content for person in after.persons}
    persons = (number for number in sorted({*returned.persons, *now} - apart))
    changed = tuple(number for number in persons if returned.persons.get(number) != now.get(number))
    correction = Correction(tuple(changed_fields(returned.content, after.header.content)), changed)
    return dataclasses.replace(after, header=dataclasses.replace(after.header, correction=correction))


def since_return(application: Application, kept: Iterable[ReturnedContent], events: Iterable[Event]) -> Changes:
    """What has changed since the last return, of the application and of each person.

    Args:
        application: As it is now, with all persons.
        kept: What edits have kept of the application and of its persons.
        events: The history, oldest first; a copy of an earlier return than the last says nothing.
    """
    last = _last_returns(application, events)
    valid: dict[str, ReturnedContent] = {copy.of: copy for copy in kept if last.get(copy.of) == copy.at}
    header = application.header
    whole = valid.get(header.number)
    now = {person.number: person.content for person in application.persons}
    old: dict[PersonNumber, Content] = dict(whole.persons) if whole else dict(now)
    old |= {number: valid[number].content for number in now if number in valid}
    persons = (_of_person(number, old.get(number), now.get(number)) for number in sorted({*old, *now}))
    return Changes(
        last.get(header.number),
        whole.content if whole else header.content,
        header.content,
        tuple(person for person in persons if person is not None),
    )


def _last_returns(application: Application, events: Iterable[Event]) -> dict[str, datetime]:
    """By number of the application or person when it was returned last."""
    number, persons = application.header.number, {person.number for person in application.persons}
    returns = (event for event in events if event.action is Action.RETURN)
    return {event.person_number if event.person_number in persons else number: event.at for event in returns}


def _of_person(number: PersonNumber, before: Content | None, after: Content | None) -> PersonChanges | None:
    if before == after:
        return None
    if before is None:
        return PersonChanges(number, "added", {}, after or {})
    return PersonChanges(number, "removed" if after is None else "changed", before, after or {})
