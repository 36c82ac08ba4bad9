"""Workbooks that officers fill in and send back: answers of economies, card events, foreign numbers."""

import base64
import io
import uuid
from collections import Counter
from datetime import date, datetime, time

import pytest
from openpyxl import Workbook, load_workbook

from chalicelib.rules.accounts import quotas
from testing import people
from testing.follow_ups import CARD_END, SIXTEEN, applied, card, decided, economy, seen, waiting
from testing.world import PDF, storage
from tests.api.test_quotas import used
from tests.support import conflicts

TEMPLATE, IMPORT = "/office/workbooks/template", "/office/workbooks/import"
ANSWERS = ["人员申请单号", "姓名", "企业名称", "申请单状态", "经济体", "审批结果", "有效期至"]
CARDS = [*ANSWERS[:4], "状态版本", "制卡环节", "卡号", "有效期至", "事由"]
NUMBERS = [*ANSWERS[:4], "外方申请号"]


def template(officer, kind, **form):
    """The downloaded template, its rows without the header, and the reply."""
    reply = officer.ok("POST", TEMPLATE, {"kind": kind, **form})
    book = load_workbook(io.BytesIO(storage.get(reply["url"]).content))
    rows = [["" if cell is None else cell for cell in row] for row in book.worksheets[0].iter_rows(values_only=True)]
    assert sum(bool(row[0]) for row in rows[1:]) == reply["rows"]
    return book, [row for row in rows[1:] if row[0]], reply


def saved(book):
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def made(header, *rows):
    """A workbook of another program with these cells."""
    book = Workbook()
    for row in (header, *rows):
        book.worksheets[0].append(row)
    return saved(book)


def sent(officer, kind, content):
    form = {"kind": kind, "workbook": base64.b64encode(content).decode()}
    return officer("POST", IMPORT, form)


def imported(officer, kind, content):
    answer = sent(officer, kind, content)
    assert answer.status == 200, answer.raw.decode()
    return answer.body


def counts(reply):
    return reply["applied"], reply["unchanged"], reply["unfilled"], len(reply["failed"])


def of(user):
    return {"enterprise_id": user.account["enterprise_id"]}


# Answers of economies


def test_answers_are_filled_into_a_template_and_recorded(world, consular):
    owner = world.enterprise()
    number = world.approved(owner, persons=3)["number"]
    economy(world, f"{number}-03", "SGP")
    book, rows, reply = template(consular, "answers", economies=["SGP"], **of(owner))
    page = book.worksheets[0]
    assert [cell.value for cell in page[1]] == ANSWERS
    name = owner.ok("GET", "/enterprise")["name"]
    assert rows == [[f"{number}-{at:02d}", "测试甲", name, "APEC经济体审核中", "新加坡", "", ""] for at in (1, 2)]
    assert (reply["partial"], reply["filename"]) == (False, "经济体审批结果_202611211230.xlsx")
    assert {cell.number_format for row in page["A2:G91"] for cell in row} == {"@"}
    page["F2"].value, page["G2"].value = "批准", "2029-12-31"
    page["F3"].value = "拒签"
    content = saved(book)
    assert counts(imported(consular, "answers", content)) == (2, 0, 0, 0)
    before = world.table()
    assert counts(imported(consular, "answers", content)) == (0, 2, 0, 0)
    assert world.table() == before
    (answer,) = [one for one in seen(owner, f"{number}-01")["economies"] if one["code"] == "SGP"]
    assert (answer["decision"], answer["valid_until"]) == ("approved", "2029-12-31")
    assert template(consular, "answers", economies=["SGP"], **of(owner))[1] == []


def test_a_row_whose_approval_outlasts_the_passport_is_recorded_and_named(world, owner, consular):
    person = waiting(world, owner)
    reply = imported(consular, "answers", made(ANSWERS, [person, "", "", "", "新加坡", "批准", "2034-01-02"]))
    assert counts(reply) == (1, 0, 0, 0)
    [warned] = reply["warned"]
    assert (warned["row"], warned["person_number"]) == (2, person)
    assert [one["code"] for one in warned["warnings"]] == ["APPROVAL_PAST_PASSPORT"]


