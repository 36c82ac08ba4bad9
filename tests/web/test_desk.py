"""The desk of an officer: the queue, an application beside its documents, the decision, and the next one."""

import json
import re

import pytest
from playwright.sync_api import Locator, expect

from testing import people
from testing.pictures import picture
from testing.running import wait_for
from testing.steps import decide, register, submit, upload
from tests.support import desk
from tests.support.pages import NARROW, WIDE, Browsing

OFFICE, CONSULAR = "fao-hunan", "consular"

REMARKS = "有提示，仍要通过？"


@pytest.fixture(scope="module")
def applicant(sandbox):
    """An enterprise, and content on which there is no remark."""
    enterprise = register(sandbox)
    return enterprise.client, desk.clean(enterprise.client)


@pytest.fixture
def waiting(applicant, sandbox):
    """Two applications of one person, which wait at the office; nothing else does."""
    client, clean = applicant
    office = sandbox.officer(OFFICE)
    for row in office.ok("POST", "/office/search", {"limit": 100})["items"]:
        decide(office, row["number"], "reject", reason="测试")
    return [submit(client, desk.another(clean, group_name=f"测试团组{place}"))["number"] for place in (1, 2)]


def press(tab: Browsing, *keys: str) -> None:
    """Press keys as soon as the page takes decisions."""
    for key in keys:
        if key.isdecimal():
            settled(tab)
        tab.page.keyboard.press(key)


def settled(tab: Browsing) -> None:
    """Wait until what is open can be decided on."""
    buttons = tab.page.get_by_role("region", name="审核", exact=True).get_by_role("button")
    expect(buttons.first).not_to_have_attribute("aria-disabled", "true")


def opened(tab: Browsing, number: str) -> None:
    """Assert that this application or person is open."""
    expect(tab.page).to_have_url(re.compile(rf"/desk/{number}(\?|$)"))
    expect(tab.page.get_by_role("heading", level=1)).to_have_text(number)
    tab.settled()


def status(sandbox, number: str) -> str:
    """The status of an application as its office sees it."""
    return str(sandbox.officer(CONSULAR).ok("GET", f"/office/applications/{number}")["status"])


def said(tab: Browsing) -> Locator:
    """What the page has just confirmed."""
    return tab.page.get_by_role("status", name="提示")


def enlarged(frame: Locator, *, expected: bool) -> None:
    """Wait until a preview can be scrolled sideways, or cannot."""
    script = "([element, expected]) => (element.scrollWidth > element.clientWidth) === expected"
    frame.page.wait_for_function(script, arg=[frame.element_handle(), expected])


def box(tab: Browsing, label: str) -> Locator:
    """The box that puts a field or file on the list of the return."""
    return tab.page.get_by_role("checkbox", name=f"退回： {label}", exact=True)


def test_an_enterprise_that_opens_the_desk_lands_on_its_applications(signed_in):
    for address in ("/desk", "/desk/APEC20260101000001"):
        signed_in.open(address)
        expect(signed_in.page).to_have_url(f"{signed_in.origin}/applications")


def test_a_clean_application_takes_three_keys_at_most_and_the_next_opens(officer, waiting, sandbox):
    first, second = waiting
    page = officer.open("/desk")
    counts = page.get_by_role("navigation", name="待办情况")
    expect(counts.get_by_role("link")).to_contain_text(["外办审核中2件最早为今日"])
    queue = page.get_by_role("region", name=re.compile("^队列"), exact=False).first
    expect(queue.get_by_role("link")).to_contain_text([first, second])
    officer.check()
    press(officer, "j")
    opened(officer, first)
    settled(officer)
    for text in ("测试团组1", "赴有关经济体洽谈业务并参加展会", "测试甲", "普通护照", "自取"):
        expect(page.locator("dl").filter(has_text=text).first).to_be_visible()
    officer.check()
    press(officer, "1")
    opened(officer, second)
    expect(said(officer)).to_contain_text(f"{first}已通过")
    assert status(sandbox, first) == "CONSULAR_REVIEW"
    page.reload()
    opened(officer, second)
    press(officer, "1")
    expect(page.get_by_text("此状态下没有待审申请单。")).to_be_visible()
    expect(page).to_have_url(f"{officer.origin}/desk")
    officer.check()


