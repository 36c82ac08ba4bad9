"""通行密钥: added, used, renamed and removed on the pages, with the virtual authenticator of Chromium.

Browsers make passkeys for domains only, so these pages are opened under `localhost`.
"""

import pytest
from playwright.sync_api import expect

from testing.steps import PASSWORD


def told(page, text):
    expect(page.get_by_role("status", name="提示")).to_contain_text(text)


@pytest.fixture
def named(tab):
    """A tab on the pages under their domain."""
    tab.origin = tab.origin.replace("127.0.0.1", "localhost")
    return tab


@pytest.fixture
def authenticator(named):
    """The device of the user, which unlocks at once; returns its session and id."""
    session = named.context.new_cdp_session(named.page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    made = session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return session, made["authenticatorId"]


def add(tab, name, password=PASSWORD):
    """Add a passkey; the page asks for a proof, and goes on."""
    page = tab.open("/account/passkeys")
    begin(tab, name, password)
    told(page, "通行密钥已添加")


def begin(tab, name, password=PASSWORD):
    tab.expected_statuses = {403}
    tab.field("name").fill(name)
    tab.page.get_by_role("button", name="添加通行密钥").click()
    dialog = tab.page.get_by_role("dialog", name="验证身份")
    dialog.locator("[name=current_password]").fill(password)
    dialog.get_by_role("button", name="确认", exact=True).click()
    expect(dialog).to_be_hidden()


def sign_out(tab):
    tab.expected_statuses = {401}
    tab.context.clear_cookies()


def test_an_enterprise_adds_a_passkey_signs_in_by_it_renames_and_removes_it(named, authenticator, enterprise):
    named.enter(enterprise.client)
    add(named, "办公电脑")
    page = named.page
    row = page.get_by_role("table").get_by_role("row").nth(1)
    expect(row).to_contain_text("办公电脑")
    expect(row).to_contain_text("未使用")
    named.check()
    sign_out(named)
    page = named.open("/sign-in")
    named.check()
    page.get_by_role("button", name="使用通行密钥登录").click()
    page.wait_for_url("**/applications*")
    expect(page.get_by_role("banner").get_by_text(enterprise.email)).to_be_visible()
    named.open("/account/passkeys")
    expect(row).not_to_contain_text("未使用")
    page.get_by_role("button", name="重命名 办公电脑").click()
    named.field("new_name").fill("家用电脑")
    named.check()
    page.get_by_role("dialog").get_by_role("button", name="确认", exact=True).click()
    told(page, "已保存")
    expect(row).to_contain_text("家用电脑")
    page.get_by_role("button", name="移除 家用电脑").click()
    named.check()
    page.get_by_role("dialog").get_by_role("button", name="确定", exact=True).click()
    told(page, "已移除")
    expect(page.get_by_text("还没有通行密钥。")).to_be_visible()
    sign_out(named)
    named.expected_statuses = {401, 422}
    named.open("/sign-in")
    page.get_by_role("button", name="使用通行密钥登录").click()
    expect(page.get_by_role("alert")).to_contain_text("通行密钥无法验证")
    named.check()


def test_an_officer_signs_in_by_a_passkey(named, authenticator, sandbox):
    named.enter(sandbox.officer("fao-hunan"))
    add(named, "工位电脑", sandbox.password_of("fao-hunan"))
    sign_out(named)
    page = named.open("/sign-in")
    page.get_by_role("tab", name="审核人员登录").click()
    page.get_by_role("button", name="使用通行密钥登录").click()
    page.wait_for_url("**/desk*")


def test_a_device_is_added_once_and_must_be_unlocked(named, authenticator, enterprise):
    session, device = authenticator
    named.enter(enterprise.client)
    add(named, "办公电脑")
    begin(named, "又一次")
    expect(named.page.get_by_text("此设备已有该账号的通行密钥。").first).to_be_visible()
    named.check()
    session.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": False})
    sign_out(named)
    page = named.open("/sign-in")
    page.get_by_role("button", name="使用通行密钥登录").click()
    expect(page.get_by_role("alert")).to_contain_text("未使用通行密钥登录")
    named.check()


def test_a_passkey_needs_a_name(named, authenticator, enterprise):
    named.enter(enterprise.client)
    page = named.open("/account/passkeys")
    named.field("name").fill(" ")
    page.get_by_role("button", name="添加通行密钥").click()
    expect(named.field("name")).to_have_attribute("aria-invalid", "true")
    named.check()


def test_under_an_address_the_pages_lead_to_the_domain(tab, enterprise):
    tab.enter(enterprise.client)
    page = tab.open("/account/passkeys")
    place = f"http://localhost:{tab.sandbox.port}/account/passkeys"
    expect(page.get_by_role("main").get_by_role("link", name=place)).to_have_attribute("href", place)
    tab.check()
    sign_out(tab)
    page = tab.open("/sign-in")
    expect(page.get_by_text("通行密钥仅在域名下可用")).to_be_visible()
    expect(page.get_by_role("button", name="使用通行密钥登录")).to_have_count(0)
    tab.check()


def test_files_and_forms_work_under_the_domain_too(named, enterprise):
    named.enter(enterprise.client)
    named.open("/account")
    named.field("phone").fill("0731-66666666")
    named.page.get_by_role("button", name="提交修改").click()
    told(named.page, "已保存")
