"""登录限制: the consular department sees what failed sign-ins refuse to a user name, and clears it."""

import re

import pytest
from playwright.sync_api import expect

from testing import people
from tests.support.locked_names import fail
from tests.support.pages import NARROW

FAILURES = 50
"""`LOGIN_FAILURES_NAME`: from then on, devices that never signed in are refused."""


@pytest.fixture
def agents(enterprise, sandbox):
    """User names of an enterprise's agents; strangers have locked the first one and failed with the second."""
    names = [enterprise.agent()[1]["username"] for _ in range(3)]
    fail(sandbox, names[0], FAILURES)
    fail(sandbox, names[1], 3)
    return names


def search(tab, way, text):
    tab.page.get_by_role("radio", name=way).check()
    tab.field("text").fill(text)
    tab.page.get_by_role("button", name="查询").click()


def row_of(page, login):
    # Names of agents are masked in lists of an enterprise: the last characters remain.
    shown = re.compile(f"^(\\*+)?({login}|{login[-4:]})", re.I)
    return page.get_by_role("region", name="登录限制列表").get_by_role("row").filter(has_text=shown)


def test_the_lock_of_a_user_name_is_found_and_cleared_once(consular, agents, sandbox):
    page = consular.open("/sign-in-locks")
    expect(page.get_by_role("navigation").get_by_role("link", name="登录限制")).to_be_visible()
    consular.check()
    search(consular, "经办人用户名", agents[0].upper())
    row = row_of(page, agents[0])
    expect(row).to_contain_text(re.compile(r"经办人.*50.*新设备暂不能登录.*20\d\d-"))
    assert agents[0] not in page.url
    consular.check()
    page.set_viewport_size(NARROW)
    assert row.get_by_text("新设备暂不能登录").bounding_box()["height"] < 32, "it is cut into characters"
    row.get_by_role("button", name=re.compile(f"解除限制：{agents[0]}", re.I)).click()
    dialog = page.get_by_role("dialog", name="解除限制")
    expect(dialog).to_contain_text("请先确认来电者就是本人")
    consular.check()
    dialog.get_by_role("button", name="取消").click()
    expect(row).to_contain_text("50")
    row.get_by_role("button", name="解除限制").click()
    consular.requests.clear()
    dialog.get_by_role("button", name="解除限制").dblclick()
    expect(page.get_by_role("status", name="提示")).to_contain_text(re.compile(f"已解除{agents[0]}的登录限制", re.I))
    expect(row).to_contain_text("未限制")
    expect(row.get_by_role("button")).to_have_count(0)
    assert consular.requests.count("/v1/office/sign-in-locks/clear") == 1
    named = {"identity": "agent", "login": agents[0]}
    assert sandbox.officer("consular").ok("POST", "/office/sign-in-locks/search", named)["failures"] == 0
    consular.check()


def test_the_locks_of_an_enterprises_agents_are_found_by_its_name_and_from_its_page(consular, agents, enterprise):
    page = consular.open("/sign-in-locks")
    search(consular, "企业的全部经办人", enterprise.elements["name"][2:])
    consular.check()
    page.get_by_role("link", name=enterprise.elements["name"]).click()
    expect(page.get_by_role("heading", name=f"{enterprise.elements['name']}的经办人")).to_be_visible()
    expect(row_of(page, agents[0])).to_contain_text("新设备暂不能登录")
    expect(row_of(page, agents[1])).to_contain_text(re.compile("3未限制"))
    expect(row_of(page, agents[2]).get_by_role("button")).to_have_count(0)
    consular.check()
    row_of(page, agents[1]).get_by_role("button").click()
    page.get_by_role("dialog").get_by_role("button", name="解除限制").click()
    expect(row_of(page, agents[1])).to_contain_text(re.compile("0未限制"))
    (found,) = enterprise.sandbox.officer("consular").ok(
        "POST", "/office/enterprises/search", {"uscc": enterprise.elements["uscc"]}
    )["items"]
    page = consular.open(f"/enterprises/{found['id']}")
    page.get_by_role("link", name="登录限制").last.click()
    expect(page).to_have_url(re.compile(rf"/sign-in-locks\?enterprise={found['id']}$"))
    expect(row_of(page, agents[0])).to_contain_text("新设备暂不能登录")


def test_what_is_not_found_says_so_and_keeps_what_was_typed(consular):
    tab = consular
    tab.expected_statuses = {404, 422, 500}
    page = tab.open("/sign-in-locks")
    for way, text, told in (
        ("审核人员用户名", f"nobody{people.serial()}", "没有此用户名的账号"),
        ("经办人用户名", "", "登录账号：必填"),
        ("企业的全部经办人", "测", "至少2个字符"),
    ):
        search(tab, way, text)
        expect(page.locator("#field-text-error")).to_contain_text(told)
        expect(tab.field("text")).to_have_value(text)
        expect(tab.field("text")).to_be_focused()
        tab.check()
    search(tab, "企业的全部经办人", f"没有这家企业{people.serial()}")
    expect(page.get_by_text("没有符合条件的企业")).to_be_visible()
    tab.check()
    tab.context.set_offline(True)
    search(tab, "经办人用户名", "zhang01")
    expect(page.locator("#field-text-error")).to_contain_text("网络已断开")
    expect(tab.field("text")).to_have_value("zhang01")
    tab.context.set_offline(False)


def test_a_refused_clearing_is_told_in_the_dialog_and_an_office_does_not_see_locks(tab, sandbox, agents):
    tab.enter(sandbox.officer("consular"))
    page = tab.open("/sign-in-locks")
    search(tab, "经办人用户名", agents[0])
    row_of(page, agents[0]).get_by_role("button").click()
    tab.context.set_offline(True)
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="解除限制").click()
    expect(dialog.get_by_role("alert")).to_contain_text("网络已断开")
    tab.check()
    tab.context.set_offline(False)
    dialog.get_by_role("button", name="解除限制").click()
    expect(row_of(page, agents[0])).to_contain_text("未限制")
    tab.context.clear_cookies()
    tab.enter(sandbox.officer("fao-hunan"))
    page = tab.open("/sign-in-locks")
    expect(page).to_have_url(f"{tab.origin}/desk")
    expect(page.get_by_role("navigation").get_by_role("link", name="登录限制")).to_have_count(0)
