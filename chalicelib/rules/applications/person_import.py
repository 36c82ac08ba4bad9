"""批量导入人员: the columns of the workbook, and what is wrong with each row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from string import ascii_uppercase
from typing import Any

from chalicelib.data.texts import field_title
from chalicelib.rules.applications import submission
from chalicelib.rules.base import limits
from chalicelib.rules.base.errors import FieldError, Invalid
from chalicelib.rules.forms.content import draftable
from chalicelib.rules.forms.fields import normalise_number

COLUMNS = (
    "name",
    "surname_pinyin",
    "given_name_pinyin",
    "sex",
    "birth_date",
    "id_number",
    "passport_kind",
    "passport_number",
    "passport_issued_on",
    "passport_expires_on",
    "passport_place",
    "title",
    "title_en",
    "phone",
    "email",
    "first_time",
    "previous_card_number",
    "previous_card_expires_on",
)
"""Fields of a person in the order of the workbook; attachments are added on the page."""

YES = {"是": True, "否": False}


@dataclass(frozen=True)
class RowError:
    """One cell that is not accepted; rows count as in the workbook, its header being row 1."""

    row: int
    column: str
    error: FieldError


def headers() -> list[str]:
    """The header row."""
    return [field_title(f"persons.{name}") for name in COLUMNS]


def read(rows: Sequence[tuple[int, Sequence[Any]]], today: date) -> tuple[list[dict[str, Any]], list[RowError]]:
    """Persons of the rows below the header, as a draft takes them, and everything that a submission would refuse.

    Each row comes with its number; the first must be the template's header, or nobody is read.
    """
    if wrong := _wrong_headers(dict(rows[:1]).get(1, ())):
        return [], wrong
    persons: list[dict[str, Any]] = []
    errors: list[RowError] = []
    met: set[tuple[str, str]] = set()
    for number, cells in rows[1:]:
        person = {
            name: value for name, cell in zip(COLUMNS, cells, strict=False) if (value := _value(name, cell)) is not None
        }
        if not person:
            continue
        if len(persons) == limits.MAX_PERSONS:
            errors.append(RowError(number, "", FieldError("persons", "too_long", {"max_length": limits.MAX_PERSONS})))
            break
        persons.append(draftable(person))
        errors += _errors(number, person, today)
        errors += _met_before(number, person, met)
    return persons, errors


def _wrong_headers(cells: Sequence[Any]) -> list[RowError]:
    """The columns whose title is not the template's: one that was moved or deleted would be read as another."""
    typed = [_value("", cell) for cell in cells] + [None] * len(COLUMNS)
    return [
        RowError(1, title, FieldError(f"persons.{name}", "HEADER", {"column": letter, "title": title}))
        for name, title, letter, found in zip(COLUMNS, headers(), ascii_uppercase, typed, strict=False)
        if found != title
    ]


def _errors(row: int, person: Mapping[str, Any], today: date) -> list[RowError]:
    try:
        submission.validate_person(person, today)
    except Invalid as refused:
        return [_row_error(row, each) for each in refused.errors]
    return []


def _met_before(row: int, person: Mapping[str, Any], met: set[tuple[str, str]]) -> list[RowError]:
    """Numbers that an earlier row has too; remembers those of this one."""
    numbers = [(name, normalise_number(str(person[name]))) for name in submission.NOBODY_TWICE if name in person]
    twice = [FieldError(name, "DUPLICATE_PERSON") for name, number in numbers if (name, number) in met]
    met.update(numbers)
    return [_row_error(row, each) for each in twice]


def _row_error(row: int, error: FieldError) -> RowError:
    """The error at its column; what is wrong with a line as a whole has none."""
    if not error.field:
        return RowError(row, "", error)
    named = replace(error, field=f"persons.{error.field}")
    return RowError(row, field_title(named.field), named)


def _value(name: str, cell: Any) -> Any:
    """What a cell says, as the contract writes it: days and numbers as text, 是 and 否 as truth."""
    if cell is None or cell == "":
        return None
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if name == "first_time" and isinstance(cell, bool):
        return cell
    text = str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)[: limits.CELL_TEXT].strip()
    if not text:
        return None
    return YES.get(text, text) if name == "first_time" else text
