"""批量导入人员: the columns of the workbook and the errors of its rows (docs/domain.md 10.3)."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import date
from string import ascii_uppercase
from typing import Any

from chalicelib.data.texts import field_title, text
from chalicelib.rules.applications import submission
from chalicelib.rules.base import limits
from chalicelib.rules.base.errors import FieldError, Invalid
from chalicelib.rules.forms.content import PASSPORT_LABELS, draftable
from chalicelib.rules.values import cells as cell_values
from chalicelib.rules.values import codes, days

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

DAYS = frozenset({"birth_date", "passport_issued_on", "passport_expires_on", "previous_card_expires_on"})
"""Columns of calendar days."""

YES = {"是": True, "否": False}

CHOICES = {"sex": ("男", "女"), "passport_kind": tuple(PASSPORT_LABELS), "first_time": tuple(YES)}
"""Columns of which the template offers the words, and messages name them; also the codes of the API are read."""

TOLD_AS_THEY_ARE = frozenset({"missing", "NUMBER_CELL", "CELL_ERROR"})
"""Codes of errors that name no values, so that they are told in columns with words to choose too."""


@dataclass(frozen=True)
class RowError:
    """One cell that is not accepted; `row` counts as in the workbook, the header being row 1."""

    row: int
    column: str
    error: FieldError
    person: int | None = None
    """The place of the row's person among those read; None for the header and for too many rows."""


def headers() -> list[str]:
    """The titles in the header row."""
    return [field_title(f"persons.{name}") for name in COLUMNS]


def choices(column: str) -> tuple[str, ...]:
    """The words that may stand in a column, none for any text."""
    return CHOICES.get(column, ())


def note(column: str) -> str:
    """What people are told at the cells of a column: how to write a day."""
    return text("sheets", "day_note") if column in DAYS else ""


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
        person, wrong_cells = _read_cells(cells)
        if not person and not wrong_cells:
            continue
        if len(persons) == limits.MAX_PERSONS:
            errors.append(RowError(number, "", FieldError("persons", "too_long", {"max_length": limits.MAX_PERSONS})))
            break
        persons.append(draftable(person))
        found = [_row_error(number, error) for error in wrong_cells]
        found += _errors(number, person, today, {error.field for error in wrong_cells})
        found += _repeated_numbers(number, person, met)
        errors += [replace(error, person=len(persons) - 1) for error in found]
    return persons, errors


def _wrong_headers(cells: Sequence[Any]) -> list[RowError]:
    """Errors for titles that differ from the template: a moved column would be read as another field."""
    typed = [None if cell_values.error_of(cell, "") else cell_values.text_of(cell) for cell in cells]
    typed += [None] * len(COLUMNS)
    return [
        RowError(1, title, FieldError(f"persons.{name}", "HEADER", {"column": letter, "title": title}))
        for name, title, letter, found in zip(COLUMNS, headers(), ascii_uppercase, typed, strict=False)
        if found != title
    ]


def _read_cells(cells: Sequence[Any]) -> tuple[dict[str, Any], list[FieldError]]:
    """The values of a row by field, and the errors of cells that have no exact value: these give no value."""
    person: dict[str, Any] = {}
    errors: list[FieldError] = []
    for name, cell in zip(COLUMNS, cells, strict=False):
        if error := cell_values.error_of(cell, name):
            errors.append(error)
        elif (value := _value(name, cell)) is not None:
            person[name] = value
    return person, errors


def _errors(row: int, person: Mapping[str, Any], today: date, known: Set[str]) -> list[RowError]:
    """The errors that a submission would have, except at the fields that are known to be wrong."""
    try:
        submission.validate_person(person, today)
    except Invalid as refused:
        return [_row_error(row, error) for error in refused.errors if error.field not in known]
    return []


def _repeated_numbers(row: int, person: Mapping[str, Any], met: set[tuple[str, str]]) -> list[RowError]:
    """Errors for numbers that an earlier row has; adds the numbers of this row to `met`."""
    numbers = [(name, codes.normalise(str(person[name]))) for name in submission.UNIQUE_FIELDS if name in person]
    twice = [FieldError(name, "DUPLICATE_PERSON") for name, number in numbers if (name, number) in met]
    met.update(numbers)
    return [_row_error(row, error) for error in twice]


def _row_error(row: int, error: FieldError) -> RowError:
    """The error at its column; an error of the row as a whole has no column."""
    if not error.field:
        return RowError(row, "", error)
    if offered := choices(error.field):
        # Codes of the API, which another refusal would name, stand in no sheet.
        values = {"choices": "、".join(offered)}
        error = error if error.code in TOLD_AS_THEY_ARE else FieldError(error.field, "CHOICE", values)
    named = replace(error, field=f"persons.{error.field}")
    return RowError(row, field_title(named.field), named)


def _value(name: str, cell: Any) -> Any:
    """The value of a cell as in a request body: dates and numbers as text, 是 and 否 as booleans."""
    if name == "first_time" and isinstance(cell, bool):
        return cell
    typed = cell_values.text_of(cell)
    if not typed:
        return None
    if name in DAYS:
        return days.as_iso(typed)
    return YES.get(typed, typed) if name == "first_time" else typed
