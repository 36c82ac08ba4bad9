"""One application: what was returned comes first, then its life, content, persons, files, payment, letters, history."""

import re

import pytest
from playwright.sync_api import expect

from testing.files import PDF
from testing.steps import content, decide, register, submit
from tests.support.pages import Browsing


@pytest.fixture(scope="module")
def life(sandbox):
    """An enterprise with an application of two persons that is approved, and the same content for others."""
    enterprise = register(sandbox)
    filled_in = content(enterprise.client, persons=2)
    number = submit(enterprise.client, filled_in)["number"]
    for office in ("fao-hunan", "consular"):
        decide(sandbox.officer(office), number, "pass")
    return enterprise, number, filled_in


@pytest.fixture
def own(tab: Browsing, life) -> Browsing:
    """A tab of the enterprise account."""
    tab.enter(life[0].client)
    return tab


@pytest.fixture
def fresh(life):
    """The number of another application, under review by the office."""
    enterprise, _, filled_in = life
    return submit(enterprise.client, filled_in)["number"]


def test_an_application_is_shown_in_full(own, life):
    _, number, filled_in = life
    page = own.open(f"/applications/{number}")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"{number}签制")
    steps = page.get_by_role("list", name="办理进度").get_by_role("listitem")
    expect(steps).to_have_text(
        [
            re.compile(r"提交申请（已完成）\d{4}-\d\d-\d\d"),
            re.compile(r"外办审核（已完成）\d{4}-\d\d-\d\d"),
            re.compile(r"领事司审核（已完成）\d{4}-\d\d-\d\d"),
            "APEC经济体审核（当前）0/2",
            "制卡、发卡（未开始）0/2",
        ]
    )
    about = page.get_by_role("region", name="团组信息")
    for text in ("测试团组", "湖南", filled_in["reason"], "自取", "发票信息1", "测试己"):
        expect(about).to_contain_text(text)
    persons = page.get_by_role("region", name="人员申请单").locator("tbody tr")
    expect(persons).to_have_count(2)
    expect(persons.first).to_contain_text(filled_in["persons"][0]["title"])
    expect(persons.first).to_contain_text("APEC经济体审核中")
    expect(page.get_by_role("link", name="人员申请进度")).to_have_attribute("href", f"/applications/{number}/progress")
    own.check()
    page.get_by_role("link", name=f"{number}-02").first.click()
    expect(page).to_have_url(f"{own.origin}/persons/{number}-02")


def test_a_file_is_looked_at_in_the_page(own, life):
    page = own.open(f"/applications/{life[1]}")
    files = page.get_by_role("region", name="团组材料")
    files.get_by_role("button", name="查看").first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("img")).to_have_attribute("src", re.compile("^http://127.0.0.1"))
    own.check()
    dialog.get_by_role("contentinfo").or_(dialog.locator("footer")).get_by_role("button", name="关闭").click()
    expect(dialog).to_be_hidden()


def test_older_history_is_read_on_demand(own, life, sandbox):
    enterprise, number, _ = life
    officer = sandbox.officer("consular")
    for code in enterprise.client.ok("GET", "/reference")["economies"]:
        if code["decides"] and code["code"] != "VNM":
            decision = {"decision": "approved"}
            officer.ok("PUT", f"/office/persons/{number}-02/economies/{code['code']}", decision)
    expected = []
    cursor = ""
    while cursor is not None:
        page_of_history = enterprise.client.ok("GET", f"/applications/{number}/history{cursor and '?cursor=' + cursor}")
        expected += page_of_history["items"]
        cursor = page_of_history["next_cursor"]
    page = own.open(f"/applications/{number}")
    entries = page.locator(".history li")
    more = page.get_by_role("region", name="办理过程").get_by_role("button", name="载入更多")
    while entries.count() < len(expected):
        seen = entries.count()
        more.click()
        expect(entries.nth(seen)).to_be_visible()
    expect(entries).to_have_count(len(expected))
    expect(more).to_have_count(0)
    expect(entries.last).to_contain_text("提交申请")


def test_returned_fields_come_first_with_the_words_of_the_officer(own, fresh, sandbox):
    fields = ["reason", "persons.1.title", "persons.1.photo"]
    decide(sandbox.officer("fao-hunan"), fresh, "return", reason="请写明行程\n照片不清晰", fields=fields)
    page = own.open(f"/applications/{fresh}")
    notice = page.locator(".notice").filter(has_text="须修改后重新提交")
    expect(notice).to_contain_text("外办意见：请写明行程")
    expect(notice.get_by_role("listitem")).to_have_text(["申请事由", "第2人 职务", "第2人 照片"])
    expect(notice.get_by_role("link", name="第2人 职务")).to_have_attribute("href", f"/persons/{fresh}-02")
    first = page.get_by_role("region", name="团组信息").locator("dl > div").first
    expect(first).to_contain_text("申请事由须修改")
    person = page.get_by_role("region", name="人员申请单").locator("tbody tr").first
    expect(person).to_contain_text(f"{fresh}-02")
    expect(person).to_contain_text("须修改：职务、照片")
    expect(page.get_by_role("button", name="重新提交")).to_be_visible()
    own.check()
    page.get_by_role("button", name="重新提交").click()
    page.get_by_role("dialog").get_by_role("button", name="确定").click()
    expect(page.get_by_role("status", name="提示")).to_contain_text("已重新提交")
    expect(page.get_by_role("list", name="办理进度").locator("[aria-current=step]")).to_contain_text("外办审核")
    expect(page.get_by_role("button", name="重新提交")).to_have_count(0)


