"""批量导入人员: the completed template, row and column of every error, and files that are not workbooks."""

import io
import zipfile
from datetime import date, datetime, time
from urllib.parse import unquote

import pytest
from openpyxl import Workbook, load_workbook

from testing import people
from testing.world import PDF, storage

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
KIND = "persons_workbook"
HEADER = [
    "姓名",
    "姓（拼音）",
    "名（拼音）",
    "性别",
    "出生日期",
    "身份证号",
    "护照种类",
    "护照号",
    "护照签发日期",
    "护照有效期至",
    "护照签发地",
    "职务",
    "职务（英文）",
    "手机号",
    "邮箱",
    "是否首次申办",
    "原卡卡号",
    "原卡有效期",
]
COLUMNS = [
    "name",
    "surname_pinyin",
    "given_name_pinyin",
    "sex",
    "birth_date",
    "id_number",
    "passport_kind",
    "passport_number",
    "passport_issued_on",
    "passport_expires_on",
    "passport_place",
    "title",
    "title_en",
    "phone",
    "email",
    "first_time",
    "previous_card_number",
    "previous_card_expires_on",
]


@pytest.fixture(scope="module")
def template(portal, owner):
    """The downloaded template."""
    reply = owner.ok("GET", "/persons/import-template")
    return storage.get(reply["url"]).content


def line(**changes):
    """A person's cells as people type them."""
    person = people.person(sex="男", passport_kind="普通护照", first_time="是") | changes
    return [person.get(name) for name in COLUMNS]


def filled(template, lines):
    """The template with these rows below its header."""
    book = load_workbook(io.BytesIO(template))
    page = book.worksheets[0]
    for row, cells in enumerate(lines, start=2):
        for column, value in enumerate(cells, start=1):
            page.cell(row, column).value = value
    return saved(book)


def saved(book):
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def read(world, user, content):
    """The reply to the import of an uploaded workbook."""
    attachment = world.attach(user, KIND, content, XLSX)
    return user("POST", "/persons/import", {"attachment_id": attachment})


# The template


def test_the_template_is_a_workbook_with_a_column_for_every_field(world, owner, template):
    reply = owner.ok("GET", "/persons/import-template")
    assert (reply["filename"], reply["expires_at"]) == ("人员导入模板.xlsx", "2026-11-21T04:40:00.000Z")
    disposition = storage.get(reply["url"]).headers["content-disposition"]
    assert unquote(disposition).endswith("人员导入模板.xlsx")
    page = load_workbook(io.BytesIO(template)).worksheets[0]
    assert [cell.value for cell in page[1]] == HEADER
    assert {cell.number_format for row in page["A2:R91"] for cell in row} == {"@"}


def test_the_template_offers_the_words_of_choices_tells_the_form_of_days_and_protects_its_header(template):
    page = load_workbook(io.BytesIO(template)).worksheets[0]
    rules = {str(rule.sqref): rule for rule in page.data_validations.dataValidation}
    assert {place: rule.formula1 for place, rule in rules.items() if rule.formula1} == {
        "D2:D91": '"男,女"',
        "G2:G91": '"普通护照,公务普通护照,公务护照"',
        "P2:P91": '"是,否"',
    }
    days = {place for place, rule in rules.items() if rule.prompt == "请按年-月-日填写，例如2024-01-05。"}
    assert days == {"E2:E91", "I2:I91", "J2:J91", "R2:R91"}
    assert page.protection.sheet
    assert {cell.protection.locked for cell in page[1]} == {True}
    assert {cell.protection.locked for row in page["A2:R91"] for cell in row} == {False}


@pytest.mark.parametrize(
    ("field", "typed", "message"),
    [
        ("sex", "先生", "性别：请填写：男、女。"),
        ("passport_kind", "外交护照", "护照种类：请填写：普通护照、公务普通护照、公务护照。"),
        ("first_time", "也许", "是否首次申办：请填写：是、否。"),
    ],
)
def test_messages_name_the_words_of_the_sheet(world, owner, template, field, typed, message):
    reply = read(world, owner, filled(template, [line(**{field: typed})])).body
    assert message in [error["message"] for error in reply["errors"]]
    assert not any(code in error["message"] for error in reply["errors"] for code in ("male", "ordinary"))


