"""两步验证 of officers in the browser: set-up, sign-in with the code, and signing in again where the work was."""

import re

from playwright.sync_api import expect
from pyotp import TOTP

LOGIN = "fao-shaanxi"
"""An officer of an office that no other test of pages uses, because the second step stays."""


def test_an_officer_sets_up_the_second_step_and_signs_in_with_it(tab, sandbox):
    client = sandbox.officer(LOGIN)
    password = sandbox.password_of(LOGIN)
    tab.enter(client)
    tab.expected_statuses = {401, 422}
    page = tab.open("/account/second-factor")
    expect(page.get_by_text("未设置")).to_be_visible()
    tab.check()
    tab.field("current_password").fill("wrong horse")
    page.get_by_role("button", name="设置", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("原密码不正确")
    tab.field("current_password").fill(password)
    page.get_by_role("button", name="设置", exact=True).click()
    expect(page.get_by_role("img", name="身份验证器二维码")).to_be_visible()
    tab.check()
    secret = page.locator("code").inner_text()
    tab.field("one_time_code").fill("000 000")
    page.get_by_role("button", name="确认", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("验证码不正确或已使用")
    tab.field("one_time_code").fill(TOTP(secret).now())
    page.get_by_role("button", name="确认", exact=True).click()
    codes = page.locator(".codes li")
    expect(codes).to_have_count(10)
    first, second = codes.nth(0).inner_text(), codes.nth(1).inner_text()
    tab.check()
    tab.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="复制", exact=True).click()
    expect(page.get_by_role("status", name="提示")).to_contain_text("已复制")
    assert page.evaluate("navigator.clipboard.readText()").split("\n") == codes.all_inner_texts()
    last, saved = codes.last.bounding_box(), page.get_by_role("button", name="我已保存").bounding_box()
    assert saved["y"] - last["y"] - last["height"] >= 12, "the codes and the button touch each other"
    page.get_by_role("button", name="我已保存").click()
    expect(page.get_by_text("已设置，恢复码剩余10个")).to_be_visible()

    page.get_by_role("banner").get_by_role("button", name=LOGIN).click()
    page.get_by_role("button", name="退出登录").click()
    page.get_by_role("tab", name="审核人员登录").click()
    page.get_by_placeholder("请输入用户名").fill(LOGIN)
    page.get_by_placeholder("请输入密码").fill(password)
    expect(tab.field("one_time_code")).to_have_count(0)
    page.get_by_role("button", name="确认", exact=True).click()
    expect(tab.field("one_time_code")).to_be_focused()
    tab.check()
    tab.field("one_time_code").fill(first)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/desk$"))

    # The session ends elsewhere; the page asks for both steps and stays.
    tab.open("/account/second-factor")
    client.token = tab.context.cookies()[0]["value"]
    client.ok("DELETE", "/sessions/current")
    page.get_by_role("link", name="登录设备").click()
    again = page.get_by_role("dialog", name="登录已结束")
    again.get_by_label("密码").first.fill(password)
    again.get_by_role("button", name="重新登录").click()
    again.locator("[name=again_code]").fill(second.lower())
    tab.check()
    again.get_by_role("button", name="重新登录").click()
    expect(again).to_be_hidden()