def test_a_key_that_is_held_down_or_pressed_twice_decides_once(officer, waiting, sandbox):
    first, second = waiting
    officer.open(f"/desk/{first}")
    settled(officer)
    press(officer, "1")
    officer.page.keyboard.press("1")
    opened(officer, second)
    officer.page.keyboard.press("1")
    settled(officer)
    assert [status(sandbox, number) for number in waiting] == ["CONSULAR_REVIEW", "FAO_REVIEW"]


def test_ticked_fields_become_the_return_and_the_correction_is_marked(officer, waiting, applicant, sandbox):
    first, second = waiting
    page = officer.open(f"/desk/{first}")
    settled(officer)
    press(officer, "f")
    expect(box(officer, "姓名")).to_be_focused()
    officer.page.keyboard.press("ArrowDown")
    officer.page.keyboard.press("Enter")
    text = page.get_by_role("textbox", name="姓（拼音）：退回意见")
    expect(text).to_be_focused()
    page.keyboard.type("1与护照不一致jk?")
    page.keyboard.press("Enter")
    expect(box(officer, "姓（拼音）")).to_be_checked()
    box(officer, "照片").check()
    page.get_by_role("button", name="背景须为白色").click()
    box(officer, "申请事由").check()
    press(officer, "2")
    dialog = page.get_by_role("dialog", name="退回修改")
    expect(dialog.get_by_role("listitem")).to_contain_text(
        ["第1人 姓（拼音） 1与护照不一致jk?", "第1人 照片 背景须为白色", "申请事由 请核对并修改"]
    )
    expect(dialog.get_by_role("radio")).to_have_count(0)
    officer.check()
    dialog.get_by_role("button", name=re.compile("取消勾选 ?申请事由")).click()
    dialog.get_by_label("补充说明").fill("请尽快")
    page.keyboard.press("Control+Enter")
    opened(officer, second)
    event = sandbox.officer(OFFICE).ok("GET", f"/office/applications/{first}")["history"][-1]
    assert event["reason"] == "第1人 姓（拼音）：1与护照不一致jk?\n第1人 照片：背景须为白色\n请尽快"
    assert event["fields"] == ["persons.0.surname_pinyin", "persons.0.photo"]

    client, _ = applicant
    photo, _ = upload(client, "photo", picture("photo"), filename="photo.jpg")
    files = client.ok("GET", f"/applications/{first}/content")["content"]["persons"][0]["attachments"]
    kept = [each for each in files if ".photo." not in each]
    person = {"surname_pinyin": "SHI", "attachments": [photo, *kept]}
    desk.corrected(client, first, {0: person}, reason="赴智利参加矿业展会并洽谈")
    officer.open(f"/desk/{first}")
    settled(officer)
    expect(page.get_by_text(re.compile("退回后的修改：3项"))).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("^照片 ?新$"))).to_be_visible()
    changed = page.locator("dd").filter(has_text="原：")
    expect(changed).to_have_text(
        ["SHI已修改原：CE", "赴智利参加矿业展会并洽谈已修改原：赴有关经济体洽谈业务并参加展会"]
    )
    officer.check()
    press(officer, "9")
    expect(box(officer, "姓名")).to_have_count(0)
    expect(changed).to_have_count(2)
    press(officer, "1")
    expect(said(officer)).to_contain_text(f"{first}已通过")


