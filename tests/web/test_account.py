"""账号设置: tabs, licence elements, invoice profiles, e-mail address, password, agents, devices."""

import re
import uuid

import pytest
from playwright.sync_api import expect

from testing import people
from testing.running import code_in
from testing.steps import PASSWORD
from tests.support import wallet

NEW = "another horse battery"
INVOICE_LABELS = ["名称", "纳税人识别号", "注册地", "注册地详细地址", "联系电话", "电子发票接收邮箱", "邮箱联系人"]
INVOICE_LABELS += ["邮箱联系人电话", "备案单位联系人", "备案单位联系人电话"]
AGENT_COLUMNS = ["序号", "姓名", "身份证号", "手机号", "收件邮箱", "用户名", "是否接收邮件", "操作"]
AGENT_LABELS = ["姓名", "身份证号", "手机号", "收件邮箱", "用户名", "密码", "经办人权限"]


def labels(form):
    found = form.locator(".field > :is(label, legend)").all_text_contents()
    return [re.sub(r"^\*|（必填）$", "", text) for text in found]


def told(page, text):
    expect(page.get_by_role("status", name="提示")).to_contain_text(text)


def prove(page, password=PASSWORD):
    """Give the proof that the page asks for before it goes on."""
    dialog = page.get_by_role("dialog", name="验证身份")
    dialog.locator("[name=current_password]").fill(password)
    dialog.get_by_role("button", name="确认", exact=True).click()
    expect(dialog).to_be_hidden()


@pytest.mark.accepts("A01", "A02", "A03")
def test_account_settings_lie_below_the_account_with_the_tabs_and_place_of_the_guide(signed_in):
    page = signed_in.open("/applications")
    page.get_by_role("banner").get_by_role("button", name=re.compile("@")).click()
    menu = page.locator("#account-menu")
    expect(menu.get_by_role("button", name="退出登录")).to_be_visible()
    menu.get_by_role("link", name="账号设置").click()
    signed_in.settled()
    place = page.get_by_role("navigation", name="当前位置").get_by_role("listitem")
    expect(place).to_have_text(["APEC商务旅行卡首页", "账号设置"])
    tabs = page.get_by_role("navigation", name="账号设置").get_by_role("link")
    guide = ["账号信息", "发票信息", "修改邮箱", "修改密码", "经办人管理"]
    more = ["通行密钥", "登录设备", "操作记录"]
    expect(tabs).to_have_text([*guide, *more])
    for tab in (*guide, *more):
        page.get_by_role("navigation", name="账号设置").get_by_role("link", name=tab).click()
        signed_in.settled()
        signed_in.check()


def test_an_agent_has_the_tabs_that_concern_it(tab, enterprise):
    agent, _ = enterprise.agent()
    tab.enter(agent)
    page = tab.open("/account")
    tabs = page.get_by_role("navigation", name="账号设置").get_by_role("link")
    expect(tabs).to_have_text(["账号信息", "发票信息", "收件邮箱", "修改密码", "登录设备"])
    expect(tab.field("phone")).to_be_disabled()
    expect(page.get_by_role("button", name="提交修改")).to_have_count(0)
    tab.check()


@pytest.mark.accepts("A05", "A07", "A08")
def test_the_profile_is_edited_but_not_the_licence_elements(signed_in, enterprise):
    page = signed_in.open("/account")
    for name, value in enterprise.elements.items():
        expect(signed_in.field(name)).to_have_value(value)
        expect(signed_in.field(name)).not_to_be_editable()
    found = labels(page.locator("main"))
    assert found == [
        "名称",
        "统一社会信用代码",
        "法人姓名",
        "注册地",
        "注册地详细地址",
        "联系电话",
        "性质",
        "所属行业",
        "员工人数",
    ]
    expect(page.get_by_label("注册地 区县")).to_have_value("430102")
    signed_in.field("phone").fill("0731-66666666")
    signed_in.field("kind").select_option(label="民营企业")
    page.get_by_role("button", name="提交修改").click()
    told(page, "已保存")
    profile = enterprise.client.ok("GET", "/enterprise")
    assert (profile["phone"], profile["kind"]) == ("0731-66666666", "PRIVATE")
    signed_in.expected_statuses = {422}
    signed_in.field("staff_count").fill("many")
    page.get_by_role("button", name="提交修改").click()
    expect(signed_in.field("staff_count")).to_have_attribute("aria-invalid", "true")
    signed_in.check()


