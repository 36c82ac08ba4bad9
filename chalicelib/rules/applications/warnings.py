"""Warnings (提示) on an accepted content: likely reasons for a return, never refusals (docs/domain.md 4.6).

They are stored with the application (docs/decisions/0052).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from chalicelib import data
from chalicelib.rules.applications.applications import Application, ApplicationHeader, Person
from chalicelib.rules.base import limits
from chalicelib.rules.base.errors import FieldError
from chalicelib.rules.base.months import add_months
from chalicelib.rules.base.vocabulary import OfficeCode
from chalicelib.rules.files.attachments import UploadInspection

DOUBTFUL_TITLES = ("书记", "法人", "财务", "会计", "出纳", "行政", "翻译")
"""Words in titles that offices have refused."""


def on_content(content: Mapping[str, Any], today: date) -> list[FieldError]:
    """Warnings on a complete content: passports that end soon, doubtful titles."""
    months = data.offices()[OfficeCode(content["office"])].passport_months
    warnings = (_on_person(index, person, months, today) for index, person in enumerate(content["persons"]))
    return [warning for of_person in warnings for warning in of_person]


def on_file(field: str, inspection: UploadInspection) -> Iterable[FieldError]:
    """Warnings on an upload: a picture that cannot be read, so that its metadata is not removed."""
    if not inspection.readable:
        yield FieldError(field, "PICTURE_UNREADABLE")


def still_on_files(
    warnings: Iterable[FieldError], before: Mapping[str, str], after: Mapping[str, str]
) -> list[FieldError]:
    """The earlier warnings on files that a corrected content still names, at their present places.

    Args:
        warnings: Of the earlier content.
        before: The path of each attachment in the earlier content, by its id.
        after: The same of the corrected content.
    """
    ids = {path: upload for upload, path in before.items()}
    moved = {path: after[upload] for path, upload in ids.items() if upload in after}
    return [replace(warning, field=moved[warning.field]) for warning in warnings if warning.field in moved]


def of_application(application: Application) -> list[FieldError]:
    """The warnings on an application with all its persons."""
    apart = {_place(person): person.warnings for person in application.persons if person.warnings is not None}
    whole = [warning for warning in application.header.warnings if _place_in(warning) not in apart]
    own = [replace(one, field=f"{place}.{one.field}") for place, warnings in apart.items() for one in warnings]
    return [*whole, *own]


def of_person(header: ApplicationHeader, person: Person) -> list[FieldError]:
    """The warnings on one person, with paths from the person on."""
    if person.warnings is not None:
        return list(person.warnings)
    return within_person([warning for warning in header.warnings if _place_in(warning) == _place(person)])


def within_person(warnings: Sequence[FieldError]) -> list[FieldError]:
    """Warnings on persons with paths from the person on: `persons.3.title` becomes `title`."""
    return [replace(warning, field=warning.field.split(".", 2)[2]) for warning in warnings]


def _place(person: Person) -> str:
    return f"persons.{int(person.number[-2:]) - 1}"


def _place_in(warning: FieldError) -> str:
    """The person that a warning is about, as the beginning of its path."""
    return ".".join(warning.field.split(".")[:2])


def _on_person(index: int, person: Mapping[str, Any], months: int, today: date) -> Iterator[FieldError]:
    expires = date.fromisoformat(person["passport_expires_on"])
    field = f"persons.{index}.passport_expires_on"
    if expires < add_months(today, months):
        yield FieldError(field, "PASSPORT_SHORT", {"months": months})
    elif expires < add_months(today, limits.CARD_YEARS * 12):
        yield FieldError(field, "CARD_CUT", {"years": limits.CARD_YEARS})
    if any(word in person["title"] for word in DOUBTFUL_TITLES):
        yield FieldError(f"persons.{index}.title", "TITLE_DOUBTFUL")
