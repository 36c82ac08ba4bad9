"""Advice on what was submitted: likely to be returned or to disappoint, but for an officer to decide, never refused.

Published limits for photos and signatures differ from office to office (domain 3.3, 3.5): they are data here.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from chalicelib import data
from chalicelib.rules.errors import FieldError
from chalicelib.rules.vocabulary import OfficeCode

CARD_YEARS = 5
"""A card lives so long, or as long as the passport: who renews the passport first loses nothing."""

DOUBTFUL_TITLES = ("书记", "法人", "财务", "会计", "出纳", "行政", "翻译")
"""Words in titles that offices have refused (domain 3.3)."""


@dataclass(frozen=True)
class Pixels:
    """What a kind of picture should measure; ratio is width to height."""

    least: tuple[int, int]
    most: tuple[int, int]
    ratio: tuple[float, float]

    def fits(self, width: int, height: int) -> bool:
        """Whether a picture of this size is likely to be accepted."""
        inside = self.least[0] <= width <= self.most[0] and self.least[1] <= height <= self.most[1]
        return inside and self.ratio[0] <= width / height <= self.ratio[1]


PICTURES: Mapping[str, Pixels] = {
    "photo": Pixels((300, 400), (1200, 1600), (0.70, 0.78)),
    "signature": Pixels((50, 50), (2400, 1200), (1.0, 6.0)),
}


def on_content(content: Mapping[str, Any], today: date) -> list[FieldError]:
    """What is worth a second look in a complete content: passports that end soon, titles that were refused before."""
    months = data.offices()[OfficeCode(content["office"])].passport_months
    advice = (_on_person(index, person, months, today) for index, person in enumerate(content["persons"]))
    return [each for of_person in advice for each in of_person]


def on_picture(field: str, kind: str, size: tuple[int, int] | None) -> Iterable[FieldError]:
    """What is worth a second look in a picture; a size of None: it could not be read."""
    limits = PICTURES.get(kind)
    if limits is None:
        return
    if size is None:
        yield FieldError(field, "PICTURE_UNREADABLE")
    elif not limits.fits(*size):
        (least_width, least_height), (most_width, most_height) = limits.least, limits.most
        yield FieldError(
            field,
            "PICTURE_SIZE",
            {"least": f"{least_width}x{least_height}", "most": f"{most_width}x{most_height}"},
        )


def _on_person(index: int, person: Mapping[str, Any], months: int, today: date) -> Iterator[FieldError]:
    expires = date.fromisoformat(person["passport_expires_on"])
    field = f"persons.{index}.passport_expires_on"
    if expires < _later(today, months):
        yield FieldError(field, "PASSPORT_SHORT", {"months": months})
    elif expires < _later(today, CARD_YEARS * 12):
        yield FieldError(field, "CARD_CUT", {"years": CARD_YEARS})
    if any(word in person["title"] for word in DOUBTFUL_TITLES):
        yield FieldError(f"persons.{index}.title", "TITLE_DOUBTFUL")


def _later(day: date, months: int) -> date:
    """The same day so many months later, or the first of the month after where there is none."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    try:
        return day.replace(year=year, month=month + 1)
    except ValueError:
        return date(year, month + 1, 1).replace(day=28)
