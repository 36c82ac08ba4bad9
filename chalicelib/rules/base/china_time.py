"""Moments and days: Chinese calendar days, the times that people read, and the form of times in API and table."""

import functools
from datetime import UTC, date, datetime, time, timedelta, timezone

CHINA = timezone(timedelta(hours=8), "Asia/Shanghai")
"""China has had one time zone without summer time since 1991, so a fixed offset equals the zone file."""


def china_day(moment: datetime) -> date:
    """The Chinese calendar day of a moment: passports, cards and authorisations go by it."""
    return moment.astimezone(CHINA).date()


def day_of(moment: datetime) -> str:
    """The Chinese calendar day of a moment as `yyyyMMdd`."""
    return moment.astimezone(CHINA).strftime("%Y%m%d")


def china_time(moment: datetime) -> str:
    """The moment as `yyyy-MM-dd HH:mm:ss` in China, for mails and tables (F09)."""
    return moment.astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S")


def china_midnight(day: date) -> datetime:
    """The first moment of a day in China."""
    return datetime.combine(day, time(), CHINA)


def seconds_to_midnight(moment: datetime) -> int:
    """Whole seconds from a moment to the next midnight in China, rounded up: 1 to 86,400."""
    midnight = china_midnight(china_day(moment) + timedelta(days=1))
    return -((moment - midnight) // timedelta(seconds=1))


@functools.lru_cache(maxsize=4096)
def rfc3339(moment: datetime) -> str:
    """The moment in UTC to the millisecond, with `Z`: the form of all times in the API and the table.

    Such texts sort in the order of the moments.
    """
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@functools.lru_cache(maxsize=4096)
def parse_time(text: str) -> datetime:
    """Read a time written by `rfc3339`, or any RFC 3339 time with an offset, as UTC.

    Raises:
        ValueError: The text is no such time.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time needs an offset")
    return moment.astimezone(UTC)
