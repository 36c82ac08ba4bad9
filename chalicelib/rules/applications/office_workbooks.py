"""Workbooks that officers fill in: answers of economies, card events and foreign numbers (docs/decisions/0051)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from string import ascii_uppercase
from typing import Any

from chalicelib import data
from chalicelib.data.texts import field_title, text
from chalicelib.rules.applications import progress
from chalicelib.rules.applications.applications import ApplicationHeader, Person, status_of, status_version_of
from chalicelib.rules.applications.cards import CARD_ACTIONS
from chalicelib.rules.base.errors import FieldError, Invalid
from chalicelib.rules.base.vocabulary import Decision, Status
from chalicelib.rules.forms.workbooks import WorkbookKind
from chalicelib.rules.values import cells as cell_values
from chalicelib.rules.values import days

FIELDS: Mapping[WorkbookKind, Sequence[str]] = {
    "answers": ("person_number", "economy", "decision", "valid_until"),
    "cards": ("person_number", "status_version", "event", "card_number", "valid_until", "reason"),
    "foreign_numbers": ("person_number", "foreign_number"),
}
"""The fields of a row of each kind of workbook, in the order of its columns."""

SHOWN = ("name", "enterprise", "status")
"""Columns behind the person's number that officers only read; what is typed there is ignored."""

FILLED_IN: Mapping[WorkbookKind, Sequence[str]] = {
    "answers": ("decision", "valid_until"),
    "cards": ("event", "card_number", "valid_until", "reason"),
    "foreign_numbers": ("foreign_number",),
}
"""The fields that officers fill in; a row without any of them is passed over."""

FIRST_STATUS: Mapping[WorkbookKind, Status] = {
    "answers": Status.ECONOMY_REVIEW,
    "cards": Status.CARD_MAKING,
    "foreign_numbers": Status.ECONOMY_REVIEW,
}
"""Whose persons a workbook has if no status is given."""


@dataclass(frozen=True)
class SheetRow:
    """A row of a workbook that was filled in."""

    number: int
    """As in the workbook, the header being row 1."""
    fields: Mapping[str, Any]
    """As in a request body, not validated."""
    errors: Sequence[FieldError] = ()
    """Cells whose value cannot be read."""


def title(kind: WorkbookKind) -> str:
    """The name of the sheet and the beginning of its file name."""
    return text("sheets", kind)


def headers(kind: WorkbookKind) -> list[str]:
    """The titles in the header row."""
    first, *others = FIELDS[kind]
    return [field_title(first), *(text("sheet_columns", name) for name in SHOWN), *map(field_title, others)]


# Templates


def person_rows(
    kind: WorkbookKind,
    header: ApplicationHeader,
    person: Person,
    economies: Sequence[str],
    event: str | None,
    today: date,
) -> Iterator[Sequence[str]]:
    """The rows of one person in a workbook to fill in.

    Args:
        kind: of the workbook.
        header: of the person's application.
        person: the person.
        economies: for answers: the economies that are asked; those that have answered get no row.
        event: for cards: the event that is filled in already; None for none.
        today: the day in China: it decides which cards have expired.
    """
    number, *shown = (
        person.number,
        person.content["name"],
        header.enterprise_name,
        text("statuses", status_of(person, header, today)),
    )
    if kind == "answers":
        for economy in data.deciding_economies():
            is_pending = progress.decision_of(person.economies, economy.code) is Decision.PENDING
            if is_pending and economy.code in economies:
                yield (number, *shown, economy.name, "", "")
    elif kind == "cards":
        label = text("actions", CARD_ACTIONS[event]) if event else ""
        yield (number, *shown, str(status_version_of(person, header)), label, "", "", "")
    else:
        yield (number, *shown, person.foreign_number or "")


# Reading


def read(kind: WorkbookKind, rows: Sequence[tuple[int, Sequence[Any]]]) -> tuple[list[SheetRow], int]:
    """The rows of a workbook that were filled in, and the number of rows that were not.

    Args:
        kind: of the workbook.
        rows: row numbers with their cells, without empty rows.

    Raises:
        Invalid: the first row is not the header of the template: a moved column would be read as another field.
    """
    _check_headers(kind, dict(rows[:1]).get(1, ()))
    found = [_row(kind, number, cells) for number, cells in rows[1:]]
    filled_in = [row for row in found if row.errors or _is_filled_in(kind, row.fields)]
    return filled_in, len(found) - len(filled_in)


def _check_headers(kind: WorkbookKind, cells: Sequence[Any]) -> None:
    typed = ["" if cell_values.error_of(cell, "") else cell_values.text_of(cell) for cell in cells]
    typed += [""] * len(ascii_uppercase)
    errors = [
        FieldError("workbook", "HEADER", {"column": letter, "title": wanted})
        for wanted, letter, found in zip(headers(kind), ascii_uppercase, typed, strict=False)
        if found != wanted
    ]
    if errors:
        raise Invalid(errors)


def _row(kind: WorkbookKind, number: int, cells: Sequence[Any]) -> SheetRow:
    first, *others = FIELDS[kind]
    columns = (first, *(None for _ in SHOWN), *others)
    fields: dict[str, Any] = {}
    errors: list[FieldError] = []
    for name, cell in zip(columns, cells, strict=False):
        if name is None:
            continue
        if error := cell_values.error_of(cell, name):
            errors.append(error)
        elif value := cell_values.text_of(cell):
            fields[name] = _code(name, value)
    return SheetRow(number, fields, errors)


def _is_filled_in(kind: WorkbookKind, fields: Mapping[str, Any]) -> bool:
    """Whether an officer has filled in the row; a card that is to be recorded as made needs more than its event."""
    filled_in = {name for name in FILLED_IN[kind] if name in fields}
    return bool(filled_in) and not (filled_in == {"event"} and fields["event"] == "made")


def _code(name: str, value: str) -> Any:
    """The value as in a request body: codes for labels, a number for the version, days as `YYYY-MM-DD`."""
    if name == "status_version":
        return int(value) if value.isascii() and value.isdigit() and len(value) < cell_values.EXACT_DIGITS else value
    if name == "valid_until":
        return days.as_iso(value)
    return _codes().get(name, {}).get(value, value)


def _codes() -> Mapping[str, Mapping[str, str]]:
    """For each field the codes of its labels."""
    return {
        "economy": {economy.name: economy.code for economy in data.deciding_economies()},
        "decision": {text("decisions", decision): decision for decision in Decision},
        "event": {text("actions", action): event for event, action in CARD_ACTIONS.items()},
    }
