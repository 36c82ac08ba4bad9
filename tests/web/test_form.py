"""The form of 新办/续办: its entry, its six steps, and submission."""

import io
import re
from typing import Any

import httpx
import pytest
from openpyxl import load_workbook
from playwright.sync_api import expect

from chalicelib.rules.files import eicar
from testing.files import JPEG
from testing.running import wait_for
from testing.steps import content, decide, submit
from tests.support.form_page import saved, step, stored

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
STEPS = ["企业信息", "团组信息", "人员信息", "材料上传", "发票与取卡", "预览提交"]


@pytest.mark.accepts("F02", "F03")
def test_an_application_begins_with_the_notes_and_becomes_a_draft(signed_in, enterprise):
    page = signed_in.open("/applications/new")
    signed_in.check()
    page.get_by_role("button", name="开始填写").click()
    expect(page.get_by_role("alert")).to_contain_text("我已阅读并知晓")
    page.get_by_label("我已阅读并知晓").check()
    page.get_by_role("button", name="开始填写").dblclick()
    page.wait_for_url(re.compile(r"/drafts/[0-9a-f]{20}$"))
    assert len(enterprise.client.ok("GET", "/drafts")["items"]) == 1
    expect(page.get_by_role("navigation", name="填写步骤").get_by_role("button")).to_have_text(
        [re.compile(name) for name in STEPS]
    )
    expect(page.get_by_text(enterprise.elements["uscc"])).to_be_visible()


@pytest.mark.accepts("F03")
def test_the_twenty_first_draft_is_refused_at_the_entry(signed_in, enterprise):
    for _ in range(20):
        enterprise.client.ok("POST", "/drafts", {})
    signed_in.expected_statuses.add(409)
    page = signed_in.open("/applications/new")
    page.get_by_role("dialog", name="我的草稿").get_by_role("button", name="新建申请").click()
    page.get_by_label("我已阅读并知晓").check()
    page.get_by_role("button", name="开始填写").click()
    expect(page.get_by_role("alert")).to_contain_text("数量已达上限")
    expect(page.get_by_role("link", name="管理我的草稿")).to_be_visible()


@pytest.mark.accepts("F13", "F14", "F15")
def test_the_entry_offers_the_drafts_that_there_are(signed_in, enterprise):
    enterprise.client.ok("POST", "/drafts", {"group_name": "市场考察"})
    page = signed_in.open("/applications/new")
    dialog = page.get_by_role("dialog", name="我的草稿")
    columns = ["申请外办", "团组名称", "联系人", "申请事由", "团组成员", "保存时间", "操作"]
    expect(dialog.get_by_role("columnheader")).to_have_text(columns)
    signed_in.check()
    dialog.get_by_role("button", name="继续填写").click()
    asked = page.get_by_role("dialog", name="读取草稿")
    expect(asked.get_by_text(re.compile(r"^是否读取.{19}保存的草稿？$"))).to_be_visible()
    asked.get_by_role("button", name="确定").click()
    page.wait_for_url(re.compile(r"/drafts/[0-9a-f]{20}$"))


@pytest.mark.accepts("F11")
def test_what_is_typed_is_saved_by_itself_and_there_after_a_reload(signed_in, enterprise, draft):
    page = signed_in.page
    step(page, "团组信息")
    signed_in.field("group_name").press_sequentially("东盟市场考察", delay=30)
    signed_in.field("office").select_option("fao-hunan")
    expect(page.get_by_text("有未保存的内容")).to_be_visible()
    saved(page)
    assert stored(enterprise, draft)["group_name"] == "东盟市场考察"
    signed_in.check()
    page.reload()
    signed_in.settled()
    step(page, "团组信息")
    expect(signed_in.field("group_name")).to_have_value("东盟市场考察")
    expect(signed_in.field("office")).to_have_value("fao-hunan")


def test_persons_are_added_copied_removed_and_reached_by_the_keyboard(signed_in, enterprise, draft):
    page = signed_in.page
    step(page, "人员信息")
    page.get_by_role("button", name="添加人员").click()
    expect(signed_in.field("persons.0.name")).to_be_focused()
    signed_in.field("persons.0.name").fill("测试甲")
    signed_in.field("persons.0.title").fill("销售部经理")
    signed_in.field("persons.0.birth_date").fill("1990年1月2日")
    page.get_by_role("button", name="复制此人").click()
    expect(signed_in.field("persons.1.name")).to_have_value("")
    expect(signed_in.field("persons.1.title")).to_have_value("销售部经理")
    signed_in.field("persons.1.name").fill("测试乙")
    signed_in.check()
    people_list = page.get_by_role("list", name="人员信息")
    people_list.get_by_role("button").nth(1).focus()
    page.keyboard.press("ArrowUp")
    expect(signed_in.field("persons.0.name")).to_have_value("测试甲")
    page.keyboard.press("End")
    expect(people_list.get_by_role("button").nth(1)).to_be_focused()
    page.get_by_role("button", name="删除此人").click()
    page.get_by_role("dialog").get_by_role("button", name="确定").click()
    expect(people_list.get_by_role("button")).to_have_count(1)
    saved(page)
    persons = stored(enterprise, draft)["persons"]
    assert [(person["name"], person["birth_date"]) for person in persons] == [("测试甲", "1990-01-02")]


