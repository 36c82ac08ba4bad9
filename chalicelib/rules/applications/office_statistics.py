"""What offices receive and decide, as numbers by office and month, without personal data (docs/decisions/0071).

A number is that of entries of the history: submissions, and the decisions of the two reviews. The month is that of the
entry in China. A decision is about an application, or about one person of it that is reviewed apart.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from chalicelib.rules.base import limits
from chalicelib.rules.base.errors import invalid
from chalicelib.rules.base.months import add_months
from chalicelib.rules.base.vocabulary import Action, OfficeCode, Party, Service, Status

DESKS: Mapping[Status, Party] = {Status.FAO_REVIEW: Party.FAO, Status.CONSULAR_REVIEW: Party.CONSULAR}
"""The desk that decides at a status: the office itself, or the consular department about applications of the office."""

DECISIONS = (Action.PASS, Action.RETURN, Action.REJECT)

MONTHS_SHOWN = 12
"""Months that are shown if none are given."""

NO_FIELD = "none"
"""In place of a field: returns that name no field."""


@dataclass(frozen=True)
class Counted:
    """What one entry of the history says for the numbers."""

    action: Action
    origin: Status | None
    """The status before; None for a submission."""
    service: Service
    persons: int = 0
    """Persons of a submitted application."""
    fields: tuple[str, ...] = ()
    """Paths of the fields that a return names."""


def period_of(first: date | None, last: date | None, today: date) -> tuple[date, date]:
    """The first days of the first and the last month of a period; without them the twelve months up to now.

    Args:
        first: the first day of the first month, if it is given.
        last: the first day of the last month, if it is given.
        today: the day in China.

    Raises:
        Invalid: the period ends before it begins, or is longer than `limits.STATISTICS_MONTHS`.
    """
    ends = last or (add_months(first, MONTHS_SHOWN - 1) if first else today.replace(day=1))
    begins = first or add_months(ends, 1 - MONTHS_SHOWN)
    if ends < begins:
        raise invalid("to_month", "greater_than_equal", ge=f"{begins:%Y-%m}")
    if add_months(begins, limits.STATISTICS_MONTHS) <= ends:
        raise invalid("to_month", "PERIOD_LONG", months=limits.STATISTICS_MONTHS)
    return begins, ends


def is_counted(action: Action, origin: Status | None) -> bool:
    """Whether an entry is a submission or a decision of a review."""
    return action is Action.SUBMIT or (action in DECISIONS and origin in DESKS)


def counts_of(entry: Counted) -> Counter[str]:
    """What an entry adds to the numbers of its office and month, by name.

    `submitted_<service>` and `persons` count submissions, `<desk>_<decision>` decisions, and `<desk>_field_<field>` the
    returns that name a field, once for each return however many persons have it.
    """
    if entry.origin is None:
        return Counter({f"submitted_{entry.service}": 1, "persons": entry.persons})
    desk = DESKS[entry.origin]
    counts = Counter({f"{desk}_{entry.action}": 1})
    if entry.action is Action.RETURN:
        counts.update({f"{desk}_field_{name}" for name in map(field_of, entry.fields)} or {f"{desk}_field_{NO_FIELD}"})
    return counts


def field_of(path: str) -> str:
    """The field or kind of attachment that a path ends with: `persons.3.title` is about `title`."""
    return [part for part in path.split(".") if not part.isdecimal()][-1]


@dataclass(frozen=True)
class DeskFigures:
    """The decisions of one desk about the applications of one office."""

    desk: Party
    passed: int
    returned: int
    rejected: int

    @property
    def returned_share(self) -> float | None:
        """The share of returns among these decisions, to three decimals; None without a decision."""
        decided = self.passed + self.returned + self.rejected
        return round(self.returned / decided, 3) if decided else None


@dataclass(frozen=True)
class OfficeMonth:
    """The numbers of one office and month."""

    office: OfficeCode
    month: str
    """Such as `2026-11`."""
    counts: Mapping[str, int]

    @property
    def submitted(self) -> int:
        """Applications that were submitted for the first time."""
        return sum(self.submitted_of(service) for service in Service)

    def submitted_of(self, service: Service) -> int:
        """Applications of one service among them."""
        return self.counts.get(f"submitted_{service}", 0)

    @property
    def persons(self) -> int:
        """Persons of these applications."""
        return self.counts.get("persons", 0)

    @property
    def desks(self) -> tuple[DeskFigures, ...]:
        """The decisions of both desks, that of the office first."""
        return tuple(
            DeskFigures(desk, *(self.counts.get(f"{desk}_{action}", 0) for action in DECISIONS))
            for desk in DESKS.values()
        )


@dataclass(frozen=True)
class NamedField:
    """How many returns of one desk named a field, about the applications of one office."""

    office: OfficeCode
    desk: Party
    field: str
    """The name of the field or kind of attachment, or `NO_FIELD`."""
    returns: int


def named_fields(months: Iterable[OfficeMonth]) -> list[NamedField]:
    """The fields that returns named in all these months, by office and desk, the most frequent first."""
    totals: Counter[tuple[OfficeCode, Party, str]] = Counter()
    for one in months:
        for name, number in one.counts.items():
            desk, is_field, field = name.partition("_field_")
            if is_field:
                totals[one.office, Party(desk), field] += number
    found = [NamedField(*key, number) for key, number in totals.items()]
    order = list(DESKS.values())
    return sorted(found, key=lambda each: (each.office, order.index(each.desk), -each.returns, each.field))
