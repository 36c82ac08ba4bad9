"""One person: economies, query site, card, where to travel, services and their forms."""

import re

import pytest
from playwright.sync_api import expect

from testing import people
from testing.files import JPEG, PDF
from testing.steps import content, decide, register, submit
from tests.support.pages import Browsing

PERSONS = 5


@pytest.fixture(scope="module")
def life(sandbox):
    """An enterprise with a group that the economies are answering: its first person has answers, its second a card."""
    enterprise = register(sandbox)
    number = submit(enterprise.client, content(enterprise.client, persons=PERSONS))["number"]
    for office in ("fao-hunan", "consular"):
        decide(sandbox.officer(office), number, "pass")
    consular = sandbox.officer("consular")
    answers = [("SGP", "approved"), ("CHL", "approved"), ("KOR", "refused"), ("JPN", "locked")]
    for code, decision in answers:
        consular.ok("PUT", f"/office/persons/{number}-01/economies/{code}", {"decision": decision})
    consular.ok("PUT", f"/office/persons/{number}-01/foreign-number", {"number": "CHN-2026/0001"})
    economies = enterprise.client.ok("GET", "/reference")["economies"]
    for place in (2, 3):
        for entry in economies:
            if entry["decides"]:
                path = f"/office/persons/{number}-0{place}/economies/{entry['code']}"
                consular.ok("PUT", path, {"decision": "approved"})
        make_card(consular, f"{number}-0{place}")
    return enterprise, number


def make_card(consular, person):
    """Make and hand out the card of a person."""
    more = {"card_number": f"CN{people.serial():06d}", "valid_until": "2031-11-20"}
    for event, fields in (("making", {}), ("made", more), ("issued", {})):
        version = consular.ok("GET", f"/office/persons/{person}")["status_version"]
        form = {"event": event, "status_version": version, **fields}
        consular.ok("POST", f"/office/persons/{person}/card", form)


@pytest.fixture
def own(tab: Browsing, life) -> Browsing:
    """A tab of the enterprise account."""
    tab.enter(life[0].client)
    return tab


def add_file(page, kind, name, mime="application/pdf", buffer=PDF):
    """Choose a file of a kind and wait until it is in the bucket."""
    field = page.locator(f"input[type=file][name='{kind}']")
    field.set_input_files({"name": name, "mimeType": mime, "buffer": buffer})
    expect(page.locator(".files li").filter(has_text=name)).to_contain_text("已上传")


def fill_in_passport(own):
    """Fill in the form of a changed passport, with its files."""
    page = own.page
    own.field("reason").fill("护照到期换发")
    own.field("passport_kind").select_option("ordinary")
    own.field("passport_number").fill(people.make_passport())
    own.field("passport_place").fill("湖南")
    own.field("passport_issued_on").fill("20261001")
    own.field("passport_expires_on").fill("2036年9月30日")
    own.field("passport_expires_on").blur()
    expect(own.field("passport_expires_on")).to_have_value("2036-09-30")
    add_file(page, "explanation", "说明.pdf")
    add_file(page, "passport_page", "护照.jpg", "image/jpeg", JPEG)


@pytest.mark.accepts("D01", "D02")
def test_a_person_shows_the_states_of_the_economies_and_the_query_site_with_the_number(own, life):
    _, number = life
    page = own.open(f"/persons/{number}-01")
    economies = page.get_by_role("region", name="经济体审核")
    expect(economies.get_by_role("heading", level=3)).to_have_text(["已批复（批准、拒签、锁定） · 4", "审批中 · 12"])
    for text in (r"新加坡\s*批准", r"韩国\s*拒签", r"日本\s*锁定", r"泰国\s*审批中"):
        expect(economies).to_contain_text(re.compile(text))
    foreign = page.get_by_role("region", name="外方审核查询")
    expect(foreign).to_contain_text("查询网址")
    link = foreign.get_by_role("link")
    expect(link).to_have_attribute("href", "https://www.abtc-aps.org/abtc-core/status/check.html")
    expect(link).to_have_attribute("rel", "noopener noreferrer")
    own.check()
    own.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="复制申请号").click()
    expect(page.get_by_role("status", name="提示")).to_contain_text("已复制")
    assert page.evaluate("navigator.clipboard.readText()") == "CHN-2026/0001"


def test_long_english_words_in_large_text_fit_on_a_phone(own, life):
    _, number = life
    for key, value in (("language", "en"), ("theme", "dark"), ("text", "large")):
        own.context.add_init_script(f"localStorage.setItem('{key}', '{value}')")
    for path in (f"/applications/{number}", f"/persons/{number}-01", f"/persons/{number}-02"):
        own.open(path)
        own.check()
    page = own.open(f"/persons/{number}-02/apply/replace_card")
    page.get_by_role("radio").first.check()
    expect(page.get_by_text("JPEG, PNG").first).to_be_visible()
    own.check()


def test_a_card_says_where_it_admits_to_now(own, life):
    page = own.open(f"/persons/{life[1]}-02")
    card = page.get_by_role("region", name="旅行卡")
    expect(card).to_contain_text("可使用")
    expect(card).to_contain_text("现可前往（16）")
    expect(card.get_by_role("listitem").filter(has_text="新加坡")).to_contain_text("至2031-11-20")
    own.check()


