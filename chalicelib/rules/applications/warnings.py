"""Advice on what was submitted: likely to be returned or to disappoint, but for an officer to decide, never refused."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from chalicelib import data
from chalicelib.rules.base.errors import FieldError
from chalicelib.rules.base.months import add_months
from chalicelib.rules.base.vocabulary import OfficeCode
from chalicelib.rules.files.attachments import UploadInspection

CARD_YEARS = 5
"""A card lives so long, or as long as the passport: who renews the passport first loses nothing."""

DOUBTFUL_TITLES = ("书记", "法人", "财务", "会计", "出纳", "行政", "翻译")
"""Words in titles that offices have refused (domain 3.3)."""


def on_content(content: Mapping[str, Any], today: date) -> list[FieldError]:
    """What is worth a second look in a complete content: passports that end soon, titles that were refused before."""
    months = data.offices()[OfficeCode(content["office"])].passport_months
    advice = (_on_person(index, person, months, today) for index, person in enumerate(content["persons"]))
    return [each for of_person in advice for each in of_person]


def on_file(field: str, inspection: UploadInspection) -> Iterable[FieldError]:
    """What is worth a second look in a file: a picture of any kind that could not be read, and so not be cleaned."""
    if not inspection.readable:
        yield FieldError(field, "PICTURE_UNREADABLE")


def _on_person(index: int, person: Mapping[str, Any], months: int, today: date) -> Iterator[FieldError]:
    expires = date.fromisoformat(person["passport_expires_on"])
    field = f"persons.{index}.passport_expires_on"
    if expires < add_months(today, months):
        yield FieldError(field, "PASSPORT_SHORT", {"months": months})
    elif expires < add_months(today, CARD_YEARS * 12):
        yield FieldError(field, "CARD_CUT", {"years": CARD_YEARS})
    if any(word in person["title"] for word in DOUBTFUL_TITLES):
        yield FieldError(f"persons.{index}.title", "TITLE_DOUBTFUL")
