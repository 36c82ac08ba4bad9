"""Lists of applications: one query of the index that narrows most, one read of what it found, the rest sifted here.

Two requests for a page, whatever is asked, and a third where a large group is left alone on it by a filter. A page
holds at most `limit` groups, each with all its matching persons, and fewer where groups are large: as many as one read
holds (100 items). A page may even be empty and still have a next one.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from itertools import groupby
from operator import itemgetter
from typing import Any

from chalicelib.repos.applications import indexes as keys
from chalicelib.repos.applications import items
from chalicelib.repos.table import table
from chalicelib.rules.accounts.accounts import Account
from chalicelib.rules.applications.applications import Application, ApplicationHeader, Person, is_visible, status_of
from chalicelib.rules.applications.services import available_services
from chalicelib.rules.base.numbers import is_person_number, person_number
from chalicelib.rules.base.vocabulary import ApplicationNumber, Service, Status
from chalicelib.rules.forms.fields import normalise_number

SearchPage = tuple[list[Application], dict[str, Any] | None]
"""Applications of one page with their matching persons, and where the next page starts."""


OF_FILES = ("by_owner", "by_creator")
"""Indexes with one row for each file. In all others the persons of a group follow each other."""


@dataclass(frozen=True)
class SearchCriteria:
    """What is looked for; None means whatever (L03, L04, L10, H20)."""

    service: Service
    today: date
    number: str | None = None
    applicant: str | None = field(default=None, repr=False)
    status: Status | None = None
    passport: str | None = field(default=None, repr=False)
    available: Service | None = None
    creator_id: str | None = None


def page(viewer: Account, criteria: SearchCriteria, limit: int, start: dict[str, Any] | None) -> SearchPage:
    """One page of the viewer's enterprise, newest first."""
    if viewer.sees_own_only:
        criteria = replace(criteria, creator_id=viewer.id)
    partition, index, prefix = _source(viewer, criteria)
    only: dict[str, Any] = {"service": criteria.service}
    if criteria.creator_id and index != "by_creator":
        only["creator_id"] = criteria.creator_id
    look = limit if index in OF_FILES else table.BATCH_GET
    query = partial(table.query, partition, index=index, newest_first=True, limit=look, only=only)
    found = query(prefix=prefix, start=start)
    if index not in OF_FILES:
        found = _whole(found, query, index)
    rows, applications = _read(_first_groups(found, index, limit), _keys)
    if index == "by_status":
        applications = _without_doubles(applications, rows, criteria)
    sifted = [kept for each in applications if (kept := sift(each, criteria)) and is_visible(kept.header, viewer)]
    return sifted, _next(found, rows, index)


def desk(office: str, limit: int, start: dict[str, Any] | None) -> SearchPage:
    """What waits at an office's desk, oldest first: files, and persons that were singled out."""
    return _officers_page(f"DESK#{office}", "work_queue", limit, start)


def of_office(office: str, status: Status, limit: int, start: dict[str, Any] | None) -> SearchPage:
    """Files that were sent to an office and stand at a status, oldest first."""
    return _officers_page(f"OFFICE#{office}#{status}", "by_office", limit, start)


def at_stage(status: Status, limit: int, start: dict[str, Any] | None) -> SearchPage:
    """Files of all offices that stand at a status, oldest first."""
    return _officers_page(f"STAGE#{status}", "by_stage", limit, start)


def sift(application: Application, criteria: SearchCriteria) -> Application | None:
    """The application with the persons that are looked for, or None if it is not one of those."""
    header = application.header
    number = normalise_number(criteria.number or "")
    if header.service is not criteria.service or not header.number.startswith(number[:18]):
        return None
    if criteria.creator_id and header.creator_id != criteria.creator_id:
        return None
    if header.service is not Service.NEW_OR_RENEWAL:
        return application if _file_matches(header, criteria) else None
    at_status = criteria.status in (None, header.status)
    persons = tuple(
        person for person in application.persons if _matches(person, header, criteria, number, any_status=at_status)
    )
    return replace(application, persons=persons) if persons else None


def _matches(
    person: Person, header: ApplicationHeader, criteria: SearchCriteria, number: str, *, any_status: bool
) -> bool:
    content = person.content
    return (
        (not is_person_number(number) or person.number == number)
        and (not criteria.applicant or content["name"].startswith(criteria.applicant))
        and (not criteria.passport or content["passport_number"] == normalise_number(criteria.passport))
        and (not criteria.available or criteria.available in available_services(person, criteria.today))
        and (any_status or status_of(person, header, criteria.today) is criteria.status)
    )


