"""Warnings (提示) on an accepted submission: likely reasons for a return, never refusals (docs/domain.md 4.6)."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from chalicelib import data
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


def _on_person(index: int, person: Mapping[str, Any], months: int, today: date) -> Iterator[FieldError]:
    expires = date.fromisoformat(person["passport_expires_on"])
    field = f"persons.{index}.passport_expires_on"
    if expires < add_months(today, months):
        yield FieldError(field, "PASSPORT_SHORT", {"months": months})
    elif expires < add_months(today, limits.CARD_YEARS * 12):
        yield FieldError(field, "CARD_CUT", {"years": limits.CARD_YEARS})
    if any(word in person["title"] for word in DOUBTFUL_TITLES):
        yield FieldError(f"persons.{index}.title", "TITLE_DOUBTFUL")