def test_a_template_of_all_economies_has_those_that_have_not_answered(world, consular):
    owner = world.enterprise()
    person = waiting(world, owner, approvals=14)
    _, rows, _ = template(consular, "answers", number=person[:-3])
    assert [row[4] for row in rows] == ["泰国", "越南"]


def test_errors_name_the_row_of_the_sheet_and_the_field_and_other_rows_are_applied(world, owner, consular):
    person, early = waiting(world, owner), f"{world.application(owner)['number']}-01"
    rows = [
        [person, "", "", "", "新加坡", "批准", date(2029, 12, 31)],
        [person, "", "", "", "火星", "批准", ""],
        [person, "", "", "", "日本", "同意", ""],
        [],
        [early, "", "", "", "日本", "批准", ""],
        [person, "", "", "", "JPN", "refused", datetime.combine(date(2029, 12, 31), time(8, 30))],
        ["APEC20261121999999-01", "", "", "", "日本", "批准", ""],
        [person, "不看", "不看", "不看", "智利", "", ""],
        [person, "", "", "", "智利", "批准", "2029年"],
        [None, None, None, None, "智利", "批准", None],
    ]
    reply = imported(consular, "answers", made(ANSWERS, *rows))
    assert counts(reply) == (2, 0, 1, 6)
    assert [(row["row"], row["code"], row["message"].partition("：")[0]) for row in reply["failed"]] == [
        (3, "INVALID", "经济体"),
        (4, "INVALID", "审批结果"),
        (6, "OPERATION_INVALID", "操作无效"),
        (8, "NOT_FOUND", "未找到所请求的内容。"),
        (10, "INVALID", "有效期至"),
        (11, "INVALID", "人员申请单号"),
    ]
    assert reply["failed"][2]["person_number"] == early
    assert reply["failed"][2]["current"]["status"] == "FAO_REVIEW"


# Cards


def test_cards_are_recorded_from_making_to_the_hands_of_their_holders(world, consular):
    owner = world.enterprise()
    persons = [decided(world, owner) for _ in range(2)]
    for event, status in (("making", "ECONOMY_DONE"), ("made", "CARD_MAKING"), ("issued", "CARD_MADE")):
        book, rows, _ = template(consular, "cards", status=status, event=event, **of(owner))
        assert [row[0] for row in rows] == persons
        page = book.worksheets[0]
        assert [cell.value for cell in page[1]] == CARDS
        if event == "made":
            assert counts(imported(consular, "cards", saved(book))) == (0, 0, 2, 0)
            for at in (2, 3):
                page[f"G{at}"].value, page[f"H{at}"].value = f"CN00{people.serial():06d}", CARD_END
        content = saved(book)
        assert counts(imported(consular, "cards", content)) == (2, 0, 0, 0)
        before = world.table()
        assert counts(imported(consular, "cards", content)) == (0, 2, 0, 0)
        assert world.table() == before
    assert {seen(owner, person)["status"] for person in persons} == {"CARD_ISSUED"}


def test_the_person_of_a_follow_up_service_is_in_the_template_of_its_card(world, consular):
    owner = world.enterprise()
    person = waiting(world, owner, approvals=2)
    follow_up = applied(owner, person, "early_card")
    for desk in ("fao-hunan", "consular"):
        world.decide(world.desk(desk), follow_up)
    assert card(world, person, "making").status == 200
    book, rows, _ = template(consular, "cards", event="made", **of(owner))
    assert [row[0] for row in rows] == [person]
    book.worksheets[0]["G2"].value, book.worksheets[0]["H2"].value = f"CN{people.serial():06d}", CARD_END
    assert counts(imported(consular, "cards", saved(book))) == (1, 0, 0, 0)
    assert owner.ok("GET", f"/applications/{follow_up['number']}")["status"] == "CARD_MADE"


