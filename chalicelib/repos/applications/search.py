"""Lists of applications, one page at a time (docs/decisions/0046).

Two requests are enough where matches are frequent: one query of the index that narrows the list most, and one read of
the items that its rows name. The table filters the rows; where matches are rare, the page reads on within a budget of
requests and time. Whatever has to be read to be compared, and rows that lag behind the table, are sifted out here.

A page has at most `limit` applications, each with all its matching persons, and at most 100 items: fewer applications
where groups are large. It is empty and still has a next one only if the budget was used up: then it is partial.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from chalicelib.repos.applications import indexes as keys
from chalicelib.repos.applications import items, sources
from chalicelib.repos.applications.numbered import Numbered, Numbers
from chalicelib.repos.applications.rows import (
    Budget,
    Common,
    Group,
    Groups,
    Merged,
    Place,
    Rows,
    Source,
)
from chalicelib.repos.table import table
from chalicelib.rules.accounts.accounts import Account
from chalicelib.rules.applications.applications import Application, is_visible
from chalicelib.rules.applications.search import OfficeCriteria, SearchCriteria, matches, matches_for_officer
from chalicelib.rules.base.numbers import person_number

type Position = dict[str, Any]
"""Where a list goes on after a page."""

type KeysOf = Callable[[table.Item], list[table.Key]]
type Match = Callable[[Application], Application | None]


@dataclass(frozen=True)
class SearchPage:
    """One page of a list."""

    applications: list[Application]
    """Applications in the order of the list, each with its matching persons and without its history."""
    next_key: Position | None = None
    """Where the next page starts; None on the last page."""
    partial: bool = False
    """Whether the page ended because reading took too long: there may be more matches than its end suggests."""


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
    read_from = sources.of_enterprise(viewer, criteria)
    wanted = _Page(viewer, limit, _header_and_persons, lambda found: matches(found, criteria), newest_first=True)
    return wanted.read(read_from, start)


def page_for_officer(
    viewer: Account, criteria: OfficeCriteria, limit: int, start: Position | None, *, newest_first: bool = False
) -> SearchPage:
    """One page of the applications and persons that an officer looks for.

    A page of a status has the applications that have it, without their persons, and the persons that have it as their
    own; a page of a name or passport has the persons.

    Args:
        viewer: an officer: of an office, who gets what was sent to it, or of the consular department.
        criteria: the filters, at least one of status, applicant, passport and enterprise; or a number with its day.
        limit: the largest number of applications on the page.
        start: `next_key` of the page before; None for the first page.
        newest_first: whether the newest application comes first; otherwise the oldest.
    """
    wanted = _officers_page(viewer, criteria, limit, newest_first)
    if criteria.is_of_numbers:
        return wanted.read_numbers(sources.numbers_of_a_day(criteria), start)
    return wanted.read(sources.of_officer(sources.Officer.of(viewer), criteria), start)


def page_of_enterprises(
    viewer: Account,
    criteria: OfficeCriteria,
    enterprise_ids: Sequence[str],
    limit: int,
    start: Position | None,
    *,
    newest_first: bool = False,
) -> SearchPage:
    """One page of the applications of several enterprises; other arguments as those of `page_for_officer`."""
    read_from = sources.of_enterprises(sources.Officer.of(viewer), criteria, enterprise_ids)
    return _officers_page(viewer, criteria, limit, newest_first).read_merged(read_from, start)


def _officers_page(viewer: Account, criteria: OfficeCriteria, limit: int, newest_first: bool) -> "_Page":
    match = lambda found: matches_for_officer(found, criteria)  # noqa: E731  as in `page`
    return _Page(
        viewer, limit, _header_and_self, match, newest_first=newest_first, sifted=criteria.is_sifted_after_reading
    )


@dataclass
class _Page:
    """A page while it is read."""

    viewer: Account
    limit: int
    keys_of: KeysOf
    match: Match
    newest_first: bool
    sifted: bool = False
    """Whether a filter can be answered only by what is read, and not by rows."""
    found: list[Application] = field(default_factory=list)
    budget: Budget = field(default_factory=Budget)
    next_place: Place | None = None
    """Before the first match that was read and did not fit on the page; None if all did."""

    def read(self, read_from: list[Source], start: Position | None) -> SearchPage:
        """Fill the page from one source, or from what two have in common."""
        place = Place.of(start) if start else None
        if not read_from:
            return SearchPage([])
        first, *others = read_from
        if not others:
            return self._ended(self._filled(self._rows(first, place), self._most(first)))
        if first.index not in sources.HEADERS_ONLY:
            # Where both are frequent, the first rows of one are enough.
            groups = self._filled(self._rows(first, place, Budget(requests=1)), 2 * self.limit)
            self.budget.spend()
            if groups.ended or self._has_enough(groups):
                return self._ended(groups)
            place = groups.place
        both = Common(self._rows(first, place), self._rows(others[0], place))
        return self._ended(self._filled(both, self.limit))

    def read_merged(self, read_from: Sequence[Source], start: Position | None) -> SearchPage:
        """Fill the page from several sources that have no application in common."""
        place = Place.of(start) if start else None
        if not read_from:
            return SearchPage([])
        merged = Merged([self._rows(source, place) for source in read_from])
        return self._ended(self._filled(merged, self._most(read_from[0])))

    def read_numbers(self, read_from: Sequence[Numbers], start: Position | None) -> SearchPage:
        """Fill the page with the applications of a range of numbers, as many at once as one request reads."""
        place = Place.of(start) if start else None
        if not read_from:
            return SearchPage([])
        numbered = Numbered(read_from[0], self.budget, place, newest_first=self.newest_first)
        return self._ended(self._filled(numbered, table.BATCH_GET))

    def _most(self, source: Source) -> int:
        """How many applications are read at once: more where the rows of a source do not answer every filter."""
        if self.sifted:
            return table.BATCH_GET
        return 2 * self.limit if source.index == "by_passport" else self.limit

    def _rows(self, source: Source, place: Place | None, budget: Budget | None = None) -> Rows:
        limit = table.BATCH_GET if self.sifted else self.limit
        return Rows(source, budget or self.budget, place, newest_first=self.newest_first, limit=limit)

    def _filled(self, groups: Groups, most: int) -> Groups:
        """Read groups until the page has enough, or until there are no more or the budget is used up.

        Half a page is enough to ask no second time because some rows were sifted out.
        """
        while 2 * len(self.found) < self.limit and not self.budget.used_up and (taken := self._taken(groups, most)):
            self.budget.spend()
            self.found += self._matching(taken)
        if surplus := self.found[self.limit :]:
            self.next_place = Place.before(surplus[0].header.number, newest_first=self.newest_first)
            del self.found[self.limit :]
        return groups

    def _taken(self, groups: Groups, most: int) -> list[Group]:
        """The next groups, so many at most, that fit into one read and, with what was found, on the page."""
        taken: list[Group] = []
        room = self._room
        while len(self.found) + len(taken) < most:
            needed = self._needs(groups.begun)
            group = groups.peek() if needed <= room else None
            if group is None or self._needs(group) > room:
                break
            groups.pop()
            taken.append(group)
            room -= self._needs(group)
        return taken

    def _matching(self, taken: list[Group]) -> list[Application]:
        wanted = dict.fromkeys(key for group in taken for row in group for key in self.keys_of(row))
        applications = _by_partition(table.get_many(wanted))
        read = [applications[group[0]["pk"]] for group in taken if group[0]["pk"] in applications]
        fitting = [match for application in read if (match := self.match(application))]
        return [application for application in fitting if is_visible(application.header, self.viewer)]

    def _needs(self, group: Group) -> int:
        return len({key for row in group for key in self.keys_of(row)})

    @property
    def _room(self) -> int:
        """How many more items fit on the page."""
        return table.BATCH_GET - sum(1 + len(application.persons) for application in self.found)

    def _has_enough(self, groups: Groups) -> bool:
        """Whether the page is half full, or the next group does not fit on it."""
        return 2 * len(self.found) >= self.limit or (bool(self.found) and self._needs(groups.begun) > self._room)

    def _ended(self, groups: Groups) -> SearchPage:
        """The page as far as it was read, and where the next one starts, if anything follows."""
        if self.next_place:
            return SearchPage(self.found, self.next_place.position)
        if not groups.begun and groups.peek() is None and groups.ended:
            return SearchPage(self.found)
        partial = self.budget.used_up and not self._has_enough(groups)
        return SearchPage(self.found, groups.place.position, partial)


def _header_and_persons(row: table.Item) -> list[table.Key]:
    """The primary keys for a row: of an application with all its persons, or of one person and its application."""
    number = keys.number_of(row["pk"])
    positions = range(1, row.get("person_count", 0) + 1)
    return [*_header_and_self(row), *(keys.person_key(person_number(number, position)) for position in positions)]


def _header_and_self(row: table.Item) -> list[table.Key]:
    header = keys.header_key(keys.number_of(row["pk"]))
    return [header] if row["sk"].startswith(header[1]) else [header, (row["pk"], row["sk"])]


def _by_partition(found: Mapping[table.Key, table.Item]) -> dict[str, Application]:
    """The applications of items that were read together, by their partition."""
    partitions: dict[str, list[table.Item]] = {}
    for (pk, _), item in found.items():
        partitions.setdefault(pk, []).append(item)
    read = {pk: items.to_application(of_partition) for pk, of_partition in partitions.items()}
    return {pk: application for pk, application in read.items() if application is not None}
