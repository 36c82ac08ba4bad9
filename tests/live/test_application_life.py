"""The whole life of an application over HTTP, against a running sandbox."""

import io
import re
import uuid
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote
from zoneinfo import ZoneInfo

import httpx
import openpyxl
import pytest

from testing import people
from testing.running import Client, Sandbox
from testing.steps import PASSWORD, Enterprise, content, decide, problem, scanned, submit
from tests.support.offers import actions

HEADERS = (
    "申请单号",
    "申请人",
    "职务",
    "经济体审核批准",
    "经济体审核拒签",
    "经济体审核锁定",
    "经济体尚未审核",
)


@pytest.fixture
def agent(enterprise: Enterprise) -> tuple[Client, str]:
    """An agent without a message who sees everything of the enterprise, and the agent's address."""
    client, form = enterprise.agent()
    return client, form["email"]


@pytest.mark.accepts("R01", "R24", "R37", "R38", "A07")
def test_an_enterprise_registers_by_its_licence_and_signs_in_by_password_and_by_scan(sandbox, enterprise):
    me = enterprise.client.ok("GET", "/me")
    assert {name: me["enterprise"][name] for name in enterprise.elements} == enterprise.elements
    assert (me["account"]["role"], me["account"]["email"]) == ("enterprise", enterprise.email)
    assert sandbox.sign_in("enterprise", enterprise.email, PASSWORD).ok("GET", "/me") == me
    ticket = scanned(sandbox, "login", enterprise.licence, enterprise.elements)
    by_scan = sandbox.client().ok("POST", "/sessions/elicence", ticket)
    assert by_scan["account"] == me["account"]
    assert problem(sandbox.client()("POST", "/sessions/elicence", ticket)) == "INVALID", "a ticket is used once"


def test_the_demo_accounts_can_sign_in_after_the_first_start(sandbox):
    (licence,) = [
        shown for shown in sandbox.page().ok("GET", "/wallet/licences")["items"] if shown["name"] in sandbox.output
    ]
    (holder_id,) = licence["holders"]
    elements = {"name": licence["name"], "uscc": licence["uscc"], "legal_representative": "示例甲"}
    ticket = scanned(sandbox, "login", {"licence_id": licence["licence_id"], "holder_id": holder_id}, elements)
    by_scan = sandbox.client().ok("POST", "/sessions/elicence", ticket)["account"]
    log_ins = re.findall(r"^ +(enterprise|agent|officer) +(\S+) +(\S+)$", sandbox.output, re.MULTILINE)
    assert len(log_ins) == 5
    signed_in = [sandbox.sign_in(*log_in).ok("GET", "/me")["account"] for log_in in log_ins]
    assert by_scan in signed_in
    assert {account["office"] for account in signed_in} == {None, "fao-hunan", "fao-shaanxi", "consular"}


@pytest.mark.parametrize(
    "number", ["430102190001010015", "430102190001010023", "34052419800101001X", "11010519491231002x"]
)
def test_the_wallet_checks_the_date_and_the_check_digit_of_an_id_number(sandbox, number):
    person = {"name": "甲", "phone": "13900000000", "id_number": number}
    form = {"name": "试", "uscc": people.make_uscc(), "legal_representative": person}
    assert sandbox.page()("POST", "/wallet/licences", form).status_code == 201
    person["id_number"] = number[:-1] + "7"
    refused = sandbox.page()("POST", "/wallet/licences", form)
    assert refused.status_code == 422
    assert [error["field"] for error in refused.json()["errors"]] == ["legal_representative.id_number"]