@pytest.mark.accepts("A06")
def test_the_licence_elements_are_renewed_by_a_scan(signed_in, enterprise, sandbox):
    name = f"测试更名企业{uuid.uuid4().hex[:6]}"
    sandbox.page().ok("PATCH", f"/wallet/licences/{enterprise.licence['licence_id']}", {"name": name})
    page = signed_in.open("/account")
    page.get_by_role("button", name="更新企业三要素信息").click()
    dialog = page.get_by_role("dialog", name="更新企业三要素信息")
    expect(dialog).to_contain_text("请使用电子营业执照APP或小程序扫码更新信息")
    expect(dialog.get_by_role("img")).to_be_visible()
    signed_in.check()
    wallet.scan(page, sandbox, enterprise.licence)
    expect(dialog).to_be_hidden()
    expect(signed_in.field("name")).to_have_value(name)


@pytest.mark.accepts("I01", "I05", "I06")
def test_an_invoice_profile_is_added_in_the_form_of_the_guide(signed_in, enterprise):
    signed_in.expected_statuses = {422}
    page = signed_in.open("/account/invoices")
    page.get_by_role("button", name="新增").click()
    form = page.get_by_role("form", name="新增发票信息")
    assert labels(form) == INVOICE_LABELS
    assert form.locator(".star").count() == len(INVOICE_LABELS)
    form.get_by_role("button", name="确认新增").click()
    expect(form.get_by_role("alert").get_by_role("link")).to_have_count(len(INVOICE_LABELS))
    signed_in.check()
    form.get_by_role("button", name="取消").click()
    expect(form).to_be_hidden()
    page.get_by_role("button", name="新增").click()
    profile = people.invoice_profile()
    for name, value in profile.items():
        if name != "region_code":
            signed_in.field(f"new.{name}").fill(value)
    page.get_by_label("注册地 省").select_option(label="湖南省")
    page.get_by_label("注册地 市").select_option(label="长沙市")
    page.get_by_label("注册地 区县").select_option(label="芙蓉区")
    form.get_by_role("button", name="确认新增").dblclick()
    told(page, "已保存")
    expect(page.get_by_role("heading", level=2)).to_have_text(["发票信息1"])
    (saved,) = enterprise.client.ok("GET", "/invoice-profiles")["items"]
    assert saved["region_code"] == "430102"


@pytest.mark.accepts("I02", "I07", "I08")
def test_saving_is_grey_until_something_was_edited_and_deleting_asks(tab, enterprise):
    for _ in range(2):
        enterprise.client.ok("POST", "/invoice-profiles", people.invoice_profile())
    agent, _ = enterprise.agent()
    tab.enter(agent)
    page = tab.open("/account/invoices")
    expect(page.get_by_role("heading", level=2)).to_have_text(["发票信息1", "发票信息2"])
    first = page.get_by_role("form", name="发票信息1")
    save = first.get_by_role("button", name="保存修改")
    expect(save).to_be_disabled()
    first.get_by_label("邮箱联系人（").fill("测试丁")
    expect(save).to_be_enabled()
    save.click()
    told(page, "已保存")
    expect(save).to_be_disabled()
    first.get_by_role("button", name="删除").click()
    dialog = page.get_by_role("dialog", name="删除发票信息")
    expect(dialog.get_by_role("button")).to_have_text(["", "取消", "确认"])
    tab.check()
    dialog.get_by_role("button", name="取消").click()
    expect(page.get_by_role("form")).to_have_count(2)
    first.get_by_role("button", name="删除").click()
    dialog.get_by_role("button", name="确认").click()
    told(page, "已删除")
    expect(page.get_by_role("heading", level=2)).to_have_text(["发票信息1"])


