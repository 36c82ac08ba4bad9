"""验证身份: pages ask for a proof when an act needs one, and go on; the link that undoes a change of address."""

import pytest
from playwright.sync_api import expect

from testing import people
from testing.running import code_in
from testing.steps import PASSWORD
from tests.support import wallet

NEW = "another horse battery"


def asked(page):
    return page.get_by_role("dialog", name="验证身份")


@pytest.fixture
def unproven(tab, enterprise, sandbox):
    """A tab whose session a delegate opened by a scan: it has given no proof."""
    client = sandbox.client()
    ticket = client.ok("POST", "/elicence/tickets", {"purpose": "login"})
    delegate = {**wallet.delegate_of(sandbox, enterprise), "qr_content": ticket["qr_content"]}
    for action in ("scan", "confirm"):
        assert sandbox.page().ok("POST", "/wallet/scan", {**delegate, "action": action})["status"] == 204
    used = {"ticket_id": ticket["ticket_id"], "ticket_secret": ticket["secret"]}
    client.token = client.ok("POST", "/sessions/elicence", used)["token"]
    tab.enter(client)
    tab.expected_statuses = {403, 422}
    return tab


def test_an_agent_is_added_after_the_proof_and_nothing_typed_is_lost(unproven, enterprise, sandbox):
    page = unproven.open("/account/agents")
    form = people.agent()
    page.get_by_role("button", name="添加经办人").click()
    for name in ("name", "id_number", "phone", "email", "username", "password"):
        unproven.field(name).fill(form[name])
    page.get_by_role("dialog", name="添加经办人").get_by_role("button", name="确定").click()
    expect(asked(page)).to_contain_text("已填写的内容不会丢失")
    unproven.check()
    asked(page).get_by_role("button", name="取消").click()
    expect(page.get_by_role("alert")).to_contain_text("请先验证身份，再继续操作。")
    expect(unproven.field("username")).to_have_value(form["username"])
    page.get_by_role("dialog", name="添加经办人").get_by_role("button", name="确定").click()
    asked(page).locator("[name=current_password]").fill("not the password")
    asked(page).get_by_role("button", name="确认", exact=True).click()
    expect(asked(page).get_by_role("alert")).to_contain_text("原密码不正确")
    unproven.check()
    asked(page).locator("[name=current_password]").fill(PASSWORD)
    asked(page).get_by_role("button", name="确认", exact=True).click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("cell", name=form["name"], exact=True)).to_be_visible()
    assert len(enterprise.client.ok("GET", "/agents")["items"]) == 1
    assert sandbox.sign_in("agent", form["username"], form["password"]).token


def test_the_owner_proves_by_a_scan_and_the_deletion_goes_on(unproven, enterprise, sandbox):
    _, form = enterprise.agent()
    page = unproven.open("/account/agents")
    page.get_by_role("button", name=f"删除 {form['name']}").click()
    page.get_by_role("dialog", name="删除经办人").get_by_role("button", name="确定").click()
    asked(page).get_by_role("button", name="使用电子营业执照扫码验证").click()
    expect(asked(page).get_by_text("请由法定代表人或证照管理员扫码")).to_be_visible()
    unproven.check()
    wallet.scan(page, sandbox, enterprise.licence)
    expect(page.get_by_text("还没有经办人。")).to_be_visible()


@pytest.mark.accepts("A09")
def test_the_old_mailbox_undoes_a_change_of_address(tab, enterprise, sandbox):
    email = f"moved{people.serial()}@enterprise.example"
    client = enterprise.client
    client.ok("PUT", "/sessions/current/proof", {"current_password": PASSWORD})
    client.ok("POST", "/me/email-codes", {"email": email})
    code = code_in(sandbox.page().ok("GET", f"/mailbox?to={email}")["items"][0])
    client.ok("PUT", "/me/email", {"email": email, "email_code": code, "accept_terms": True})
    sandbox.page().ok("POST", "/run/deliver_mail", {})
    text = sandbox.page().ok("GET", f"/mailbox?to={enterprise.email}")["items"][0]["text"]
    path = "/undo-email#" + text.partition("/undo-email#")[2].split()[0]
    tab.expected_statuses = {422}
    page = tab.open(path)
    tab.field("password").fill("short")
    tab.field("password_confirmation").fill("short")
    page.get_by_role("button", name="确认", exact=True).click()
    expect(tab.field("password")).to_have_attribute("aria-invalid", "true")
    tab.check()
    tab.field("password").fill(NEW)
    tab.field("password_confirmation").fill(NEW)
    page.get_by_role("button", name="确认", exact=True).click()
    page.wait_for_url("**/sign-in")
    expect(page.get_by_role("status", name="提示")).to_contain_text("登录邮箱已恢复")
    assert sandbox.sign_in("enterprise", enterprise.email, NEW).token
    assert client("GET", "/me").status_code == 401
    page = tab.open("/")
    page = tab.open(path)
    tab.field("password").fill(NEW)
    tab.field("password_confirmation").fill(NEW)
    page.get_by_role("button", name="确认", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("链接无效、已过期或已失效")
    tab.check()
