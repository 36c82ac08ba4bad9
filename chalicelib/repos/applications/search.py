"""Lists of applications, one page at a time (docs/decisions/0015).

A page costs two requests whatever the filters are: one query of the index that narrows the list most, and one read of
the items that the query names. `rules.applications.search.matches` applies the other filters. A third request is made
where a large group is the only one on a page.

A page has at most `limit` applications, each with all its matching persons. It has fewer where groups are large,
because one read returns at most 100 items. A page can be empty and still have a next one.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby
from operator import itemgetter
from typing import Any

from chalicelib.repos.applications import indexes as keys
from chalicelib.repos.applications import items
from chalicelib.repos.table import table
from chalicelib.rules.accounts.accounts import Account
from chalicelib.rules.applications.applications import Application, is_visible
from chalicelib.rules.applications.search import SearchCriteria, matches
from chalicelib.rules.base.numbers import person_number
from chalicelib.rules.base.vocabulary import Status

type Position = dict[str, Any]
"""The keys of the last row of a page: the next page starts after it."""

ONE_ROW_EACH = ("by_owner", "by_creator")
"""Indexes with one row for each application. In all others the persons of a group have rows of their own."""


@dataclass(frozen=True)
class SearchPage:
    """One page of a list."""

    applications: list[Application]
    """Applications in the order of the list, each with its matching persons and without its history."""
    next_key: Position | None
    """Where the next page starts; None on the last page."""


def page(viewer: Account, criteria: SearchCriteria, limit: int, start: Position | None) -> SearchPage:
    """One page of the applications of the viewer's enterprise, newest first.

    Args:
        viewer: an enterprise account or an agent; an agent of scope `own` gets its own applications only.
        criteria: the filters.
        limit: the largest number of applications on the page.
        start: `next_key` of the page before; None for the first page.
    """
    if viewer.sees_own_only:
        criteria = replace(criteria, creator_id=viewer.id)
    partition, index, prefix = _source(viewer, criteria)
    only: dict[str, Any] = {"service": criteria.service}
    if criteria.creator_id and index != "by_creator":
        only["creator_id"] = criteria.creator_id
    rows_at_once = limit if index in ONE_ROW_EACH else table.BATCH_GET
    query = partial(table.query, partition, index=index, newest_first=True, limit=rows_at_once, only=only)
    found = query(prefix=prefix, start=start)
    if index not in ONE_ROW_EACH:
        found = _with_rest_of_group(found, query, index)
    rows, applications = _read(_first_groups(found, index, limit), _keys)
    if index == "by_status":
        applications = _without_duplicates(applications, rows, criteria)
    fitting = [match for application in applications if (match := matches(application, criteria))]
    return SearchPage(
        [application for application in fitting if is_visible(application.header, viewer)],
        _next_key(found, rows, index),
    )


def desk(office: str, limit: int, start: Position | None) -> SearchPage:
    """Applications, and persons with a status of their own, that wait at the desk of an office; oldest first."""
    return _officers_page(f"DESK#{office}", "work_queue", limit, start)


def of_office(office: str, status: Status, limit: int, start: Position | None) -> SearchPage:
    """Applications of one office that have a status; oldest first."""
    return _officers_page(f"OFFICE#{office}#{status}", "by_office", limit, start)


def at_stage(status: Status, limit: int, start: Position | None) -> SearchPage:
    """Applications of all offices that have a status; oldest first."""
    return _officers_page(f"STAGE#{status}", "by_stage", limit, start)


def _source(viewer: Account, criteria: SearchCriteria) -> tuple[str, str, str | None]:
    """Partition, index and prefix of the sort key that narrow the list most.

    An agent of scope `own` reads only the partition of its own applications, so that neither an empty page nor a cursor
    reveals those of others.
    """
    enterprise_id = viewer.tenant
    owner = f"ENT#{enterprise_id}"
    number = criteria.application_number or None
    own = keys.creator_partition(enterprise_id, criteria.creator_id or "", criteria.service)
    if viewer.sees_own_only:
        return own, "by_creator", number
    if criteria.passport:
        return keys.passport_partition(enterprise_id, criteria.passport), "by_passport", number
    if criteria.applicant:
        index, beginning = keys.name_index(criteria.applicant)
        return keys.name_partition(enterprise_id, criteria.service, beginning), index, number
    if criteria.available:
        return f"{owner}#{criteria.available}", keys.SERVICE_INDEX[criteria.available], number
    if criteria.status:
        return f"{owner}#{criteria.service}#{criteria.status}", "by_status", number
    return (own, "by_creator", number) if criteria.creator_id else (f"{owner}#{criteria.service}", "by_owner", number)


def _officers_page(partition: str, index: str, limit: int, start: Position | None) -> SearchPage:
    """Applications without their persons, but with each person that has a row of its own in the index."""
    found = table.query(partition, index=index, limit=limit, start=start)
    rows, applications = _read(found.items, _header_and_self)
    return SearchPage(applications, _next_key(found, rows, index))


def _with_rest_of_group(found: table.Page, query: Callable[..., table.Page], index: str) -> table.Page:
    """The rows with the rest of their group, if they are of one group only and it continues after the last row."""
    groups = _by_group(found.items)
    if len(groups) != 1 or found.next_key is None or found.next_key["pk"] != groups[0][0]["pk"]:
        return found
    rest = query(prefix=found.next_key["pk"].removeprefix("APP#"), start=found.next_key).items
    return table.Page([*found.items, *rest], _position(rest[-1], index)) if rest else found


def _first_groups(found: table.Page, index: str, limit: int) -> list[table.Item]:
    """The rows of at most `limit` groups; a group that may continue after the last row is left to the next page."""
    groups = _by_group(found.items)
    if index not in ONE_ROW_EACH and found.next_key and 1 < len(groups) <= limit:
        groups.pop()
    return [row for rows in groups[:limit] for row in rows]


def _by_group(rows: Iterable[table.Item]) -> list[list[table.Item]]:
    """Consecutive rows of one application together."""
    return [list(group) for _, group in groupby(rows, key=itemgetter("pk"))]


def _read(
    found: list[table.Item], keys_of: Callable[[table.Item], list[table.Key]]
) -> tuple[list[table.Item], list[Application]]:
    """The first rows whose items fit into one read, and their applications in the order of the rows."""
    rows, keys = _fitting(found, keys_of)
    applications = _grouped(table.get_many(keys))
    order = dict.fromkeys(row["pk"] for row in rows)
    return rows, [applications[pk] for pk in order if pk in applications]


def _next_key(found: table.Page, rows: list[table.Item], index: str) -> Position | None:
    """Where the next page starts: after the last row that was read."""
    return found.next_key if len(rows) == len(found.items) else _position(rows[-1], index)


def _without_duplicates(
    applications: list[Application], rows: list[table.Item], criteria: SearchCriteria
) -> list[Application]:
    """The applications without those that the row of a person brought and the row of the application brings as well.

    A person and its application can have the same status: then both have rows in the index of statuses.
    """
    groups = {row["pk"] for row in rows if "person_count" in row}
    return [
        application
        for application in applications
        if application.header.status is not criteria.status or f"APP#{application.header.number}" in groups
    ]


def _header_and_self(row: table.Item) -> list[table.Key]:
    return list(dict.fromkeys([keys.header_key(keys.number_of(row["pk"])), (row["pk"], row["sk"])]))


def _fitting(
    found: list[table.Item], keys_of: Callable[[table.Item], list[table.Key]]
) -> tuple[list[table.Item], list[table.Key]]:
    """The rows of whole groups whose items fit into one read, and the keys of these items."""
    rows: list[table.Item] = []
    keys: dict[table.Key, None] = {}
    for group in _by_group(found):
        more = dict.fromkeys(key for row in group for key in keys_of(row))
        if len(keys | more) > table.BATCH_GET:
            break
        rows += group
        keys |= more
    return rows, list(keys)


def _keys(row: table.Item) -> list[table.Key]:
    """The primary keys for a row: of an application with all its persons, or of one person and its application."""
    number = keys.number_of(row["pk"])
    header = keys.header_key(number)
    if (row["pk"], row["sk"]) != header:
        return [header, (row["pk"], row["sk"])]
    positions = range(1, row["person_count"] + 1)
    return [header, *(keys.person_key(person_number(number, position)) for position in positions)]


def _position(row: table.Item, index: str) -> Position:
    return {name: row[name] for name in ("pk", "sk", *table.INDEXES[index])}


def _grouped(found: Mapping[table.Key, table.Item]) -> dict[str, Application]:
    """The applications of items that were read together, by their partition."""
    partitions: dict[str, list[table.Item]] = {}
    for (pk, _), item in found.items():
        partitions.setdefault(pk, []).append(item)
    read = {pk: items.to_application(of_partition) for pk, of_partition in partitions.items()}
    return {pk: application for pk, application in read.items() if application is not None}
