"""统计 of offices: numbers by office and month, which a nightly run takes from the journal (docs/decisions/0071).

Acts write no counter. A history entry that counts is in the index `reviews` of the journal, in the order of time. The
run reads the entries of the days that it has not counted yet, and adds each day to the totals in one transaction with
the mark that it is counted. A reader reads totals only.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from chalicelib.repos.process import log
from chalicelib.repos.table import table
from chalicelib.rules.applications.applications import ApplicationHeader
from chalicelib.rules.applications.history import HistoryEntry
from chalicelib.rules.applications.office_statistics import Counted, OfficeMonth, counts_of, is_counted
from chalicelib.rules.base.china_time import china_day, china_midnight, parse_time, rfc3339
from chalicelib.rules.base.vocabulary import Action, OfficeCode, Service, Status

PARTITION = "OFFICES"
"""Partition of the totals, `<yyyyMM>#<office>`, and of the mark."""

MARK = "COUNTED"
"""Sort key of the item that says which day was counted last. It sorts behind all totals."""

ENTRIES = "REVIEWS"
"""The partition of the index."""

PAGE = 1000
"""Entries of one request of the run."""


def index_attributes(entry: HistoryEntry, header: ApplicationHeader) -> dict[str, str | int]:
    """What the item of a history entry has for the index; nothing if it does not count."""
    if not is_counted(entry.event.action, entry.event.origin):
        return {}
    persons = {"persons": header.person_count or 1} if entry.event.action is Action.SUBMIT else {}
    return {"reviews_pk": ENTRIES, "office": header.office, **persons}


# Reading


def of_months(first: date, last: date, office: OfficeCode | None) -> list[OfficeMonth]:
    """The totals of the months from `first` to `last`, in one request for an office; oldest first.

    Args:
        first: any day of the first month.
        last: any day of the last month, at most 100 months later.
        office: the office whose totals are read; None for all offices.
    """
    if office is None:
        ends = f"{first:%Y%m}#", f"{last:%Y%m}#{table.HIGHEST}"
        return [_to_month(item) for item in table.query_all(PARTITION, between=ends)]
    keys = [(PARTITION, f"{month}#{office}") for month in _months(first, last)]
    found = table.get_many(keys)
    return [_to_month(found[key]) for key in keys if key in found]


def counted_until() -> date | None:
    """The last day that was counted; None before the first run."""
    mark = table.get((PARTITION, MARK))
    return date.fromisoformat(mark["until"]) if mark else None


def _months(first: date, last: date) -> Iterator[str]:
    for number in range(first.year * 12 + first.month - 1, last.year * 12 + last.month):
        yield f"{number // 12:04d}{number % 12 + 1:02d}"


def _to_month(item: table.Item) -> OfficeMonth:
    month, _, office = item["sk"].partition("#")
    return OfficeMonth(OfficeCode(office), f"{month[:4]}-{month[4:]}", item["counts"])


# The nightly run


class Moved(Exception):
    """Raised when another run has counted a day since the mark was read."""


@dataclass(frozen=True)
class Day:
    """The entries of one day in China, added up by office."""

    day: date
    offices: Mapping[OfficeCode, Counter[str]]


def count_days(now: datetime, is_deadline_near: Callable[[], bool]) -> int:
    """Add the days up to yesterday that are not counted yet to the totals, each in one transaction.

    Args:
        now: the moment of the run.
        is_deadline_near: whether the run must stop; the next one continues.

    Returns:
        How many days with entries were added.
    """
    until, yesterday, added = counted_until(), china_day(now) - timedelta(days=1), 0
    if until is not None and until >= yesterday:
        return 0
    try:
        for found in _days(until, yesterday):
            if is_deadline_near():
                return added
            table.commit(*_day_added(until, found))
            until, added = found.day, added + 1
        if until != yesterday and not is_deadline_near():
            table.commit(_marked(until, yesterday))
    except Moved:
        return added
    return added


def _days(until: date | None, last: date) -> Iterator[Day]:
    """The days behind `until` that have entries, oldest first; each is yielded after all its entries were read."""
    current: Day | None = None
    for item in _entries(until, last):
        try:
            day, office, counts = read_entry(item)
        except Exception as error:  # noqa: BLE001  an unreadable entry must not stop the count of all others
            log.failure("review_unreadable", error, entry=item["pk"])
            continue
        if current is None or day != current.day:
            if current:
                yield current
            current = Day(day, defaultdict(Counter))
        current.offices[office].update(counts)
    if current:
        yield current


def _entries(until: date | None, last: date) -> Iterator[table.Item]:
    after = rfc3339(china_midnight(until + timedelta(days=1))) if until else table.LOWEST
    between = after, rfc3339(china_midnight(last + timedelta(days=1)))
    page = table.query(ENTRIES, index="reviews", between=between, limit=PAGE)
    yield from page.items
    while page.next_key:
        page = table.query(ENTRIES, index="reviews", between=between, limit=PAGE, start=page.next_key)
        yield from page.items


def read_entry(item: table.Item) -> tuple[date, OfficeCode, Counter[str]]:
    """The day in China of an entry that counts, its office, and what it adds to the numbers."""
    entry = Counted(
        action=Action(item["action"]),
        origin=Status(item["origin"]) if "origin" in item else None,
        service=Service(item["service"]),
        persons=item.get("persons", 0),
        fields=tuple(item.get("fields", ())),
    )
    return china_day(parse_time(item["sk"].partition("#")[0])), OfficeCode(item["office"]), counts_of(entry)


def _day_added(until: date | None, found: Day) -> list[table.Write]:
    """The totals with one day more, on condition that `until` is still the last counted day.

    Only this run writes the totals, so that the mark alone carries the condition.
    """
    known = table.get_many((PARTITION, _sort_key(found.day, office)) for office in found.offices)
    writes = [_marked(until, found.day)]
    for office, counts in found.offices.items():
        sort = _sort_key(found.day, office)
        total = Counter(known[PARTITION, sort]["counts"]) if (PARTITION, sort) in known else Counter[str]()
        writes.append(table.put({"pk": PARTITION, "sk": sort, "counts": dict(total + counts)}))
    return writes


def _sort_key(day: date, office: OfficeCode) -> str:
    return f"{day:%Y%m}#{office}"


def _marked(before: date | None, until: date) -> table.Write:
    item = {"pk": PARTITION, "sk": MARK, "until": until.isoformat()}
    if before is None:
        return table.put(item, only_new=lambda _: Moved())
    return table.replace(item, {"until": before.isoformat()}, lambda _: Moved())