def _file_matches(header: ApplicationHeader, criteria: SearchCriteria) -> bool:
    """A follow-up file is about one person, whose name and passport stand in the file itself."""
    content = header.content
    passports = (content["current_passport_number"], content.get("passport_number"))
    return (
        criteria.status in (None, header.status)
        and criteria.available is None
        and (not criteria.applicant or content["person_name"].startswith(criteria.applicant))
        and (not criteria.passport or normalise_number(criteria.passport) in passports)
    )


def _source(viewer: Account, criteria: SearchCriteria) -> tuple[str, str, str | None]:
    """Partition, index and beginning of the sort key that narrow most.

    Whoever sees only its own reads only its own: not even an empty page or a cursor tells of anybody else's.
    """
    enterprise_id = viewer.tenant
    owner = f"ENT#{enterprise_id}"
    number = normalise_number(criteria.number or "")[:18] or None
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


def _officers_page(partition: str, index: str, limit: int, start: dict[str, Any] | None) -> SearchPage:
    """Files without their persons, but with those that wait by themselves."""
    found = table.query(partition, index=index, limit=limit, start=start)
    rows, applications = _read(found.items, _header_and_self)
    return applications, _next(found, rows, index)


def _whole(found: table.Page, query: Callable[..., table.Page], index: str) -> table.Page:
    """The page with the rest of its group, if that is the only one and goes on behind the last row."""
    groups = _by_group(found.items)
    if len(groups) != 1 or found.next_key is None or found.next_key["pk"] != groups[0][0]["pk"]:
        return found
    rest = query(prefix=found.next_key["pk"].removeprefix("APP#"), start=found.next_key).items
    return table.Page([*found.items, *rest], _position(rest[-1], index)) if rest else found


def _first_groups(found: table.Page, index: str, limit: int) -> list[table.Item]:
    """The rows of at most so many groups; one that may go on behind the last row waits for the next page."""
    groups = _by_group(found.items)
    if index not in OF_FILES and found.next_key and 1 < len(groups) <= limit:
        groups.pop()
    return [row for rows in groups[:limit] for row in rows]


def _by_group(rows: Iterable[table.Item]) -> list[list[table.Item]]:
    """Rows that follow each other and are of one group, together."""
    return [list(group) for _, group in groupby(rows, key=itemgetter("pk"))]


def _read(
    found: list[table.Item], keys_of: Callable[[table.Item], list[table.Key]]
) -> tuple[list[table.Item], list[Application]]:
    """As many of the rows as fit into one read, and their applications in the same order."""
    rows, keys = _fitting(found, keys_of)
    applications = _grouped(table.get_many(keys))
    order = dict.fromkeys(row["pk"] for row in rows)
    return rows, [applications[pk] for pk in order if pk in applications]


def _next(found: table.Page, rows: list[table.Item], index: str) -> dict[str, Any] | None:
    """Where the next page starts: after the last row that was read."""
    return found.next_key if len(rows) == len(found.items) else _position(rows[-1], index)


def _without_doubles(
    applications: list[Application], rows: list[table.Item], criteria: SearchCriteria
) -> list[Application]:
    """Without persons that stand at the status by themselves while their group does too: its own row brings them."""
    groups = {row["pk"] for row in rows if "person_count" in row}
    return [
        each
        for each in applications
        if each.header.status is not criteria.status or f"APP#{each.header.number}" in groups
    ]


def _header_and_self(row: table.Item) -> list[table.Key]:
    number, owner = ApplicationNumber(row["pk"].removeprefix("APP#")), keys.owner_of(row["sk"])
    return list(dict.fromkeys([keys.header_key(number, owner), (row["pk"], row["sk"])]))


def _fitting(
    found: list[table.Item], keys_of: Callable[[table.Item], list[table.Key]]
) -> tuple[list[table.Item], list[table.Key]]:
    """The rows of whole groups whose items fit into one read, and the keys of these."""
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
    """Primary keys that a row stands for: a file with all its persons, or one person with its file."""
    number, owner = ApplicationNumber(row["pk"].removeprefix("APP#")), keys.owner_of(row["sk"])
    header = keys.header_key(number, owner)
    if (row["pk"], row["sk"]) != header:
        return [header, (row["pk"], row["sk"])]
    positions = range(1, row["person_count"] + 1)
    return [header, *(keys.person_key(person_number(number, position), owner) for position in positions)]


def _position(row: table.Item, index: str) -> dict[str, Any]:
    """What a query of an index starts after."""
    return {name: row[name] for name in ("pk", "sk", *table.INDEXES[index])}


def _grouped(found: Mapping[table.Key, table.Item]) -> dict[str, Application]:
    """Applications of items read together, by their partition."""
    partitions: dict[str, list[table.Item]] = {}
    for (pk, _), item in found.items():
        partitions.setdefault(pk, []).append(item)
    read = {pk: items.to_application(each) for pk, each in partitions.items()}
    return {pk: application for pk, application in read.items() if application is not None}
