"""Writes documents as PDF on A4 pages, in a Chinese font that viewers bring along (docs/decisions/0055).

The font is named, not embedded: STSong-Light of the collection Adobe-GB1, which viewers replace by a font of their own.
Text is stored as UTF-16, so that it can be searched and copied.
"""

import io
import re
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING

from chalicelib.rules.files.documents import Document, Grid, Heading, Paragraph, SquareCode

if TYPE_CHECKING:
    import pydyf

WIDTH, HEIGHT = 595.28, 841.89
"""A4 in points, as all lengths here."""
MARGIN = 56.0
INSIDE = WIDTH - 2 * MARGIN
SIZE, LINE = 10.5, 16.0
"""Height of the letters, and of a line of text."""
TITLE, HEADING, FOOTER = 17.0, 12.0, 8.5
"""Heights of other letters."""
PADDING = 4.0
"""Between the text of a cell and its lines."""
LINES_OF_A_CELL = int((HEIGHT - 2 * MARGIN - 3 * LINE) // LINE)
"""Lines that one row of a grid has at most on a page; a longer row goes on in a row of the next page."""

LATIN = (
    207, 270, 342, 467, 462, 797, 710, 239, 374, 374, 423, 605, 238, 375, 238, 334, 462, 462, 462, 462, 462, 462, 462,
    462, 462, 462, 238, 238, 605, 605, 605, 344, 748, 684, 560, 695, 739, 563, 511, 729, 793, 318, 312, 666, 526, 896,
    758, 772, 544, 772, 628, 465, 607, 753, 711, 972, 647, 620, 607, 374, 333, 374, 606, 500, 239, 417, 503, 427, 529,
    415, 264, 444, 518, 241, 230, 495, 228, 793, 527, 524, 524, 504, 338, 336, 277, 517, 450, 652, 466, 452, 407, 370,
    258, 370, 605,
)  # fmt: skip
"""Widths of the characters from space to tilde, in thousandths of the height; every other one is 1,000 wide."""

NOT_FIRST, NOT_LAST = "，。、；：！？）》】”’…,.;:!?)%", "（《【“‘"
WORDS = re.compile(rf"[{NOT_LAST}]*(?:[!-~]+|.)[{re.escape(NOT_FIRST)}]*", re.DOTALL)
"""What stays together on a line: a Latin word or a Chinese character, with the punctuation that belongs to it."""


def rendered(document: Document) -> bytes:
    """The document as PDF; the same bytes for the same document."""
    import pydyf  # imported late: only letters need it

    pages = _Pages()
    pages.add_line([(document.title, "center", MARGIN, INSIDE)], TITLE, TITLE * 2)
    for block in document.blocks:
        match block:
            case Heading():
                pages.add_line([(block.text, "left", MARGIN, INSIDE)], HEADING, HEADING * 2)
            case Paragraph():
                for line in _lines(block.text, INSIDE):
                    pages.add_line([(line, block.align, MARGIN, INSIDE)], SIZE, LINE)
                pages.add_space(LINE / 2)
            case Grid():
                pages.add_grid(block)
            case SquareCode():
                pages.add_code(block.text)
    pdf = pydyf.PDF()
    if document.signature:
        pdf.info[SIGNATURE] = pydyf.String(document.signature)
    return _written(pdf, pages.finished(), document.title)


SIGNATURE = "AbtcReceipt"
"""Name of the property of the file that has the signed text; it is written without compression."""
CODE, QUIET = 200.0, 4
"""Side of a QR code, and the modules around it that remain white."""


class _Pages:
    """Pages that are filled from the top."""

    def __init__(self) -> None:
        import pydyf

        self._new = pydyf.Stream
        self._pages: list[pydyf.Stream] = []
        self._y = 0.0

    def add_line(self, parts: Sequence[tuple[str, str, float, float]], size: float, height: float) -> None:
        """Add one line of texts, each with its alignment, left edge and width."""
        self._make_room(height)
        for text, align, left, width in parts:
            free = width - _width(text, size)
            offset = {"left": 0.0, "center": free / 2, "right": free}[align]
            self._show(text, left + offset, self._y - size, size)
        self._y -= height

    def add_space(self, height: float) -> None:
        """Leave space."""
        self._y -= height

    def add_grid(self, grid: Grid) -> None:
        """Add a table with lines, its header on each page."""
        edges = [MARGIN + INSIDE * share / sum(grid.widths) for share in accumulate(grid.widths, initial=0)]
        if grid.header:
            self._add_row(grid.header, edges, grid.header)
        for row in grid.rows:
            self._add_row(row, edges, grid.header)
        self.add_space(LINE)

    def add_code(self, text: str) -> None:
        """Add a QR code in the middle of the line."""
        import qrcode

        code = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_M, border=0)
        code.add_data(text, optimize=0)
        code.make()
        modules = code.get_matrix()
        side = CODE / (len(modules) + 2 * QUIET)
        self._make_room(CODE)
        left, top = (WIDTH - CODE) / 2 + QUIET * side, self._y - QUIET * side
        for row, line in enumerate(modules, start=1):
            for column, is_dark in enumerate(line):
                if is_dark:
                    self._pages[-1].rectangle(left + column * side, top - row * side, side, side)
        self._pages[-1].fill()
        self._y -= CODE

    def _add_row(self, row: Sequence[str], edges: Sequence[float], header: Sequence[str]) -> None:
        lefts = edges[: len(row)]
        rights = [*edges[1 : len(row)], edges[-1]]
        cells = [_lines(text, right - left - 2 * PADDING) for text, left, right in zip(row, lefts, rights, strict=True)]
        for first in range(0, max(map(len, cells)), LINES_OF_A_CELL):
            shown = [lines[first : first + LINES_OF_A_CELL] for lines in cells]
            height = LINE * max(map(len, shown)) + PADDING
            if self._make_room(height) and header and row is not header:
                self._add_row(header, edges, header)
            for lines, left, right in zip(shown, lefts, rights, strict=True):
                self._draw_cell(lines, left, right - left, height)
            self._y -= height

    def _draw_cell(self, lines: Sequence[str], left: float, width: float, height: float) -> None:
        page = self._pages[-1]
        page.rectangle(left, self._y - height, width, height)
        page.stroke()
        for number, line in enumerate(lines):
            self._show(line, left + PADDING, self._y - PADDING - SIZE - number * LINE, SIZE)

    def _make_room(self, height: float) -> bool:
        """Begin a page if the height does not fit on the present one; whether one was begun."""
        if self._pages and self._y - height >= MARGIN:
            return False
        self._pages.append(self._new(compress=True))
        self._pages[-1].set_line_width(0.5)
        self._y = HEIGHT - MARGIN
        return True

    def _show(self, text: str, x: float, y: float, size: float) -> None:
        _show(self._pages[-1], text, x, y, size)

    def finished(self) -> "list[pydyf.Stream]":
        """The pages with their numbers."""
        for number, page in enumerate(self._pages, start=1):
            text = f"第{number}页，共{len(self._pages)}页"
            _show(page, text, (WIDTH - _width(text, FOOTER)) / 2, MARGIN / 2, FOOTER)
        return self._pages


