"""批量导入人员: the columns of the workbook and the errors of its rows (docs/domain.md 10.3)."""

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
"""Fields of a person in the order of the workbook's columns; it has no attachments."""

YES = {"是": True, "否": False}


@dataclass(frozen=True)
class RowError:
    """One cell that is not accepted; `row` counts as in the workbook, the header being row 1."""

    row: int
    column: str
    error: FieldError


def headers() -> list[str]:
    """The titles in the header row."""
    return [field_title(f"persons.{name}") for name in COLUMNS]


def read(rows: Sequence[tuple[int, Sequence[Any]]], today: date) -> tuple[list[dict[str, Any]], list[RowError]]:
    """The persons in the rows, as content of a draft, and the errors that a submission would have.

    Args:
        rows: Row numbers with their cells. The first must be the template's header, or no person is read.
        today: The Chinese calendar day.

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
        errors += _repeated_numbers(number, person, met)
    return persons, errors


def _wrong_headers(cells: Sequence[Any]) -> list[RowError]:
    """Errors for titles that differ from the template: a moved column would be read as another field."""
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
        return [_row_error(row, error) for error in refused.errors]
    return []


def _repeated_numbers(row: int, person: Mapping[str, Any], met: set[tuple[str, str]]) -> list[RowError]:
    """Errors for numbers that an earlier row has; adds the numbers of this row to `met`."""
    numbers = [(name, normalise_number(str(person[name]))) for name in submission.UNIQUE_FIELDS if name in person]
    twice = [FieldError(name, "DUPLICATE_PERSON") for name, number in numbers if (name, number) in met]
    met.update(numbers)
    return [_row_error(row, error) for error in twice]


def _row_error(row: int, error: FieldError) -> RowError:
    """The error at its column; an error of the row as a whole has no column."""
    if not error.field:
        return RowError(row, "", error)
    named = replace(error, field=f"persons.{error.field}")
    return RowError(row, field_title(named.field), named)


def _value(name: str, cell: Any) -> Any:
    """The value of a cell as in a request body: dates and numbers as text, 是 and 否 as booleans."""
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
