"""Decisions of the economies, 人员申请进度 and its export to Excel (D01-D09)."""

import io
import uuid
from datetime import UTC, datetime
from urllib.parse import quote

import pytest
from openpyxl import load_workbook

from testing.world import storage
from tests.support.messages import unread_count

SIXTEEN = {
    "AUS": "澳大利亚",
    "BRN": "文莱",
    "CHL": "智利",
    "IDN": "印度尼西亚",
    "JPN": "日本",
    "KOR": "韩国",
    "MYS": "马来西亚",
    "MEX": "墨西哥",
    "NZL": "新西兰",
    "PNG": "巴布亚新几内亚",
    "PER": "秘鲁",
    "PHL": "菲律宾",
    "RUS": "俄罗斯",
    "SGP": "新加坡",
    "THA": "泰国",
    "VNM": "越南",
}
HEADER = ["申请单号", "申请人", "职务", "经济体审核批准", "经济体审核拒签", "经济体审核锁定", "经济体尚未审核"]
COLUMNS = ("approved", "refused", "locked", "pending")


def decide(officer, person, code, decision="approved", **more):
    return officer("PUT", f"/office/persons/{person}/economies/{code}", {"decision": decision, **more})


def rows(user, number):
    return user.ok("GET", f"/applications/{number}/progress")["rows"]


@pytest.mark.accepts("D01")
def test_each_economy_is_shown_as_decided_with_its_date_or_as_pending(world, owner, consular):
    number = world.approved(owner)["number"]
    person = f"{number}-01"
    world.time.forward(minutes=7)
    reply = decide(consular, person, "SGP", "locked", valid_until="2028-02-29").body
    economies = {economy["code"]: economy for economy in reply["economies"]}
    assert {code: each["name"] for code, each in economies.items()} == SIXTEEN
    assert economies["SGP"] == {
        "code": "SGP",
        "name": "新加坡",
        "state": "decided",
        "decision": "locked",
        "decision_label": "锁定",
        "decided_at": "2026-11-21T04:37:00.000Z",
        "valid_until": "2028-02-29",
        "days_waited": 0,
        "forecast": None,
    }
    assert (economies["JPN"]["state"], economies["JPN"]["decision_label"]) == ("pending", "审批中")
    assert owner.ok("GET", f"/persons/{person}")["economies"] == reply["economies"]


def test_repeating_a_decision_changes_nothing(world, owner, consular):
    number = world.approved(owner)["number"]
    person = f"{number}-01"
    first = decide(consular, person, "JPN").body
    world.deliver()
    before, mails = world.table(), len(world.mails())
    again = decide(consular, person, "JPN")
    assert (again.status, again.body["version"]) == (200, first["version"])
    assert decide(consular, person, "KOR", "pending").status == 200
    assert world.table() == before
    world.deliver()
    assert len(world.mails()) == mails


@pytest.mark.accepts("M01")
def test_every_decision_records_one_history_entry_and_creates_one_message(world, consular):
    owner = world.enterprise()
    number = world.approved(owner, persons=2)["number"]
    waiting = unread_count(owner)
    for decision in ("approved", "refused", "locked", "pending", "approved"):
        world.time.forward(seconds=1)
        decide(consular, f"{number}-02", "SGP", decision)
    assert unread_count(owner) == waiting + 5
    history = owner.ok("GET", f"/persons/{number}-02")["history"]
    answers = [(event["economy"], event["decision"]) for event in history if event["action"] == "decide_economy"]
    assert answers == [("SGP", decision) for decision in ("approved", "refused", "locked", "pending", "approved")]
    texts = [message["body"] for message in owner.ok("GET", "/messages?limit=5")["items"]]
    assert texts == [
        f"【新加坡】已批准：人员申请单{number}-02（测试甲）。",
        f"【新加坡】对人员申请单{number}-02（测试甲）的审批结果已更正为审批中。",
        f"【新加坡】已锁定：人员申请单{number}-02（测试甲）。",
        f"【新加坡】已拒签：人员申请单{number}-02（测试甲）。",
        f"【新加坡】已批准：人员申请单{number}-02（测试甲）。",
    ]
    others = owner.ok("GET", f"/persons/{number}-01")["history"]
    assert "decide_economy" not in [event["action"] for event in others]