def test_a_workbook_that_is_older_than_the_status_is_refused_by_row(world, consular):
    owner = world.enterprise()
    person = decided(world, owner)
    assert card(world, person, "making").status == 200
    book, _, _ = template(consular, "cards", event="made", **of(owner))
    book.worksheets[0]["G2"].value, book.worksheets[0]["H2"].value = f"CN{people.serial():06d}", CARD_END
    assert card(world, person, "cancelled", reason="信息有误").status == 200
    assert card(world, person, "making").status == 200
    reply = imported(consular, "cards", saved(book))
    assert [(row["row"], row["code"], row["current"]["status"]) for row in reply["failed"]] == [
        (2, "OPERATION_INVALID", "CARD_MAKING")
    ]
    assert seen(owner, person)["card"] is None


@pytest.mark.parametrize(
    ("typed", "recorded"),
    [(12345678, "12345678"), (22345678.0, "22345678"), ("00012345", "00012345"), (" cn 1 ", "CN1")],
)
def test_a_card_number_is_read_as_text_or_as_a_number(world, owner, consular, typed, recorded):
    person = decided(world, owner)
    assert card(world, person, "making").status == 200
    version = seen(owner, person)["status_version"]
    row = [person, "", "", "", version, "登记制卡完成", typed, date.fromisoformat(CARD_END), ""]
    assert counts(imported(consular, "cards", made(CARDS, row))) == (1, 0, 0, 0)
    assert seen(owner, person)["card"]["number"] == recorded


def test_a_number_that_a_spreadsheet_has_rounded_is_refused(world, owner, consular):
    person = waiting(world, owner)
    for typed in (10**15, 1.2345678901234567e18):
        reply = imported(consular, "foreign_numbers", made(NUMBERS, [person, "", "", "", typed]))
        (failed,) = reply["failed"]
        assert (failed["row"], failed["errors"][0]["code"]) == (2, "NUMBER_CELL")
        assert (
            failed["message"]
            == "外方申请号：电子表格只保留数字的前15位。请将该单元格设为文本格式，再重新输入完整号码。"
        )
    assert seen(owner, person)["foreign"]["number"] is None


# Foreign numbers


def test_foreign_numbers_are_filled_in_and_corrected(world, consular):
    owner = world.enterprise()
    number = world.approved(owner, persons=3)["number"]
    consular.ok("PUT", f"/office/persons/{number}-01/foreign-number", {"number": "AUS-1"})
    book, rows, _ = template(consular, "foreign_numbers", **of(owner))
    assert [row[4] for row in rows] == ["AUS-1", "", ""]
    book.worksheets[0]["E3"].value = 20261121
    content = saved(book)
    assert counts(imported(consular, "foreign_numbers", content)) == (1, 1, 1, 0)
    before = world.table()
    assert counts(imported(consular, "foreign_numbers", content)) == (0, 2, 1, 0)
    assert world.table() == before
    found = [seen(owner, f"{number}-{at:02d}")["foreign"]["number"] for at in (1, 2, 3)]
    assert found == ["AUS-1", "20261121", None]


def test_formulas_are_neither_carried_out_nor_recorded(world, owner, consular):
    person = waiting(world, owner)
    rows = [[person, "", "", "", '=HYPERLINK("http://x")'], [person, "", "", "", "=1+1"]]
    book = load_workbook(io.BytesIO(made(NUMBERS, *rows)))
    book.worksheets[0]["E3"].data_type = "s"
    reply = imported(consular, "foreign_numbers", saved(book))
    assert (reply["applied"], reply["unfilled"]) == (0, 1)
    assert [(row["row"], row["message"].partition("：")[0]) for row in reply["failed"]] == [(3, "外方申请号")]
    assert seen(owner, person)["foreign"]["number"] is None