def test_files_are_sent_beside_the_checklist_of_the_office_and_can_be_removed(signed_in, enterprise, draft):
    page = signed_in.page
    step(page, "团组信息")
    signed_in.field("office").select_option("fao-hunan")
    step(page, "材料上传")
    expect(page.get_by_text("已上传0/5项")).to_be_visible()
    files: list[Any] = [{"name": f"{name}.jpg", "mimeType": "image/jpeg", "buffer": JPEG} for name in "ab"]
    signed_in.field("attachments.application_letter").set_input_files(files)
    expect(page.get_by_text("已上传", exact=True)).to_have_count(2)
    expect(page.get_by_text("已上传1/5项")).to_be_visible()
    signed_in.check()
    page.get_by_role("button", name="移除 a.jpg").click()
    expect(page.get_by_text("已上传", exact=True)).to_have_count(1)
    expect(page.get_by_text("有未保存的内容")).to_be_visible()
    saved(page)
    assert [file["kind"] for file in stored(enterprise, draft)["attachments"]] == ["application_letter"]


def test_the_scan_of_a_file_is_shown_and_a_malicious_one_is_named(signed_in, enterprise, draft):
    page = signed_in.page
    step(page, "团组信息")
    signed_in.field("office").select_option("fao-hunan")
    step(page, "材料上传")
    field = signed_in.field("attachments.application_letter")
    field.set_input_files({"name": "good.jpg", "mimeType": "image/jpeg", "buffer": JPEG})
    # The sandbox's scanner says what it is.
    expect(page.get_by_text("已扫描，未发现病毒 · 沙箱扫描器（只识别EICAR测试文件）")).to_be_visible(timeout=20_000)
    field.set_input_files({"name": "bad.jpg", "mimeType": "image/jpeg", "buffer": JPEG + eicar.SIGNATURE})
    expect(page.get_by_text("“bad.jpg”含有恶意程序，已被删除。")).to_be_visible(timeout=20_000)
    signed_in.check()
    expect(page.get_by_text("已上传1/5项")).to_be_visible()
    page.get_by_role("button", name="移除 good.jpg").click()
    expect(page.get_by_text("已上传0/5项")).to_be_visible()
    saved(page)
    (bad,) = stored(enterprise, draft)["attachments"]
    assert (bad["state"], bad["scan"]["state"]) == ("infected", "infected")
    page.get_by_role("button", name="移除 bad.jpg").click()
    expect(page.get_by_text("含有恶意程序")).to_have_count(0)


def test_what_is_missing_leads_to_its_field(signed_in, enterprise, draft):
    step(signed_in.page, "人员信息")
    signed_in.page.get_by_role("button", name="添加人员").click()
    step(signed_in.page, "预览提交")
    page = signed_in.page
    missing = page.get_by_role("list", name=re.compile("提交前请填写或修改"))
    expect(missing.get_by_role("listitem").first).to_be_visible()
    expect(page.get_by_role("button", name="提交申请")).to_be_disabled()
    signed_in.check()
    missing.get_by_role("button", name=re.compile("护照号")).click()
    expect(signed_in.field("persons.0.passport_number")).to_be_focused()
    expect(signed_in.field("persons.0.passport_number")).to_have_attribute("aria-invalid", "true")
    signed_in.check()


def test_a_complete_draft_is_submitted_once_and_leads_to_the_application(signed_in, enterprise):
    filled_in = content(enterprise.client, persons=2)
    created = enterprise.client.ok("POST", "/drafts", filled_in)
    page = signed_in.open(f"/drafts/{created['id']}")
    signed_in.expected_statuses.add(422)
    step(page, "预览提交")
    retry, submit = page.get_by_role("button", name="重新检查"), page.get_by_role("button", name="提交申请")

    def accepted() -> bool:
        retry.click()
        expect(page.get_by_text("正在检查…")).to_have_count(0)
        return bool(submit.is_enabled())

    wait_for(accepted, 20, "the inspection of the files")
    expect(page.get_by_text("内容完整，可以提交。")).to_be_visible()
    signed_in.check()
    submit.dblclick()
    expect(page.get_by_role("heading", name="提交成功")).to_be_visible()
    signed_in.check()
    page.get_by_role("link", name="查看申请单").click()
    page.wait_for_url(re.compile(r"/applications/APEC[\d-]+$"))
    assert len(enterprise.client.ok("POST", "/applications/search", {"service": "new_or_renewal"})["items"]) == 1
    assert enterprise.client.ok("GET", "/drafts")["items"] == []


