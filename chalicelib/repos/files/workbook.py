"""Writes Excel workbooks. Texts are never formulas, whatever they begin with (docs/domain.md 10.3)."""

import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from chalicelib.rules.base import limits

ILLEGAL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""Characters that XML, and therefore a sheet, cannot hold; they are left out."""

CELL_MAX = 32_767
"""Characters of one cell, the limit of Excel."""


WIDTHS = (10, 44)
"""The narrowest and the widest column, in characters of a digit's width; longer texts are wrapped."""


type Cell = str | int | float


def sheet(title: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    """Make a workbook of one sheet; see `book`."""
    return book([(title, header, rows)])


def book(sheets: Iterable[tuple[str, Sequence[str], Sequence[Sequence[Cell]]]]) -> bytes:
    """Make a workbook: on each sheet the header in bold, which stays in sight, then the rows (D08).

    Columns are as wide as their texts, within `WIDTHS`, and texts that do not fit are wrapped. Numbers are numbers.

    Args:
        sheets: The title, the header and the rows of each sheet.

    Returns:
        The bytes of an xlsx file.
    """
    from openpyxl import Workbook  # imported late: only exports need it

    made = Workbook(write_only=True)
    for title, header, rows in sheets:
        _fill(made.create_sheet(title), header, rows)
    buffer = io.BytesIO()
    made.save(buffer)
    return buffer.getvalue()


def _fill(page: Any, header: Sequence[str], rows: Sequence[Sequence[Cell]]) -> None:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    page.freeze_panes = "A2"
    for column, name in enumerate(header):
        texts = chain([name], (str(row[column]) for row in rows))
        page.column_dimensions[get_column_letter(column + 1)].width = _width(texts)

    def styled(font: Font | None) -> Any:
        made = WriteOnlyCell(page)
        made.alignment = Alignment(wrap_text=True, vertical="top")
        if font:
            made.font = font
        return made

    def cells(cell: Any, values: Sequence[Cell]) -> Iterator[Any]:
        """One cell with each value in turn, texts always declared to be strings; each is written before the next."""
        for value in values:
            cell.value = ILLEGAL.sub("", value)[:CELL_MAX] if isinstance(value, str) else value
            cell.data_type = "s" if isinstance(value, str) else "n"
            yield cell

    page.append(cells(styled(Font(bold=True)), header))
    plain = styled(None)
    for row in rows:
        page.append(cells(plain, row))


def _width(texts: Iterable[str]) -> int:
    """The width that shows the longest line of these texts: 1 for a digit, 2 for a Chinese character."""
    least, most = WIDTHS
    longest = least
    for text in texts:
        if longest >= most:
            break
        for line in text.split("\n"):
            # UTF-8 has three bytes for a Chinese character, and one for a digit.
            longest = max(longest, (len(line.encode(errors="replace")) + len(line)) // 2 + 2)
    return min(longest, most)


@dataclass(frozen=True)
class ColumnHelp:
    """What a template shows at the cells of one column: a list to choose from, or a note at the selected cell."""

    choices: Sequence[str] = ()
    note: str = ""


def template(
    title: str,
    header: Sequence[str],
    rows: Sequence[Sequence[str]] = (),
    aids: Mapping[int, ColumnHelp] | None = None,
) -> bytes:
    """Make a workbook to fill in, empty or with rows. Its cells have the format text: long numbers keep every digit.

    Args:
        title: The name of the sheet.
        header: The titles of the columns.
        rows: Rows that are filled in already.
        aids: Help at columns, counted from 1. With it only the cells to fill in can be changed; there is no password.

    Returns:
        The bytes of an xlsx file.
    """
    from openpyxl import Workbook  # imported late: only the template needs it
    from openpyxl.styles import Font, Protection
    from openpyxl.utils import get_column_letter

    book = Workbook()
    page: Any = book.active
    page.title = title
    page.append(list(header))
    for column in range(1, len(header) + 1):
        page.cell(1, column).font = Font(bold=True)
        page.column_dimensions[get_column_letter(column)].width = 20
        for row in range(2, max(limits.MAX_PERSONS, len(rows)) + 2):
            cell = page.cell(row, column)
            cell.number_format = "@"
            cell.protection = Protection(locked=False)
    for number, values in enumerate(rows, start=2):
        for column, value in enumerate(values, start=1):
            if value:
                cell = page.cell(number, column)
                cell.value = ILLEGAL.sub("", value)[:CELL_MAX]
                cell.data_type = "s"
    page.freeze_panes = "A2"
    if aids:
        _help(page, aids)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _help(page: Any, aids: Mapping[int, ColumnHelp]) -> None:
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    for column, shown in aids.items():
        listed: dict[str, Any] = {"type": "list", "formula1": f'"{",".join(shown.choices)}"'} if shown.choices else {}
        rule: Any = DataValidation(allow_blank=True, showInputMessage=True, showErrorMessage=True, **listed)
        rule.prompt = shown.note or None
        letter = get_column_letter(column)
        rule.add(f"{letter}2:{letter}{limits.MAX_PERSONS + 1}")
        page.add_data_validation(rule)
    page.protection.sheet = True
    # False allows what protection would forbid. Rows are not inserted: they would move the help, and be locked.
    for allowed in ("formatCells", "formatColumns", "formatRows", "sort", "autoFilter"):
        setattr(page.protection, allowed, False)