def without_verdicts(world):
    """The table without what is stored about the upload itself: its verdict and its bytes in the quota of the day."""
    return {
        (pk, sk): item
        for (pk, sk), item in world.table().items()
        if not pk.startswith("FILE#") and not sk.endswith("#upload_bytes")
    }


def test_persons_of_a_completed_template_can_be_saved_in_a_draft(world, owner, template):
    second = line(name="测试乙", first_time="否", previous_card_number="CN-1", previous_card_expires_on="2027-01-01")
    first = line(title_en="Sales manager")
    before = without_verdicts(world)
    reply = read(world, owner, filled(template, [first, second]))
    assert (reply.status, reply.body["errors"]) == (200, [])
    assert without_verdicts(world) == before
    names = [
        (person["name"], person["first_time"], person.get("previous_card_number")) for person in reply.body["persons"]
    ]
    assert names == [("测试甲", True, None), ("测试乙", False, "CN-1")]
    assert reply.body["persons"][0]["passport_number"] == first[7]
    draft = owner.ok("POST", "/drafts", {"group_name": "导入", "persons": reply.body["persons"]})
    assert owner.ok("GET", f"/drafts/{draft['id']}")["content"]["persons"][1]["title"] == "销售部经理"


def test_persons_of_a_template_can_be_submitted_after_their_files_are_uploaded(world, owner, template):
    persons = read(world, owner, filled(template, [line(), line()])).body["persons"]
    files = world.attachments(owner, "person")
    content = world.content(owner) | {"persons": [person | {"attachments": files} for person in persons]}
    assert owner.ok("POST", "/applications", {"content": content})["person_count"] == 2


def test_dates_and_numbers_reformatted_by_a_spreadsheet_are_read(world, owner):
    person = line()
    person[4], person[8] = date(1900, 1, 1), date(2024, 1, 1)
    person[9] = datetime.combine(date(2034, 1, 1), time(12, 30))
    person[13] = 13800000000
    book = Workbook()
    book.worksheets[0].append(HEADER)
    book.worksheets[0].append(person)
    reply = read(world, owner, saved(book)).body
    (found,) = reply["persons"]
    assert (found["phone"], found["passport_issued_on"], found["passport_expires_on"]) == (
        "13800000000",
        "2024-01-01",
        "2034-01-01",
    )


# Errors


def test_every_error_names_its_row_and_column(world, owner, template):
    wrong = line(phone="138", title="x", passport_number="K12345678")
    reply = read(world, owner, filled(template, [line(), wrong, line(name=None), line(first_time="否")])).body
    assert len(reply["persons"]) == 4
    errors = {(error["row"], error["column"]): error["message"] for error in reply["errors"]}
    assert set(errors) == {(3, "手机号"), (3, "职务"), (3, "护照号"), (4, "姓名"), (5, "")}
    assert errors[3, "手机号"].startswith("手机号：")
    paths = {(error["row"], error["column"]): error["field"] for error in reply["errors"]}
    assert (paths[3, "手机号"], paths[4, "姓名"]) == ("persons.1.phone", "persons.2.name")
    assert str(paths[5, ""]).startswith("persons.3")
    assert errors[4, "姓名"].startswith("姓名：")
    assert reply["persons"][1]["phone"] == "138"


def test_empty_rows_are_skipped_without_renumbering_the_others(world, owner, template):
    blank = [None] * len(COLUMNS)
    reply = read(world, owner, filled(template, [blank, line(), blank, line(email="nobody")])).body
    assert len(reply["persons"]) == 2
    assert [(error["row"], error["column"]) for error in reply["errors"]] == [(5, "邮箱")]


def test_errors_are_in_english_on_request(world, owner, template):
    attachment = world.attach(owner, KIND, filled(template, [line(phone="138")]), XLSX)
    (error,) = owner.ok("POST", "/persons/import", {"attachment_id": attachment}, Accept_Language="en")["errors"]
    assert all(ord(char) < 0x3000 for char in error["message"])


@pytest.mark.parametrize("count", [91, 150])
def test_more_than_90_persons_are_refused(world, owner, template, count):
    reply = read(world, owner, filled(template, [line() for _ in range(count)])).body
    assert len(reply["persons"]) == 90
    assert [error["row"] for error in reply["errors"]] == [92]


def test_an_empty_workbook_contains_no_persons(world, owner, template):
    assert read(world, owner, template).body == {"persons": [], "errors": []}