def test_a_person_with_another_open_application_is_warned_of_before_the_submission_and_after_it(
    signed_in, enterprise, sandbox
):
    filled_in = content(enterprise.client)
    submit(enterprise.client, filled_in)
    created = enterprise.client.ok("POST", "/drafts", filled_in)
    page = signed_in.open(f"/drafts/{created['id']}")
    step(page, "预览提交")
    warning = re.compile("该人员另有未办结的申请")
    expect(page.get_by_text(warning).first).to_be_visible()
    signed_in.check()
    page.get_by_role("button", name="提交申请").click()
    page.get_by_role("link", name="查看申请单").click()
    page.wait_for_url(re.compile(r"/applications/APEC[\d-]+$"))
    sandbox.page().ok("POST", "/run/look_up_persons", {})
    page.reload()
    expect(page.get_by_text(warning).first).to_be_visible()
    signed_in.check()


def test_an_application_under_review_cannot_be_changed_and_its_content_is_not_read(signed_in, enterprise):
    number = submit(enterprise.client, content(enterprise.client))["number"]
    page = signed_in.open(f"/applications/{number}/edit")
    expect(page.locator("main")).to_contain_text("此申请单不能在这里修改。")
    expect(page.get_by_role("link", name="返回")).to_have_attribute("href", f"/applications/{number}")
    read = [entry for entry in enterprise.client.ok("GET", "/audit")["items"] if entry["action"] == "content_read"]
    assert read == []
    signed_in.check()


def test_a_returned_application_names_what_to_change_and_is_resubmitted(signed_in, enterprise, sandbox):
    number = submit(enterprise.client, content(enterprise.client, persons=2))["number"]
    fields = ["persons.1.title", "reason"]
    decide(sandbox.officer("fao-hunan"), number, "return", reason="职务与社保不一致", fields=fields)
    page = signed_in.open(f"/applications/{number}/edit")
    expect(page.get_by_text("退回修改：职务与社保不一致")).to_be_visible()
    expect(page.get_by_text("外办要求修改此项")).to_be_visible()
    signed_in.check()
    page.get_by_role("list", name="需修改的内容").get_by_role("button", name="第2人 职务").click()
    title = signed_in.field("persons.1.title")
    expect(title).to_be_focused()
    expect(title).to_have_attribute("aria-invalid", "true")
    signed_in.expected_statuses.add(422)
    title.fill("")
    page.get_by_role("button", name="保存并重新提交").click()
    wrong = page.get_by_role("list", name="提交前请填写或修改以下1处")
    wrong.get_by_role("button", name="第2人 职务：必填").click()
    expect(title).to_be_focused()
    title.fill("市场部经理")
    signed_in.check()
    page.get_by_role("navigation").get_by_role("link", name="我的草稿").first.click()
    page.get_by_role("dialog", name="离开此页").get_by_role("button", name="取消").click()
    page.get_by_role("button", name="保存并重新提交").dblclick()
    page.wait_for_url(f"**/applications/{number}")
    shown = enterprise.client.ok("GET", f"/applications/{number}")
    assert (shown["status"], shown["content"]["persons"][1]["title"]) == ("FAO_REVIEW", "市场部经理")
    assert len(shown["content"]["persons"][1]["attachments"]) == 5


def test_persons_come_from_the_workbook_and_wrong_cells_are_told_by_row(signed_in, enterprise, draft):
    address = enterprise.client.ok("GET", "/persons/import-template")["url"]
    book = load_workbook(io.BytesIO(httpx.get(address, trust_env=False).content))
    names = [cell.value for cell in book.worksheets[0][1]]
    for row, name in ((2, "测试甲"), (3, "测试乙")):
        book.worksheets[0].cell(row, 1).value = name
    raw = io.BytesIO()
    book.save(raw)
    page = signed_in.page
    step(page, "人员信息")
    page.get_by_text("从Excel导入人员").click()
    workbook: Any = {"name": "人员.xlsx", "mimeType": XLSX, "buffer": raw.getvalue()}
    signed_in.expected_statuses.add(422)
    signed_in.field("workbook").set_input_files(workbook)
    expect(page.get_by_text("已导入2人")).to_be_visible(timeout=20_000)
    expect(page.get_by_role("list", name="人员信息").get_by_role("button")).to_have_count(2)
    wrong = page.get_by_role("region", name="问题").get_by_role("row")
    expect(wrong.nth(1).get_by_role("cell").first).to_have_text("2")
    assert wrong.count() > len(names)
    expect(page.get_by_role("list", name="人员信息").get_by_text("需检查")).to_have_count(2)
    signed_in.check()
    passport = signed_in.field("persons.1.passport_number")
    wrong.filter(has=page.get_by_role("cell", name="3", exact=True)).get_by_role("button", name="护照号").first.click()
    expect(passport).to_be_focused()
    expect(passport).to_have_attribute("aria-invalid", "true")
    saved(page)
    assert [person["name"] for person in stored(enterprise, draft)["persons"]] == ["测试甲", "测试乙"]
