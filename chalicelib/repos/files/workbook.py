"""Writes Excel workbooks. Every cell is text, so that no stored value can become a formula (docs/domain.md 10.3)."""

import io
import re
from collections.abc import Iterable, Sequence
from typing import Any

from chalicelib.rules.base import limits

ILLEGAL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""Characters that XML, and therefore a sheet, cannot hold; they are left out."""

CELL_MAX = 32_767
"""Characters of one cell, the limit of Excel."""

INTERPRETED = ("=", "#")
"""First characters of text that openpyxl takes for a formula or an error value."""


def sheet(title: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """Make a workbook of one sheet: the header in bold, then the rows (D08).

    Returns:
        The bytes of an xlsx file.

    """
    from openpyxl import Workbook  # imported late: only exports need it
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font

    book = Workbook(write_only=True)
    page: Any = book.create_sheet(title)
    bold = Font(bold=True)

    def cell(value: str, font: Font | None = None) -> Any:
        made = WriteOnlyCell(page, value)
        made.data_type = "s"
        if font:
            made.font = font
        return made

    def plain(value: str) -> Any:
        """The value where openpyxl keeps it a string, or else a cell that is declared to be a string."""
        clean = ILLEGAL.sub("", value)[:CELL_MAX]
        return cell(clean) if clean[:1] in INTERPRETED else clean

    for letter, width in zip("ABCDEFG", (26, 14, 18, 36, 36, 36, 36), strict=True):
        page.column_dimensions[letter].width = width
    page.append([cell(value, bold) for value in header])
    for row in rows:
        page.append([plain(value) for value in row])
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def template(title: str, header: Sequence[str]) -> bytes:
    """Make an empty workbook to fill in. Its cells have the format text, so that long numbers keep every digit.

    Returns:
        The bytes of an xlsx file.

    """
    from openpyxl import Workbook  # imported late: only the template needs it
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    book = Workbook()
    page: Any = book.active
    page.title = title
    page.append(list(header))
    for column in range(1, len(header) + 1):
        page.cell(1, column).font = Font(bold=True)
        page.column_dimensions[get_column_letter(column)].width = 20
        for row in range(2, limits.MAX_PERSONS + 2):
            page.cell(row, column).number_format = "@"
    page.freeze_panes = "A2"
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()
