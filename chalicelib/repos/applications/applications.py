"""申请单: an application has its header, persons and history in one partition (docs/decisions/0001).

Every sort key begins with the id of the enterprise. An enterprise reads only sort keys with its own id, so the number
of another enterprise finds nothing. Officers do not know the enterprise of a number: they read the whole partition, and
`rules.applications.applications.is_visible` decides whether they may see it.
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
    """Take the next number of the day. No number is given twice; a failure afterwards leaves a gap.

    Raises:
        Unavailable: the six digits of the day are used up.
    """
    sequence = table.count_up((f"SEQ#{day_of(now)}", "SEQ"), "last")
    if sequence > limits.NUMBERS_A_DAY:
        raise Unavailable
    return application_number(now, sequence)


# Reading


def get(number: str, viewer: Account) -> Application:
    """The application with persons and history, in one request.

    Args:
        number: the application's number, as sent.
        viewer: who reads; an enterprise and its agents read within the enterprise's own sort keys.

    Raises:
        NotFound: there is no such application, or the viewer may not see it.
    """
    if not is_application_number(number):
        raise NotFound
    prefix = None if viewer.enterprise_id is None else sort_key(viewer.enterprise_id, "")
    found = items.to_application(table.query_all(f"APP#{number}", prefix=prefix))
    if found is None or not is_visible(found.header, viewer):
        raise NotFound
    return found


def person(number: str, viewer: Account) -> tuple[Application, Person]:
    """A person and its application, in one request.

    Raises:
        NotFound: there is no such person, or the viewer may not see the application.
    """
    if not is_person_number(number):
        raise NotFound
    application = get(split_person_number(PersonNumber(number))[0], viewer)
    return application, application.person(PersonNumber(number))


def of_owner(number: PersonNumber, owner: EnterpriseId) -> tuple[Application, Person]:
    """A person and its application, read for the portal itself: no viewer's rights apply.

    Args:
        number: the person's number, from a stored record.
        owner: the enterprise of the application, from the same record.

    Raises:
        NotFound: there is no such person.
    """
    group_number, _ = split_person_number(number)
    found = items.to_application(table.query_all(f"APP#{group_number}", prefix=sort_key(owner, "")))
    if found is None:
        raise NotFound
    return found, found.person(number)


def of_enterprise(number: ApplicationNumber, owner: EnterpriseId) -> Application | None:
    """An application, read for the portal itself as `of_owner`; None if the enterprise has none of this number."""
    return items.to_application(table.query_all(f"APP#{number}", prefix=sort_key(owner, "")))


def follow_ups_of(person: Person, header: ApplicationHeader, viewer: Account) -> list[Application]:
    """The follow-up applications about a person that the viewer may see, oldest first; one request for each."""
    prefix = sort_key(header.enterprise_id, "")
    read = (items.to_application(table.query_all(f"APP#{number}", prefix=prefix)) for number in person.follow_ups)
    return [found for found in read if found is not None and is_visible(found.header, viewer)]


def ended_cards(today: date, limit: int) -> Iterator[tuple[PersonNumber, EnterpriseId]]:
    """Persons whose cards have passed their last day and have not expired yet, with their owners; earliest day first.

    Args:
        today: the day in China; cards with an earlier last day are found.
        limit: the number of persons found by one request.
    """
    until, start = (table.LOWEST, today.isoformat()), None
    while True:
        page = table.query(keys.CARD_ENDS, index="work_queue", between=until, limit=limit, start=start)
        for row in page.items:
            yield PersonNumber(row["queue_sk"].partition("#")[2]), keys.owner_of(row["sk"])
        start = page.next_key
        if start is None:
            return


# Writes, described for a transaction


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
    """An application at its next status, with the persons that change with it and the history entry.

    When written, the application must have the status version of `before`, or `OperationInvalid` is raised (H12); the
    persons must have the versions of `before`, or `PersonChanged` is raised.
    """
    seen = {"status_version": before.header.status_version}
    persons_before = {person.number: person for person in before.persons}
    return [
        table.replace(items.from_header(after.header), seen, _status_refusal),
        *(
            person_replaced(after.header, persons_before[person.number], person)
            for person in after.persons
            if persons_before[person.number] != person
        ),
        *_persons_checked(before, after),
        *history_added(after.header, [event]),
    ]


def _persons_checked(before: Application, after: Application) -> list[Write]:
    """The condition that no unchanged person has changed, where the new status ends the application for everybody."""
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
    """A returned application with its new content; persons that are no longer in it lose their content.

    When written, the application must have the versions of `before`, or `ContentChanged` is raised.
    """
    seen = {"version": before.header.version, "status_version": before.header.status_version}
    remaining = {person.number for person in after.persons}
    return [
        table.replace(items.from_header(after.header), seen, _content_refusal),
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
    """One person at its next state, with the history entry.

    When written, the person must have the version of `before`, or `PersonChanged` is raised. A person that has carried
    the status of its application requires that this status is unchanged, or `OperationInvalid` is raised.
    """
    carried = {"status_version": header.status_version}
    key = keys.header_key(header.number, header.enterprise_id)
    return [
        person_replaced(header, before, after),
        *([table.check(key, carried, _status_refusal)] if before.own_status is None else []),
        *history_added(header, [event]),
    ]


def person_replaced(header: ApplicationHeader, before: Person, after: Person) -> Write:
    """A person at its next state; `PersonChanged` is raised if it was written since it was read."""
    return table.replace(items.from_person(after, header), {"version": before.version}, lambda _: PersonChanged())


class PersonChanged(Exception):
    """Raised when a concurrent request has changed the person since it was read."""


def history_added(header: ApplicationHeader, events: Iterable[Event]) -> list[Write]:
    """History entries; they are never changed or deleted (docs/decisions/0028)."""
    return [
        table.put(items.from_event(event, header, ids.in_order()), only_new=lambda _: OperationInvalid())
        for event in events
    ]


def _status_refusal(old: table.Item | None) -> Exception:
    return OperationInvalid(items.to_header(old).current if old else None)


def _content_refusal(old: table.Item | None) -> Exception:
    return ContentChanged() if old else OperationInvalid()
