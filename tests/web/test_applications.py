"""我的申请单: tabs, filters, groups and persons, in the words and order of the guides."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from testing.steps import content, decide, register, submit
from tests.support.pages import NARROW, Browsing


@pytest.fixture(scope="module")
def life(sandbox):
    """An enterprise with an application of its own, one of its agent, and one that waits for the economies."""
    enterprise = register(sandbox)
    agent, form = enterprise.agent()
    filled_in = content(enterprise.client, persons=2)
    filled_in["persons"][0]["name"] = "测试寻找"
    first = submit(enterprise.client, filled_in)
    of_agent = submit(agent, {**content(agent), "group_name": "经办人的团组"})
    approved = submit(enterprise.client, filled_in)
    for office in ("fao-hunan", "consular"):
        decide(sandbox.officer(office), approved["number"], "pass")
    return {
        "enterprise": enterprise,
        "agent": agent,
        "username": form["username"],
        "first": first["number"],
        "of_agent": of_agent["number"],
        "approved": approved["number"],
        "names": [person["name"] for person in filled_in["persons"]],
        "passport": filled_in["persons"][1]["passport_number"],
    }


@pytest.fixture
def own(tab: Browsing, life) -> Browsing:
    """A tab of the enterprise account."""
    tab.enter(life["enterprise"].client)
    return tab


def numbers(page):
    return page.locator("article h2 .number").all_inner_texts()


@pytest.mark.accepts("L01", "L02", "L03", "L04", "L05")
def test_the_list_has_the_tabs_and_filters_of_the_guides(own):
    page = own.open("/applications")
    place = page.get_by_role("navigation", name="当前位置").get_by_role("listitem")
    expect(place).to_have_text(["APEC商务旅行卡首页", "用户中心"])
    tabs = page.get_by_role("navigation", name="业务").get_by_role("link")
    expect(tabs).to_have_text(["新办/续办", "提前制卡", "换补卡", "未制卡仅更换护照", "注销卡"])
    filters = page.get_by_role("search")
    labels = ["申请单号/申请人", "申请单状态", "可申请业务", "护照号", "经办人"]
    expect(filters.locator("label")).to_have_text(labels)
    expect(own.field("status").locator("option:checked")).to_have_text("全部状态")
    options = ["请选择", "提前制卡", "换补卡", "未制卡仅更换护照", "注销卡"]
    expect(own.field("available_service").locator("option")).to_have_text(options)
    expect(own.field("available_service").locator("option:checked")).to_have_text("请选择")
    expect(filters.get_by_role("button")).to_have_text(["重置", "查询"])
    own.check()


@pytest.mark.accepts("L12", "L13")
def test_a_group_and_its_persons_show_what_the_guides_list(own, life):
    page = own.open("/applications")
    group = page.get_by_role("article").filter(has=page.locator("h2", has_text=life["first"]))
    expect(group.locator("h2")).to_contain_text("签制")
    expect(group.locator(".about")).to_contain_text(re.compile(r"提交时间\d{4}-\d\d-\d\d \d\d:\d\d:\d\d申请人2人"))
    expect(group.locator("header")).to_contain_text("外办审核中")
    persons = group.get_by_role("listitem")
    expect(persons).to_have_count(2)
    for place, name in enumerate(life["names"], 1):
        row = persons.filter(has_text=f"{life['first']}-0{place}")
        expect(row).to_contain_text(
            re.compile(f"签制.*申请人{name}.*护照号码E.*提交时间.*外办审核中.*查看详情", re.DOTALL)
        )
    # The enterprise sees its own passport numbers in clear (L13).
    expect(persons.filter(has_text=f"{life['first']}-02")).to_contain_text(life["passport"])


@pytest.mark.accepts("D03")
def test_the_progress_button_appears_from_the_approval_of_the_consular_department_on(own, life):
    page = own.open("/applications")
    for number, count in ((life["first"], 0), (life["approved"], 1)):
        group = page.get_by_role("article").filter(has=page.locator("h2", has_text=number))
        expect(group.get_by_role("link", name="人员申请进度")).to_have_count(count)


@pytest.mark.accepts("L03", "L10", "L11")
def test_search_by_number_by_applicant_and_by_passport(own, life):
    page = own.open("/applications")
    searches = (
        ("text", f"{life['first']}-02", [life["first"]]),
        ("text", life["names"][0], [life["approved"], life["first"]]),
        ("passport_number", life["passport"], [life["approved"], life["first"]]),
    )
    for name, value, found in searches:
        own.field(name).fill(value)
        page.get_by_role("button", name="查询").click()
        expect(page.locator("article h2 .number")).to_have_text(found)
        expect(page.locator(".persons li")).to_have_count(len(found))
        page.get_by_role("button", name="重置").click()
        expect(page.locator("article")).to_have_count(3)


def test_no_name_and_no_passport_stands_in_an_address(own, life):
    page = own.open("/applications")
    own.field("passport_number").fill(life["passport"])
    own.field("status").select_option("FAO_REVIEW")
    page.get_by_role("button", name="查询").click()
    expect(page.locator("article")).to_have_count(1)
    assert parse_qs(urlsplit(page.url).query) == {"status": ["FAO_REVIEW"]}
    assert [path for path in own.requests if life["passport"] in path] == []
    page.reload()
    expect(own.field("passport_number")).to_have_value(life["passport"])
    expect(page.locator("article")).to_have_count(1)


@pytest.mark.accepts("L06", "L07", "L08", "L09")
def test_a_sub_business_of_the_home_page_opens_the_list_already_filtered_and_can_be_cleared(own, life):
    page = own.open("/")
    page.get_by_role("link", name="提前制卡").click()
    expect(own.field("available_service")).to_have_value("early_card")
    expect(page.get_by_text("没有符合条件的申请单。")).to_be_visible()
    own.check()
    page.get_by_role("button", name="清空可申请业务").click()
    expect(own.field("available_service").locator("option:checked")).to_have_text("请选择")
    own.field("available_service").select_option("change_passport")
    page.get_by_role("button", name="查询").click()
    expect(page.locator("article h2 .number")).to_have_text([life["approved"]])
    expect(page.locator(".persons li")).to_have_count(2)


@pytest.mark.accepts("H20", "H21", "H22")
def test_only_the_enterprise_account_filters_by_agent(own, life):
    page = own.open("/applications")
    expect(own.field("agent_id").locator("option")).to_have_text(["全部", life["username"]])
    own.field("agent_id").select_option(label=life["username"])
    page.get_by_role("button", name="查询").click()
    expect(page.locator("article h2 .number")).to_have_text([life["of_agent"]])


@pytest.mark.accepts("H20")
def test_an_agent_sees_no_filter_by_agent(tab, life):
    tab.enter(life["agent"])
    page = tab.open("/applications")
    expect(page.locator("article")).to_have_count(3)
    expect(tab.field("agent_id")).to_have_count(0)
    tab.check()


@pytest.mark.accepts("L02", "L10")
def test_every_sub_business_has_its_own_list_without_the_filter_by_available_service(own):
    page = own.open("/applications")
    for name in ("提前制卡", "换补卡", "未制卡仅更换护照", "注销卡"):
        page.get_by_role("navigation", name="业务").get_by_role("link", name=name).click()
        expect(page.get_by_text("还没有申请单。")).to_be_visible()
        expect(own.field("available_service")).to_have_count(0)
        expect(own.field("passport_number")).to_be_visible()
    own.check()


def test_filters_stay_when_another_business_is_opened(own, life):
    page = own.open("/applications")
    own.field("text").fill("测试寻找")
    own.field("status").select_option("FAO_REVIEW")
    own.field("agent_id").select_option(label=life["username"])
    page.get_by_role("button", name="查询").click()
    expect(page.get_by_text("没有符合条件的申请单。")).to_be_visible()
    for name in ("换补卡", "新办/续办"):
        page.get_by_role("navigation", name="业务").get_by_role("link", name=name).click()
        expect(page.get_by_role("link", name=name)).to_have_attribute("aria-current", "page")
        expect(own.field("text")).to_have_value("测试寻找")
        expect(own.field("status")).to_have_value("FAO_REVIEW")
        expect(own.field("agent_id").locator("option:checked")).to_have_text(life["username"])
        expect(page.get_by_text("没有符合条件的申请单。")).to_be_visible()
    own.field("agent_id").select_option(label="全部")
    page.get_by_role("button", name="查询").click()
    expect(page.locator("article h2 .number")).to_have_text([life["first"]])
    assert "测试寻找" not in page.url
    own.check()


def test_going_back_shows_the_list_as_it_was(own, life):
    page = own.open("/applications")
    own.field("text").fill(life["first"])
    page.get_by_role("button", name="查询").click()
    expect(page.locator("article")).to_have_count(1)
    page.get_by_role("navigation", name="主菜单").get_by_role("link", name="消息中心").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("消息中心")
    page.go_back()
    expect(own.field("text")).to_have_value(life["first"])
    expect(page.locator("article")).to_have_count(1)


def test_an_error_of_the_server_can_be_repeated(own):
    own.expected_statuses = {503}
    page = own.page
    body = '{"code": "UNAVAILABLE", "message": "服务繁忙，请稍后重试", "errors": [], "status": 503}'
    page.route("**/v1/applications/search", lambda route: route.fulfill(status=503, body=body))
    page.goto(f"{own.origin}/applications")
    expect(page.get_by_role("alert")).to_contain_text("服务繁忙，请稍后重试", timeout=15_000)
    own.check()
    page.unroute("**/v1/applications/search")
    page.get_by_role("button", name="重试").click()
    expect(page.locator("article")).to_have_count(3)


@pytest.mark.accepts("A04")
def test_the_side_menu_has_the_special_service_and_the_messages(own):
    page = own.open("/applications")
    menu = page.get_by_role("navigation", name="主菜单")
    expect(menu).to_contain_text("专属服务 · APEC")
    expect(menu.get_by_role("link")).to_have_text(
        ["我的申请单", "我的草稿", "审批用时", re.compile("消息中心"), "账号设置"]
    )
    page.set_viewport_size(NARROW)
    expect(menu).to_be_hidden()
    page.get_by_role("banner").get_by_role("button", name=re.compile("@")).click()
    expect(page.get_by_role("banner").get_by_role("link", name="我的草稿")).to_be_visible()
