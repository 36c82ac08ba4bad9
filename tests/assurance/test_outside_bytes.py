"""Fuzzed input: each parser accepts it or refuses it with its documented error.

Workbooks, pictures, assertions of the licence platform, cursors, numbers, SNS events, and arbitrary JSON.
"""

import io
import json
import random
import struct
import tracemalloc
import zipfile
from collections import Counter
from xml.etree import ElementTree

import jwt
import openpyxl
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from PIL import Image
from pydantic import ValidationError

from chalicelib.repos.accounts import tickets
from chalicelib.repos.files import uploaded_workbook
from chalicelib.repos.keys import cursors
from chalicelib.rules.applications import person_import
from chalicelib.rules.base import limits
from chalicelib.rules.base.errors import AssertionRefused, Invalid, Malformed
from chalicelib.rules.base.numbers import is_application_number, is_person_number
from chalicelib.rules.files import images
from chalicelib.rules.files.images import JPEG, PNG, PNG_SIGNATURE, Unreadable
from chalicelib.rules.forms.content import DraftContent
from chalicelib.rules.notices import mail_feedback
from testing import people
from testing.world import PLATFORM
from tests.support.assurance import rounds
from tests.support.submissions import TODAY, account

pytestmark = pytest.mark.assurance
fuzzed = settings(
    max_examples=rounds(30, 3000),
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


# Workbooks

METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
SHEET = "xl/worksheets/sheet1.xml"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
WORKSHEET = f'<worksheet xmlns="{MAIN}"><sheetData>{{}}</sheetData></worksheet>'


def filled_in():
    book = openpyxl.Workbook()
    book.worksheets[0].append(person_import.headers())
    person = people.person()
    book.worksheets[0].append([str(person.get(name, "")) for name in person_import.COLUMNS])
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


BOOK = filled_in()


def packed(method=zipfile.ZIP_DEFLATED, **changed):
    """The workbook with fuzzed parts replaced."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(BOOK)) as old, zipfile.ZipFile(buffer, "w", method) as new:
        for name in old.namelist():
            new.writestr(name, changed.get(name, old.read(name)))
    return buffer.getvalue()


def read(content):
    """Import a file; return True if the import refuses it."""
    try:
        rows = uploaded_workbook.rows(content)
    except Invalid as refused:
        assert [(error.field, error.code) for error in refused.errors] == [  # noqa: PT017  both outcomes are right
            ("attachment_id", "ATTACHMENT_CONTENT")
        ]
        return True
    persons, errors = person_import.read(rows, TODAY)
    json.dumps([persons, [repr(error) for error in errors]])
    return False


def test_an_unchanged_workbook_is_read():
    assert not read(packed(zipfile.ZIP_STORED))
    assert not read(packed(zipfile.ZIP_DEFLATED))


@pytest.mark.parametrize("method", METHODS)
def test_a_damaged_workbook_is_refused_or_read(method):
    content, dice = packed(method), random.Random(method)
    for _ in range(rounds(60, 5000)):
        damaged = bytearray(content)
        for _ in range(dice.randint(1, 4)):
            damaged[dice.randrange(len(damaged))] = dice.randrange(256)
        read(bytes(damaged[: dice.choice((len(damaged), dice.randrange(len(damaged))))]))


@fuzzed
@given(st.binary(max_size=300) | st.binary(max_size=300).map(lambda end: b"PK\x03\x04" + end))
def test_bytes_that_are_not_a_workbook_are_refused(content):
    assert read(content)


CELL = st.builds(
    '<c r="{}" t="{}" s="{}">{}</c>'.format,
    st.sampled_from(["A2", "B2", "ZZZZZZ2", "A-5", "2A", "", "A1048577", "$A$2"]),
    st.sampled_from(["n", "s", "str", "inlineStr", "b", "e", "d", "zz", ""]),
    st.sampled_from(["0", "1", "9999", "-1", "x"]),
    st.sampled_from(["<v>{}</v>", "<is><t>{}</t></is>", "<f>{}</f>", "<f>1</f><v>{}</v>", "{}"]).flatmap(
        lambda shape: st.sampled_from(
            [
                "1",
                "-1",
                "1e308",
                "1e999",
                "nan",
                "9" * 400,
                "9" * 5000,
                "2026-11-21",
                "45000",
                "-700000",
                "TRUE",
                "#REF!",
            ]
        ).map(shape.format)
    ),
)
ROW = st.builds(
    '<row r="{}">{}</row>'.format,
    st.sampled_from(["1", "2", "3", "0", "-5", "1048576", "99999999999999999999", "x", ""]),
    st.lists(CELL, max_size=4).map("".join),
)
BEHIND = st.sampled_from(
    ["", '<mergeCells count="1"><mergeCell ref="A1:XFD1048576"/></mergeCells>', "<x/>", "</wrong>"]
)


@fuzzed
@given(st.lists(ROW, max_size=4).map("".join), BEHIND, st.sampled_from(["A1", "A1:XFD1048576", "x"]))
def test_a_sheet_with_arbitrary_cells_is_refused_or_read(rows, behind, dimension):
    sheet = WORKSHEET.format(rows).replace("<sheetData>", f'<dimension ref="{dimension}"/><sheetData>')
    read(packed(**{SHEET: sheet.replace("</sheetData>", f"</sheetData>{behind}").encode()}))


def test_a_workbook_that_unpacks_to_gigabytes_is_refused_by_its_declared_sizes():
    """The file has at most 5 MiB, and none of it is decompressed."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open(SHEET, "w", force_zip64=True) as part,
    ):
        for _ in range(rounds(64, 5120)):
            part.write(bytes(1024 * 1024))
    content = buffer.getvalue()
    assert len(content) < limits.FILE_BYTES + 1024 * 1024
    assert most_memory(content) < len(content) + 1024 * 1024