def test_persons_on_every_other_row_are_all_read(world, owner, template):
    blank = [None] * len(COLUMNS)
    lines = [cells for _ in range(60) for cells in (line(), blank)]
    reply = read(world, owner, filled(template, lines)).body
    assert (len(reply["persons"]), reply["errors"]) == (60, [])


@pytest.mark.parametrize("row", [150, 5000, 1_048_576])
def test_a_person_in_a_distant_row_is_read(world, owner, template, row):
    book = load_workbook(io.BytesIO(template))
    for column, value in enumerate(line(phone="138"), start=1):
        book.worksheets[0].cell(row, column).value = value
    reply = read(world, owner, saved(book)).body
    assert len(reply["persons"]) == 1
    assert [(error["row"], error["column"]) for error in reply["errors"]] == [(row, "手机号")]


def test_a_missing_header_is_reported_and_no_person_is_read_as_one(world, owner, template):
    book = load_workbook(io.BytesIO(filled(template, [line(), line()])))
    book.worksheets[0].delete_rows(1)
    reply = read(world, owner, saved(book)).body
    assert reply["persons"] == []
    assert [error["row"] for error in reply["errors"]] == [1] * 18
    assert reply["errors"][0]["message"] == "姓名：第1行A列的标题须为“姓名”，请使用导入模板填写。"


def test_swapped_columns_are_reported(world, owner, template):
    book = load_workbook(io.BytesIO(filled(template, [line()])))
    for row in (1, 2):
        first, second = book.worksheets[0].cell(row, 8), book.worksheets[0].cell(row, 14)
        first.value, second.value = second.value, first.value
    reply = read(world, owner, saved(book)).body
    assert reply["persons"] == []
    assert [(error["row"], error["column"]) for error in reply["errors"]] == [(1, "护照号"), (1, "手机号")]


@pytest.mark.parametrize(
    "bad",
    [
        {"first_time": "也许"},
        {"first_time": 3},
        {"id_number": "4301**********0015"},
        {"birth_date": "****-**-**", "passport_number": "E*****001", "phone": "138****0000", "email": "*@e.example"},
        {"first_time": "否", "previous_card_number": "CHN*****"},
        {"name": "测\u202e试"},
        {"title": "长" * 600, "passport_place": "x" * 501},
    ],
)
def test_persons_with_invalid_cells_are_reported_and_can_be_saved_in_a_draft(world, owner, template, bad):
    reply = read(world, owner, filled(template, [line(), line(**bad)])).body
    assert len(reply["persons"]) == 2
    assert {error["row"] for error in reply["errors"]} == {3}
    assert {error["column"] for error in reply["errors"]} >= {HEADER[COLUMNS.index(name)] for name in bad} - {
        "是否首次申办"
    }
    draft = owner("POST", "/drafts", {"persons": reply["persons"]})
    assert draft.status == 201
    owner.ok("DELETE", f"/drafts/{draft.body['id']}")


def test_a_boolean_cell_is_read_as_first_time_or_renewal(world, owner, template):
    reply = read(world, owner, filled(template, [line(first_time=True)])).body
    assert (reply["persons"][0]["first_time"], reply["errors"]) == (True, [])


def test_an_id_from_a_number_cell_is_never_taken(world, owner, template):
    """Excel keeps 15 digits: of such numbers some become another person's valid number."""
    reply = read(world, owner, filled(template, [line(id_number=430102190001010015)])).body
    assert reply["persons"][0]["id_number"] is None
    (error,) = reply["errors"]
    assert (error["row"], error["column"], error["field"]) == (2, "身份证号", "persons.0.id_number")
    assert error["message"] == "身份证号：电子表格只保留数字的前15位。请将该单元格设为文本格式，再重新输入完整号码。"


def test_a_cell_that_shows_an_error_is_told_and_not_taken(world, owner, template):
    book = load_workbook(io.BytesIO(filled(template, [line()])))
    book.worksheets[0]["L2"].value, book.worksheets[0]["L2"].data_type = "#N/A", "e"
    reply = read(world, owner, saved(book)).body
    assert reply["persons"][0]["title"] is None
    messages = [(error["column"], error["message"]) for error in reply["errors"]]
    assert messages == [("职务", "职务：单元格显示错误“#N/A”，请填写实际内容。")]


# Files that are not workbooks


