"""Printed letters: who prints which, what they contain, and what the audit says about it (docs/domain.md 10.4)."""

import io
import re
import uuid
from itertools import chain
from urllib.parse import quote

import pytest
from pypdf import PdfReader

from chalicelib.data import letters as templates
from chalicelib.data.texts import text
from chalicelib.rules.applications.letters import ROWS, TABLE, LetterKind
from testing.follow_ups import applied, decided, holder, made, seen, waiting
from testing.world import storage
from tests.support import faults

CLEAR = ("id_number", "passport_number", "phone", "email")


def printed(user, number, kind="application_form", at="", **headers):
    return user("POST", f"{at}/applications/{number}/letters/{kind}", **headers)


def words(answer):
    """The text of the letter without spaces."""
    assert answer.status == 201, answer.raw.decode()
    response = storage.get(answer.body["url"])
    assert response.headers["content-type"] == "application/pdf"
    pages = PdfReader(io.BytesIO(response.content)).pages
    return "".join("".join(page.extract_text().split()) for page in pages)


def test_the_application_form_has_every_field_in_clear_for_the_enterprise(world, owner):
    content = world.content(owner, persons=2)
    number = owner.ok("POST", "/applications", {"content": content})["number"]
    form = words(printed(owner, number))
    for label, value in (("申请单号", number), ("团组名称", content["group_name"]), ("申请事由", content["reason"])):
        assert f"{label}{value}" in form
    for position, person in enumerate(content["persons"], start=1):
        assert f"人员{position}：{number}-0{position}" in form
        assert f"姓名{person['name']}" in form
        assert f"性别{text('sexes', person['sex'])}" in form
        assert not [field for field in CLEAR if person[field] not in form]
    assert "取卡方式自取" in form


def test_officers_print_the_form_with_masked_numbers(world, owner):
    content = world.content(owner)
    number = owner.ok("POST", "/applications", {"content": content})["number"]
    shown = world.desk("fao-hunan").ok("GET", f"/office/persons/{number}-01")["content"]
    form = words(printed(world.desk("fao-hunan"), number, at="/office"))
    assert f"护照号{shown['passport_number']}" in form
    assert "*" in shown["passport_number"]
    assert shown["id_number"] in form
    assert shown["name"] in form
    assert not [field for field in CLEAR if content["persons"][0][field] in form]


def test_a_file_name_has_title_number_and_time_in_china_and_the_address_ends_after_ten_minutes(world, owner):
    number = world.application(owner)["number"]
    answer = printed(owner, number)
    assert answer.body["filename"] == f"APEC商务旅行卡申请表{number}_202611211230.pdf"
    assert answer.body["expires_at"] == "2026-11-21T04:40:00.000Z"
    found = storage.get(answer.body["url"]).headers["content-disposition"]
    assert found.endswith(f"filename*=UTF-8''{quote(answer.body['filename'])}")
    assert f"/exports/{owner.account['enterprise_id']}/" in answer.body["url"]


def test_a_receipt_names_everybody_with_the_status(world, owner):
    number = world.application(owner, persons=2)["number"]
    receipt = words(printed(owner, number, "receipt"))
    assert f"申请单号{number}，共2人，提交时间2026-11-2112:30:00，当前状态为“外办审核中”" in receipt
    assert all(f"{position}{number}-0{position}" in receipt for position in (1, 2))


def test_an_office_prints_the_official_letter_about_those_it_has_passed(world, owner):
    application = world.application(owner, persons=2)
    number, fao = application["number"], world.desk("fao-hunan")
    assert printed(fao, number, "official_letter", "/office").code == "OPERATION_INVALID"
    version = fao.ok("GET", f"/office/persons/{number}-01")["status_version"]
    form = {"decision": "reject", "reason": "材料不符", "status_version": version}
    fao.ok("POST", f"/office/persons/{number}-01/decision", form)
    world.decide(fao, application)
    letter = words(printed(fao, number, "official_letter", "/office"))
    assert letter.startswith("关于办理APEC商务旅行卡的函外交部领事司：")
    assert "共1人" in letter
    assert f"{number}-02" in letter
    assert f"{number}-01" not in letter
    assert "2026年11月21日" in letter