def test_an_application_is_withdrawn_after_a_question_that_names_it(own, fresh):
    page = own.open(f"/applications/{fresh}")
    page.get_by_role("button", name="撤回").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(f"是否撤回申请单{fresh}？")
    own.check()
    dialog.get_by_role("button", name="确定").click()
    expect(page.get_by_role("status", name="提示")).to_contain_text("已撤回")
    expect(page.get_by_role("list", name="办理进度").locator("[aria-current=step]")).to_contain_text("已停止")
    expect(page.get_by_role("button", name="撤回")).to_have_count(0)


@pytest.mark.accepts("H12")
def test_an_action_on_a_changed_status_is_void_and_leads_to_the_page_above(own, fresh, sandbox):
    own.expected_statuses = {409}
    page = own.open(f"/applications/{fresh}")
    decide(sandbox.officer("fao-hunan"), fresh, "pass")
    page.get_by_role("button", name="撤回").click()
    page.get_by_role("dialog").get_by_role("button", name="确定").click()
    dialog = page.get_by_role("dialog", name="操作无效")
    expect(dialog).to_contain_text("当前状态")
    expect(dialog).to_contain_text("领事司审核中")
    expect(dialog).to_contain_text(re.compile(r"操作人\S*外事办公室"))
    expect(dialog).to_contain_text(re.compile(r"操作时间\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"))
    own.check()
    dialog.get_by_role("button", name="确定").click()
    expect(page).to_have_url(f"{own.origin}/applications")


def test_a_payment_voucher_is_uploaded(own, life):
    page = own.open(f"/applications/{life[1]}")
    payment = page.get_by_role("region", name="缴费凭证")
    expect(payment).to_contain_text("待缴费")
    expect(payment).to_contain_text("1440元")
    payment.get_by_role("button", name="提交缴费凭证").click()
    expect(payment).to_contain_text("请先选择缴费凭证文件。")
    own.check()
    payment.locator("input[type=file]").set_input_files(
        {"name": "凭证.pdf", "mimeType": "application/pdf", "buffer": PDF}
    )
    expect(payment.get_by_text("已上传")).to_be_visible()
    own.expected_statuses = {422}
    payment.get_by_role("button", name="提交缴费凭证").click()
    expect(payment.get_by_text("缴费凭证待核对")).to_be_visible(timeout=20_000)
    expect(payment.get_by_text("凭证.pdf")).to_be_visible()


def test_letters_are_downloaded_as_pdf(own, life):
    page = own.open(f"/applications/{life[1]}")
    for name in ("申请表", "回执", "提交签名回执"):
        with page.expect_download() as started:
            page.get_by_role("button", name=name, exact=True).click()
        assert started.value.suggested_filename.endswith(".pdf")
        assert started.value.path().read_bytes()[:5] == b"%PDF-"


def test_a_signed_receipt_of_a_decision_is_offered_once_there_is_one_in_both_languages(own, life, fresh):
    page = own.open(f"/applications/{fresh}")
    expect(page.get_by_role("button", name="提交签名回执")).to_be_visible()
    expect(page.get_by_role("button", name="审核签名回执")).to_have_count(0)
    page = own.open(f"/applications/{life[1]}")
    page.get_by_role("button", name="English").click()
    with page.expect_download() as started:
        page.get_by_role("button", name="Signed receipt of decision").click()
    assert b"/AbtcReceipt (eyJ" in started.value.path().read_bytes()
    own.check()


def test_an_application_is_copied_as_a_draft(own, life):
    page = own.open(f"/applications/{life[1]}")
    page.get_by_role("button", name="复制为新草稿").click()
    expect(page).to_have_url(re.compile(r"/drafts/[\w-]+$"))
    assert [draft["group_name"] for draft in life[0].client.ok("GET", "/drafts")["items"]] == ["测试团组"]


def test_print_leaves_out_what_cannot_be_pressed(own, life):
    page = own.open(f"/applications/{life[1]}")
    page.emulate_media(media="print")
    for name in ("打印", "复制为新草稿", "申请表"):
        expect(page.get_by_role("button", name=name)).to_have_count(0)
    expect(page.get_by_role("region", name="团组信息")).to_be_visible()
    expect(page.get_by_role("navigation")).to_have_count(0)
