"""Numbers and names that people read: application numbers, file names, times of day in China."""

import re
from datetime import UTC, date, datetime, timedelta, timezone

from chalicelib.rules.base.vocabulary import ApplicationNumber, PersonNumber

CHINA = timezone(timedelta(hours=8), "Asia/Shanghai")
"""China has had one zone without summer time since 1991: a fixed offset says the same as a zone file."""

APPLICATION = re.compile(r"APEC\d{14}", re.ASCII)
PERSON = re.compile(r"APEC\d{14}-\d{2}", re.ASCII)


def day_of(moment: datetime) -> str:
    """The Chinese calendar day, `yyyyMMdd`."""
    return moment.astimezone(CHINA).strftime("%Y%m%d")


def china_day(moment: datetime) -> date:
    """The Chinese calendar day: passports, cards and authorisations go by it."""
    return moment.astimezone(CHINA).date()


def application_number(moment: datetime, sequence: int) -> ApplicationNumber:
    """`APEC` + yyyyMMdd + six digits that start at 000001 each day (domain 1.3 rule 3)."""
    return ApplicationNumber(f"APEC{day_of(moment)}{sequence:06d}")


def person_number(application: ApplicationNumber, position: int) -> PersonNumber:
    """The group's number and `-01`, `-02`, ... in the order of the application."""
    return PersonNumber(f"{application}-{position:02d}")


def split_person_number(number: PersonNumber) -> tuple[ApplicationNumber, str]:
    """The group's number and the two digits."""
    application, _, position = number.rpartition("-")
    return ApplicationNumber(application), position


def is_application_number(value: str) -> bool:
    """Whether the text has the form of a group's number."""
    return APPLICATION.fullmatch(value) is not None


def is_person_number(value: str) -> bool:
    """Whether the text has the form of a person's number."""
    return PERSON.fullmatch(value) is not None


def china_time(moment: datetime) -> str:
    """`yyyy-MM-dd HH:mm:ss` in China, for mails and tables (F09)."""
    return moment.astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S")


def progress_filename(number: ApplicationNumber, moment: datetime) -> str:
    """人员进度 + number + _ + yyyyMMddHHmm in China (D09; without a space, domain 9-11)."""
    return f"人员进度{number}_{moment.astimezone(CHINA):%Y%m%d%H%M}.xlsx"


def rfc3339(moment: datetime) -> str:
    """UTC to the millisecond, `Z` at the end: the form of every time in the API and the table; sorts as text."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse_time(text: str) -> datetime:
    """Read a time written by `rfc3339`, or any RFC 3339 time with an offset."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time needs an offset")
    return moment.astimezone(UTC)
