"""Reads untrusted workbooks with hard limits on CPU and memory."""

import io
import re
import warnings
import zipfile
import zlib
from typing import Any, NoReturn
from xml.etree.ElementTree import Element, ParseError, TreeBuilder, tostring
from xml.parsers import expat

from chalicelib.rules.base import limits
from chalicelib.rules.base.errors import invalid

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
"""What openpyxl and zipfile raise for files that are damaged, encrypted, or not workbooks."""

COLUMNS_READ = 30
"""Columns that are read; the template has 18."""

PARTS_READ = 500
"""Parts of a workbook. Spreadsheet programs write about a dozen, and two for each sheet."""

ROWS_READ = 1_048_576
"""Rows of a sheet, the limit of Excel."""

ELEMENTS_READ = 100_000
"""XML elements of a workbook: enough for 2,500 rows of 18 cells. The template with 90 persons has 7,000."""

FORMATS_READ = 4_000
"""XML elements outside cells: cell formats (`xf`), number formats, names of parts.

A new workbook has about a hundred, one that was copied together for years has thousands. The limit of Excel is 65,490.
"""

ATTRIBUTE_READ = 255
"""Characters of an attribute: the limit of Excel for a number format.

The regular expressions that openpyxl applies to formats take time that grows with the square of the length.
"""

CELLS = {"row": ("r",), "c": ("r", "t", "s"), "v": (), "is": (), "t": (), "si": (), "r": ()}
"""Elements with the content of cells, and the attributes of each that are read."""

KEPT = CELLS | {
    "Types": (),
    "Default": ("Extension", "ContentType"),
    "Override": ("PartName", "ContentType"),
    "Relationships": (),
    "Relationship": ("Id", "Type", "Target", "TargetMode"),
    "workbook": (),
    "workbookPr": ("date1904",),
    "sheets": (),
    "sheet": ("name", "sheetId", "id"),
    "styleSheet": (),
    "numFmts": (),
    "numFmt": ("numFmtId", "formatCode"),
    "cellXfs": (),
    "xf": ("numFmtId",),
    "worksheet": (),
    "sheetData": (),
    "sst": (),
}
"""Elements that are passed to openpyxl: the path to the first sheet, its cells, and the formats that mean days.

openpyxl has slow regular expressions for names, headers, links, ranges and conditions too; none of these is needed.
"""

PART = re.compile(
    r"\[content_types\]\.xml|_rels/\.rels|xl/(workbook|styles|sharedstrings)\.xml|xl/_rels/workbook\.xml\.rels"
    r"|xl/worksheets/[^/]+\.xml",
    re.IGNORECASE,
)
"""Names of the parts that are read; all spreadsheet programs use them. Pictures, links and notes are ignored."""

CHINESE_DAYS = {"27", "28", "29", "30", "31", "36", "50", "51", "52", "53", "54", "57", "58"}
"""Built-in number formats of Chinese Excel for days, such as 2026年11月21日, that openpyxl does not know."""

DAY = "14"
"""The built-in number format for days that openpyxl knows."""

METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""Compression methods of the xlsx format; both can be decompressed in chunks."""


def rows(content: bytes, field: str = "attachment_id") -> list[tuple[int, tuple[Any, ...]]]:
    """Read the rows of the first sheet that are not empty.

    Args:
        content: the bytes of the file.
        field: the field of the request that a refusal names.

    Returns:
        The number of each row, counted from 1, and the values of its cells.

    Raises:
        Invalid: the file is not a workbook, or exceeds a limit.
    """
    from openpyxl import load_workbook  # imported late: only imports need it

    try:
        # Warnings of openpyxl quote values of cells, which must not be logged, and name styles that are left out here.
        with warnings.catch_warnings(action="ignore"):
            book = load_workbook(_unpacked(content), read_only=True, data_only=True)
            found = book.worksheets[0].iter_rows(max_col=COLUMNS_READ, values_only=True)
            return [(number, row) for number, row in enumerate(found, start=1) if any(cell is not None for cell in row)]
    except DAMAGED as error:
        raise invalid(field, "ATTACHMENT_CONTENT") from error


def _unpacked(content: bytes) -> io.BytesIO:
    """The needed content of the needed parts, as an uncompressed workbook.

    The declared sizes are checked first, and no part is decompressed beyond its declared size: a few kilobytes can
    decompress to gigabytes.

    Raises:
        ValueError: a limit is exceeded.
    """
    unpacked = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as packed, zipfile.ZipFile(unpacked, "w") as clean:
        parts = packed.infolist()
        if sum(part.file_size for part in parts) > limits.WORKBOOK_UNPACKED or len(parts) > PARTS_READ:
            raise ValueError("the workbook is too large when decompressed")
        if any(part.compress_type not in METHODS for part in parts):
            raise ValueError("the compression method is not one of the xlsx format")
        counters = _Counters()
        for part in parts:
            if not PART.fullmatch(part.filename):
                continue
            with packed.open(part) as file:
                data = file.read(part.file_size)
            if (needed := _Part(counters).read(data)) is not None:
                clean.writestr(part.filename, tostring(needed, encoding="utf-8"))
    return unpacked


class _Counters:
    """Elements of a whole workbook that were read so far."""

    elements = 0
    formats = 0


class _Part:
    """Reads one part of a workbook and keeps the needed elements; raises `ValueError` where a limit is exceeded.

    A document type declaration is refused, because it can declare entities: a few kilobytes of them expand to hundreds
    of megabytes within the limit of expat. No spreadsheet program writes one.
    """

    CHUNK = 65_536
    """Bytes that expat gets at once: after a refusal it continues to the end of what it has got."""

    def __init__(self, counters: _Counters) -> None:
        self._counters = counters
        self._kept = TreeBuilder()
        self._skipped = 0
        """Depth of the current element within an element that is left out."""
        self._row = 0
        self._formats: set[str] = set()
        """Numbers of the formats that the part defines itself."""
        self._has_sheet = False

    def read(self, data: bytes) -> Element | None:
        """The root element with the needed content; None if nothing is needed or the part is not XML."""
        parser = expat.ParserCreate(namespace_separator="}")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self._refuse_doctype
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        try:
            for start in range(0, len(data), self.CHUNK):
                parser.Parse(data[start : start + self.CHUNK], False)
            parser.Parse(b"", True)
        except expat.ExpatError:
            return None
        try:
            return self._kept.close()
        except AssertionError:  # nothing was kept
            return None

    def _refuse_doctype(self, *_: object) -> NoReturn:
        raise ValueError("the part has a document type declaration")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._counters.elements += 1
        if self._counters.elements > ELEMENTS_READ:
            raise ValueError("the workbook has too many elements")
        plain = _local(name)
        if self._skipped or not self._is_needed(plain):
            self._skipped += 1
            return
        wanted = {key: value for key, value in attributes.items() if _local(key) in KEPT[plain]}
        if any(len(value) > ATTRIBUTE_READ for value in wanted.values()):
            raise ValueError("an attribute is too long")
        if plain == "numFmt":
            self._formats.add(wanted.get("numFmtId", ""))
        if plain == "xf" and wanted.get("numFmtId") in CHINESE_DAYS - self._formats:
            wanted["numFmtId"] = DAY
        if plain == "row" and "r" in wanted:
            self._next_row(float(wanted["r"]))
        self._kept.start(_tag(name), {_tag(key): value for key, value in wanted.items()})

    def _is_needed(self, plain: str) -> bool:
        if plain not in KEPT or (plain == "sheet" and self._has_sheet):
            return False
        self._has_sheet = self._has_sheet or plain == "sheet"
        self._counters.formats += plain not in CELLS
        if self._counters.formats > FORMATS_READ:
            raise ValueError("the workbook has too many formats")
        return True

    def _next_row(self, number: float) -> None:
        """Refuse rows that are out of order, which openpyxl would skip without an error."""
        if not self._row < number <= ROWS_READ:
            raise ValueError("the rows are out of order")
        self._row = int(number)

    def _end(self, name: str) -> None:
        if self._skipped:
            self._skipped -= 1
        else:
            self._kept.end(_tag(name))

    def _text(self, text: str) -> None:
        if not self._skipped:
            self._kept.data(text)


def _local(name: str) -> str:
    """An XML name without its namespace."""
    return name.rpartition("}")[2]


def _tag(name: str) -> str:
    """An XML name as ElementTree writes it."""
    return f"{{{name}" if "}" in name else name
