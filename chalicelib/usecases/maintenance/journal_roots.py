"""Nightly: signs the root over the journal of each day that has passed (docs/decisions/0086)."""

import contextlib
from collections.abc import Callable
from datetime import date, datetime, timedelta

from chalicelib.repos.files import roots
from chalicelib.repos.keys import signatures
from chalicelib.repos.table import journal_days
from chalicelib.rules.base import signed_text
from chalicelib.rules.base.china_time import china_day
from chalicelib.rules.base.journal_days import TYPE, JournalDay, claims
from chalicelib.rules.base.signed_text import NotSigned


def read_all() -> tuple[list[JournalDay], dict[date, str]]:
    """Every day that has a root, oldest first, and the root of each whose signature is of a known key.

    Raises:
        Unavailable: the table, the key or the bucket does not answer.
    """
    keys = [*signatures.public_keys(), signatures.public_key()]
    days = [roots.read(day) for day in roots.days_since(date.min)]
    signed = {}
    for found in days:
        with contextlib.suppress(NotSigned):
            stated, _ = signed_text.claims(found.signed, TYPE, keys)
            if stated["day"] == found.day.isoformat():
                signed[found.day] = stated["root"]
    return days, signed


def record(now: datetime, is_deadline_near: Callable[[], bool]) -> int:
    """Store the root of each day up to yesterday that has none; the first run begins with yesterday.

    Args:
        now: the moment of the run.
        is_deadline_near: whether the run must stop; the next one continues.

    Returns:
        How many days got a root.

    Raises:
        Unavailable: the table, the key or the bucket does not answer.
    """
    yesterday, newest = china_day(now) - timedelta(days=1), roots.newest(china_day(now))
    day, recorded = newest + timedelta(days=1) if newest else yesterday, 0
    previous = roots.signed_root(newest) if newest else ""
    while day <= yesterday and not is_deadline_near():
        previous = _record(day, previous)
        day, recorded = day + timedelta(days=1), recorded + 1
    return recorded


def _record(day: date, previous: str) -> str:
    leaves = journal_days.entries(day)
    signed = signatures.jws(claims(day, leaves, previous), TYPE)
    roots.store(JournalDay(day, leaves, signed))
    return signed