def test_a_workbook_with_false_sizes_is_read_up_to_its_declared_sizes_only():
    content = bytearray(packed(**{SHEET: b" " * 50_000_000}))
    honest, lie = struct.pack("<I", 50_000_000), struct.pack("<I", 1000)
    assert content.count(honest) == 2, "in the part's own header and in the directory"
    assert most_memory(bytes(content.replace(honest, lie))) < 4_000_000


@pytest.mark.parametrize("part", [SHEET, "xl/workbook.xml", "[Content_Types].xml", "xl/styles.xml", "_rels/.rels"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_xml_entities_that_expand_to_hundreds_of_megabytes_are_refused_before_parsing(part, encoding):
    """100 KB that would expand a hundredfold within the limit of the XML parser itself."""
    document = (
        f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE x [<!ENTITY a "{"y" * 100_000}">]>'
        + WORKSHEET.format(f'<row r="2"><c r="A2" t="inlineStr"><is><t>{"&a;" * 900}</t></is></c></row>')
    )
    assert most_memory(packed(**{part: document.encode(encoding)})) < 10_000_000


STYLES = (
    '<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    '<numFmts><numFmt numFmtId="200" formatCode="{}"/></numFmts><cellXfs>{}</cellXfs></styleSheet>'
)


def styles(code, formats):
    return {"xl/styles.xml": STYLES.format(code, '<xf numFmtId="200"/>' * formats).encode()}


def test_a_number_format_longer_than_in_excel_is_refused_and_the_longest_is_read():
    assert read(packed(**styles("[" * 200_000, 1)))
    assert read(packed(**styles("[" * 256, 1)))
    assert not read(packed(**styles("[" * 255, 1)))


def test_more_number_formats_than_the_limit_are_refused():
    assert not read(packed(**styles("0", uploaded_workbook.FORMATS_READ - 100)))
    assert read(packed(**styles("0", uploaded_workbook.FORMATS_READ + 1)))


@pytest.mark.parametrize("element", ["<c/>", "<x/>", "<row/>"])
def test_more_xml_elements_than_the_limit_are_refused(element):
    assert not read(packed(**{SHEET: WORKSHEET.format("<row>" + element * 9 + "</row>").encode()}))
    assert read(
        packed(**{SHEET: WORKSHEET.format("<row>" + element * uploaded_workbook.ELEMENTS_READ + "</row>").encode()})
    )


def test_elements_are_counted_over_all_parts_of_a_workbook():
    half = "<x/>" * (uploaded_workbook.ELEMENTS_READ // 2)
    one = {SHEET: WORKSHEET.format(half).encode()}
    assert not read(packed(**one))
    assert read(packed(**one, **{"xl/styles.xml": f"<styleSheet>{half}</styleSheet>".encode()}))


@pytest.mark.parametrize("number", [27, 31, 57])
def test_a_date_in_a_built_in_chinese_format_of_excel_is_read_as_a_date(number):
    styles = f'<styleSheet xmlns="{MAIN}"><cellXfs><xf numFmtId="0"/><xf numFmtId="{number}"/></cellXfs></styleSheet>'
    sheet = WORKSHEET.format('<row r="1"><c r="A1" s="1"><v>33000</v></c></row>')
    content = packed(**{"xl/styles.xml": styles.encode(), SHEET: sheet.encode()})
    assert str(uploaded_workbook.rows(content)[0][1][0]).startswith("1990-05-07")


def seen(content):
    """The number of elements of each name in the workbook that is passed to openpyxl."""
    with zipfile.ZipFile(uploaded_workbook._unpacked(content)) as cut:
        roots = [ElementTree.fromstring(cut.read(name)) for name in cut.namelist()]
    return Counter(element.tag.rpartition("}")[2] for root in roots for element in root.iter())


def test_names_headers_links_ranges_and_conditional_formats_are_removed_before_parsing():
    names = '<definedNames><definedName name="_xlnm.Print_Titles" localSheetId="0">' + "'" * 20_000
    book = (
        '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
        'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>'
        + '<sheet name="a" sheetId="1" r:id="rId1"/>' * 500
        + f"</sheets>{names}</definedName></definedNames></workbook>"
    )
    more = (
        f"<headerFooter><oddHeader>{'&amp;L&amp;C' * 9000}</oddHeader></headerFooter>"
        f'<conditionalFormatting sqref="{"A1 " * 9000}"/><hyperlinks><hyperlink ref="A1"/></hyperlinks>'
        '<mergeCells><mergeCell ref="A1:B2"/></mergeCells><cols><col min="1" max="2"/></cols><dimension ref="A1"/>'
    )
    sheet = WORKSHEET.replace("<sheetData>", more + "<sheetData>").format('<row r="1"><c r="A1"><v>1</v></c></row>')
    content = packed(**{"xl/workbook.xml": book.encode(), SHEET: sheet.encode()})
    found = seen(content)
    assert set(found) <= set(uploaded_workbook.KEPT)
    assert found["sheet"] == 1
    assert uploaded_workbook.rows(content)[0][1][0] == 1


@pytest.mark.parametrize(
    "numbers", [("5", "3"), ("2", "2"), ("0", "1"), ("1048577", "1048578"), ("-5", "1"), ("x", "y")]
)
def test_a_workbook_with_rows_that_would_be_skipped_is_refused(numbers):
    rows = "".join(f'<row r="{number}"><c><v>1</v></c></row>' for number in numbers)
    assert read(packed(**{SHEET: WORKSHEET.format(rows).encode()}))


def test_thousands_of_parts_are_refused_before_parsing():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for number in range(5000):
            archive.writestr(f"xl/{number}.xml", b"<x/>")
    assert read(buffer.getvalue())


def most_memory(content):
    """Peak memory in bytes while a file is refused."""
    tracemalloc.start()
    try:
        assert read(content)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


# Pictures


def picture(kind):
    buffer = io.BytesIO()
    Image.linear_gradient("L").resize((30, 40)).save(buffer, kind)
    return buffer.getvalue()


WHOLE = {JPEG: picture("JPEG"), PNG: picture("PNG")}


def inspect(content, content_type):
    """Inspect and clean a picture as a submission does."""
    try:
        width, height = images.size(content, content_type)
        assert width >= 0
        assert height >= 0
        cleaned = images.cleaned(content, content_type)
    except Unreadable:
        return
    assert len(cleaned) <= len(content) + 40, "only the orientation segment may be added"
    assert images.cleaned(cleaned, content_type) == cleaned


@fuzzed
@given(st.binary(max_size=200), st.sampled_from([JPEG, PNG]))
@example(struct.pack(">I", 4) + b"IHDR1234crc.", PNG)
@example(b"", PNG)
def test_bytes_behind_a_pictures_signature_are_a_picture_or_unreadable(content, content_type):
    inspect({JPEG: b"\xff\xd8", PNG: PNG_SIGNATURE}[content_type] + content, content_type)
    inspect(content, content_type)


@pytest.mark.parametrize("content_type", [JPEG, PNG])
def test_a_damaged_picture_is_a_picture_or_unreadable(content_type):
    whole, dice = WHOLE[content_type], random.Random(1)
    for _ in range(rounds(1000, 100_000)):
        damaged = bytearray(whole)
        for _ in range(dice.randint(1, 4)):
            # Mostly near the start, where the structure is.
            damaged[min(dice.randrange(len(damaged)), dice.randrange(len(damaged)))] = dice.randrange(256)
        inspect(bytes(damaged[: dice.choice((len(damaged), dice.randrange(len(damaged))))]), content_type)


# Assertions of the licence platform


def verified(assertion):
    try:
        tickets.verify(assertion)
    except AssertionRefused:
        return False
    return True


@fuzzed
@given(st.text() | st.text(alphabet="abcXYZ019-_.=").map(lambda text: f"{text}.e30.{text}"))
def test_text_that_is_not_an_assertion_is_refused(portal, text):
    assert not verified(text)


@fuzzed
@given(st.dictionaries(st.sampled_from(["alg", "kid", "typ", "crit", "b64", "jwk", "x5u", "zip"]), ANY_JSON), ANY_JSON)
def test_an_assertion_with_any_header_and_content_is_refused(portal, header, content):
    parts = (json.dumps(part, allow_nan=True).encode() for part in ({"alg": "EdDSA", "kid": "test", **header}, content))
    signing = ".".join(jwt.utils.base64url_encode(part).decode() for part in parts)
    signature = jwt.utils.base64url_encode(PLATFORM.key.sign(signing.encode())).decode()
    assert not verified(f"{signing}.{signature}")
    assert not verified(f"{signing}.")


LONE = "\ud800"
ODD = st.text(max_size=50) | st.integers() | st.none() | st.just(LONE) | st.just("x" * 500)
LICENSED = {"name": "测试企业", "uscc": "91430100MA4L00003Q", "legal_representative": "测试戊", "status": "active"}


@fuzzed
@given(
    st.dictionaries(
        st.sampled_from(["ticket", "nonce", "jti", "iat", "action", "purpose", "enterprise", "holder"]), ODD
    )
)
@example({"ticket": "x" * 3000})
@example({"ticket": LONE})
def test_a_signed_assertion_with_odd_claims_is_refused_over_http(world, claims):
    assertion = world.assertion(TICKET, world.elements(), "scan", **claims)
    answer = world.anybody("POST", "/elicence/callback", {"assertion": assertion})
    assert (answer.status, answer.code) == (401, "ASSERTION_REFUSED")


@pytest.mark.parametrize(
    "claims",
    [
        {"enterprise": {**LICENSED, "name": LONE}},
        {"holder": {"kind": "manager", "name": LONE}},
    ],
)
def test_a_confirmation_of_a_waiting_ticket_with_odd_names_is_refused(world, claims):
    ticket = world.anybody.ok("POST", "/elicence/tickets", {"purpose": "login"})
    answer = world.scan(ticket, world.elements(), "confirm", **claims)
    assert (answer.status, answer.code) == (401, "ASSERTION_REFUSED")


def test_a_refusal_names_a_limited_number_of_fields(world):
    def unknown(count):
        answer = world.anybody("POST", "/sessions", {f"k{number}": 0 for number in range(count)})
        return [error["code"] for error in answer.body["errors"] if error["code"] != "missing"]

    assert unknown(100) == ["extra_forbidden"] * 100
    assert unknown(limits.MAX_ERRORS + 1) == ["ERRORS_UNLISTED"]


@pytest.mark.parametrize("name", ["." * 5_000, "x" * 5_000, "persons.0." * 500])
def test_a_refusal_truncates_the_name_of_an_unknown_field(world, name):
    answer = world.anybody("POST", "/sessions", {name: 0})
    error = next(error for error in answer.body["errors"] if error["code"] == "extra_forbidden")
    assert error["field"] == name[:199] + "…"
    assert len(answer.raw) < 4000


TICKET = {"qr_content": "http://127.0.0.1/?ticket=t&nonce=n&purpose=login"}


# Cursors, numbers, names


@fuzzed
@given(st.text() | st.text(alphabet="abcXYZ019-_=") | st.binary().map(lambda raw: raw.hex()))
def test_text_that_is_not_a_cursor_is_malformed(portal, text):
    with pytest.raises(Malformed):
        cursors.read(account(), "list", None, text)


@fuzzed
@given(st.text() | st.from_regex(r"APEC\d{14}(-\d{2})?\n?"))
def test_what_has_the_form_of_a_number_is_ascii_and_of_its_length(text):
    assert not is_application_number(text) or (text.isascii() and len(text) == 18)
    assert not is_person_number(text) or (text.isascii() and len(text) == 21)


CELLS = st.none() | st.text() | st.integers() | st.floats() | st.booleans() | st.datetimes() | st.times()


@fuzzed
@given(st.lists(st.lists(CELLS | st.timedeltas(), max_size=20), max_size=4))
def test_arbitrary_rows_become_persons_and_errors_that_json_can_represent(rows):
    persons, errors = person_import.read([(1, person_import.headers()), *enumerate(rows, start=2)], TODAY)
    DraftContent.model_validate_json(json.dumps({"persons": persons}))
    assert all(2 <= error.row < len(rows) + 2 for error in errors)


# SNS events


@fuzzed
@given(st.text() | st.just("\ud800") | ANY_JSON.map(json.dumps) | st.just("[" * 100_000))
def test_a_message_that_is_not_mail_feedback_is_refused(text):
    try:
        mail_feedback.read(text)
    except ValidationError:
        return
    raise AssertionError(text)


ADDRESS = st.fixed_dictionaries({"emailAddress": st.text() | st.emails() | st.just("a <b@enterprise.example>, c")})


@fuzzed
@given(st.lists(ADDRESS, max_size=3), st.sampled_from(["Permanent", "Transient"]))
def test_feedback_on_any_address_names_addresses(recipients, kind):
    event = {"eventType": "Bounce", "bounce": {"bounceType": kind, "bouncedRecipients": recipients}}
    assert all("@" in address for address in mail_feedback.read(json.dumps(event)).addresses())


# JSON over HTTP

DEEP = b"[" * 50_000
ODD_JSON = {
    "deep lists": b'{"service": ' + DEEP + b"]" * 50_000 + b"}",
    "deep objects": b'{"service": ' * 20_000 + b"1" + b"}" * 20_000,
    "only opened": DEEP,
    "a huge number": b'{"service": "new_or_renewal", "limit": ' + b"9" * 100_000 + b"}",
    "a huge exponent": b'{"service": "new_or_renewal", "limit": 1e999999999}',
    "a lone surrogate": b'{"service": "new_or_renewal", "applicant": "\\ud800"}',
    "a surrogate in bytes": b'{"service": "new_or_renewal", "applicant": "\xed\xa0\x80"}',
    "NaN": b'{"service": "new_or_renewal", "limit": NaN}',
    "a byte order mark": b'\xef\xbb\xbf{"service": "new_or_renewal"}',
    "UTF-16": '{"service": "new_or_renewal"}'.encode("utf-16"),
    "two documents": b"{}{}",
    "a comment": b"{/**/}",
    "a duplicate key": b'{"service": "new_or_renewal", "service": 1}',
    "many keys": json.dumps({f"k{number}": 0 for number in range(50_000)}).encode(),
    "a number": b"1",
    "null": b"null",
}


@pytest.fixture(scope="module")
def owner(portal):
    return portal.enterprise()


@pytest.mark.parametrize("body", ODD_JSON.values(), ids=list(ODD_JSON))
def test_odd_json_is_refused_in_the_contracts_shape(owner, body):
    for method, path in (("POST", "/applications/search"), ("POST", "/drafts"), ("POST", "/sessions")):
        answer = owner(method, path, body)
        assert (answer.status, answer.code) in [(400, "MALFORMED"), (422, "INVALID")], (path, answer.raw[:300])


@fuzzed
@given(st.dictionaries(st.sampled_from(["group_name", "persons", "office", "pickup", "reason", "x"]), ANY_JSON))
def test_a_draft_with_arbitrary_content_is_saved_or_refused(owner, content):
    body = json.dumps(content).encode()
    answer = owner("POST", "/drafts", body)
    assert answer.status in (201, 400, 409, 422), answer.raw
    if answer.status == 201:
        owner.ok("DELETE", f"/drafts/{answer.body['id']}")