def test_masked_values_are_shown_after_a_reason_that_the_history_records(own, life):
    page = own.open(f"/persons/{life[1]}-02")
    data = page.get_by_role("region", name="人员信息")
    expect(data).to_contain_text("138****")
    data.get_by_role("button", name="显示完整信息").click()
    dialog = page.get_by_role("dialog")
    own.expected_statuses = {422}
    dialog.get_by_role("button", name="确定").click()
    expect(dialog.locator("[aria-invalid=true]")).to_have_count(1)
    own.check()
    own.field("reason").fill("核对证件号码")
    dialog.get_by_role("button", name="确定").click()
    expect(data).to_contain_text(re.compile(r"13[0-9]{9}"))
    expect(data.get_by_role("button", name="显示完整信息")).to_have_count(0)
    expect(page.get_by_role("region", name="办理过程")).to_contain_text("核对证件号码")


def test_an_early_card_is_applied_for_after_it_is_said_what_is_lost(own, life):
    _, number = life
    page = own.open(f"/persons/{number}-01")
    services = page.get_by_role("region", name="可申请业务")
    expect(services.get_by_role("link")).to_have_text(["提前制卡", "未制卡仅更换护照"])
    services.get_by_role("link", name="提前制卡").click()
    own.settled()
    expect(page.get_by_role("heading", level=1)).to_have_text("申请提前制卡")
    page.get_by_role("button", name="提交").click()
    expect(page.get_by_role("alert")).to_contain_text("事由：必填")
    own.check()
    own.field("reason").fill("急需赴新加坡参加展会")
    add_file(page, "application_letter", "申请函.pdf")
    page.get_by_role("button", name="提交").click()
    dialog = page.get_by_role("dialog", name="确认提交")
    expect(dialog).to_contain_text(f"（{number}-01）申请提前制卡，是否提交？", timeout=20_000)
    expect(dialog).to_contain_text("提交后将有以下影响")
    expect(dialog).to_contain_text("建议：")
    own.check()
    dialog.get_by_role("button", name="确认提交").click()
    page.wait_for_url(re.compile(r"/applications/APEC\d{14}$"))
    own.settled()
    expect(page.get_by_role("heading", level=1)).to_contain_text("提前制卡")
    expect(page.get_by_role("region", name="申请信息")).to_contain_text("急需赴新加坡参加展会")
    own.check()


def test_a_replacement_asks_for_what_its_reason_needs(own, life):
    page = own.open(f"/persons/{life[1]}-02/apply/replace_card")
    page.get_by_role("button", name="提交").click()
    expect(page.get_by_role("alert").get_by_role("link")).to_have_text(["换补卡原因：必填", "事由：必填"])
    case = page.get_by_role("group", name="换补卡原因")
    expect(case.get_by_role("radio")).to_have_count(4)
    case.get_by_label("卡片遗失").check()
    expect(page.locator("input[type=file]")).to_have_count(2)
    expect(own.field("passport_number")).to_have_count(0)
    case.get_by_label("护照更换").check()
    expect(page.locator("input[type=file]")).to_have_count(4)
    expect(own.field("passport_number")).to_be_visible()
    page.get_by_role("button", name="提交").click()
    expect(page.get_by_role("alert").get_by_role("link")).to_have_count(6)
    own.check()


def test_a_changed_passport_is_submitted(own, life):
    enterprise, number = life
    page = own.open(f"/persons/{number}-04/apply/change_passport")
    fill_in_passport(own)
    page.get_by_role("button", name="提交").click()
    dialog = page.get_by_role("dialog", name="确认提交")
    expect(dialog).to_be_visible(timeout=20_000)
    dialog.get_by_role("button", name="确认提交").click()
    page.wait_for_url(re.compile(r"/applications/APEC\d{14}$"))
    shown = enterprise.client.ok("GET", f"/persons/{number}-04")
    assert shown["open_service"] is not None


def test_a_cancellation_is_confirmed_two_times(own, life):
    _, number = life
    page = own.open(f"/persons/{number}-03/apply/cancel_card")
    own.field("reason").fill("持卡人离职")
    add_file(page, "application_letter", "申请函.pdf")
    page.get_by_role("button", name="提交").click()
    dialog = page.get_by_role("dialog", name="确认提交")
    expect(dialog).to_be_visible(timeout=20_000)
    dialog.get_by_role("button", name="确认提交").click()
    expect(dialog).to_contain_text("请先勾选")
    own.check()
    dialog.get_by_role("checkbox").check()
    dialog.get_by_role("button", name="确认提交").click()
    page.wait_for_url(re.compile(r"/applications/APEC\d{14}$"))


@pytest.mark.accepts("H12")
def test_a_service_for_a_person_that_has_changed_meanwhile_is_void(own, life, sandbox):
    _, number = life
    own.expected_statuses = {409}
    page = own.open(f"/persons/{number}-05/apply/change_passport")
    consular = sandbox.officer("consular")
    for entry in life[0].client.ok("GET", "/reference")["economies"]:
        if entry["decides"]:
            path = f"/office/persons/{number}-05/economies/{entry['code']}"
            consular.ok("PUT", path, {"decision": "approved"})
    fill_in_passport(own)
    page.get_by_role("button", name="提交").click()
    dialog = page.get_by_role("dialog", name="操作无效")
    expect(dialog).to_contain_text("APEC经济体审核完成", timeout=20_000)
    own.check()
    dialog.get_by_role("button", name="确定").click()
    expect(page).to_have_url(f"{own.origin}/persons/{number}-05")


def test_a_service_that_is_not_available_has_no_form(own, life):
    page = own.open(f"/persons/{life[1]}-02/apply/early_card")
    expect(page.get_by_text("目前不能申请此业务。")).to_be_visible()
    expect(page.locator("form")).to_have_count(0)
    own.check()