def test_the_last_decision_completes_the_person_and_a_correction_reopens_it(world, owner, consular):
    number = world.approved(owner, persons=2)["number"]
    person = f"{number}-01"
    for code in list(SIXTEEN)[:-1]:
        assert decide(consular, person, code).body["status"] == "ECONOMY_REVIEW"
    world.time.forward(minutes=1)
    done = decide(consular, person, "VNM", "refused").body
    assert (done["status"], done["status_label"], done["status_version"]) == ("ECONOMY_DONE", "APEC经济体审核完成", 4)
    assert owner.ok("GET", f"/persons/{number}-02")["status"] == "ECONOMY_REVIEW"
    world.time.forward(minutes=1)
    assert decide(consular, person, "VNM", "approved").body["status"] == "ECONOMY_DONE"
    world.time.forward(minutes=1)
    reopened = decide(consular, person, "AUS", "pending").body
    assert (reopened["status"], reopened["status_version"]) == ("ECONOMY_REVIEW", 5)
    history = owner.ok("GET", f"/persons/{person}")["history"]
    transitions = [(event["origin"], event["to"]) for event in history][-3:]
    assert transitions == [
        ("ECONOMY_REVIEW", "ECONOMY_DONE"),
        ("ECONOMY_DONE", "ECONOMY_DONE"),
        ("ECONOMY_DONE", "ECONOMY_REVIEW"),
    ]


@pytest.mark.parametrize(
    ("code", "form", "field"),
    [
        ("CHN", {"decision": "approved"}, "economy"),
        ("USA", {"decision": "approved"}, "economy"),
        ("XXX", {"decision": "approved"}, "economy"),
        ("sgp", {"decision": "approved"}, "economy"),
        ("SGP", {"decision": "maybe"}, "decision"),
        ("SGP", {}, "decision"),
        ("SGP", {"decision": "approved", "valid_until": "2027-02-29"}, "valid_until"),
        ("SGP", {"decision": "approved", "valid_until": "soon"}, "valid_until"),
        ("SGP", {"decision": "approved", "valid_until": "２０２７-01-01"}, "valid_until"),
    ],
)
def test_only_deciding_economies_and_valid_decisions_are_accepted(world, owner, consular, code, form, field):
    number = world.application(owner)["number"]
    answer = consular("PUT", f"/office/persons/{number}-01/economies/{code}", form)
    assert (answer.status, list(answer.fields)) == (422, [field])


def test_decisions_are_recorded_only_after_approval_and_only_by_the_consular_department(world, owner, consular):
    number = world.application(owner)["number"]
    assert decide(consular, f"{number}-01", "SGP").code == "OPERATION_INVALID"
    assert decide(world.desk("fao-hunan"), f"{number}-01", "SGP").code == "FORBIDDEN"
    approved = world.approved(owner)["number"]
    for unknown in (f"{approved}-02", approved, f"{approved}-1", "x"):
        assert decide(consular, unknown, "SGP").status == 404


@pytest.mark.accepts("D03", "D04", "D05", "D06")
def test_the_overview_lists_every_person_with_each_economy_in_one_column(world, owner, consular):
    number = world.approved(owner, persons=3)["number"]
    for code, decision in (("SGP", "approved"), ("AUS", "approved"), ("JPN", "refused"), ("RUS", "locked")):
        decide(consular, f"{number}-02", code, decision)
    shown = rows(owner, number)
    assert [row["person_number"] for row in shown] == [f"{number}-01", f"{number}-02", f"{number}-03"]
    for row in shown:
        names = [name for column in COLUMNS for name in row[column]]
        assert sorted(names) == sorted(SIXTEEN.values())
    assert [shown[1][column] for column in COLUMNS[:3]] == [["澳大利亚", "新加坡"], ["日本"], ["俄罗斯"]]
    assert (shown[0]["name"], shown[0]["title"], len(shown[0]["pending"])) == ("测试甲", "销售部经理", 16)


def test_the_overview_says_the_status_of_each_person(world, owner):
    number = world.approved(owner, persons=2)["number"]
    for code in SIXTEEN:
        decide(world.desk("consular"), f"{number}-02", code)
    assert [(row["status"], row["status_label"]) for row in rows(owner, number)] == [
        ("ECONOMY_REVIEW", "APEC经济体审核中"),
        ("ECONOMY_DONE", "APEC经济体审核完成"),
    ]


def test_no_economy_is_shown_before_the_economies_are_asked(world, owner):
    number = world.application(owner)["number"]
    for desk in ("fao-hunan", "consular"):
        assert owner.ok("GET", f"/persons/{number}-01")["economies"] == []
        assert "审批中" not in str(owner.ok("GET", f"/applications/{number}"))
        world.decide(world.desk(desk), {"number": number})
    assert {economy["decision_label"] for economy in owner.ok("GET", f"/persons/{number}-01")["economies"]} == {
        "审批中"
    }


@pytest.mark.accepts("D03")
def test_there_is_no_overview_before_the_consular_department_has_approved(world, owner):
    first, second = world.application(owner), world.application(owner)
    world.decide(world.desk("fao-hunan"), second)
    for application in (first, second):
        for method, path in (("GET", "progress"), ("POST", "progress/export")):
            answer = owner(method, f"/applications/{application['number']}/{path}")
            assert (answer.status, answer.code) == (409, "OPERATION_INVALID")


