"""Numbers of applications and persons, and names made from them (docs/domain.md 1.7)."""

import re
from datetime import date, datetime

from chalicelib.rules.base.china_time import CHINA, day_of
from chalicelib.rules.base.vocabulary import ApplicationNumber, PersonNumber

APPLICATION = re.compile(r"APEC\d{14}", re.ASCII)
PERSON = re.compile(r"APEC\d{14}-\d{2}", re.ASCII)


def application_number(moment: datetime, sequence: int) -> ApplicationNumber:
    """`APEC`, the Chinese day as yyyyMMdd, and six digits that start at 000001 each day."""
    return ApplicationNumber(f"APEC{day_of(moment)}{sequence:06d}")


def first_number_of(day: date) -> str:
    """How the numbers of a day begin; it sorts before all of them and after those of the day before."""
    return f"APEC{day:%Y%m%d}"


def person_number(application: ApplicationNumber, position: int) -> PersonNumber:
    """The application's number with `-01`, `-02`, ...: the person's position in the application, from 1."""
    return PersonNumber(f"{application}-{position:02d}")


def split_person_number(number: PersonNumber) -> tuple[ApplicationNumber, str]:
    """The application's number and the two digits of the position."""
    application, _, position = number.rpartition("-")
    return ApplicationNumber(application), position


def is_application_number(value: str) -> bool:
    """Whether the text has the form of an application number."""
    return APPLICATION.fullmatch(value) is not None


def is_person_number(value: str) -> bool:
    """Whether the text has the form of a person number."""
    return PERSON.fullmatch(value) is not None


def letter_filename(title: str, number: ApplicationNumber, moment: datetime) -> str:
    """File name of a printed letter: its title, number, `_`, yyyyMMddHHmm in China."""
    return f"{title}{number}_{moment.astimezone(CHINA):%Y%m%d%H%M}.pdf"


def ledger_filename(moment: datetime) -> str:
    """File name of the exported card ledger: 领用登记, `_`, yyyyMMddHHmm in China."""
    return f"领用登记_{moment.astimezone(CHINA):%Y%m%d%H%M}.xlsx"


def progress_filename(number: ApplicationNumber, moment: datetime) -> str:
    """File name of the progress export: 人员进度, number, `_`, yyyyMMddHHmm in China (D09; docs/domain.md 11.10)."""
    return f"人员进度{number}_{moment.astimezone(CHINA):%Y%m%d%H%M}.xlsx"
