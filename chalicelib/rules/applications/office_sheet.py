"""The workbook of an officers' list: one row for each person, or for an application that is listed by itself."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime

from chalicelib import data
from chalicelib.data.texts import text
from chalicelib.rules.applications.applications import Application, Person, status_of
from chalicelib.rules.base import masks
from chalicelib.rules.base.china_time import CHINA
from chalicelib.rules.base.vocabulary import Service

COLUMNS = (
    "application",
    "person",
    "service",
    "status",
    "enterprise",
    "office",
    "group",
    "persons",
    "name",
    "title",
    "passport",
    "submitted",
)
"""The columns, by their codes in the section `sheet_columns` of the texts."""


def title() -> str:
    """The name of the sheet and the beginning of its file name."""
    return text("sheets", "list_title")


def headers() -> list[str]:
    """The titles in the header row."""
    return [text("sheet_columns", column) for column in COLUMNS]


def unfinished(count: int) -> Sequence[str]:
    """The last row of a workbook that has only so many rows of its list."""
    return (text("sheets", "unfinished", rows=count), *("" for _ in COLUMNS[1:]))


def rows(application: Application, today: date) -> Iterator[Sequence[str]]:
    """The rows of one application as it is listed, in the order of `COLUMNS`; passport numbers are masked.

    Args:
        application: with the persons that the list has of it.
        today: the day in China: it decides which cards have expired.
    """
    header = application.header
    if header.service is not Service.NEW_OR_RENEWAL:
        content = header.content
        subject = (content["person_name"], content["title"], content["current_passport_number"])
        yield _row(application, str(content["person_number"]), text("statuses", header.status), subject)
    elif not application.persons:
        yield _row(application, "", text("statuses", header.status), ("", "", ""))
    for person in application.persons:
        status = text("statuses", status_of(person, header, today))
        yield _row(application, person.number, status, _subject(person))


def filename(moment: datetime) -> str:
    """File name of an export: `申请单_` and yyyyMMddHHmm in China."""
    return f"{title()}_{moment.astimezone(CHINA):%Y%m%d%H%M}.xlsx"


def _subject(person: Person) -> tuple[str, str, str]:
    content = person.content
    return content["name"], content["title"], content["passport_number"]


def _row(application: Application, person_number: str, status: str, subject: tuple[str, str, str]) -> Sequence[str]:
    header = application.header
    name, job, passport = subject
    return (
        header.number,
        person_number,
        text("services", header.service),
        status,
        header.enterprise_name,
        data.offices()[header.office].name,
        header.title if header.service is Service.NEW_OR_RENEWAL else "",
        str(header.person_count or 1),
        name,
        job,
        masks.MASKS["passport_number"](passport) if passport else "",
        f"{header.submitted_at.astimezone(CHINA):%Y-%m-%d %H:%M}",
    )
