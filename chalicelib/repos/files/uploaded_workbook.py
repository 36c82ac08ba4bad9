"""Reads untrusted workbooks with hard limits on CPU and memory."""

import io
import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn
from xml.etree.ElementTree import Element, ParseError, TreeBuilder, tostring
from xml.parsers import expat

from chalicelib.rules.base import limits
from chalicelib.rules.base.errors import invalid
from chalicelib.rules.values.cells import CellError, Row, unescaped

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

NAMES_OF_PARTS = {"PartName", "Target"}
"""Attributes that name parts."""

CHINESE_DAYS = {"27", "28", "29", "30", "31", "36", "50", "51", "52", "53", "54", "57", "58"}
"""Built-in number formats of Chinese Excel for days, such as 2026年11月21日, that openpyxl does not know."""

DAY = "14"
"""The built-in number format for days that openpyxl knows."""

METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""Compression methods of the xlsx format; both can be decompressed in chunks."""


UNDERSCORE = "\U0010fffd"
"""Stands for an underscore while openpyxl reads the parts, because openpyxl removes some escapes (`x005F_`) itself.

With `1` it is an underscore, with `0` the character itself.
"""

COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""The first bytes of compound files: workbooks with a password, and those of Excel 97-2003."""

ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
"""The name of the stream that a workbook with a password has."""

STRICT = {
    "http://purl.oclc.org/ooxml/spreadsheetml/main": "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "http://purl.oclc.org/ooxml/officeDocument/relationships": (
        "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    ),
}
"""Namespaces of Strict OOXML, which openpyxl does not know, and those of the transitional form."""

CONTENT_TYPES = "[Content_Types].xml"


def rows(content: bytes, field: str = "attachment_id") -> list[Row]:
    """Read the rows of the first sheet that are not empty.

    Args:
        content: the bytes of the file.
        field: the field of the request that a refusal names.

    Returns:
        The number of each row, counted from 1, and the values of its cells. Cells that show an error are `CellError`.

    Raises:
        Invalid: the file is not a workbook, has a password, is of Excel 97-2003, or exceeds a limit.
    """
    if content.startswith(COMPOUND):
        raise invalid(field, "WORKBOOK_PASSWORD" if ENCRYPTED in content else "WORKBOOK_OLD")
    try:
        # Warnings of openpyxl quote values of cells, which must not be logged, and name styles that are left out here.
        with warnings.catch_warnings(action="ignore"):
            return list(_rows(_unpacked(content)))
    except DAMAGED as error:
        raise invalid(field, "ATTACHMENT_CONTENT") from error


def _rows(unpacked: io.BytesIO) -> Iterator[Row]:
    from openpyxl import load_workbook  # imported late: only imports need it
    from openpyxl.worksheet._reader import WorkSheetParser

    book: Any = load_workbook(unpacked, read_only=True, data_only=True)
    sheet = book.worksheets[0]
    # There is no public reader of the rows that exist: iter_rows() also yields every row before a distant one.
    with sheet._get_source() as source:
        parser: Any = WorkSheetParser(
            source,
            sheet._shared_strings,
            data_only=True,
            epoch=book.epoch,
            date_formats=book._date_formats,
            timedelta_formats=book._timedelta_formats,
        )
        for number, cells in parser.parse():
            found = {cell["column"]: _value(cell) for cell in cells if cell["column"] <= COLUMNS_READ}
            if any(value is not None for value in found.values()):
                yield number, tuple(found.get(column) for column in range(1, COLUMNS_READ + 1))


def _value(cell: Mapping[str, Any]) -> Any:
    value = cell["value"]
    if isinstance(value, str):
        value = unescaped(value.replace(f"{UNDERSCORE}1", "_").replace(f"{UNDERSCORE}0", UNDERSCORE))
    return CellError(value) if cell["data_type"] == "e" and value is not None else value


def _unpacked(content: bytes) -> io.BytesIO:
    """The needed content of the needed parts, as an uncompressed workbook.

    Names of parts become lower case with slashes, because some programs write `SharedStrings.xml` or backslashes. The
    declared sizes are checked first, and no part is decompressed beyond its declared size: a few kilobytes can
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
            name = _part_name(part.filename)
            if not PART.fullmatch(name):
                continue
            with packed.open(part) as file:
                data = file.read(part.file_size)
            if (needed := _Part(counters).read(data)) is not None:
                clean.writestr(
                    CONTENT_TYPES if name == CONTENT_TYPES.lower() else name, tostring(needed, encoding="utf-8")
                )
    return unpacked


def _part_name(written: str) -> str:
    """The name of a part as it is looked for."""
    return written.replace("\\", "/").lower()


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
        wanted = {_usual(key): value for key, value in attributes.items() if _local(key) in KEPT[plain]}
        if any(len(value) > ATTRIBUTE_READ for value in wanted.values()):
            raise ValueError("an attribute is too long")
        if plain == "numFmt":
            self._formats.add(wanted.get("numFmtId", ""))
        if plain == "xf" and wanted.get("numFmtId") in CHINESE_DAYS - self._formats:
            wanted["numFmtId"] = DAY
        if plain == "row" and "r" in wanted:
            self._next_row(float(wanted["r"]))
        for attribute in NAMES_OF_PARTS & wanted.keys():
            wanted[attribute] = _part_name(wanted[attribute])
        if plain == "Relationship":
            wanted["Type"] = _usual(wanted.get("Type", ""))
        self._kept.start(_tag(_usual(name)), {_tag(key): value for key, value in wanted.items()})

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
            self._kept.end(_tag(_usual(name)))

    def _text(self, text: str) -> None:
        if not self._skipped:
            self._kept.data(text.replace(UNDERSCORE, f"{UNDERSCORE}0").replace("_", f"{UNDERSCORE}1"))


def _local(name: str) -> str:
    """An XML name without its namespace."""
    return name.rpartition("}")[2]


def _usual(name: str) -> str:
    """A name, or the type of a relationship, in the namespace of the transitional form."""
    for strict, transitional in STRICT.items():
        if name.startswith(strict):
            return transitional + name.removeprefix(strict)
    return name


def _tag(name: str) -> str:
    """An XML name as ElementTree writes it."""
    return f"{{{name}" if "}" in name else name
