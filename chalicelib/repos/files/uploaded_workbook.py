"""Workbooks that somebody uploads: bytes of strangers, read with bounds on everything that costs work or memory."""

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
"""What openpyxl and zipfile raise for files that are damaged, encrypted, or no workbooks at all."""

COLUMNS_READ = 30
"""Columns that are looked at in an uploaded workbook."""

PARTS_READ = 500
"""Files in an uploaded workbook: what programs write has a dozen, and two for each sheet."""

ROWS_READ = 1_048_576
"""Rows of a sheet, the most that Excel has."""

ELEMENTS_READ = 100_000
"""XML elements of an uploaded workbook. The template with 90 persons has 7,000; this is some 2,500 rows of 18 cells."""

FORMATS_READ = 4_000
"""Elements that belong to no cell: cell formats (`xf`), formats of numbers, names of parts.

A workbook of Excel has some hundred; those that were copied together for years have thousands. Excel takes 65,490.
"""

ATTRIBUTE_READ = 255
"""Characters of an attribute: the most of a number's format in Excel. openpyxl looks through formats with expressions
whose work grows with the square of the length."""

CELLS = {"row": ("r",), "c": ("r", "t", "s"), "v": (), "is": (), "t": (), "si": (), "r": ()}
"""Elements that hold what cells say, and the attributes of each that are read."""

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
"""Elements that openpyxl gets to see: what leads to the first sheet, its cells, and which formats are days. It has
expressions of growing work for names, headers, links, ranges and conditions too; none of these is needed."""

PART = re.compile(
    r"\[content_types\]\.xml|_rels/\.rels|xl/(workbook|styles|sharedstrings)\.xml|xl/_rels/workbook\.xml\.rels"
    r"|xl/worksheets/[^/]+\.xml",
    re.IGNORECASE,
)
"""Parts that lead to cells, by the names that all programs give them. Pictures, links and notes are passed over."""

CHINESE_DAYS = {"27", "28", "29", "30", "31", "36", "50", "51", "52", "53", "54", "57", "58"}
"""Formats of days that Excel knows by number in Chinese, such as 2026年11月21日, and openpyxl does not."""

DAY = "14"

METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""Those that can be unpacked piece by piece, and the only ones of the format."""


def rows(content: bytes) -> list[tuple[int, tuple[Any, ...]]]:
    """The rows of an uploaded workbook's first sheet that hold anything, values only, each with its number.

    Raises:
        Invalid: it is no workbook, or one of a size that no group of persons has.

    """
    from openpyxl import load_workbook  # imported late: only imports need it

    try:
        # Its warnings name cells with their values, and styles that were left out on purpose.
        with warnings.catch_warnings(action="ignore"):
            book = load_workbook(_unpacked(content), read_only=True, data_only=True)
            found = book.worksheets[0].iter_rows(max_col=COLUMNS_READ, values_only=True)
            return [(number, row) for number, row in enumerate(found, start=1) if any(cell is not None for cell in row)]
    except DAMAGED as error:
        raise invalid("attachment_id", "ATTACHMENT_CONTENT") from error


def _unpacked(content: bytes) -> io.BytesIO:
    """The workbook with what is needed of its parts, not packed; `ValueError` for one that is more than it says.

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
        seen = _Counted()
        for part in (each for each in parts if PART.fullmatch(each.filename)):
            with packed.open(part) as file:
                data = file.read(part.file_size)
            if (needed := _Part(seen).read(data)) is not None:
                honest.writestr(part.filename, tostring(needed, encoding="utf-8"))
    return unpacked


class _Counted:
    """Elements of a whole workbook, so far."""

    elements = 0
    formats = 0


class _Part:
    """One part of a workbook, whatever its name: what is needed of it, `ValueError` if it is more than anybody needs.

    A document type is refused, where entities are declared: a few kilobytes of them unfold to hundreds of megabytes
    within expat's own limit. No spreadsheet program writes one.
    """

    CHUNK = 65_536
    """Bytes between two looks at whether the part was refused: expat goes on to the end of what it was given."""

    def __init__(self, seen: _Counted) -> None:
        self._seen = seen
        self._kept = TreeBuilder()
        self._skipped = 0
        """How deep within an element that is left out."""
        self._row = 0
        self._formats: set[str] = set()
        """Numbers of the formats that the part declares itself."""
        self._has_sheet = False

    def read(self, data: bytes) -> Element | None:
        """The root with what is kept of it; None for a part that is not read, or no XML."""
        parser = expat.ParserCreate(namespace_separator="}")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self._declared
        parser.StartElementHandler = self._begun
        parser.EndElementHandler = self._ended
        parser.CharacterDataHandler = self._said
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

    def _declared(self, *_: object) -> NoReturn:
        raise ValueError("a workbook declares no entities")

    def _begun(self, name: str, attributes: dict[str, str]) -> None:
        self._seen.elements += 1
        if self._seen.elements > ELEMENTS_READ:
            raise ValueError("more elements than a group of persons has")
        plain = _local(name)
        if self._skipped or not self._is_needed(plain):
            self._skipped += 1
            return
        wanted = {key: value for key, value in attributes.items() if _local(key) in KEPT[plain]}
        if any(len(value) > ATTRIBUTE_READ for value in wanted.values()):
            raise ValueError("an attribute that is longer than any")
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
        self._seen.formats += plain not in CELLS
        if self._seen.formats > FORMATS_READ:
            raise ValueError("more formats than a workbook needs")
        return True

    def _next_row(self, number: float) -> None:
        """Rows come in their order: openpyxl would pass over one that does not."""
        if not self._row < number <= ROWS_READ:
            raise ValueError("rows in disorder")
        self._row = int(number)

    def _ended(self, name: str) -> None:
        if self._skipped:
            self._skipped -= 1
        else:
            self._kept.end(_tag(name))

    def _said(self, text: str) -> None:
        if not self._skipped:
            self._kept.data(text)


def _local(name: str) -> str:
    """An XML name without its namespace."""
    return name.rpartition("}")[2]


def _tag(name: str) -> str:
    """An XML name as ElementTree writes it."""
    return f"{{{name}" if "}" in name else name
