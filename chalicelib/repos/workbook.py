"""Excel sheets: written row by row, every cell a piece of text, so that nothing in it is ever a formula."""

import contextlib
import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from typing import Any, NoReturn
from xml.etree.ElementTree import ParseError
from xml.parsers import expat

from chalicelib.rules import limits
from chalicelib.rules.errors import invalid

DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    ParseError,
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    NotImplementedError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
)
"""What openpyxl and zipfile raise for files that are damaged, encrypted, or no workbooks at all."""

COLUMNS_READ = 30
"""Columns that are looked at in an uploaded workbook."""

PARTS_READ = 500
"""Files in an uploaded workbook: what programs write has a dozen, and two for each sheet."""

METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""Those that can be unpacked piece by piece, and the only ones of the format."""

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


def rows(content: bytes) -> list[tuple[Any, ...]]:
    """The rows below the header of an uploaded workbook's first sheet, values only; `Invalid` if it is none."""
    from openpyxl import load_workbook  # imported late: only imports need it

    try:
        book = load_workbook(_unpacked(content), read_only=True, data_only=True)
        found = book.worksheets[0].iter_rows(
            min_row=2, max_row=limits.MAX_PERSONS + 20, max_col=COLUMNS_READ, values_only=True
        )
        return list(found)
    except DAMAGED as error:
        raise invalid("attachment_id", "ATTACHMENT_CONTENT") from error


def _unpacked(content: bytes) -> io.BytesIO:
    """The workbook with its parts as they are, not packed; `ValueError` for one that is more than it says.

    What is declared is looked at first, and of each part no more is unpacked than it declares: zipfile would unpack
    all of it, and a few kilobytes may be gigabytes.
    """
    unpacked = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as packed, zipfile.ZipFile(unpacked, "w") as honest:
        parts = packed.infolist()
        if sum(part.file_size for part in parts) > limits.WORKBOOK_UNPACKED or len(parts) > PARTS_READ:
            raise ValueError("too large when unpacked")
        if any(part.compress_type not in METHODS for part in parts):
            raise ValueError("packed as no spreadsheet program packs")
        for part in parts:
            with packed.open(part) as file:
                data = file.read(part.file_size)
            _without_entities(data)
            honest.writestr(part.filename, data)
    return unpacked


class _Begun(Exception):
    """The root element: nothing can be declared behind it."""


def _without_entities(part: bytes) -> None:
    """Look at a part's prolog, whatever its name; `ValueError` for a document type, where entities are declared.

    A few kilobytes of them unfold to hundreds of megabytes within expat's own limit. No spreadsheet program writes one.
    """
    prolog = expat.ParserCreate()

    def begun(*_: object) -> NoReturn:
        raise _Begun

    def declared(*_: object) -> NoReturn:
        raise ValueError("a workbook declares no entities")

    prolog.StartElementHandler = begun
    prolog.StartDoctypeDeclHandler = declared
    with contextlib.suppress(_Begun, expat.ExpatError):
        prolog.Parse(part, True)


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