def _show(page: "pydyf.Stream", text: str, x: float, y: float, size: float) -> None:
    page.begin_text()
    page.set_font_size("F1", size)
    page.set_text_matrix(1, 0, 0, 1, round(x, 2), round(y, 2))
    page.show_text(f"<{_code(text)}>")
    page.end_text()


def _code(text: str) -> str:
    return text.encode("utf-16-be", "replace").hex()


def _width(text: str, size: float) -> float:
    return sum(LATIN[ord(char) - 0x20] if " " <= char <= "~" else 1000 for char in text) * size / 1000


def _lines(text: str, width: float) -> list[str]:
    """The text in lines of at most this width."""
    return [line for paragraph in text.split("\n") for line in _broken(paragraph, width)]


def _broken(text: str, width: float) -> Iterator[str]:
    line = ""
    for word in WORDS.findall(text):
        for piece in [word] if _width(word, SIZE) <= width else word:
            if line and _width(line + piece, SIZE) > width:
                yield line
                line = ""
            line += piece
    yield line


def _written(pdf: "pydyf.PDF", pages: "list[pydyf.Stream]", title: str) -> bytes:
    import pydyf

    font = _font_added(pdf)
    for content in pages:
        pdf.add_object(content)
        pdf.add_page(
            pydyf.Dictionary(
                {
                    "Type": "/Page",
                    "Parent": pdf.pages.reference,
                    "MediaBox": pydyf.Array([0, 0, WIDTH, HEIGHT]),
                    "Contents": content.reference,
                    "Resources": pydyf.Dictionary({"Font": pydyf.Dictionary({"F1": font.reference})}),
                }
            )
        )
    pdf.info["Title"] = pydyf.String(title)
    pdf.catalog["Lang"] = pydyf.String("zh-CN")
    file = io.BytesIO()
    pdf.write(file)
    return file.getvalue()


def _font_added(pdf: "pydyf.PDF") -> "pydyf.Object":
    """STSong-Light by name, for text in UTF-16; widths and metrics are those of the collection Adobe-GB1."""
    import pydyf

    descriptor = pydyf.Dictionary(
        {
            "Type": "/FontDescriptor",
            "FontName": "/STSong-Light",
            "Flags": 6,
            "FontBBox": pydyf.Array([-25, -254, 1000, 880]),
            "ItalicAngle": 0,
            "Ascent": 752,
            "Descent": -271,
            "CapHeight": 737,
            "StemV": 58,
        }
    )
    pdf.add_object(descriptor)
    system = {"Registry": pydyf.String("Adobe"), "Ordering": pydyf.String("GB1"), "Supplement": 4}
    glyphs = pydyf.Dictionary(
        {
            "Type": "/Font",
            "Subtype": "/CIDFontType0",
            "BaseFont": "/STSong-Light",
            "CIDSystemInfo": pydyf.Dictionary(system),
            "FontDescriptor": descriptor.reference,
            "DW": 1000,
            "W": pydyf.Array([1, pydyf.Array(LATIN)]),
        }
    )
    pdf.add_object(glyphs)
    font = pydyf.Dictionary(
        {
            "Type": "/Font",
            "Subtype": "/Type0",
            "BaseFont": "/STSong-Light-UniGB-UTF16-H",
            "Encoding": "/UniGB-UTF16-H",
            "DescendantFonts": pydyf.Array([glyphs.reference]),
        }
    )
    pdf.add_object(font)
    return font
