"""申请单: a group, its persons and its history in one partition; the enterprise's id is part of every sort key.

An enterprise reads only sort keys that begin with its own id, so another's number finds nothing. Officers do not
know whose a number is: they read the whole partition, and `rules.applications.visible` tells whether it is theirs.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime

from chalicelib.repos.applications import indexes as keys
from chalicelib.repos.applications import items
from chalicelib.repos.applications.indexes import sort_key
from chalicelib.repos.process import ids
from chalicelib.repos.table import table
from chalicelib.repos.table.table import Write
from chalicelib.rules.accounts.accounts import Account
from chalicelib.rules.applications import lifecycle
from chalicelib.rules.applications.applications import Application, ApplicationHeader, Event, Person, is_visible
from chalicelib.rules.base import limits
from chalicelib.rules.base.china_time import day_of
from chalicelib.rules.base.errors import ContentChanged, NotFound, OperationInvalid, Unavailable
from chalicelib.rules.base.numbers import (
    application_number,
    is_application_number,
    is_person_number,
    split_person_number,
)
from chalicelib.rules.base.vocabulary import ApplicationNumber, EnterpriseId, PersonNumber, Service


def next_number(now: datetime) -> ApplicationNumber:
    """The day's next number; numbers are never given twice, a gap after a failure is possible.

    `Unavailable` when the six digits of the day are used up.
    """
    sequence = table.count_up((f"SEQ#{day_of(now)}", "SEQ"), "last")
    if sequence > limits.NUMBERS_A_DAY:
        raise Unavailable
    return application_number(now, sequence)


# Reading


def get(number: str, viewer: Account) -> Application:
    """The application with persons and history, if the viewer may know of it; `NotFound` otherwise.

    One request. The enterprise side reads within its own id only.
    """
    if not is_application_number(number):
        raise NotFound
    prefix = None if viewer.enterprise_id is None else sort_key(viewer.enterprise_id, "")
    found = items.to_application(table.query_all(f"APP#{number}", prefix=prefix))
    if found is None or not is_visible(found.header, viewer):
        raise NotFound
    return found


def person(number: str, viewer: Account) -> tuple[Application, Person]:
    """A person with its group, if the viewer may know of it; `NotFound` otherwise."""
    if not is_person_number(number):
        raise NotFound
    application = get(split_person_number(PersonNumber(number))[0], viewer)
    return application, application.person(PersonNumber(number))


def of_owner(number: PersonNumber, owner: EnterpriseId) -> tuple[Application, Person]:
    """A person whose owner is known from one of our own records, whoever may see it."""
    group_number, _ = split_person_number(number)
    found = items.to_application(table.query_all(f"APP#{group_number}", prefix=sort_key(owner, "")))
    if found is None:
        raise NotFound
    return found, found.person(number)


def follow_ups_of(person: Person, header: ApplicationHeader, viewer: Account) -> list[Application]:
    """The follow-up files about a person, oldest first, as far as the viewer may know of them; one request each."""
    prefix = sort_key(header.enterprise_id, "")
    read = (items.to_application(table.query_all(f"APP#{number}", prefix=prefix)) for number in person.follow_ups)
    return [file for file in read if file is not None and is_visible(file.header, viewer)]


def ended_cards(today: date, limit: int) -> Iterator[tuple[PersonNumber, EnterpriseId]]:
    """Persons whose living cards ended before today, and their owners, the longest ended first; `limit` a request."""
    until, start = (table.LOWEST, today.isoformat()), None
    while True:
        page = table.query(keys.CARD_ENDS, index="work_queue", between=until, limit=limit, start=start)
        for row in page.items:
            yield PersonNumber(row["queue_sk"].partition("#")[2]), keys.owner_of(row["sk"])
        start = page.next_key
        if start is None:
            return


# Writing, as parts of a transaction


def created(application: Application) -> list[Write]:
    """A new application with its persons and its first history entry."""
    header = application.header
    return [
        table.put(items.from_header(header), only_new=lambda _: OperationInvalid()),
        *(table.put(items.from_person(person, header)) for person in application.persons),
        *_new_passport_indexed(header),
        *history_added(header, application.history),
    ]


def status_changed(before: Application, after: Application, event: Event) -> list[Write]:
    """A group at its next status, if it still has the one that was seen (H12), and persons that changed with it."""
    seen = {"status_version": before.header.status_version}
    kept = {person.number: person for person in before.persons}
    return [
        table.replace(items.from_header(after.header), seen, _too_late),
        *(
            person_replaced(after.header, kept[person.number], person)
            for person in after.persons
            if kept[person.number] != person
        ),
        *_persons_checked(before, after),
        *history_added(after.header, [event]),
    ]


def _persons_checked(before: Application, after: Application) -> list[Write]:
    """An end holds for everybody: nobody may have been singled out since the group was read."""
    if after.header.status not in lifecycle.ENDED_WITH_GROUP:
        return []
    return [
        table.check(
            keys.person_key(person.number, after.header.enterprise_id),
            {"version": person.version},
            lambda _: PersonChanged(),
        )
        for person in before.persons
        if person in after.persons
    ]


def edited(before: Application, after: Application, event: Event) -> list[Write]:
    """A returned group with other content, if nobody saved or moved it meanwhile; surplus persons are emptied."""
    seen = {"version": before.header.version, "status_version": before.header.status_version}
    remaining = {person.number for person in after.persons}
    return [
        table.replace(items.from_header(after.header), seen, _changed),
        *(table.put(items.from_person(person, after.header)) for person in after.persons if person.own_status is None),
        *(
            table.put(items.removed_person(person.number, after.header.enterprise_id))
            for person in before.persons
            if person.number not in remaining
        ),
        *_new_passport_indexed(after.header),
        *history_added(after.header, [event]),
    ]


def _new_passport_indexed(header: ApplicationHeader) -> list[Write]:
    return [] if header.service is Service.NEW_OR_RENEWAL else [table.put(items.from_new_passport(header))]


def person_changed(header: ApplicationHeader, before: Person, after: Person, event: Event) -> list[Write]:
    """One person at its next state, if nothing of it changed meanwhile, nor of the group whose status it carried."""
    carried = {"status_version": header.status_version}
    key = keys.header_key(header.number, header.enterprise_id)
    return [
        person_replaced(header, before, after),
        *([table.check(key, carried, _too_late)] if before.own_status is None else []),
        *history_added(header, [event]),
    ]


def person_replaced(header: ApplicationHeader, before: Person, after: Person) -> Write:
    """A person's item as it is now, if nothing of it changed since it was read."""
    return table.replace(items.from_person(after, header), {"version": before.version}, lambda _: PersonChanged())


class PersonChanged(Exception):
    """Somebody else changed the person between reading and writing."""


def history_added(header: ApplicationHeader, events: Iterable[Event]) -> list[Write]:
    """History entries, each written once for ever."""
    return [
        table.put(items.from_event(event, header, ids.in_order()), only_new=lambda _: OperationInvalid())
        for event in events
    ]


def _too_late(old: table.Item | None) -> Exception:
    return OperationInvalid(items.to_header(old).current if old else None)


def _changed(old: table.Item | None) -> Exception:
    return ContentChanged() if old else OperationInvalid()