@pytest.mark.accepts("D02")
def test_the_foreign_number_is_shown_with_the_address_for_inquiries(world, owner, consular):
    number = world.approved(owner)["number"]
    person = f"{number}-01"
    assert owner.ok("GET", f"/persons/{person}")["foreign"]["number"] is None
    before = unread_count(owner)
    path = f"/office/persons/{person}/foreign-number"
    assert consular("PUT", path, {"number": "CHN-2026/000123"}).status == 200
    assert owner.ok("GET", f"/persons/{person}")["foreign"] == {
        "query_url": "https://www.abtc-aps.org/abtc-core/status/check.html",
        "number": "CHN-2026/000123",
    }
    assert unread_count(owner) == before
    for wrong in ("", "A B", "号码", "x" * 33, 5):
        assert consular("PUT", path, {"number": wrong}).status == 422
    early = world.application(owner)["number"]
    answer = consular("PUT", f"/office/persons/{early}-01/foreign-number", {"number": "A1"})
    assert answer.code == "OPERATION_INVALID"
    assert owner.ok("GET", f"/persons/{early}-01")["foreign"] is None


# Export


def export(user, number, **headers):
    return user("POST", f"/applications/{number}/progress/export", **headers)


def sheet(url):
    response = storage.get(url)
    assert response.status_code == 200, response.text
    return response, load_workbook(io.BytesIO(response.content)).active


@pytest.mark.accepts("D05", "D06", "D08", "D09")
def test_the_exported_workbook_equals_the_overview(world, owner, consular):
    number = world.approved(owner, persons=3)["number"]
    for code, decision in (("SGP", "approved"), ("AUS", "approved"), ("JPN", "refused"), ("RUS", "locked")):
        decide(consular, f"{number}-01", code, decision)
    reply = export(owner, number)
    assert (reply.status, reply.body["filename"]) == (201, f"人员进度{number}_202611211230.xlsx")
    assert reply.body["expires_at"] == "2026-11-21T04:40:00.000Z"
    response, page = sheet(reply.body["url"])
    assert response.headers["content-disposition"].endswith(f"filename*=UTF-8''{quote(reply.body['filename'])}")
    table = [[cell.value or "" for cell in row] for row in page.iter_rows()]
    assert table[0] == HEADER
    assert table[1][3:6] == ["澳大利亚、新加坡", "日本", "俄罗斯"]
    assert table[1:] == [
        [row["person_number"], row["name"], row["title"], *("、".join(row[column]) for column in COLUMNS)]
        for row in rows(owner, number)
    ]
    assert page.title == "人员申请进度"


@pytest.mark.accepts("D09")
def test_the_name_of_the_workbook_contains_the_time_in_china(world, owner):
    number = world.approved(owner)["number"]
    world.time.moment = datetime(2026, 11, 21, 16, 5, 59, tzinfo=UTC)
    user = world.sign_in("enterprise", owner.account["login"], "correct horse battery")
    assert export(user, number).body["filename"] == f"人员进度{number}_202611220005.xlsx"


# As names they must have a letter or a Chinese character.
FORMULAS = ["=1+A2", "+86经理", "-1+2经理", "@SUM(A1)", "=HYPERLINK(1)"]


def test_no_text_becomes_a_formula(world, owner, consular):
    content = world.content(owner, persons=len(FORMULAS))
    for person, text in zip(content["persons"], FORMULAS, strict=True):
        person |= {"name": text, "title": text}
    application = owner.ok("POST", "/applications", {"content": content})
    for desk in ("fao-hunan", "consular"):
        application = world.decide(world.desk(desk), application)
    _, page = sheet(export(owner, application["number"]).body["url"])
    cells = [cell for row in page.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s"}
    assert [row[1].value for row in page.iter_rows(min_row=2)] == FORMULAS
    assert {cell.hyperlink for cell in cells} == {None}


def test_the_same_key_exports_a_single_workbook(world, owner):
    number, key = world.approved(owner)["number"], str(uuid.uuid4())
    first = export(owner, number, Idempotency_Key=key)
    world.time.forward(minutes=5)
    assert export(owner, number, Idempotency_Key=key).body == first.body
    assert export(owner, number).body != first.body


def test_a_corrected_last_day_keeps_the_time_of_the_decision(world, owner):
    person = f"{world.approved(owner)['number']}-01"

    def answered(end):
        world.forget_desks()
        form = {"decision": "approved", "valid_until": end}
        return world.desk("consular").ok("PUT", f"/office/persons/{person}/economies/PNG", form)

    world.time.forward(days=10)
    answered("2029-01-01")
    world.time.forward(days=60)
    [shown] = [economy for economy in answered("2029-01-02")["economies"] if economy["code"] == "PNG"]
    assert (shown["valid_until"], shown["days_waited"]) == ("2029-01-02", 10)