def test_one_person_is_returned_and_comes_back_by_itself(officer, waiting, applicant, sandbox):
    client, clean = applicant
    number = submit(client, desk.another(clean, persons=3))["number"]
    page = officer.open(f"/desk/{number}")
    settled(officer)
    press(officer, "n", "n", "f", " ", "2")
    dialog = page.get_by_role("dialog", name="退回修改")
    dialog.get_by_role("radio", name="仅测试甲，其余人员继续").check()
    officer.check()
    dialog.get_by_role("button", name=re.compile("^退回修改")).click()
    expect(said(officer)).to_contain_text("已退回1人，其余人员继续审核")
    tabs = page.get_by_role("navigation", name="人员")
    expect(tabs.get_by_role("button")).to_contain_text(["团组信息", "1 测试甲", "2 测试甲外办退回修改", "3 测试甲"])
    expect(page.get_by_role("checkbox")).to_have_count(0)
    press(officer, "n")
    expect(box(officer, "姓名")).to_be_visible()
    press(officer, "3")
    dialog = page.get_by_role("dialog", name="审核不通过")
    dialog.get_by_label("理由").fill("材料不实")
    page.keyboard.press("Control+Enter")
    expect(dialog.get_by_role("alert")).to_have_text("请选择范围。")
    dialog.get_by_role("radio", name="仅测试甲，其余人员继续").check()
    officer.check()
    page.keyboard.press("Control+Enter")
    expect(said(officer)).to_contain_text("1人审核不通过，其余人员继续审核")
    press(officer, "1")
    expect(said(officer)).to_contain_text(f"{number}已通过")

    desk.again(client, "persons", f"{number}-02")
    officer.open("/desk")
    expect(page.get_by_role("link", name=f"{number}-02")).to_contain_text("单独审核")
    page.get_by_role("link", name=f"{number}-02").click()
    opened(officer, f"{number}-02")
    expect(box(officer, "姓名")).to_be_visible()
    settled(officer)
    officer.check()
    press(officer, "1")
    expect(said(officer)).to_contain_text(f"{number}-02已通过")
    persons = sandbox.officer(CONSULAR).ok("GET", f"/office/applications/{number}")["persons"]
    assert [person["status"] for person in persons] == ["CONSULAR_REVIEW", "CONSULAR_REVIEW", "FAO_REJECTED"]


def test_control_and_enter_send_a_dialog_wherever_the_focus_is_and_the_confirmation_hides_no_button(officer, waiting):
    page = officer.open(f"/desk/{waiting[0]}")
    settled(officer)
    press(officer, "f", " ", "2")
    expect(page.get_by_role("dialog").get_by_role("button", name=re.compile("^退回修改"))).to_be_focused()
    page.keyboard.press("Control+Enter")
    expect(said(officer)).to_contain_text(f"{waiting[0]}已退回修改")
    opened(officer, waiting[1])
    settled(officer)
    for size in (NARROW, WIDE):
        page.set_viewport_size(size)
        toast = said(officer).bounding_box()
        bar = page.get_by_role("region", name="审核", exact=True).bounding_box()
        assert toast, size
        assert bar, size
        assert toast["y"] + toast["height"] < bar["y"], (toast, bar)
    press(officer, "5")
    dialog = page.get_by_role("dialog", name="显示完整信息")
    dialog.get_by_label("查看原因").fill("核对")
    dialog.get_by_role("button", name="取消").focus()
    page.keyboard.press("Control+Enter")
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("button", name=re.compile("遮盖"))).to_be_visible()


def test_numbers_are_shown_in_clear_for_a_reason_that_is_asked_for_once(officer, waiting, applicant, sandbox):
    client, clean = applicant
    first, second = waiting
    twin = desk.another(clean)
    passport = twin["persons"][0]["passport_number"]
    numbers = [submit(client, twin)["number"] for _ in range(2)]
    sandbox.page().ok("POST", "/run/look_up_persons", {})
    page = officer.open(f"/desk/{numbers[0]}")
    settled(officer)
    expect(page.get_by_text(passport)).to_have_count(0)
    press(officer, "5")
    dialog = page.get_by_role("dialog", name="显示完整信息")
    expect(dialog.get_by_role("button", name="核对护照信息页")).to_be_focused()
    officer.check()
    page.keyboard.press("Enter")
    expect(page.get_by_text(passport)).to_be_visible()
    expect(page.get_by_role("list", name="提示")).to_contain_text(f"该护照号另有申请：{numbers[1]}（外办审核中）")
    officer.check()
    page.keyboard.press("j")
    opened(officer, numbers[1])
    expect(page.get_by_text(passport)).to_have_count(0)
    press(officer, "5")
    expect(page.get_by_text(passport)).to_be_visible()
    press(officer, "5")
    expect(page.get_by_text(passport)).to_have_count(0)
    for number in numbers:
        history = sandbox.officer(OFFICE).ok("GET", f"/office/applications/{number}")["history"]
        assert [event["reason"] for event in history if event["action"] == "reveal"] == ["核对护照信息页"]
    press(officer, "1")
    # The other application of the same person is a warning, which is read before the decision.
    expect(page.get_by_role("dialog", name=REMARKS).get_by_role("button", name="仍要通过")).to_be_focused()
    page.keyboard.press("Enter")
    expect(said(officer)).to_contain_text(f"{numbers[1]}已通过")
    assert {status(sandbox, number) for number in (first, second)} == {"FAO_REVIEW"}