def test_no_name_of_a_person_becomes_a_formula_in_a_template(world, consular):
    owner = world.enterprise()
    person = people.person(attachments=world.attachments(owner, "person"), name="=甲乙")
    content = {**world.content(owner), "persons": [person]}
    application = owner.ok("POST", "/applications", {"content": content})
    for desk in ("fao-hunan", "consular"):
        world.decide(world.desk(desk), application)
    book, rows, _ = template(consular, "foreign_numbers", **of(owner))
    assert [row[1] for row in rows] == ["=甲乙"]
    assert book.worksheets[0]["B2"].data_type == "s"


# The file


def test_files_that_are_no_workbook_of_this_kind_are_refused_and_nothing_is_recorded(world, consular):
    before = world.table()
    for content in (PDF, b"PK\x03\x04", made(ANSWERS), made([*NUMBERS[:4], "编号"])):
        answer = sent(consular, "foreign_numbers", content)
        assert (answer.status, {*answer.fields}) == (422, {"workbook"})
    for text in ("%%%", "é"):
        answer = consular("POST", IMPORT, {"kind": "cards", "workbook": text})
        assert answer.fields == {"workbook": "ATTACHMENT_CONTENT"}
    many = made(NUMBERS, *[["APEC20261121999999-01", "", "", "", "A1"]] * 501)
    answer = sent(consular, "foreign_numbers", many)
    assert answer.body["errors"][0]["message"] == "表格文件：最多500项。"
    moved = sent(consular, "foreign_numbers", made([*NUMBERS[:4], "编号"]))
    assert moved.body["errors"][0]["message"] == "表格文件：第1行E列的标题须为“外方申请号”，请使用导入模板填写。"
    assert world.table() == before


def test_only_the_consular_department_fills_in_workbooks(world, owner):
    for user in (owner, world.desk("fao-hunan")):
        assert user("POST", TEMPLATE, {"kind": "cards"}).code == "FORBIDDEN"
        assert sent(user, "cards", made(CARDS)).code == "FORBIDDEN"


def test_an_economy_that_does_not_decide_is_refused(consular):
    answer = consular("POST", TEMPLATE, {"kind": "answers", "economies": ["SGP", "CHN"]})
    assert answer.fields == {"economies.1": "ECONOMY"}


def test_a_template_is_counted_and_repeated_under_its_key(world):
    officer, key = world.officer("consular"), str(uuid.uuid4())
    form = {"kind": "cards"}
    first = officer.ok("POST", TEMPLATE, form, Idempotency_Key=key)
    assert officer.ok("POST", TEMPLATE, form, Idempotency_Key=key) == first
    assert used(world, officer, quotas.EXPORTS) == 1


def test_a_template_of_too_many_rows_says_so(world, consular):
    owner = world.enterprise()
    world.approved(owner, persons=40)
    _, rows, reply = template(consular, "answers", **of(owner))
    assert (len(rows), reply["rows"], reply["partial"], reply["next_cursor"]) == (500, 500, True, None)
    _, rows, reply = template(consular, "answers", economies=["SGP"], **of(owner))
    assert (len(rows), reply["partial"]) == (40, False)


def test_of_two_officers_with_the_same_workbook_each_answer_is_recorded_once(world):
    owner = world.enterprise()
    number = world.approved(owner, persons=4)["number"]
    rows = [[f"{number}-{at:02d}", "", "", "", code, "批准", ""] for at in range(1, 5) for code in SIXTEEN]
    content = made(ANSWERS, *rows)
    officers = [world.officer("consular") for _ in range(2)]
    with conflicts.of_overlapping_transactions():
        answers = world.together(*[lambda officer=officer: sent(officer, "answers", content) for officer in officers])
    assert [answer.body["failed"] for answer in answers] == [[], []]
    assert sum(answer.body["applied"] for answer in answers) == 64
    past = seen(owner, f"{number}-01")
    assert past["status"] == "ECONOMY_DONE"
    actions = Counter(entry["action"] for entry in owner.ok("GET", f"/persons/{number}-01/history?limit=100")["items"])
    assert actions["decide_economy"] == 16
