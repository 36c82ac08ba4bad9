"""提醒: passports and cards 9, 6 and 3 months before they end, returns after 7 and 21 days (docs/domain.md 8.3).

The reminders of a person or application follow from its state; the moment decides which of them are due. Of several due
reminders of one kind only the latest is sent.
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
        Status.REFUSED,
        Status.CANCELLED,
        Status.EXPIRED,
        Status.DONE,
    }
)
"""Statuses without reminders."""

RETURNED = frozenset({Status.FAO_RETURNED, Status.CONSULAR_RETURNED})


@dataclass(frozen=True)
class Reminder:
    """One reminder, sent once."""

    kind: str
    """Key of its text in the catalogue."""
    subject: str
    """What it is about: the last day of a passport or card, or the moment of a return."""
    stage: str
    """Which reminder about that subject: `9m`, `7d`."""
    at: datetime
    until: date | None
    """The last day on which it is sent; None for no such day."""
    values: tuple[tuple[str, str], ...]
    """Values for the text; no personal data."""


def of_person(person: Person, header: ApplicationHeader) -> list[Reminder]:
    """All reminders about a person, past and future, in any order."""
    status = status_of(person, header)
    if status in OVER or person.destroyed:
        return []
    found = _before("passport_reminder", person.number, person.content["passport_expires_on"])
    if person.card is not None and not person.card.cancelled:
        found += _before("card_reminder", person.number, person.card.valid_until)
    if person.own_status in RETURNED and person.status_since is not None:
        found += _after_return(person.number, person.status_since)
    return found


def of_application(header: ApplicationHeader) -> list[Reminder]:
    """All reminders about an application as a whole."""
    return _after_return(header.number, header.status_since) if header.status in RETURNED else []


def first(reminders: Iterable[Reminder], after: datetime | None = None) -> datetime | None:
    """The moment of the first reminder, if given after the moment `after`; None if there is none."""
    return min((reminder.at for reminder in reminders if after is None or reminder.at > after), default=None)


def due(reminders: Iterable[Reminder], now: datetime) -> list[Reminder]:
    """The reminders to send now: the latest due one of each kind."""
    due_now = [
        reminder
        for reminder in reminders
        if reminder.at <= now and (reminder.until is None or china_day(now) <= reminder.until)
    ]
    latest = {reminder.kind: reminder for reminder in sorted(due_now, key=lambda reminder: reminder.at)}
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
