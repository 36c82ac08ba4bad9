"""企业账号注册, in the three steps and the words of the guide."""

import re
import uuid

import pytest
from playwright.sync_api import expect

from testing import people
from testing.running import code_in
from testing.steps import PASSWORD
from tests.support import wallet

LABELS = ["企业名称", "统一社会信用代码", "法人姓名", "企业注册地", "企业注册地详细地址", "企业联系电话"]
LABELS += ["企业性质", "所属行业", "员工人数"]


@pytest.fixture
def licence(sandbox):
    """A licence of an enterprise that has no account, and its three elements."""
    elements = {"name": f"测试企业{uuid.uuid4().hex[:6]}", "uscc": people.make_uscc(), "legal_representative": "测试戊"}
    holder = {"name": "测试戊", "id_number": people.make_id_number(), "phone": "13900000000"}
    return sandbox.page().ok("POST", "/wallet/licences", {**elements, "legal_representative": holder}), elements


def to_company(tab, sandbox, licence):
    page = tab.open("/register")
    wallet.scan(page, sandbox, licence)
    expect(page.get_by_role("heading", level=2)).to_have_text("企业信息")
    return page


@pytest.mark.accepts("R24", "R25")
def test_the_first_step_shows_the_code_under_the_title_and_the_steps_of_the_guide(tab):
    page = tab.open("/register")
    expect(page.get_by_role("heading", level=1)).to_have_text("企业账号注册")
    steps = page.get_by_role("list", name="企业账号注册").get_by_role("listitem")
    expect(steps).to_have_text([re.compile("电子营业执照扫码"), re.compile("企业信息"), re.compile("账号信息")])
    expect(page.get_by_role("img", name="电子营业执照二维码")).to_be_visible()
    expect(page.get_by_text("请被授权的办事人使用电子营业执照APP或小程序扫描二维码")).to_be_visible()
    tab.check()


@pytest.mark.accepts("R26", "R27", "R28", "R29", "R30", "R31")
def test_the_second_step_has_the_fields_of_the_guide_and_the_elements_of_the_licence(tab, sandbox, licence):
    scanned, elements = licence
    page = to_company(tab, sandbox, scanned)
    for name, value in elements.items():
        expect(tab.field(name)).to_have_value(value)
        expect(tab.field(name)).not_to_be_editable()
    labels = page.locator("form .field > :is(label, legend)").all_text_contents()
    assert [re.sub(r"^\*|（必填）$", "", label) for label in labels] == LABELS
    required = page.locator("form :is(input, select)[required]")
    assert [control.get_attribute("name") for control in required.all()] == [*elements, "phone"]
    for name in ("address", "phone", "staff_count"):
        expect(tab.field(name)).to_have_attribute("placeholder", "请输入")
    for name in ("region_code", "kind", "industry"):
        expect(tab.field(name).locator("option:checked")).to_have_text("请选择")
    expect(page.locator("form .actions button")).to_have_text(["上一步", "下一步"])
    tab.check()
    page.get_by_role("button", name="下一步").click()
    expect(page.get_by_role("alert")).to_contain_text("请填写企业联系电话")
    tab.check()
    page.get_by_role("button", name="上一步").click()
    expect(page.get_by_role("img", name="电子营业执照二维码")).to_be_visible()