def test_the_document_that_proves_a_field_stands_beside_it(officer, waiting):
    page = officer.open(f"/desk/{waiting[0]}")
    settled(officer)
    documents = page.get_by_role("region", name="材料", exact=True)
    expect(documents.get_by_role("img", name="照片预览")).to_be_visible()
    box(officer, "护照号").focus()
    picture = documents.get_by_role("img", name="护照信息页预览")
    expect(picture).to_be_visible()
    frame = documents.get_by_role("region", name="护照信息页预览")
    expect(picture).to_have_class("placed")
    enlarged(frame, expected=False)
    press(officer, "+", "+")
    enlarged(frame, expected=True)
    page.keyboard.press("0")
    page.keyboard.press("r")
    enlarged(frame, expected=False)
    assert "rotate(90deg)" in str(picture.get_attribute("style"))
    press(officer, "d")
    expect(documents.get_by_role("button", pressed=True)).to_have_text("社保缴纳证明")
    page.get_by_role("button", name="对照申请函").click()
    expect(documents.get_by_role("img", name="申请函预览")).to_be_visible()


def test_remarks_are_read_before_passing_and_a_rejection_is_taken_back(officer, waiting, applicant, sandbox):
    client, clean = applicant
    remarked = desk.another(clean)
    remarked["persons"][0] |= {"title": "待定", "passport_place": "广东"}
    number = submit(client, remarked)["number"]
    page = officer.open(f"/desk/{number}")
    settled(officer)
    expect(page.get_by_role("list", name="提示")).to_contain_text("护照签发地（广东）与受理外办不同")
    press(officer, "1")
    dialog = page.get_by_role("dialog", name=REMARKS)
    expect(dialog.get_by_role("button", name="仍要通过")).to_be_focused()
    expect(dialog.get_by_role("listitem")).to_contain_text(["护照签发地（广东）与受理外办不同"])
    officer.check()
    page.keyboard.press("Escape")
    press(officer, "3")
    dialog = page.get_by_role("dialog", name="审核不通过")
    expect(dialog.get_by_label("理由")).to_be_focused()
    page.keyboard.type("材料不实")
    usual = dialog.get_by_role("group", name="常用意见")
    usual.get_by_role("button", name="申请人不符合申办条件").click()
    expect(dialog.get_by_label("理由")).to_have_value("材料不实；申请人不符合申办条件")
    usual.get_by_role("button", name="申请企业不符合申办条件").click()
    usual.get_by_role("button", name="申请企业不符合申办条件").click()
    expect(dialog.get_by_label("理由")).to_have_value("材料不实；申请人不符合申办条件")
    officer.check()
    dialog.get_by_label("理由").focus()
    page.keyboard.press("Control+Enter")
    expect(said(officer)).to_contain_text(f"{number}审核不通过")
    officer.open("/desk")
    page.get_by_label("申请单状态").select_option("外办审核不通过")
    page.get_by_role("link", name=number).click()
    opened(officer, number)
    press(officer, "4")
    page.get_by_role("dialog", name="重新打开").get_by_label("理由").fill("误判")
    page.keyboard.press("Control+Enter")
    expect(said(officer)).to_contain_text(f"{number}已重新打开")
    assert status(sandbox, number) == "FAO_REVIEW"


@pytest.mark.accepts("H12")
def test_a_lost_race_says_who_was_quicker_and_the_next_opens(officer, waiting, sandbox):
    first, second = waiting
    officer.expected_statuses = {409}
    page = officer.open(f"/desk/{first}")
    settled(officer)
    decide(sandbox.officer(OFFICE), first, "pass")
    press(officer, "1")
    dialog = page.get_by_role("dialog", name="操作无效")
    expect(dialog).to_contain_text("领事司审核中")
    expect(dialog).to_contain_text("湖南省人民政府外事办公室")
    officer.check()
    page.keyboard.press("Enter")
    opened(officer, second)
    settled(officer)
    page.get_by_role("link", name="返回队列").click()
    expect(page.get_by_role("link", name=first)).to_have_count(0)


