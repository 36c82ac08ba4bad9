"""经济体审批用时: numbers of waits by economy, month in which they began, and days; no personal data.

A wait begins with 领事司审核通过 and ends with the economy's answer, or with the cancellation of the card. Each is
counted in the transaction of its act. So that acts do not conflict, each month of an economy has `SHARDS` counters;
the number of the person, or of the application for beginnings, decides which one. A nightly run adds them to the total
of the month, so that a reader finds one total for each month and the counters of one day (docs/decisions/0044, 0047).
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from chalicelib import data
from chalicelib.repos.process import aws
from chalicelib.repos.table import table
from chalicelib.repos.table.shards import shard_of
from chalicelib.repos.table.table import Write
from chalicelib.rules.applications import statistics as rules
from chalicelib.rules.applications.applications import Person
from chalicelib.rules.applications.statistics import Waits
from chalicelib.rules.base import limits
from chalicelib.rules.base.china_time import china_day
from chalicelib.rules.base.months import add_months
from chalicelib.rules.base.numbers import split_person_number

PARTITION = "STATISTICS"
"""Partition of the totals; the counters are in `PARTITION#00` and on."""

PARTITIONS = 16
"""Partitions of the counters: a reader queries them side by side, all at once (`aws.THREADS`)."""

EVERYBODY = "#ALL"
"""In place of an economy's code: all 16 economies are asked about a person at once."""

COUNTS = ("days_", "left_", "ended_", "start_")
"""Beginnings of the attributes that count: waits that were answered and that were left, by days; waits that have ended
and waits that began, by day of the month in which they began."""

SHARDS = 64
"""Counters of each month of an economy: with 16 answers side by side, one in five meets another and is tried again."""


def waits_counted(before: Iterable[Person], after: Iterable[Person]) -> list[Write]:
    """Count what an act changes about the waits of persons: begun, answered, corrected, open again, or left.

    Args:
        before: persons before the act.
        after: the same persons after it.
    """
    changes: dict[table.Key, Counter[str]] = defaultdict(Counter)
    for persons, step in ((before, -1), (after, 1)):
        for person in persons:
            for (sort, name), number in counts_of(person).items():
                # An answer and its correction have the same counter; a group begins in one.
                owner = split_person_number(person.number)[0] if sort.endswith(EVERYBODY) else person.number
                changes[_counter(sort, shard_of(owner, SHARDS))][name] += step * number
    steps = {key: {name: step for name, step in counts.items() if step} for key, counts in changes.items()}
    return [table.change(key, add={"writes": 1, **add}) for key, add in steps.items() if add]


def counts_of(person: Person) -> Counter[tuple[str, str]]:
    """What the counters have of one person, by month with economy and by attribute; nothing before the economies."""
    counts: Counter[tuple[str, str]] = Counter()
    for code, wait in rules.waits_of(person).items():
        counts[f"{wait.began:%Y%m}{EVERYBODY}", f"start_{wait.began:%d}"] = 1
        if wait.days is not None:
            sort = f"{wait.began:%Y%m}#{code}"
            counts[sort, f"{'days' if wait.answered else 'left'}_{wait.days}"] += 1
            counts[sort, f"ended_{wait.began:%d}"] += 1
    return counts


def of_last_months(now: datetime) -> dict[str, Waits]:
    """Read the waits that began in the last 24 months, by economy code."""
    today = china_day(now)
    totals: dict[str, Counter[str]] = defaultdict(Counter)
    for item in items(since=f"{add_months(today, -rules.MONTHS):%Y%m}"):
        totals["#".join(item["sk"].split("#")[:2])].update(_counts(item))
    begun = {sort: counts for sort, counts in totals.items() if sort.endswith(EVERYBODY)}
    return {economy.code: _waits(economy.code, totals, begun, today) for economy in data.deciding_economies()}


@dataclass(frozen=True)
class _Read:
    """The waits as this process has read them."""

    waits: dict[str, Waits]
    at: datetime


_read: list[_Read] = []


def recent(now: datetime) -> dict[str, Waits]:
    """The waits of the last 24 months as this process read them up to `limits.STATISTICS_AGE` ago; normally no request.

    Raises:
        Unavailable: they must be read, and the table does not answer.
    """
    if not _read or not timedelta() <= now - _read[0].at < limits.STATISTICS_AGE:
        _read[:] = [_Read(of_last_months(now), now)]
    return _read[0].waits


def forget() -> None:
    """Read the waits again at the next forecast."""
    _read.clear()


def _waits(code: str, totals: Mapping[str, Counter[str]], begun: Mapping[str, Counter[str]], today: date) -> Waits:
    """The waits for one economy: open are those that began on a day without those of that day that have ended."""
    answered: Counter[int] = Counter()
    unanswered: Counter[int] = Counter()
    for sort, counts in totals.items():
        if sort.endswith(f"#{code}"):
            answered.update(_by_days(counts, "days_"))
            unanswered.update(_by_days(counts, "left_"))
    for sort, starts in begun.items():
        ended = _by_days(totals.get(sort.replace(EVERYBODY, f"#{code}"), {}), "ended_")
        for day, number in _by_days(starts, "start_").items():
            waited = (today - date(int(sort[:4]), int(sort[4:6]), day)).days
            unanswered[max(0, waited)] += max(0, number - ended.get(day, 0))
    return Waits(+answered, +unanswered)


def _by_days(counts: Mapping[str, int], prefix: str) -> dict[int, int]:
    return {int(name.removeprefix(prefix)): number for name, number in counts.items() if name.startswith(prefix)}


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
    counts: Counter[str] = Counter(_counts(total or {}))
    for item in counters:
        counts.update(_counts(item))
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


def _counts(item: Mapping[str, int]) -> dict[str, int]:
    return {name: count for name, count in item.items() if name.startswith(COUNTS)}


def _counter(sort: str, shard: int) -> table.Key:
    return f"{PARTITION}#{shard % PARTITIONS:02d}", f"{sort}#{shard:02d}"


def _partitions() -> list[str]:
    return [f"{PARTITION}#{number:02d}" for number in range(PARTITIONS)]
