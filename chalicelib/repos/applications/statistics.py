"""经济体审批用时: numbers of answers by economy, month and days waited, counted with each answer; no personal data.

An answer is counted in the transaction that records it. So that answers of one economy do not conflict, each month of
an economy has `SHARDS` counters; the number of the person decides which one. A nightly run adds them to the total of
the month, so that a reader finds one total for each month and the counters of one day (docs/decisions/0044).
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from chalicelib import data
from chalicelib.repos.process import aws
from chalicelib.repos.table import table
from chalicelib.repos.table.shards import shard_of
from chalicelib.repos.table.table import Write
from chalicelib.rules.applications.applications import Person
from chalicelib.rules.applications.progress import days_waited
from chalicelib.rules.applications.statistics import MONTHS
from chalicelib.rules.base.china_time import china_day
from chalicelib.rules.base.months import add_months

PARTITION = "STATISTICS"
"""Partition of the totals; the counters are in `PARTITION#00` and on."""

PARTITIONS = 16
"""Partitions of the counters: a reader queries them side by side, all at once (`aws.THREADS`)."""

SHARDS = 64
"""Counters of each month of an economy: with 16 answers side by side, one in five meets another and is tried again."""


def answer_counted(before: Person, after: Person, code: str) -> list[Write]:
    """Count one answer, and subtract the answer that it corrects; one write for each month concerned.

    Args:
        before: the person before the answer.
        after: the person with the answer.
        code: the economy's code.
    """
    steps: dict[str, Counter[str]] = {}
    for person, step in ((before, -1), (after, 1)):
        answer = person.economies.get(code)
        days = days_waited(person, code, answer.decided_at) if answer else None
        if answer is not None and days is not None:
            steps.setdefault(f"{_month(answer.decided_at)}#{code}", Counter())[f"days_{days}"] += step
    changes = {sort: {name: step for name, step in counts.items() if step} for sort, counts in steps.items()}
    # An answer and its correction have the same counter.
    shard = shard_of(after.number, SHARDS)
    return [table.change(_counter(sort, shard), add={"writes": 1, **add}) for sort, add in changes.items() if add]


def of_last_months(now: datetime) -> dict[str, Counter[int]]:
    """Read the counts of the last 24 months.

    Returns:
        By economy code, the number of answers by whole days waited.
    """
    found: dict[str, Counter[int]] = {economy.code: Counter() for economy in data.deciding_economies()}
    oldest = add_months(china_day(now), -MONTHS)
    for item in items(since=f"{oldest:%Y%m}"):
        code = item["sk"].split("#")[1]
        for name, count in _days(item).items():
            found[code][int(name.removeprefix("days_"))] += count
    return found


def items(since: str = table.LOWEST) -> list[table.Item]:
    """The totals and the counters from a month on, read consistently in parallel.

    A counter that is being added to its total may be in both or in neither; the next reader sees it once.
    """
    partitions = [PARTITION, *_partitions()]
    read = aws.side_by_side(lambda name: table.query_all(name, between=(since, table.HIGHEST)), partitions)
    return [item for found in read for item in found]


# The nightly run


class Counted(Exception):
    """Raised when an answer was counted, or another run has added the counters, since they were read."""


def add_up(is_deadline_near: Callable[[], bool]) -> tuple[int, bool]:
    """Add the counters to the totals of their months, each month of an economy in one transaction.

    Counters that change meanwhile are left to the next run.

    Returns:
        How many counters were added, and whether any are left.
    """
    added, is_left = 0, False
    for sort, counters in _by_month(_all_counters()).items():
        if is_deadline_near():
            return added, True
        try:
            table.commit(*_counters_added(table.get((PARTITION, sort)), sort, counters))
        except Counted:
            is_left = True
        else:
            added += len(counters)
    return added, is_left


def _all_counters() -> list[table.Item]:
    return [item for found in aws.side_by_side(table.query_all, _partitions()) for item in found]


def _by_month(counters: Iterable[table.Item]) -> dict[str, list[table.Item]]:
    found: dict[str, list[table.Item]] = defaultdict(list)
    for item in counters:
        found[item["sk"].rpartition("#")[0]].append(item)
    return found


def _counters_added(total: table.Item | None, sort: str, counters: Iterable[table.Item]) -> list[Write]:
    """The total of a month with these counters, which are deleted; `Counted` if one of them has changed."""
    counts: Counter[str] = Counter(_days(total or {}))
    for item in counters:
        counts.update(_days(item))
    version = (total or {}).get("version", 0)
    after = {"pk": PARTITION, "sk": sort, "version": version + 1, **{name: n for name, n in counts.items() if n}}
    stored = (
        table.replace(after, {"version": version}, lambda _: Counted())
        if total
        else table.put(after, only_new=lambda _: Counted())
    )
    deleted = [
        table.delete((item["pk"], item["sk"]), {"writes": item["writes"]}, lambda _: Counted()) for item in counters
    ]
    return [stored, *deleted]


# Keys and attributes


def _days(item: Mapping[str, int]) -> dict[str, int]:
    return {name: count for name, count in item.items() if name.startswith("days_")}


def _counter(sort: str, shard: int) -> table.Key:
    return f"{PARTITION}#{shard % PARTITIONS:02d}", f"{sort}#{shard:02d}"


def _partitions() -> list[str]:
    return [f"{PARTITION}#{number:02d}" for number in range(PARTITIONS)]


def _month(moment: datetime) -> str:
    return f"{china_day(moment):%Y%m}"
