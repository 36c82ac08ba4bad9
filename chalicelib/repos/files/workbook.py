"""Writes Excel workbooks. Every cell is text, so that no stored value can become a formula (docs/domain.md 10.3)."""

import io
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

from chalicelib.rules.base import limits

ILLEGAL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""Characters that XML, and therefore a sheet, cannot hold; they are left out."""

CELL_MAX = 32_767
"""Characters of one cell, the limit of Excel."""


WIDTHS = (10, 44)
"""The narrowest and the widest column, in characters of a digit's width; longer texts are wrapped."""


def sheet(title: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    """Make a workbook of one sheet: the header in bold, which stays in sight, then the rows (D08).

    Columns are as wide as their texts, within `WIDTHS`, and texts that do not fit are wrapped.

    Returns:
        The bytes of an xlsx file.
    """
    from openpyxl import Workbook  # imported late: only exports need it
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    book = Workbook(write_only=True)
    page: Any = book.create_sheet(title)
    page.freeze_panes = "A2"
    for column, name in enumerate(header):
        texts = chain([name], (row[column] for row in rows))
        page.column_dimensions[get_column_letter(column + 1)].width = _width(texts)

    def styled(font: Font | None) -> Any:
        made = WriteOnlyCell(page)
        made.alignment = Alignment(wrap_text=True, vertical="top")
        if font:
            made.font = font
        return made

    def cells(cell: Any, values: Sequence[str]) -> Iterator[Any]:
        """One cell with each value in turn, always declared to be a string; each is written before the next."""
        for value in values:
            cell.value = ILLEGAL.sub("", value)[:CELL_MAX]
            cell.data_type = "s"
            yield cell

    page.append(cells(styled(Font(bold=True)), header))
    plain = styled(None)
    for row in rows:
        page.append(cells(plain, row))
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


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


def template(title: str, header: Sequence[str], rows: Sequence[Sequence[str]] = ()) -> bytes:
    """Make a workbook to fill in, empty or with rows. Its cells have the format text: long numbers keep every digit.

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
        for row in range(2, max(limits.MAX_PERSONS, len(rows)) + 2):
            page.cell(row, column).number_format = "@"
    for number, values in enumerate(rows, start=2):
        for column, value in enumerate(values, start=1):
            if value:
                cell = page.cell(number, column)
                cell.value = ILLEGAL.sub("", value)[:CELL_MAX]
                cell.data_type = "s"
    page.freeze_panes = "A2"
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()
