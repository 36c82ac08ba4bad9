"""忘记密码: both ways of the guide, and the agent's."""

import re

import pytest
from playwright.sync_api import expect

from testing import people
from testing.running import code_in
from tests.support import wallet

NEW = "another horse battery"


def finish(tab, sandbox, email):
    """The last two steps: 安全验证 and 修改密码."""
    page = tab.page
    expect(page.get_by_role("heading", level=2)).to_have_text("安全验证")
    tab.check()
    tab.field("email_code").fill(code_in(sandbox.page().ok("GET", f"/mailbox?to={email}")["items"][0]))
    page.get_by_role("button", name="下一步").click()
    expect(page.get_by_role("heading", level=2)).to_have_text("修改密码")
    tab.field("password").fill(NEW)
    tab.field("password_confirmation").fill(NEW)
    tab.check()
    page.get_by_role("button", name="确认", exact=True).click()
    page.wait_for_url("**/sign-in")
    expect(page.get_by_role("status", name="提示")).to_contain_text("密码已修改")


@pytest.mark.accepts("P01", "P02", "P03")
def test_the_licence_leads_through_three_steps_to_a_new_password(tab, enterprise, sandbox):
    page = tab.open("/sign-in")
    page.get_by_role("link", name="忘记密码").click()
    expect(page.get_by_role("group", name="身份确认方式").get_by_role("radio")).to_have_count(3)
    wallet.scan(page, sandbox, wallet.delegate_of(sandbox, enterprise))
    expect(page.get_by_text(enterprise.elements["uscc"])).to_be_visible()
    expect(page.get_by_text("办事人扫码后，验证码发送至账号的登录邮箱")).to_be_visible()
    tab.check()
    page.get_by_role("button", name="下一步").click()
    finish(tab, sandbox, enterprise.email)
    assert sandbox.sign_in("enterprise", enterprise.email, NEW).token


@pytest.mark.accepts("P03")
def test_the_owner_sets_password_and_address_on_the_spot(tab, enterprise, sandbox):
    tab.expected_statuses = {422}
    page = tab.open("/recover")
    wallet.scan(page, sandbox, enterprise.licence)
    page.get_by_role("button", name="下一步").click()
    expect(page.get_by_role("heading", level=2)).to_have_text("修改密码")
    tab.check()
    page.get_by_label("同时更换登录邮箱").check()
    email = f"recovered{people.serial()}@enterprise.example"
    tab.field("email").fill(email)
    page.get_by_role("button", name="获取验证码").click()
    expect(page.get_by_role("status", name="提示")).to_contain_text("验证码已发送")
    tab.field("password").fill(NEW)
    tab.field("password_confirmation").fill(NEW)
    tab.field("email_code").fill("12")
    page.get_by_role("button", name="确认", exact=True).click()
    expect(tab.field("email_code")).to_have_attribute("aria-invalid", "true")
    tab.check()
    tab.field("email_code").fill(code_in(sandbox.page().ok("GET", f"/mailbox?to={email}")["items"][0]))
    page.get_by_role("button", name="确认", exact=True).click()
    page.wait_for_url("**/sign-in")
    assert sandbox.sign_in("enterprise", email, NEW).token


@pytest.mark.accepts("P02", "P04")
def test_typed_data_lead_through_the_same_steps(tab, enterprise, sandbox):
    page = tab.open("/recover")
    page.get_by_label("手动输入信息").check()
    tab.check()
    for name, value in {**enterprise.elements, "email": enterprise.email}.items():
        tab.field(name).fill(value)
    page.get_by_role("button", name="下一步").click()
    # The code was sent with the step: another one has to wait.
    expect(page.get_by_role("button", name=re.compile("秒后可重新获取"))).to_be_disabled()
    finish(tab, sandbox, enterprise.email)


def test_an_agent_recovers_by_user_name_and_mail_address(tab, enterprise, sandbox):
    _, form = enterprise.agent()
    page = tab.open("/recover")
    page.get_by_label("经办人账号").check()
    tab.field("username").fill(form["username"])
    tab.field("email").fill(form["email"])
    page.get_by_role("button", name="下一步").click()
    finish(tab, sandbox, form["email"])
    assert sandbox.sign_in("agent", form["username"], NEW).token


def test_wrong_data_are_refused_field_by_field(tab):
    tab.expected_statuses = {422}
    page = tab.open("/recover")
    page.get_by_label("手动输入信息").check()
    tab.field("uscc").fill("123")
    page.get_by_role("button", name="下一步").click()
    expect(tab.field("uscc")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_role("alert")).to_contain_text("企业名称：必填")
    tab.check()
