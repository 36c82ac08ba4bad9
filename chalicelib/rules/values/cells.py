"""Values of the cells of uploaded workbooks: what can be read exactly, and the errors of what cannot.

Spreadsheet programs keep 15 digits of a number: what stands after them in a number cell was invented by the program.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chalicelib.rules.base import limits
from chalicelib.rules.base.errors import FieldError

EXACT_DIGITS = 15
"""Digits of a number that spreadsheet programs keep; they replace further ones by zeros."""

ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
"""A character as strings of workbooks write it if XML cannot; `_x005F_` is an underscore that begins no such code."""


@dataclass(frozen=True)
class CellError:
    """A cell that shows an error, such as #N/A, instead of a value."""

    shown: str


type Row = tuple[int, Sequence[Any]]
"""The number of a row, the header being 1, with the values of its cells."""


def unescaped(text: str) -> str:
    """A string of a workbook with its escaped characters decoded, each once; unchanged if they are no characters."""
    decoded = ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)
    try:
        # Characters beyond U+FFFF are written as two codes.
        return decoded.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
    except UnicodeDecodeError:
        return text


def text_of(cell: Any) -> str:
    """The text of a cell, trimmed; days as `YYYY-MM-DD`, empty for an empty cell.

    Raises:
        ValueError: The cell has no exact value; see `error_of`.
    """
    if isinstance(cell, CellError) or _is_rounded(cell):
        raise ValueError("the cell has no exact value")
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return "" if cell is None else str(cell)[: limits.CELL_TEXT].strip()


def error_of(cell: Any, field: str) -> FieldError | None:
    """The error of a cell that has no exact value; None for other cells."""
    if isinstance(cell, CellError):
        return FieldError(field, "CELL_ERROR", {"shown": cell.shown})
    return FieldError(field, "NUMBER_CELL", {"digits": EXACT_DIGITS}) if _is_rounded(cell) else None


def _is_rounded(cell: Any) -> bool:
    """Whether the cell is a number with more digits than a spreadsheet program keeps."""
    return isinstance(cell, int | float) and not isinstance(cell, bool) and not abs(cell) < 10**EXACT_DIGITS