def test_a_lost_network_and_an_ended_session_lose_nothing_of_a_return(officer, waiting, sandbox):
    first, second = waiting
    page = officer.open(f"/desk/{first}")
    settled(officer)
    press(officer, "f", " ", "j")
    opened(officer, second)
    press(officer, "k")
    opened(officer, first)
    expect(box(officer, "姓名")).to_be_checked()
    press(officer, "2")
    dialog = page.get_by_role("dialog", name="退回修改")
    dialog.get_by_label("补充说明").fill("请附行程")
    officer.context.set_offline(offline=True)
    page.keyboard.press("Control+Enter")
    expect(dialog.get_by_role("alert")).to_have_text("网络已断开。恢复后请重试。")
    officer.context.set_offline(offline=False)
    officer.expected_statuses = {401}
    officer.context.clear_cookies()
    page.keyboard.press("Control+Enter")
    ended = page.get_by_role("dialog", name="登录已结束")
    passwords = json.loads((sandbox.directory / "officers.json").read_text())
    officer.field("again_password").fill(passwords[OFFICE])
    ended.get_by_role("button", name="重新登录").click()
    expect(ended).to_be_hidden()
    expect(dialog.get_by_label("补充说明")).to_have_value("请附行程")
    dialog.get_by_role("button", name=re.compile("^退回修改")).click()
    opened(officer, second)
    event = sandbox.officer(OFFICE).ok("GET", f"/office/applications/{first}")["history"][-1]
    assert event["reason"] == "第1人 姓名：请核对并修改\n请附行程"


def test_what_is_decided_in_one_window_leaves_the_queue_of_the_other(officer, waiting, sandbox):
    first, second = waiting
    officer.open(f"/desk/{second}")
    settled(officer)
    other = officer.context.new_page()
    other.goto(f"{officer.origin}/desk/{second}")
    bar = other.get_by_role("region", name="审核", exact=True)
    expect(bar.get_by_role("button", name="审核通过")).not_to_have_attribute("aria-disabled", "true")
    press(officer, "1")
    opened(officer, first)
    expect(other.get_by_text("此件刚在另一窗口处理。")).to_be_visible()
    other.get_by_role("button", name="继续下一件").click()
    expect(other.get_by_role("heading", level=1)).to_have_text(first)


def test_the_consular_department_accepts_or_returns_a_voucher_and_prints_letters(consular, waiting, applicant, sandbox):
    client, _ = applicant
    number = waiting[0]
    for office in (OFFICE, CONSULAR):
        decide(sandbox.officer(office), number, "pass")
    paid(client, number)
    page = consular.open(f"/desk/{number}")
    expect(page.get_by_text("当前状态下没有审核操作。")).to_be_visible()
    voucher(page, "7")
    dialog = page.get_by_role("dialog", name="退回凭证")
    dialog.get_by_label("退回原因").fill("金额不符")
    dialog.get_by_role("button", name="缴费单位与申请企业不一致").click()
    expect(dialog.get_by_label("退回原因")).to_have_value("金额不符；缴费单位与申请企业不一致")
    consular.check()
    page.keyboard.press("Control+Enter")
    expect(said(consular)).to_contain_text("缴费凭证已退回")
    paid(client, number)
    page.reload()
    voucher(page, "6")
    expect(said(consular)).to_contain_text("缴费凭证已确认")
    with page.expect_download() as started:
        page.get_by_role("button", name="申请表").click()
    assert started.value.path().read_bytes()[:5] == b"%PDF-"
    with page.expect_download() as started:
        page.get_by_role("button", name="审核签名回执").click()
    assert b"/AbtcReceipt (eyJ" in started.value.path().read_bytes()


def voucher(page, key: str) -> None:
    """Press a key of the payment voucher as soon as its buttons act."""
    button = page.locator(f"[aria-keyshortcuts='{key}']")
    expect(button).not_to_have_attribute("aria-disabled", "true")
    page.keyboard.press(key)