@pytest.mark.accepts("I04")
def test_with_twenty_profiles_there_is_no_button_to_add_one(signed_in, enterprise):
    for _ in range(19):
        enterprise.client.ok("POST", "/invoice-profiles", people.invoice_profile())
    page = signed_in.open("/account/invoices")
    expect(page.get_by_role("button", name="新增")).to_have_count(1)
    enterprise.client.ok("POST", "/invoice-profiles", people.invoice_profile())
    page.reload()
    expect(page.get_by_role("heading", name="发票信息20")).to_be_visible()
    expect(page.get_by_role("button", name="新增")).to_have_count(0)


@pytest.mark.accepts("A09")
def test_the_mail_address_is_changed_with_a_code_and_consent(signed_in, sandbox):
    page = signed_in.open("/account/email")
    email = f"new{people.serial()}@enterprise.example"
    signed_in.field("email").fill(email)
    page.get_by_role("button", name="获取验证码").click()
    told(page, "验证码已发送")
    signed_in.field("email_code").fill(code_in(sandbox.page().ok("GET", f"/mailbox?to={email}")["items"][0]))
    page.get_by_role("button", name="确认", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("请先阅读并同意《用户协议》和《隐私政策》")
    page.get_by_label("我已阅读并同意").check()
    signed_in.expected_statuses = {403}
    page.get_by_role("button", name="确认", exact=True).click()
    prove(page)
    told(page, "邮箱已修改")
    expect(page.get_by_role("banner").get_by_text(email)).to_be_visible()


@pytest.mark.accepts("A10")
def test_the_password_is_changed_with_the_old_one(signed_in, enterprise, sandbox):
    signed_in.expected_statuses = {422}
    page = signed_in.open("/account/password")
    assert labels(page.locator("main")) == ["原密码", "新密码", "确认新密码"]
    for name, value in (("current_password", "wrong"), ("password", NEW), ("password_confirmation", NEW)):
        signed_in.field(name).fill(value)
    page.get_by_role("button", name="确认", exact=True).click()
    expect(signed_in.field("current_password")).to_have_attribute("aria-invalid", "true")
    signed_in.check()
    signed_in.field("current_password").fill(PASSWORD)
    page.get_by_role("button", name="确认", exact=True).click()
    told(page, "密码已修改")
    assert sandbox.sign_in("enterprise", enterprise.email, NEW).token


@pytest.mark.accepts("H01", "H02", "H04", "H05", "H15")
def test_an_agent_is_added_in_the_popup_of_the_guide(signed_in, enterprise, sandbox):
    signed_in.expected_statuses = {422}
    page = signed_in.open("/account/agents")
    page.get_by_role("button", name="添加经办人").click()
    dialog = page.get_by_role("dialog", name="添加经办人")
    assert labels(dialog) == AGENT_LABELS
    expect(dialog.get_by_text("用户名设置要求：4-20位字符，仅支持数字+英文组合！")).to_be_visible()
    expect(dialog.get_by_placeholder("请输入用户名")).to_be_visible()
    expect(dialog.get_by_placeholder("请输入账号密码")).to_be_visible()
    expect(dialog.get_by_label("可见全部申请单")).to_be_checked()
    expect(dialog.get_by_label("仅可见该账号自己创建的申请单")).not_to_be_checked()
    dialog.get_by_role("button", name="确定").click()
    expect(dialog.get_by_role("alert").get_by_role("link")).to_have_count(6)
    signed_in.check()
    form = people.agent()
    for name in ("name", "id_number", "phone", "email", "username", "password"):
        dialog.locator(f"[name={name}]").fill(form[name])
    dialog.get_by_label("仅可见该账号自己创建的申请单").check()
    dialog.get_by_role("button", name="确定").dblclick()
    expect(dialog).to_be_hidden()
    (agent,) = enterprise.client.ok("GET", "/agents")["items"]
    assert agent["scope"] == "own"
    assert sandbox.sign_in("agent", form["username"], form["password"]).token


@pytest.mark.accepts("H03", "H15")
def test_the_user_name_and_password_of_the_popup_sign_the_agent_in(signed_in, enterprise):
    page = signed_in.open("/account/agents")
    page.get_by_role("button", name="添加经办人").click()
    form = people.agent()
    for name in ("name", "id_number", "phone", "email", "username", "password"):
        signed_in.field(name).fill(form[name])
    page.get_by_role("dialog", name="添加经办人").get_by_role("button", name="确定").click()
    told(page, "已保存")
    signed_in.expected_statuses = {401}
    signed_in.context.clear_cookies()
    page = signed_in.open("/sign-in")
    page.get_by_role("tab", name="经办人账号登录").click()
    page.get_by_placeholder("请输入用户名").fill(form["username"])
    page.get_by_placeholder("请输入密码").fill(form["password"])
    page.get_by_role("button", name="确认", exact=True).click()
    page.wait_for_url("**/applications*")
    expect(page.get_by_role("banner").get_by_text(form["username"])).to_be_visible()
    assert enterprise.client.ok("GET", "/agents")["items"][0]["scope"] == "all"


@pytest.mark.accepts("H06", "H07", "H09")
def test_the_list_has_the_columns_of_the_guide_and_masks_what_is_personal(signed_in, enterprise):
    _, form = enterprise.agent()
    page = signed_in.open("/account/agents")
    expect(page.get_by_role("columnheader")).to_have_text(AGENT_COLUMNS)
    row = page.get_by_role("row").nth(1)
    expect(row.get_by_role("cell").nth(0)).to_have_text("1")
    text = row.inner_text()
    assert [form[name] for name in ("id_number", "phone", "email", "username") if form[name] in text] == []
    assert form["id_number"][-4:] in text
    signed_in.check()
    row.get_by_role("switch").click()
    told(page, "已保存")
    assert enterprise.client.ok("GET", "/agents")["items"][0]["receives_mail"] is False


@pytest.mark.accepts("H01", "H08")
def test_revoking_asks_a_second_time_and_the_agent_cannot_sign_in_until_authorised(signed_in, enterprise, sandbox):
    _, form = enterprise.agent()
    login = {"identity": "agent", "login": form["username"], "password": form["password"]}
    page = signed_in.open("/account/agents")
    page.get_by_role("button", name=f"取消授权 {form['name']}").click()
    dialog = page.get_by_role("dialog", name="取消授权")
    expect(dialog).to_contain_text(form["name"])
    signed_in.check()
    dialog.get_by_role("button", name="取消").click()
    assert sandbox.client()("POST", "/sessions", login).status_code == 201
    page.get_by_role("button", name=f"取消授权 {form['name']}").click()
    dialog.get_by_role("button", name="确定").click()
    told(page, "已取消授权")
    assert sandbox.client()("POST", "/sessions", login).status_code == 401
    page.get_by_role("button", name=f"授权 {form['name']}", exact=True).click()
    page.get_by_role("dialog", name="授权").get_by_role("button", name="确定").click()
    told(page, "已授权")
    assert sandbox.client()("POST", "/sessions", login).status_code == 201
    page.get_by_role("button", name=f"删除 {form['name']}").click()
    page.get_by_role("dialog", name="删除经办人").get_by_role("button", name="确定").click()
    expect(page.get_by_text("还没有经办人。")).to_be_visible()


@pytest.mark.accepts("H15")
def test_editing_keeps_what_is_left_empty(signed_in, enterprise, sandbox):
    _, form = enterprise.agent()
    page = signed_in.open("/account/agents")
    page.get_by_role("button", name=f"编辑 {form['name']}").click()
    dialog = page.get_by_role("dialog", name="编辑经办人")
    dialog.get_by_label("仅可见该账号自己创建的申请单").check()
    signed_in.check()
    dialog.get_by_role("button", name="确定").click()
    expect(dialog).to_be_hidden()
    (agent,) = enterprise.client.ok("GET", "/agents")["items"]
    assert (agent["scope"], agent["name"]) == ("own", form["name"])
    assert sandbox.sign_in("agent", form["username"], form["password"]).token


def test_another_device_is_signed_out_from_the_list(signed_in, enterprise, sandbox):
    other = sandbox.sign_in("enterprise", enterprise.email, PASSWORD)
    page = signed_in.open("/account/devices")
    expect(page.get_by_text("当前设备")).to_have_count(1)
    page.get_by_role("button", name="退出", exact=True).click()
    told(page, "已退出该设备")
    assert other("GET", "/me").status_code == 401
    signed_in.check()


def test_all_other_devices_are_signed_out_at_once(signed_in, enterprise, sandbox):
    others = [sandbox.sign_in("enterprise", enterprise.email, PASSWORD) for _ in range(2)]
    page = signed_in.open("/account/devices")
    page.get_by_role("button", name="退出其他设备").click()
    dialog = page.get_by_role("dialog", name="退出其他设备")
    expect(dialog).to_contain_text("除当前设备外")
    signed_in.check()
    dialog.get_by_role("button", name="确定").click()
    told(page, "已退出其他设备")
    assert [other("GET", "/me").status_code for other in others] == [401, 401]
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.get_by_role("button", name="退出其他设备")).to_have_count(0)