@pytest.mark.parametrize(
    ("stream", "code", "advice"),
    [("EncryptedPackage", "WORKBOOK_PASSWORD", "取消密码"), ("Workbook", "WORKBOOK_OLD", "另存为")],
)
def test_a_workbook_with_a_password_or_of_excel_97_is_told_what_to_do(world, owner, stream, code, advice):
    content = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(1_024) + stream.encode("utf-16-le") + bytes(1_024)
    answer = read(world, owner, content)
    assert (answer.status, answer.fields) == (422, {"attachment_id": code})
    assert advice in answer.body["errors"][0]["message"]


def archive(**parts):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in parts.items():
            made.writestr(name, content)
    return buffer.getvalue()


def overwritten(template, at):
    return template[:at] + bytes(80) + template[at + 80 :]


def altered(template, name, change):
    """The template with one of its parts changed."""
    with zipfile.ZipFile(io.BytesIO(template)) as whole:
        parts = {part: whole.read(part) for part in whole.namelist()}
    parts[name] = change(parts[name])
    return archive(**parts)


def with_row(template, cells):
    """The template with an additional row of raw cells."""
    row = b'<row r="95">' + cells + b"</row></sheetData>"
    return altered(template, SHEET, lambda xml: xml.replace(b"</sheetData>", row))


SHEET, BOOK = "xl/worksheets/sheet1.xml", "xl/workbook.xml"
LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 20) for n in range(8))
    + b"]><x>&i;</x>"
)

NOT_WORKBOOKS = {
    "a PDF": lambda template: PDF,
    "an empty zip": lambda template: archive(),
    "a zip of other files": lambda template: archive(**{"readme.txt": "x"}),
    "half a workbook": lambda template: template[: len(template) // 2],
    "a sheet with bytes changed": lambda template: overwritten(template, template.index(SHEET.encode()) + 100),
    "a sheet that is not XML": lambda template: altered(template, SHEET, lambda _: b"<worksheet><row>"),
    "a workbook without sheets": lambda template: altered(template, BOOK, lambda _: b"<workbook/>"),
    "a missing shared text": lambda template: with_row(template, b'<c r="A95" t="s"><v>99</v></c>'),
    "an invalid date": lambda template: with_row(template, b'<c r="A95" t="d"><v>2026-02-30</v></c>'),
    "an invalid number": lambda template: with_row(template, b'<c r="A95" t="n"><v>x</v></c>'),
    "a cell without a reference": lambda template: with_row(template, b'<c r="?"><v>1</v></c>'),
    "nested entities": lambda template: altered(template, SHEET, lambda _: LAUGHS),
    "a bomb of styles": lambda template: altered(template, "xl/styles.xml", lambda xml: xml + b"<xf/>" * 900_000),
    "a zip bomb": lambda template: altered(template, SHEET, lambda xml: xml + b" " * 60_000_000),
}


@pytest.mark.parametrize("what", NOT_WORKBOOKS)
def test_a_file_that_is_not_a_workbook_is_refused(world, owner, template, what):
    content = NOT_WORKBOOKS[what](template)
    assert len(content) < 200_000
    before = without_verdicts(world)
    answer = read(world, owner, content)
    assert (answer.status, answer.fields) == (422, {"attachment_id": "ATTACHMENT_CONTENT"})
    assert without_verdicts(world) == before


def test_only_an_upload_of_the_own_enterprise_is_read(world, owner, template):
    own = world.attach(owner, KIND, filled(template, [line()]), XLSX)
    photo = world.attach(owner, "passport_page")
    form = {"kind": KIND, "filename": "x.xlsx", "content_type": XLSX, "size": 100}
    declared = owner.ok("POST", "/attachments", form)["id"]
    stranger = world.enterprise()
    for user, attachment, code in (
        (stranger, own, "ATTACHMENT"),
        (owner, photo, "ATTACHMENT"),
        (owner, "unknown", "ATTACHMENT"),
        (owner, own[:-1] + ("0" if own[-1] != "0" else "1"), "ATTACHMENT"),
        (owner, declared, "ATTACHMENT_NOT_UPLOADED"),
    ):
        answer = user("POST", "/persons/import", {"attachment_id": attachment})
        assert (answer.status, answer.fields) == (422, {"attachment_id": code})
    assert world.agent(owner, scope="own")("POST", "/persons/import", {"attachment_id": own}).status == 200
    assert world.desk("fao-hunan")("POST", "/persons/import", {"attachment_id": own}).code == "FORBIDDEN"
