"""申请单: a group, its persons and its history in one partition; the enterprise's id is part of every sort key.

An enterprise reads only sort keys that begin with its own id, so another's number finds nothing. Officers do not
know whose a number is: they read the whole partition, and `rules.applications.visible` tells whether it is theirs.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from chalicelib.repos import application_items as items
from chalicelib.repos import ids, table
from chalicelib.repos.application_items import sort_key
from chalicelib.repos.table import Part
from chalicelib.rules.accounts import Account
from chalicelib.rules.applications import Application, Event, Group, Person, visible
from chalicelib.rules.errors import ContentChanged, NotFound, OperationInvalid
from chalicelib.rules.numbers import (
    application_number,
    day_of,
    is_application_number,
    person_number,
    split_person_number,
)
from chalicelib.rules.vocabulary import ApplicationNumber, EnterpriseId, PersonNumber, Service


def next_number(now: datetime) -> ApplicationNumber:
    """The day's next number; numbers are never given twice, a gap after a failure is possible."""
    return application_number(now, table.count_up((f"SEQ#{day_of(now)}", "SEQ"), "last"))


# Reading


def get(number: str, viewer: Account) -> Application:
    """The application with persons and history, if the viewer may know of it; `NotFound` otherwise.

    One request. The enterprise side reads within its own id only.
    """
    if not is_application_number(number):
        raise NotFound
    prefix = None if viewer.enterprise_id is None else sort_key(viewer.enterprise_id, "")
    found = items.to_application(table.query_all(f"APP#{number}", prefix=prefix))
    if found is None or not visible(found.group, viewer):
        raise NotFound
    return found


def newest(
    viewer: Account, service: Service, limit: int, start: dict[str, Any] | None, prefix: str | None = None
) -> tuple[list[Application], dict[str, Any] | None]:
    """The viewer's groups of a service with all their persons, newest first, and where the next page starts.

    Two requests. A page has at most `limit` groups, and fewer where persons are many: only whole groups, as many
    as one request holds (100 items).
    """
    if viewer.sees_own_only:
        partition, index = f"ACC#{viewer.id}#{service}", "by_creator"
    else:
        partition, index = f"ENT#{viewer.tenant}#{service}", "by_owner"
    page = table.query(partition, index=index, prefix=prefix, newest_first=True, limit=limit, start=start)
    rows: list[table.Item] = []
    keys: list[table.Key] = []
    for row in page.items:
        own = _keys(row)
        if len(keys) + len(own) > table.BATCH_GET:
            break
        rows.append(row)
        keys += own
    next_key = page.next_key if len(rows) == len(page.items) else rows[-1]
    return _grouped(table.get_many(keys)), _position(next_key, index)


def _keys(row: table.Item) -> list[table.Key]:
    """Primary keys of a group and its persons, from its row in an index."""
    number, owner = ApplicationNumber(row["pk"].removeprefix("APP#")), items.owner_of(row["sk"])
    persons = [person_number(number, position) for position in range(1, row["person_count"] + 1)]
    return [(row["pk"], row["sk"]), *(items.person_key(person, owner) for person in persons)]


def _position(row: table.Item | None, index: str) -> dict[str, Any] | None:
    """What a query of an index starts after."""
    if row is None:
        return None
    return {name: row[name] for name in ("pk", "sk", *table.INDEXES[index])}


def _grouped(found: Mapping[table.Key, table.Item]) -> list[Application]:
    """Applications of items read together, newest first."""
    partitions: dict[str, list[table.Item]] = {}
    for (pk, _), item in found.items():
        partitions.setdefault(pk, []).append(item)
    read = [items.to_application(partitions[pk]) for pk in sorted(partitions, reverse=True)]
    return [application for application in read if application is not None]


def with_persons(numbers: Iterable[str], enterprise_id: EnterpriseId) -> list[Application]:
    """These persons, each with its group, newest first."""
    keys: list[table.Key] = []
    for number in numbers:
        keys.append(items.person_key(PersonNumber(number), enterprise_id))
        keys.append(items.header_key(split_person_number(PersonNumber(number))[0], enterprise_id))
    return _grouped(table.get_many(keys)) if keys else []


def page_by_passport(viewer: Account, passport: str, limit: int, start: dict[str, Any] | None) -> table.Page:
    """Person items of the viewer's enterprise with this passport number, newest first (L10, L11)."""
    partition = items.passport_partition(viewer.tenant, passport)
    only = {"creator_id": viewer.id} if viewer.sees_own_only else None
    return table.query(partition, index="by_passport", newest_first=True, limit=limit, start=start, only=only)


def queue(office: str, limit: int, start: dict[str, Any] | None) -> table.Page:
    """Numbers that wait at an office's desk, oldest first."""
    return table.query(f"DESK#{office}", index="work_queue", limit=limit, start=start)


def headers(keys: Iterable[table.Key]) -> list[Group]:
    """The groups alone, in the order given."""
    wanted = list(keys)
    found = table.get_many(wanted)
    return [items.to_group(found[at]) for at in wanted if at in found]


# Writing, as parts of a transaction


def created(application: Application) -> list[Part]:
    """A new application with its persons and its first history entry."""
    group = application.group
    return [
        table.put(items.from_group(group), only_new=lambda _: OperationInvalid()),
        *(table.put(items.from_person(person, group)) for person in application.persons),
        *history(group, application.history),
    ]


def moved(before: Application, after: Application, event: Event) -> list[Part]:
    """A group at its next status, if it still has the one that was seen (H12), and persons that changed with it."""
    seen = {"status_version": before.group.status_version}
    kept = {person.number: person for person in before.persons}
    return [
        table.replace(items.from_group(after.group), seen, _too_late),
        *(
            table.put(items.from_person(person, after.group))
            for person in after.persons
            if kept.get(person.number) != person
        ),
        *history(after.group, [event]),
    ]


def edited(before: Application, after: Application, event: Event) -> list[Part]:
    """A returned group with other content, if nobody saved or moved it meanwhile; surplus persons are gone."""
    seen = {"version": before.group.version, "status_version": before.group.status_version}
    remaining = {person.number for person in after.persons}
    return [
        table.replace(items.from_group(after.group), seen, _changed),
        *(table.put(items.from_person(person, after.group)) for person in after.persons),
        *(
            table.delete(items.person_key(person.number, after.group.enterprise_id))
            for person in before.persons
            if person.number not in remaining
        ),
        *history(after.group, [event]),
    ]


def person_changed(group: Group, before: Person, after: Person, event: Event) -> list[Part]:
    """One person at its next state, if nothing of it changed meanwhile."""
    return [
        table.replace(items.from_person(after, group), {"version": before.version}, lambda _: PersonMoved()),
        *history(group, [event]),
    ]


class PersonMoved(Exception):
    """Somebody else changed the person between reading and writing."""


def history(group: Group, events: Iterable[Event]) -> list[Part]:
    """History entries, each written once for ever."""
    return [
        table.put(items.from_event(event, group, ids.in_order()), only_new=lambda _: OperationInvalid())
        for event in events
    ]


def _too_late(old: table.Item | None) -> Exception:
    return OperationInvalid(items.to_group(old).current if old else None)


def _changed(old: table.Item | None) -> Exception:
    return ContentChanged() if old else OperationInvalid()
