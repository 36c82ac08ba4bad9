"""消息中心: what happened, 查看详情, 全部已读, 是否接收邮件."""

import pytest
from playwright.sync_api import expect

from testing.steps import content, decide, submit


@pytest.fixture
def returned(signed_in, enterprise, sandbox):
    """A tab of an enterprise whose application was returned; the number of the application."""
    number = submit(enterprise.client, content(enterprise.client))["number"]
    decide(sandbox.officer("fao-hunan"), number, "return", reason="请补充材料", fields=["reason"])
    return signed_in, number


@pytest.mark.accepts("M01", "M03")
def test_a_message_leads_to_the_application_and_is_read_then(returned):
    tab, number = returned
    page = tab.open("/messages")
    row = page.locator(".messages li").first
    expect(row).to_contain_text(number)
    expect(page.locator(".messages li.unread")).to_have_count(2)
    expect(page.get_by_role("navigation", name="主菜单").get_by_role("link", name="消息中心")).to_contain_text("2")
    tab.check()
    row.get_by_role("button", name="查看详情").click()
    page.wait_for_url(f"**/applications/{number}")
    page.go_back()
    expect(page.locator(".messages li.unread")).to_have_count(1)
    expect(row).not_to_have_class("unread")


def test_all_messages_are_marked_as_read_at_once(returned):
    tab, _ = returned
    page = tab.open("/messages")
    page.get_by_role("button", name="全部已读").click()
    expect(page.locator(".messages li.unread")).to_have_count(0)
    expect(page.get_by_role("button", name="全部已读")).to_be_disabled()


@pytest.mark.accepts("M05")
def test_receiving_mail_is_switched_off_and_on(signed_in, enterprise):
    page = signed_in.open("/messages")
    expect(page.get_by_text("还没有消息。")).to_be_visible()
    choice = page.get_by_role("group", name="是否接收邮件")
    expect(choice.get_by_label("是", exact=True)).to_be_checked()
    choice.get_by_label("否", exact=True).check()
    expect(page.get_by_role("status", name="提示")).to_contain_text("已保存")
    assert enterprise.client.ok("GET", "/me")["account"]["receives_mail"] is False
    page.reload()
    expect(choice.get_by_label("否", exact=True)).to_be_checked()
    signed_in.check()


@pytest.mark.accepts("H19", "M02")
def test_mail_goes_to_those_who_see_the_application_and_have_not_switched_it_off(signed_in, enterprise, sandbox):
    forms = {}
    for name, scope in (("wide", "all"), ("narrow", "own"), ("silent", "all")):
        client, forms[name] = enterprise.agent(scope=scope)
        if name == "silent":
            signed_in.context.clear_cookies()
            signed_in.enter(client)
            page = signed_in.open("/messages")
            page.get_by_role("group", name="是否接收邮件").get_by_label("否", exact=True).check()
            expect(page.get_by_role("status", name="提示")).to_contain_text("已保存")
    number = submit(enterprise.client, content(enterprise.client))["number"]
    sandbox.page().ok("POST", "/run/deliver_mail", {})
    page = signed_in.page
    addresses = {name: form["email"] for name, form in forms.items()} | {"enterprise": enterprise.email}
    for name, address in addresses.items():
        page.goto(f"http://127.0.0.1:{sandbox.page_port}/mailbox?to={address}")
        expect(page.get_by_text(number).first).to_be_visible(visible=name in ("wide", "enterprise"))
    signed_in.errors.clear()  # the frames of the mailbox refuse the script that tells the pages of a session