@pytest.mark.accepts("F03", "L11", "D01", "D02", "D03", "D05", "D06", "D08", "D09", "M01", "M05", "H12")
def test_the_life_of_an_application(sandbox, enterprise, agent):
    client, agent_email = agent
    filled_in = content(client, persons=2)
    number, first, second = submit_a_draft(client, filled_in)
    fao, consular = sandbox.officer("fao-hunan"), sandbox.officer("consular")

    assert number in [item["number"] for item in fao.ok("POST", "/office/search", {"limit": 100})["items"]]
    assert sandbox.officer("fao-shaanxi")("GET", f"/office/applications/{number}").status_code == 404
    assert decide(fao, number, "pass")["status"] == "CONSULAR_REVIEW"
    late = fao("POST", f"/office/applications/{number}/decision", {"decision": "pass", "status_version": 1})
    assert (problem(late), late.json()["message"]) == ("OPERATION_INVALID", "操作无效")
    assert late.json()["current"]["status"] == "CONSULAR_REVIEW"
    assert decide(consular, number, "pass")["status"] == "CONSULAR_APPROVED"

    economies = [economy for economy in client.ok("GET", "/reference")["economies"] if economy["decides"]]
    assert len(economies) == 16
    decisions = ["approved"] * 13 + ["refused", "refused", "locked"]
    for economy, decision in zip(economies, decisions, strict=True):
        consular.ok("PUT", f"/office/persons/{first}/economies/{economy['code']}", {"decision": decision})
    consular.ok("PUT", f"/office/persons/{first}/foreign-number", {"number": "CHN/2026-000001"})

    names = [economy["name"] for economy in economies]
    rows = client.ok("GET", f"/applications/{number}/progress")["rows"]
    answers = [[row[column] for column in ("approved", "refused", "locked", "pending")] for row in rows]
    assert answers == [[names[:13], names[13:15], names[15:], []], [[], [], [], names]]
    check_export(client, number, [(first, *answers[0]), (second, *answers[1])])

    person = client.ok("GET", f"/persons/{first}")
    assert [economy["decision"] for economy in person["economies"]] == decisions
    assert person["status"] == "ECONOMY_DONE"
    assert person["foreign"]["number"] == "CHN/2026-000001"
    assert person["foreign"]["query_url"].startswith("https://")
    passport = filled_in["persons"][0]["passport_number"]
    assert person["passport_number"] == passport, "the enterprise sees its own passport numbers (L13)"
    assert filled_in["persons"][0]["id_number"] not in str(person)
    found = client.ok("POST", "/applications/search", {"service": "new_or_renewal", "passport_number": passport})[
        "items"
    ]
    assert [(item["number"], [one["number"] for one in item["persons"]]) for item in found] == [(number, [first])]

    messages = client.ok("GET", "/messages?limit=100")["items"]
    assert {message["application_number"] for message in messages} == {number}
    assert len(messages) == 3 + 16, "submitted, two decisions, 16 answers"
    assert client.ok("GET", "/me")["unread_messages"] == len(messages)
    client.ok("POST", "/messages/read-all")
    assert client.ok("GET", "/me")["unread_messages"] == 0

    sandbox.page().ok("POST", "/run/deliver_mail")
    for address in (enterprise.email, agent_email):
        mails = sandbox.page().ok("GET", f"/mailbox?to={address}")["items"]
        notices = [line for mail in mails for line in mail["text"].splitlines() if number in line and "://" not in line]
        of_economies = [line for line in notices if first in line]
        assert len(notices) - len(of_economies) == 3, "submitted and two decisions, each once, in however many mails"
        told = ["".join(of_economies).count(name) for name in names]
        assert told == [1] * len(names), "the answer of each economy once"


def submit_a_draft(client: Client, filled_in: dict[str, object]) -> tuple[str, str, str]:
    """Save a draft, submit it twice under one key; the numbers of the application and of its two persons."""
    draft = client.ok("POST", "/drafts", {"group_name": "测试团组"})
    saved = client("PUT", f"/drafts/{draft['id']}", filled_in, If_Match=f'"{draft["version"]}"')
    assert saved.headers["ETag"] == f'"{draft["version"] + 1}"'
    key = str(uuid.uuid4())
    first, again = (client("POST", "/applications", {"draft_id": draft["id"]}, Idempotency_Key=key) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201), (first.text, again.text)
    assert first.json() == again.json()
    number = first.json()["number"]
    assert re.fullmatch(rf"APEC{datetime.now(ZoneInfo('Asia/Shanghai')):%Y%m%d}\d{{6}}", number)
    assert client("GET", f"/drafts/{draft['id']}").status_code == 404
    one, two = (person["number"] for person in first.json()["persons"])
    assert (one, two) == (f"{number}-01", f"{number}-02")
    return number, one, two


