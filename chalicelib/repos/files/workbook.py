"""Excel sheets: written row by row, every cell a piece of text, so that nothing in it is ever a formula."""

import io
import re
from collections.abc import Iterable, Sequence
from typing import Any

from chalicelib.rules.base import limits

ILLEGAL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""Characters that XML and so a sheet cannot hold; left out whatever is stored."""

CELL_MAX = 32_767

INTERPRETED = ("=", "#")
"""First characters that openpyxl takes for a formula or an error value."""


def sheet(title: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """A workbook of one sheet: the header in bold, then the rows, all cells of type string (D08)."""
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
        """The value itself where openpyxl keeps it a string; a cell that says so where it would not."""
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
    """An empty workbook to fill in: its cells are text, so that numbers keep every digit."""
    from openpyxl import Workbook  # imported late: as above
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
