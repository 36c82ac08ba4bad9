"""How much waits at a desk, and since when: counted in indexes, by at most two requests (docs/decisions/0050)."""

from dataclasses import dataclass
from datetime import datetime

from chalicelib.repos.applications import indexes as keys
from chalicelib.repos.process import aws
from chalicelib.repos.table import table
from chalicelib.rules.applications import lifecycle
from chalicelib.rules.base.china_time import parse_time
from chalicelib.rules.base.vocabulary import Party, Status

REQUESTS = 2
"""To the table for one desk; each reads a megabyte."""


@dataclass(frozen=True)
class Waiting:
    """What waits at one status: applications, and persons with a status of their own."""

    status: Status
    count: int
    oldest: datetime | None
    """Since when the one that has waited longest has the status; None if none was counted."""
    exact: bool
    """Whether everything was read: otherwise there are at least so many, and an older one is possible."""


def of_office(office: str) -> list[Waiting]:
    """The desk of an office. Some 9,000 are counted exactly."""
    [status] = lifecycle.DESKS[Party.FAO]
    found, complete = _read("by_office", keys.office_partition(office, status), REQUESTS)
    return [_waiting(status, [row["status_since"] for row in found], complete)]


def of_consular_department() -> list[Waiting]:
    """The desk of the consular department, in the order of the work.

    Cards to hand out are listed by their status, some 4,000 exactly; everything else by the desk, some 8,000.
    """
    parts = (("work_queue", keys.CONSULAR_DESK), ("by_stage", keys.stage_partition(Status.CARD_MADE)))
    (desk, desk_complete), (made, made_complete) = aws.side_by_side(lambda part: _read(*part, 1), parts)
    queued = [row["queue_sk"].split("#")[-3:] for row in desk]
    # Behind those whose persons wait for a look-up, the rows are in the order of the texts of statuses: all before the
    # last one that was read are complete.
    last = desk[-1]["queue_sk"].split("#")[0] if desk else ""
    return [
        _waiting(status, [row["status_since"] for row in made], made_complete)
        if status is Status.CARD_MADE
        else _waiting(status, [since for at, since, _ in queued if at == status], desk_complete or status < last)
        for status in lifecycle.DESKS[Party.CONSULAR]
    ]


def _waiting(status: Status, times: list[str], complete: bool) -> Waiting:
    return Waiting(status, len(times), parse_time(min(times)) if times else None, complete)


def _read(index: str, partition: str, requests: int) -> tuple[list[table.Item], bool]:
    """The rows of a partition as far as so many requests read, and whether these are all."""
    found: list[table.Item] = []
    start = None
    for _ in range(requests):
        page = table.query(partition, index=index, start=start)
        found += page.items
        start = page.next_key
        if start is None:
            break
    return found, start is None