def test_the_records_show_each_sign_in_with_its_way_and_address(signed_in, enterprise, sandbox):
    sandbox.sign_in("enterprise", enterprise.email, PASSWORD)
    page = signed_in.open("/account/records")
    expect(page.locator("tbody tr").first).to_contain_text("密码登录、127.0.0.1")
    signed_in.check()


def test_the_records_name_who_did_what_and_go_on_below(signed_in, enterprise):
    enterprise.agent()
    for _ in range(12):
        enterprise.client.ok("PATCH", "/enterprise", {"phone": "13812345678"})
    page = signed_in.open("/account/records")
    rows = page.locator("tbody tr")
    expect(rows.first).to_contain_text("修改企业信息")
    expect(rows.first).to_contain_text("联系电话")
    signed_in.check()
    page.get_by_role("button", name="载入更多").click()
    expect(rows.last).to_contain_text("企业注册")
    page.get_by_role("button", name="English").click()
    expect(rows.first).to_contain_text("Enterprise data changed")
    signed_in.check()


def test_an_agent_confirms_its_mailbox_by_the_code_that_is_mailed_there(tab, enterprise, sandbox):
    agent, form = enterprise.agent(confirmed=False)
    tab.enter(agent)
    page = tab.open("/applications")
    notice = page.get_by_role("main").get_by_text("您的收件邮箱未确认")
    expect(notice).to_be_visible()
    tab.check()
    page.get_by_role("link", name="去确认").click()
    expect(page.get_by_role("main")).to_contain_text("未确认")
    expect(notice).to_have_count(0)
    tab.check()
    page.get_by_role("button", name="获取验证码").click()
    told(page, "验证码已发送")
    expect(page.get_by_role("button", name="秒后可重新获取")).to_be_disabled()
    mail = sandbox.page().ok("GET", f"/mailbox?to={form['email']}")["items"][0]
    tab.expected_statuses = {422}
    tab.field("email_code").fill("000000")
    page.get_by_role("button", name="确认", exact=True).click()
    expect(tab.field("email_code")).to_have_attribute("aria-invalid", "true")
    tab.check()
    tab.field("email_code").fill(code_in(mail))
    page.get_by_role("button", name="确认", exact=True).click()
    told(page, "收件邮箱已确认")
    expect(page.get_by_role("main")).to_contain_text("已确认")
    tab.check()
    tab.open("/applications")
    expect(notice).to_have_count(0)


def test_the_enterprise_sees_which_mailboxes_are_not_confirmed(signed_in, enterprise):
    enterprise.agent(confirmed=False)
    page = signed_in.open("/account/agents")
    row = page.get_by_role("table").get_by_role("row").nth(1)
    expect(row).to_contain_text("未确认")
    expect(page.get_by_text("经办人登录后在“账号设置”中确认")).to_be_visible()
    signed_in.check()
