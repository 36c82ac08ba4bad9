"""Applications whose persons wait to be looked up in other open applications (docs/decisions/0066).

The header that a submission or an edit of a whole application writes says since when they wait, and is in the index
`work_queue` because of that.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from chalicelib.repos.applications import attributes, indexes, items
from chalicelib.repos.applications.applications import HeaderChanged
from chalicelib.repos.applications.indexes import CONSULAR_DESK, FOR_LOOKUP, LOOKUPS
from chalicelib.repos.table import table
from chalicelib.repos.table.table import Write
from chalicelib.rules.applications.applications import Application, ApplicationHeader
from chalicelib.rules.base.china_time import parse_time, rfc3339
from chalicelib.rules.base.vocabulary import ApplicationNumber

PLACES: Mapping[str, str | None] = {LOOKUPS: None, CONSULAR_DESK: FOR_LOOKUP}
"""Partitions of `work_queue` in which they are, each with the beginning of their sort keys, if others are there too."""


def waiting(limit: int) -> Iterator[ApplicationNumber]:
    """Applications whose persons wait for their look-up, in each partition the longest wait first.

    Args:
        limit: the number of applications found by one request.
    """
    for partition, prefix in PLACES.items():
        start, is_first = None, True
        while start or is_first:
            page = table.query(partition, index="work_queue", prefix=prefix, limit=limit, start=start)
            for row in page.items:
                yield indexes.number_of(row["pk"])
            start, is_first = page.next_key, False


def oldest() -> datetime | None:
    """Since when the application that has waited longest waits; None if none does. Two requests."""
    pages = [table.query(place, index="work_queue", prefix=prefix, limit=1) for place, prefix in PLACES.items()]
    keys: list[str] = [row["queue_sk"] for page in pages for row in page.items]
    return min((parse_time(key.removeprefix(FOR_LOOKUP).partition("#")[0]) for key in keys), default=None)


def read(number: ApplicationNumber) -> Application | None:
    """An application whose persons wait for their look-up; None if they do not, or if it no longer exists."""
    found = items.to_application(attributes.items_of(number))
    return found if found and found.header.lookup_since else None


def looked_up(before: ApplicationHeader, after: ApplicationHeader) -> Write:
    """The warnings that a look-up has found, and the end of the wait.

    The write changes nothing else of the header: no history entry, no version. When written, the header must be as it
    was read, or `HeaderChanged` is raised. An act that has read the header before this write and replaces it afterwards
    writes `lookup_since` again together with the earlier warnings, so that the look-up is repeated.
    """
    assert before.lookup_since is not None  # noqa: S101  `read` returns no other
    queue = indexes.queue_of_header(after)
    assign: dict[str, Any] = {"lookup_since": None, "queue_pk": None, "queue_sk": None, **queue}
    if after.warnings != before.warnings:
        assign["warnings"] = items.sealed_warnings(after)
    return table.change(
        indexes.header_key(before.number),
        assign=assign,
        condition="#head = :head AND #lookup_since = :since",
        values={"head": before.head, "since": rfc3339(before.lookup_since)},
        refusal=lambda _: HeaderChanged(),
    )
