"""Excel sheets: written row by row, every cell a piece of text, so that nothing in it is ever a formula."""

import io
import re
from collections.abc import Iterable, Sequence
from typing import Any

ILLEGAL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
"""Characters that a sheet cannot hold."""

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