def paid(client, number: str) -> None:
    """Upload a payment voucher, as soon as its file is inspected."""
    voucher, _ = upload(client, "payment_voucher", picture("payment_voucher"))

    def accepted() -> bool:
        seen = client.ok("GET", f"/applications/{number}")["payment"]["payment_version"]
        form = {"attachments": [voucher], "payment_version": seen}
        return bool(client("PUT", f"/applications/{number}/payment-voucher", form).is_success)

    wait_for(accepted, 20, "the inspection of the voucher")


def test_keys_are_explained_can_be_switched_off_and_lead_to_the_help(officer, waiting):
    page = officer.open("/desk")
    press(officer, "?")
    dialog = page.get_by_role("dialog", name="快捷键")
    officer.check()
    dialog.get_by_role("checkbox", name="使用快捷键").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    expect(page).to_have_url(f"{officer.origin}/desk")
    page.get_by_role("button", name="快捷键").click()
    dialog.get_by_role("checkbox", name="使用快捷键").check()
    dialog.get_by_role("link", name="工作台使用说明").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("工作台使用说明")
    officer.check()


def test_the_desk_says_what_failed_and_tries_again(officer, waiting):
    officer.expected_statuses = {404, 503}
    page = officer.open("/desk/APEC20000101000001")
    expect(page.get_by_role("alert")).to_be_visible()
    officer.check()
    page.route(
        "**/v1/office/search",
        lambda route: route.fulfill(status=503, json={"code": "UNAVAILABLE", "message": "系统繁忙，请稍后重试。"}),
    )
    page.get_by_role("link", name="返回队列").click()
    page.get_by_role("button", name="刷新").click()
    expect(page.get_by_role("alert")).to_contain_text("系统繁忙")
    officer.check()
    page.unroute("**/v1/office/search")
    page.get_by_role("button", name="重试").click()
    expect(page.get_by_role("link", name=waiting[0])).to_be_visible()


def test_a_follow_up_application_is_reviewed_with_the_new_and_the_earlier_passport(
    consular, waiting, applicant, sandbox
):
    client, _ = applicant
    number = waiting[0]
    for office in (OFFICE, CONSULAR):
        decide(sandbox.officer(office), number, "pass")
    person = client.ok("GET", f"/persons/{number}-01")
    earlier = client.ok("GET", f"/applications/{number}/content")["content"]["persons"][0]["passport_number"]
    follow_up = changed_passport(client, person)
    decide(sandbox.officer(OFFICE), follow_up, "pass")
    page = consular.open("/desk")
    page.get_by_label("业务类型").select_option("未制卡仅更换护照")
    page.get_by_role("link", name=follow_up).click()
    opened(consular, follow_up)
    expect(page.get_by_text("换发新护照")).to_be_visible()
    press(consular, "5")
    page.keyboard.press("Enter")
    expect(page.locator("dl").filter(has_text="原护照号").filter(has_text=earlier)).to_be_visible()
    settled(consular)
    consular.check()
    press(consular, "1")
    expect(page.get_by_role("dialog", name=REMARKS).get_by_role("button", name="仍要通过")).to_be_focused()
    page.keyboard.press("Enter")
    expect(said(consular)).to_contain_text(f"{follow_up}已通过")


def changed_passport(client, person) -> str:
    """A submitted application to change the passport of a person that is at the economies."""
    page, _ = upload(client, "passport_page", picture("passport_page"))
    form = {
        "service": "change_passport",
        "status_version": person["status_version"],
        "reason": "换发新护照",
        "passport_kind": "ordinary",
        "passport_number": people.make_passport(),
        "passport_issued_on": person["content"]["passport_issued_on"],
        "passport_expires_on": person["content"]["passport_expires_on"],
        "passport_place": "湖南",
        "attachments": [page],
    }
    answers = []

    def inspected() -> bool:
        answers.append(client("POST", f"/persons/{person['number']}/services", form))
        return "ATTACHMENT_PENDING" not in answers[-1].text

    wait_for(inspected, 20, "the inspection of the passport page")
    assert answers[-1].is_success, answers[-1].text
    return str(answers[-1].json()["number"])
