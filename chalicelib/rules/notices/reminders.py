"""提醒: what is told ahead of time. Passports and cards 9, 6 and 3 months before they end, returns after 7 and 21 days.

Pure: a person or a file as it stands tells every reminder there is for it; which of them are due is a matter of the
moment. Of several that fell due while nobody looked, only the nearest is told.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from chalicelib.rules.applications.applications import ApplicationHeader, Person, status_of
from chalicelib.rules.base.china_time import china_day, china_midnight, rfc3339
from chalicelib.rules.base.limits import REMIND_MONTHS, REMIND_RETURNED
from chalicelib.rules.base.months import add_months
from chalicelib.rules.base.vocabulary import Status

OVER = frozenset(
    {
        Status.FAO_REJECTED,
        Status.CONSULAR_REJECTED,
        Status.WITHDRAWN,
        Status.CANCELLED,
        Status.EXPIRED,
        Status.DONE,
    }
)
"""Nobody is reminded of anything that stands here."""

RETURNED = frozenset({Status.FAO_RETURNED, Status.CONSULAR_RETURNED})


@dataclass(frozen=True)
class Reminder:
    """One thing to be told at a moment, once."""

    kind: str
    """A text of the catalogue."""
    subject: str
    """What is meant, for as long as it means the same: `2027-03-31` of a passport, the moment of a return."""
    stage: str
    """Which of the reminders about it."""
    at: datetime
    until: date | None
    """The last day on which it makes sense to be told; None: always."""
    values: tuple[tuple[str, str], ...]
    """For the text; no personal data."""


def of_person(person: Person, header: ApplicationHeader) -> list[Reminder]:
    """Everything there is to be told about a person, in any order."""
    status = status_of(person, header)
    if status in OVER:
        return []
    found = _before("passport_reminder", person.number, person.content["passport_expires_on"])
    if person.card is not None and not person.card.cancelled:
        found += _before("card_reminder", person.number, person.card.valid_until)
    if person.own_status in RETURNED and person.status_since is not None:
        found += _after_return(person.number, person.status_since)
    return found


def of_application(header: ApplicationHeader) -> list[Reminder]:
    """Everything there is to be told about a file as a whole."""
    return _after_return(header.number, header.status_since) if header.status in RETURNED else []


def first(reminders: Iterable[Reminder], after: datetime | None = None) -> datetime | None:
    """The moment of the first reminder, of those after a moment if one is given; None if there is none."""
    return min((each.at for each in reminders if after is None or each.at > after), default=None)


def due(reminders: Iterable[Reminder], now: datetime) -> list[Reminder]:
    """What is to be told now: of each kind the latest that has come, while it still makes sense."""
    come = [each for each in reminders if each.at <= now and (each.until is None or china_day(now) <= each.until)]
    latest = {each.kind: each for each in sorted(come, key=lambda each: each.at)}
    return list(latest.values())


def _before(kind: str, number: str, end: str) -> list[Reminder]:
    day = date.fromisoformat(end)
    values = (("person_number", number), ("date", end))
    return [
        Reminder(kind, end, f"{months}m", china_midnight(add_months(day, -months)), day, values)
        for months in REMIND_MONTHS
    ]


def _after_return(number: str, since: datetime) -> list[Reminder]:
    return [
        Reminder(
            "return_reminder",
            rfc3339(since),
            f"{wait.days}d",
            since + wait,
            None,
            (("number", number), ("days", str(wait.days))),
        )
        for wait in REMIND_RETURNED
    ]