def test_the_list_of_cards_has_the_cards_that_wait_for_collection(world, owner):
    person = decided(world, owner)
    number = person[:-3]
    assert printed(owner, number, "card_list").code == "OPERATION_INVALID"
    card_number = made(world, person)
    listed = words(printed(owner, number, "card_list"))
    assert f"{person}{card_number}2031-11-20" in listed
    assert "领取人签字" in listed
    masked = words(printed(world.desk("fao-hunan"), number, "card_list", "/office"))
    assert card_number not in masked
    assert f"*****{card_number[-3:]}" in masked


def test_the_letters_of_a_follow_up_service_are_about_its_person(world, owner):
    person = waiting(world, owner, approvals=1)
    follow_up = applied(owner, person, "early_card", reason="客户邀请，行程提前")
    form = words(printed(owner, follow_up["number"]))
    assert f"申请单号{follow_up['number']}业务提前制卡" in form
    assert "申请事由客户邀请，行程提前" in form
    assert f"人员1：{person}" in form
    assert f"姓名{seen(owner, person)['name']}" in form


@pytest.mark.parametrize("kind", LetterKind)
def test_each_side_prints_exactly_the_letters_of_the_table(world, owner, kind):
    number = holder(world, owner)[:-3]
    sides = {"applicant": (owner, ""), "fao": (world.desk("fao-hunan"), "/office")}
    sides["consular"] = (world.desk("consular"), "/office")
    for party, (user, at) in sides.items():
        answer = printed(user, number, kind, at)
        expected = 201 if party in TABLE[kind].parties else 403
        assert answer.status == expected, (party, kind)


def test_an_unknown_kind_and_an_application_of_others_are_not_found(world, owner):
    number = world.application(owner)["number"]
    assert printed(owner, number, "diploma").code == "NOT_FOUND"
    assert printed(world.enterprise(), number).code == "NOT_FOUND"
    assert printed(world.desk("fao-shaanxi"), number, at="/office").code == "NOT_FOUND"
    assert printed(world.agent(owner, scope="own"), number).code == "NOT_FOUND"


def test_who_printed_which_letter_is_in_the_audit_without_personal_data(world, owner, agent):
    number = world.application(owner)["number"]
    key = str(uuid.uuid4())
    first = printed(agent, number, "receipt", Idempotency_Key=key)
    assert printed(agent, number, "receipt", Idempotency_Key=key).body == first.body
    newest = owner.ok("GET", "/audit?limit=2")["items"]
    assert (newest[0]["action"], newest[0]["subject"]) == ("letter_printed", number)
    assert newest[0]["after"] == {"letter": "receipt"}
    assert newest[1]["action"] != "letter_printed"
    printed(world.desk("fao-hunan"), number, at="/office")
    assert owner.ok("GET", "/audit?limit=1")["items"][0]["request_id"] == newest[0]["request_id"]


def test_a_letter_whose_reply_was_lost_has_an_unknown_outcome_because_the_audit_shows_it(world, owner):
    number, key = world.application(owner)["number"], str(uuid.uuid4())
    with faults.reply_lost("dynamodb.TransactWriteItems"):
        lost = printed(owner, number, Idempotency_Key=key)
    assert (lost.status, lost.code) == (503, "OUTCOME_UNKNOWN")
    assert printed(owner, number, Idempotency_Key=key).status == 201
    entry = owner.ok("GET", "/audit?limit=1")["items"][0]
    assert (entry["action"], entry["subject"]) == ("letter_printed", number)


@pytest.mark.parametrize("kind", LetterKind)
def test_every_template_states_its_source_and_uses_known_rows_and_full_width_punctuation(kind):
    template = templates.template(kind)
    assert re.fullmatch(r"\d{4}-\d{2}", template["version"])
    assert template["source"]
    for block in template["blocks"]:
        assert {block.get("table", "persons"), block.get("each", "persons")} <= set(ROWS)
        shown = [block.get("paragraph", ""), block.get("heading", ""), *chain(*block.get("fields", []))]
        plain = re.sub(r"\{\w+\}", "", "".join(shown))
        assert not re.search(r"[,;!?()<>'\"{}:]", plain), plain
