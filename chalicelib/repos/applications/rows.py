"""Rows of indexes of applications: read on within a budget, and joined by the number of the application.

All these indexes sort by number, so that a place in any of them, or in a join of two, is a number. The rows of one
application (of itself and of its persons) follow each other and are a group.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import takewhile
from time import monotonic
from typing import Any, Protocol

from chalicelib.repos.table import table
from chalicelib.rules.applications.search import NUMBER_LENGTH
from chalicelib.rules.base import limits
from chalicelib.rules.base.errors import Malformed

type Group = list[table.Item]
"""The rows of one application."""

LAST_LIMITED = 500
"""The largest number of rows that is asked for. After that a request returns what it finds in a megabyte."""


@dataclass(frozen=True)
class Place:
    """Where a list goes on: at rows with this sort key, or after them if they are done."""

    number: str
    done: bool

    @classmethod
    def of(cls, position: Mapping[str, Any]) -> "Place":
        """The place that `position` of a page describes.

        Raises:
            Malformed: it is from a cursor that an earlier version has made.
        """
        if position.keys() != {"number", "done"}:
            raise Malformed
        return cls(position["number"], position["done"])

    @classmethod
    def before(cls, number: str, *, newest_first: bool) -> "Place":
        """The place before all rows of an application, in the order of the list."""
        return cls(number + table.HIGHEST if newest_first else number, done=False)

    @property
    def position(self) -> dict[str, Any]:
        """The place as a JSON value."""
        return {"number": self.number, "done": self.done}


@dataclass(frozen=True)
class Source:
    """A part of an index: a partition, which numbers of it, and a filter that the table applies."""

    index: str
    partition: str
    prefix: str = ""
    """How numbers begin."""
    only: Mapping[str, str] = field(default_factory=dict)
    containing: Mapping[str, str] = field(default_factory=dict)
    below: Mapping[str, str] = field(default_factory=dict)
    few_rows: bool = False
    """Whether hardly any application has more than one row here."""
    low: str = table.LOWEST
    high: str = table.HIGHEST
    """Between which texts numbers are besides."""

    def first_rows(self, limit: int) -> int:
        """How many rows the first request reads for a page of `limit` applications: one more shows what follows."""
        filtered = self.only or self.containing or self.below
        return limit + 1 if self.few_rows and not filtered else table.BATCH_GET

    @property
    def bounds(self) -> tuple[str, str]:
        """The first and the last sort key."""
        return max(self.prefix or table.LOWEST, self.low), min(self.prefix + table.HIGHEST, self.high)


class Budget:
    """How many more requests a page may make, and until when it may begin another one."""

    def __init__(self, requests: int = limits.PAGE_REQUESTS, at_most: timedelta = limits.PAGE_TIME) -> None:
        self._left = requests
        self._end = monotonic() + at_most.total_seconds()

    def spend(self) -> None:
        """Count one request."""
        self._left -= 1

    @property
    def used_up(self) -> bool:
        """Whether no further request may be made."""
        return self._left <= 0 or monotonic() >= self._end


class Groups(Protocol):
    """Groups in the order of a list."""

    def peek(self) -> Group | None:
        """The next group; None if there is none, or if the budget is used up before one is found."""

    def pop(self) -> None:
        """Go past the group that `peek` has returned."""

    @property
    def begun(self) -> Group:
        """The rows of the next group that were read so far; possibly none."""

    @property
    def ended(self) -> bool:
        """Whether everything was read and passed."""

    @property
    def place(self) -> Place:
        """Where another request goes on."""


class Rows:
    """The groups of one source."""

    def __init__(self, source: Source, budget: Budget, start: Place | None, *, newest_first: bool, limit: int) -> None:
        self._source = source
        self._budget = budget
        self._newest_first = newest_first
        self._limit: int | None = source.first_rows(limit)
        self._low, self._high = source.bounds
        self._done: str | None = None
        self._rows: deque[table.Item] = deque()
        self._all_read = False
        if start:
            self._go_on_at(start)

    def peek(self) -> Group | None:
        """The next group; None if there is none, or if the budget is used up before it is complete."""
        while not self._all_read and not self._is_complete():
            if self._budget.used_up:
                return None
            self._read()
        return self.begun or None

    def pop(self) -> None:
        """Go past the group that `peek` has returned."""
        for _ in self.begun:
            self._rows.popleft()

    def seek(self, number: str) -> None:
        """Go past all groups before an application, without reading them."""
        while self._rows and self.is_before(_application(self._rows[0]), number):
            self._rows.popleft()
        if not self._rows and not self._all_read and self.is_before(self.place.number, number):
            self._go_on_at(Place.before(number, newest_first=self._newest_first))

    def is_before(self, number: str, other: str) -> bool:
        """Whether a number comes before another one in the order of the list."""
        return number > other if self._newest_first else number < other

    @property
    def begun(self) -> Group:
        """The rows of the next group that were read so far."""
        first = self._rows[0]["pk"] if self._rows else None
        return list(takewhile(lambda row: row["pk"] == first, self._rows))

    @property
    def ended(self) -> bool:
        """Whether everything was read and passed."""
        return self._all_read and not self._rows

    @property
    def place(self) -> Place:
        """Where another request goes on: at the next group, as far as it is known."""
        if self._rows:
            return Place.before(_application(self._rows[0]), newest_first=self._newest_first)
        bound = self._high if self._newest_first else self._low
        return Place(bound, done=bound == self._done)

    def _is_complete(self) -> bool:
        return bool(self._rows) and self._rows[0]["pk"] != self._rows[-1]["pk"]

    def _go_on_at(self, place: Place) -> None:
        if self._newest_first:
            self._high = place.number
        else:
            self._low = place.number
        self._done = place.number if place.done else None

    def _read(self) -> None:
        page = table.query(
            self._source.partition,
            index=self._source.index,
            between=(self._low, self._high),
            newest_first=self._newest_first,
            limit=self._limit,
            only=self._source.only,
            containing=self._source.containing,
            below=self._source.below,
        )
        self._budget.spend()
        self._rows.extend(row for row in page.items if row["number"] != self._done)
        self._all_read = page.next_key is None
        if page.next_key:
            self._go_on_at(Place(page.next_key["number"], done=True))
        self._limit = self._limit * 10 if self._limit and self._limit < LAST_LIMITED else None


class Common:
    """The groups that two sources have in common, without reading what lies between."""

    def __init__(self, left: Rows, right: Rows) -> None:
        self._left = left
        self._right = right

    def peek(self) -> Group | None:
        """The next group in both, with the rows that fit both: a header stands for all its persons."""
        while (left := self._left.peek()) and (right := self._right.peek()):
            ours, theirs = _application(left[0]), _application(right[0])
            if ours != theirs:
                self._left.seek(theirs)
                self._right.seek(ours)
            elif both := _fitting_both(left, right):
                return both
            else:
                self.pop()
        return None

    def pop(self) -> None:
        """Go past the group that `peek` has returned."""
        self._left.pop()
        self._right.pop()

    @property
    def begun(self) -> Group:
        """Not known: a group may turn out to fit only one of the sources."""
        return []

    @property
    def ended(self) -> bool:
        """Whether one source has ended."""
        return self._left.ended or self._right.ended

    @property
    def place(self) -> Place:
        """The place of the source that is further: what lies before it is not in both."""
        ours, theirs = self._left.place, self._right.place
        return theirs if self._left.is_before(ours.number, theirs.number) else ours


class Merged:
    """The groups of several sources that have no application in common, in one order."""

    def __init__(self, sources: Sequence[Rows]) -> None:
        self._sources = sources

    def peek(self) -> Group | None:
        """The next group of all; None as well if one of the sources cannot tell its next one."""
        for rows in self._sources:
            if rows.peek() is None and not rows.ended:
                return None
        return self.begun or None

    def pop(self) -> None:
        """Go past the group that `peek` has returned."""
        self._first.pop()

    @property
    def begun(self) -> Group:
        """The rows of the next group that were read so far."""
        return self._first.begun

    @property
    def ended(self) -> bool:
        """Whether every source has ended."""
        return all(rows.ended for rows in self._sources)

    @property
    def place(self) -> Place:
        """The first place of all sources that have not ended, or the last one of all if they have."""
        return self._first.place

    @property
    def _first(self) -> Rows:
        """The source that goes on at the first place."""
        open_ones = [rows for rows in self._sources if not rows.ended] or self._sources
        first, *others = open_ones
        for rows in others:
            if rows.is_before(rows.place.number, first.place.number):
                first = rows
        return first


def _fitting_both(left: Group, right: Group) -> Group:
    ours, theirs = ({row["sk"]: row for row in group} for group in (left, right))
    rows = {sk: row for sk, row in ours.items() if sk in theirs or "HEADER" in theirs}
    return list((rows | {sk: row for sk, row in theirs.items() if "HEADER" in ours and sk not in rows}).values())


def _application(row: table.Item) -> str:
    """The number of the application of a row: a person's number continues it."""
    return str(row["number"])[:NUMBER_LENGTH]
