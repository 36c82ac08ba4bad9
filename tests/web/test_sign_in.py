"""登录: three kinds of accounts, the licence, and what happens when a session ends."""

import pytest
from playwright.sync_api import expect

from testing.steps import PASSWORD


@pytest.mark.accepts("R02", "R03", "R22", "R36")
def test_the_entry_leads_to_the_sign_in_from_the_top_right(tab):
    page = tab.open("/")
    expect(page.get_by_text("以人为本")).to_be_visible()
    expect(page.get_by_text("推荐使用谷歌浏览器")).to_be_visible()
    tab.check()
    button = page.get_by_role("banner").get_by_role("link", name="登录")
    box = button.bounding_box()
    assert box
    assert box["x"] > 1000
    assert box["y"] < 60
    button.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("登录")
    tab.check()


@pytest.mark.accepts("R37")
def test_an_enterprise_signs_in_with_its_mail_address_and_confirms(tab, enterprise):
    page = tab.open("/sign-in")
    expect(page.get_by_role("tab", name="企业账号登录")).to_have_attribute("aria-selected", "true")
    tab.sign_in(enterprise)
    expect(page.get_by_role("banner").get_by_text(enterprise.email)).to_be_visible()
    page.reload()
    expect(page.get_by_role("banner").get_by_text(enterprise.email)).to_be_visible()


@pytest.mark.accepts("R39")
def test_an_agent_signs_in_on_a_tab_of_its_own(tab, enterprise):
    _, form = enterprise.agent()
    page = tab.open("/sign-in")
    page.get_by_role("tab", name="经办人账号登录").click()
    page.get_by_placeholder("请输入用户名").fill(form["username"])
    page.get_by_placeholder("请输入密码").fill(form["password"])
    page.get_by_role("button", name="确认", exact=True).click()
    page.wait_for_url("**/applications*")


@pytest.mark.accepts("R38")
def test_a_switch_at_the_top_right_changes_to_the_scan_of_the_licence(tab, enterprise, sandbox):
    page = tab.open("/sign-in")
    page.get_by_role("button", name="电子营业执照扫码登录").click()
    expect(page.get_by_role("img", name="电子营业执照二维码")).to_be_visible()
    tab.check()
    wallet = page.get_by_role("link", name="沙箱：用模拟执照扫码").get_attribute("href")
    assert wallet
    with tab.context.expect_page() as opened:
        page.get_by_role("link", name="沙箱：用模拟执照扫码").click()
    scan = opened.value
    scan.locator("#scan-holder").select_option(f"{enterprise.licence['licence_id']}/{enterprise.licence['holder_id']}")
    scan.get_by_role("button", name="确认").first.click()
    page.wait_for_url("**/applications*")
    expect(page.get_by_role("banner").get_by_text(enterprise.email)).to_be_visible()


@pytest.mark.accepts("R23", "P01")
def test_the_page_leads_to_registration_and_to_a_forgotten_password(tab):
    page = tab.open("/sign-in")
    expect(page.get_by_role("link", name="注册新账号")).to_have_attribute("href", "/register")
    expect(page.get_by_role("link", name="忘记密码")).to_have_attribute("href", "/recover")


def test_a_wrong_password_is_said_in_the_words_of_the_server_and_nothing_typed_is_lost(tab, enterprise):
    tab.expected_statuses = {401}
    page = tab.open("/sign-in")
    page.get_by_placeholder("请输入邮箱账号").fill(enterprise.email)
    page.get_by_placeholder("请输入密码").fill("wrong horse battery")
    page.get_by_role("button", name="确认", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("不正确")
    expect(page.get_by_placeholder("请输入邮箱账号")).to_have_value(enterprise.email)
    expect(page.locator(".summary")).to_be_focused()
    tab.check()


def test_a_page_for_signed_in_users_is_shown_after_the_sign_in(tab, enterprise):
    page = tab.open("/drafts")
    expect(page).to_have_url(f"{tab.origin}/sign-in?next=/drafts")
    page.get_by_placeholder("请输入邮箱账号").fill(enterprise.email)
    page.get_by_placeholder("请输入密码").fill(PASSWORD)
    page.get_by_role("button", name="确认", exact=True).click()
    page.wait_for_url(f"{tab.origin}/drafts")


@pytest.mark.parametrize("elsewhere", ["//evil.example/", "https://evil.example/", "/\\evil.example"])
def test_after_the_sign_in_nobody_is_led_to_another_site(tab, enterprise, elsewhere):
    page = tab.open(f"/sign-in?next={elsewhere}")
    page.get_by_placeholder("请输入邮箱账号").fill(enterprise.email)
    page.get_by_placeholder("请输入密码").fill(PASSWORD)
    page.get_by_role("button", name="确认", exact=True).click()
    page.wait_for_url(f"{tab.origin}/applications*")


def test_sign_out_ends_the_session_in_every_tab(signed_in):
    page = signed_in.open("/drafts")
    other = signed_in.context.new_page()
    other.goto(f"{signed_in.origin}/drafts")
    expect(other.get_by_role("heading", level=1)).to_be_visible()
    page.get_by_role("banner").get_by_role("button", name="@").click()
    page.get_by_role("button", name="退出登录").click()
    page.wait_for_url("**/sign-in*")
    other.wait_for_url("**/sign-in*")


def test_pages_warn_two_minutes_before_the_session_ends_and_stay_as_they_are(signed_in, enterprise):
    signed_in.page.clock.install()
    page = signed_in.open("/drafts")
    page.clock.fast_forward("28:01")
    warning = page.get_by_role("dialog", name="登录即将结束")
    expect(warning).to_be_visible()
    signed_in.check()
    warning.get_by_role("button", name="继续使用").click()
    expect(warning).to_be_hidden()
    page.clock.fast_forward("30:01")
    ended = page.get_by_role("dialog", name="登录已结束")
    expect(ended).to_be_visible()
    ended.get_by_label("密码", exact=False).first.fill(PASSWORD)
    ended.get_by_role("button", name="重新登录").click()
    expect(ended).to_be_hidden()
    expect(page).to_have_url(f"{signed_in.origin}/drafts")