def check_export(
    client: Client, number: str, rows: list[tuple[str, list[str], list[str], list[str], list[str]]]
) -> None:
    """Download the sheet by its presigned address and open it."""
    export = client.ok("POST", f"/applications/{number}/progress/export")
    now = datetime.now(ZoneInfo("Asia/Shanghai"))
    times = [f"{now - timedelta(minutes=ago):%Y%m%d%H%M}" for ago in (0, 1)]
    assert export["filename"] in [f"人员进度{number}_{time}.xlsx" for time in times]
    file = httpx.get(export["url"], trust_env=False)
    assert file.status_code == 200
    assert export["filename"] in unquote(file.headers["Content-Disposition"])
    sheet = openpyxl.load_workbook(io.BytesIO(file.content)).worksheets[0]
    cells = [[cell.value or "" for cell in row] for row in sheet.iter_rows()]
    assert cells[0] == list(HEADERS)
    assert cells[1:] == [
        [person, "测试甲", "销售部经理", *("、".join(names) for names in own)] for person, *own in rows
    ]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value} == {"s"}


@pytest.mark.accepts("H12")
def test_a_withdrawal_ends_an_application_before_its_decision(sandbox, agent):
    client, _ = agent
    application = submit(client, content(client))
    path = f"/applications/{application['number']}"
    assert "withdraw" in actions(application)
    withdrawn = client.ok("POST", f"{path}/withdraw", {"status_version": application["status_version"]})
    assert (withdrawn["status"], actions(withdrawn)) == ("WITHDRAWN", [])
    again = client("POST", f"{path}/withdraw", {"status_version": application["status_version"]})
    assert problem(again) == "OPERATION_INVALID"


def test_a_returned_application_is_corrected_and_resubmitted_under_the_same_number(sandbox, agent):
    client, _ = agent
    filled_in = content(client)
    number = submit(client, filled_in)["number"]
    fao = sandbox.officer("fao-hunan")
    without = fao("POST", f"/office/applications/{number}/decision", {"decision": "return", "status_version": 1})
    assert problem(without) == "INVALID"
    decide(fao, number, "return", reason="请补充事由", fields=["reason"])
    returned = client.ok("GET", f"/applications/{number}")
    assert returned["status"] == "FAO_RETURNED"
    assert "请补充事由" in [event["reason"] for event in returned["history"]]
    path, version = f"/applications/{number}", f'"{returned["version"]}"'
    assert problem(client("PUT", f"{path}/content", filled_in)) == "PRECONDITION_REQUIRED"
    corrected = client(
        "PUT", f"{path}/content", filled_in | {"reason": "赴越南参加博览会并洽谈采购合同"}, If_Match=version
    )
    assert corrected.json()["content"]["reason"] == "赴越南参加博览会并洽谈采购合同"
    assert problem(client("PUT", f"{path}/content", filled_in, If_Match=version)) == "CONTENT_CHANGED"
    resubmitted = client.ok("POST", f"{path}/resubmit", {"status_version": corrected.json()["status_version"]})
    assert (resubmitted["number"], resubmitted["status"]) == (number, "FAO_REVIEW")
    assert decide(fao, number, "pass")["status"] == "CONSULAR_REVIEW"


@pytest.mark.accepts("F04", "F05")
def test_a_draft_is_purged_after_180_days_and_the_owner_is_notified_once(sandbox: Sandbox, agent):
    client, _ = agent
    client.ok("POST", "/drafts", {"group_name": "旧草稿"})
    now = datetime.now(UTC)
    page = sandbox.page()
    assert page.ok("POST", "/run/purge_drafts", {"time": (now + timedelta(days=179)).isoformat()})["purged"] == 0
    soon = {"time": (now + timedelta(days=174)).isoformat()}
    assert [page.ok("POST", "/run/remind", soon)["drafts"] for _ in range(2)] == [1, 0]
    assert client.ok("GET", "/messages?limit=1")["items"][0]["kind"] == "draft_reminder"
    late = {"time": (now + timedelta(days=181)).isoformat()}
    assert page.ok("POST", "/run/purge_drafts", late)["purged"] == 1
    assert page.ok("POST", "/run/purge_drafts", late)["purged"] == 0
    assert client.ok("GET", "/drafts")["items"] == []
    assert client.ok("GET", "/me")["purged_drafts"] == 1
    client.ok("DELETE", "/drafts/purge-notice")
    assert client.ok("GET", "/me")["purged_drafts"] == 0
