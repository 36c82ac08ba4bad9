"""经办人权限 on the pages: agents and the enterprise at the same time, each with what it may see."""

import pytest
from playwright.sync_api import expect

from testing import people
from testing.steps import content, submit
from tests.support.pages import WIDE, Browsing


@pytest.fixture
def tabs(browser, sandbox):
    """Opens a tab of an account in a browser of its own; nothing may have gone wrong in any at the end."""
    opened = []

    def enter(client):
        tab = Browsing(browser.new_context(viewport=WIDE, locale="zh-CN", timezone_id="Asia/Shanghai"), sandbox)
        tab.enter(client)
        opened.append(tab)
        return tab

    yield enter
    assert [error for tab in opened for error in tab.errors] == []
    for tab in opened:
        tab.context.close()


@pytest.mark.accepts("H11", "H13", "H14", "H16", "H17", "H18", "M04", "L14")
def test_agents_work_side_by_side_with_what_their_scope_shows_and_their_own_messages(tabs, enterprise):
    wide, _ = enterprise.agent()
    narrow, _ = enterprise.agent(scope="own")
    clients = {"enterprise": enterprise.client, "wide": wide, "narrow": narrow}
    numbers = {name: submit(client, content(client))["number"] for name, client in clients.items()}
    seen = {"enterprise": {*numbers.values()}, "wide": {*numbers.values()}, "narrow": {numbers["narrow"]}}
    shown = {name: tabs(client) for name, client in clients.items()}
    for name, tab in shown.items():
        page = tab.open("/applications")
        for number in numbers.values():
            expect(page.locator("main").get_by_text(number, exact=True)).to_have_count(int(number in seen[name]))
        page = tab.open("/messages")
        expect(page.locator(".messages li")).to_have_count(1)
        expect(page.locator(".messages li")).to_contain_text(numbers[name])
    page = shown["wide"].open(f"/applications/{numbers['enterprise']}")
    expect(page.get_by_role("heading", level=1)).to_contain_text(numbers["enterprise"])
    shown["narrow"].expected_statuses = {404}
    for path in ("", "/travel", "/edit"):
        page = shown["narrow"].open(f"/applications/{numbers['wide']}{path}")
        expect(page.get_by_role("alert")).to_be_visible()
        assert "测试团组" not in page.locator("main").inner_text()
    shown["narrow"].check()


@pytest.mark.accepts("H10")
def test_with_twenty_agents_none_can_be_added(signed_in, enterprise):
    for _ in range(20):
        enterprise.client.ok("POST", "/agents", people.agent())
    page = signed_in.open("/account/agents")
    expect(page.locator("tbody tr")).to_have_count(20)
    expect(page.get_by_role("button", name="添加经办人")).to_be_disabled()
    signed_in.check()