@pytest.mark.accepts("R32", "R33", "R34")
def test_the_third_step_has_the_words_of_the_guide_and_registers(tab, sandbox, licence):
    scanned, elements = licence
    page = to_company(tab, sandbox, scanned)
    tab.field("region_code").select_option(label="湖南省")
    page.get_by_label("企业注册地 市").select_option(label="长沙市")
    page.get_by_label("企业注册地 区县").select_option(label="芙蓉区")
    tab.field("phone").fill("0731-88888888")
    tab.field("kind").select_option(label="民营企业")
    tab.field("staff_count").fill("120")
    page.get_by_role("button", name="下一步").click()
    placeholders = ["请输入邮箱账号", "请输入密码", "请输入再次确认密码", "请输入邮箱验证码"]
    fields = page.locator("form input:not([type=checkbox])")
    assert [field.get_attribute("placeholder") for field in fields.all()] == placeholders
    expect(page.locator("form .actions button")).to_have_text(["上一步", "立即注册"])
    tab.check()
    page.get_by_role("button", name="立即注册").click()
    missing = page.get_by_role("alert").get_by_role("link")
    expect(missing).to_have_text([*placeholders, "请先阅读并同意《用户协议》和《隐私政策》"])
    email = f"enterprise{people.serial()}@enterprise.example"
    for place, text in ((0, email), (1, PASSWORD), (2, PASSWORD)):
        page.get_by_placeholder(placeholders[place], exact=True).fill(text)
    page.get_by_role("button", name="获取验证码").click()
    expect(page.get_by_role("button", name=re.compile("秒后可重新获取"))).to_be_disabled()
    mail = sandbox.page().ok("GET", f"/mailbox?to={email}")["items"][0]
    tab.field("email_code").fill(code_in(mail))
    page.get_by_role("button", name="立即注册").click()
    expect(page.get_by_role("alert")).to_contain_text("请先阅读并同意《用户协议》和《隐私政策》")
    tab.check()
    page.get_by_label("我已阅读并同意").check()
    page.get_by_role("button", name="立即注册").click()
    page.wait_for_url("**/applications")
    profile = sandbox.sign_in("enterprise", email, PASSWORD).ok("GET", "/enterprise")
    assert (profile["name"], profile["region_code"], profile["staff_count"]) == (elements["name"], "430102", 120)


def test_errors_of_an_earlier_step_lead_back_to_it_and_nothing_is_lost(tab, sandbox, licence):
    tab.expected_statuses = {422}
    page = to_company(tab, sandbox, licence[0])
    tab.field("phone").fill("12")
    tab.field("staff_count").fill("many")
    page.get_by_role("button", name="下一步").click()
    tab.field("email").fill("kept@enterprise.example")
    page.get_by_label("我已阅读并同意").check()
    page.get_by_role("button", name="立即注册").click()
    expect(page.get_by_role("heading", level=2)).to_have_text("企业信息")
    expect(tab.field("phone")).to_have_attribute("aria-invalid", "true")
    expect(tab.field("staff_count")).to_have_attribute("aria-invalid", "true")
    tab.check()
    page.get_by_role("button", name="下一步").click()
    expect(tab.field("email")).to_have_value("kept@enterprise.example")


@pytest.mark.accepts("R01")
def test_a_delegate_of_the_legal_representative_registers_the_enterprise_and_signs_in(tab, sandbox, licence):
    scanned, elements = licence
    wallet_page, base = sandbox.page(), f"/wallet/licences/{scanned['licence_id']}"
    person = {"name": "测试丙", "id_number": people.make_id_number()}
    form = {**person, "phone": "13800000000", "must_claim": True}
    holder = wallet_page.ok("POST", f"{base}/delegates", form)["holder_id"]
    grant = {"holder_id": holder, "mode": "precise", "items": ["电子政务-外交-领事服务"]}
    wallet_page.ok("POST", f"{base}/authorizations", {**grant, "starts_on": "2020-01-01", "ends_on": "2099-12-31"})
    wallet_page.ok("POST", f"{base}/downloads", {"holder_id": holder, **person})
    page = to_company(tab, sandbox, {"licence_id": scanned["licence_id"], "holder_id": holder})
    expect(tab.field("uscc")).to_have_value(elements["uscc"])
    tab.field("phone").fill("0731-88888888")
    page.get_by_role("button", name="下一步").click()
    email = f"enterprise{people.serial()}@enterprise.example"
    tab.field("email").fill(email)
    tab.field("password").fill(PASSWORD)
    tab.field("password_confirmation").fill(PASSWORD)
    page.get_by_role("button", name="获取验证码").click()
    expect(page.get_by_role("button", name=re.compile("秒后可重新获取"))).to_be_disabled()
    tab.field("email_code").fill(code_in(wallet_page.ok("GET", f"/mailbox?to={email}")["items"][0]))
    page.get_by_label("我已阅读并同意").check()
    page.get_by_role("button", name="立即注册").click()
    page.wait_for_url("**/applications")
    page.get_by_role("banner").get_by_role("button", name="@").click()
    page.get_by_role("button", name="退出登录").click()
    page.wait_for_url("**/sign-in*")
    page.get_by_placeholder("请输入邮箱账号").fill(email)
    page.get_by_placeholder("请输入密码").fill(PASSWORD)
    page.get_by_role("button", name="确认", exact=True).click()
    page.wait_for_url("**/applications*")
    expect(page.get_by_role("banner").get_by_text(email)).to_be_visible()
