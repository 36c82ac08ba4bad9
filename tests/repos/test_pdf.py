"""Printed documents: what is in them can be read back, and nothing is lost at the end of a line or a page."""

import io
import subprocess
import sys
from typing import Any

import pytest
from pypdf import PdfReader

from chalicelib.repos.files import pdf
from chalicelib.rules.files.documents import Document, Grid, Heading, Paragraph

REASON = "赴有关经济体洽谈业务，并参加展会（Exhibition, Singapore）。"


def read(document):
    """The texts of the pages of a printed document, without spaces and ends of lines."""
    pages = PdfReader(io.BytesIO(pdf.rendered(document))).pages
    return ["".join(page.extract_text().split()) for page in pages]


def test_chinese_latin_and_rare_characters_are_read_back():
    number, text = Heading("人员1：APEC20261121000001-01"), Paragraph("测试甲 ZHANG SAN·龘𠮷é（“引号”）\n第二行")
    [page] = read(Document("APEC商务旅行卡申请表", [number, text]))
    assert page == "APEC商务旅行卡申请表人员1：APEC20261121000001-01测试甲ZHANGSAN·龘𠮷é（“引号”）第二行第1页，共1页"


def test_the_font_is_named_and_not_embedded_and_the_title_is_that_of_the_document():
    reader = PdfReader(io.BytesIO(pdf.rendered(Document("申请回执", [Paragraph("测试甲")]))))
    page: Any = reader.pages[0]
    font = page["/Resources"]["/Font"]["/F1"]
    assert (font["/Encoding"], font["/DescendantFonts"][0]["/BaseFont"]) == ("/UniGB-UTF16-H", "/STSong-Light")
    assert not [name for name in font["/DescendantFonts"][0]["/FontDescriptor"] if name.startswith("/FontFile")]
    assert reader.metadata
    assert reader.metadata.title == "申请回执"


def test_a_long_table_continues_on_further_pages_below_its_header():
    rows = [[str(row), f"APEC20261121000001-{row:02d}", "测试甲"] for row in range(1, 91)]
    pages = read(Document("人员名单", [Grid([1, 4, 3], rows, ["序号", "人员申请单号", "姓名"])]))
    assert len(pages) == 3
    assert all("序号人员申请单号姓名" in page for page in pages)
    assert "".join(pages).count("测试甲") == 90
    assert [page[-7:] for page in pages] == [f"第{number}页，共3页" for number in (1, 2, 3)]


def test_no_character_is_lost_where_a_line_a_cell_or_a_page_ends():
    [page] = read(Document("申请表", [Grid([3, 7, 3, 7], [["申请事由", REASON * 12]])]))
    assert page == "".join(f"申请表申请事由{REASON * 12}第1页，共1页".split())
    long = "".join(chr(0x4E00 + number) for number in range(3000))
    pages = read(Document("申请表", [Grid([1, 1], [["", long]])]))
    assert len(pages) == 4
    assert "".join(page.removeprefix("申请表")[:-7] for page in pages) == long


@pytest.mark.parametrize("width", [40, 100, 483])
def test_lines_are_no_wider_than_their_place_and_keep_punctuation_where_it_belongs(width):
    lines = pdf._lines(REASON * 5, width)
    assert "".join(lines) == REASON * 5
    assert all(pdf._width(line, pdf.SIZE) <= width for line in lines)
    if width > 100:
        assert not [line for line in lines if line[0] in pdf.NOT_FIRST or line[-1] in pdf.NOT_LAST]


def test_the_same_document_has_the_same_bytes():
    document = Document("回执", [Paragraph(REASON)])
    assert pdf.rendered(document) == pdf.rendered(document)


def test_the_library_is_not_loaded_before_a_letter_is_printed():
    program = "import sys, chalicelib.repos.files.pdf; print('pydyf' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
