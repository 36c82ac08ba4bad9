"""企业: officers find enterprises, see what they need to know of one, and open accounts for those that cannot scan."""

import re

import pytest
from playwright.sync_api import expect

from testing import people
from testing.running import code_in, wait_for
from testing.steps import PASSWORD, content, submit


@pytest.fixture
def customer(enterprise):
    """An enterprise with an agent and an application to 湖南省外办."""
    _, form = enterprise.agent()
    number = submit(enterprise.client, content(enterprise.client))["number"]
    return enterprise, form, number


def search(tab, text):
    tab.field("text").fill(text)
    tab.page.get_by_role("search").get_by_role("button", name="查询").click()
    tab.settled()
    return tab.page.get_by_role("table").locator("tbody tr")


@pytest.mark.accepts("I03")
def test_an_officer_finds_an_enterprise_and_sees_its_data_applications_invoices_and_agents(officer, customer):
    enterprise, agent, number = customer
    name, uscc = enterprise.elements["name"], enterprise.elements["uscc"]
    page = officer.open("/enterprises")
    expect(page.get_by_text("仅显示向本办提交过申请的企业")).to_be_visible()
    officer.check()
    expect(search(officer, name[2:])).to_have_count(1)
    expect(search(officer, uscc[:17])).to_contain_text([re.compile(f"{name}.*{uscc}")])
    expect(search(officer, f" {uscc} ")).to_have_text([re.compile(f"{name}.*{uscc}")])
    expect(page.get_by_role("link", name="开通企业账号")).to_have_count(0)
    officer.check()
    page.get_by_role("link", name=name).click()
    expect(page).to_have_url(re.compile("/enterprises/[0-9a-f]{20}$"))
    officer.settled()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    expect(page.get_by_role("region", name="企业信息")).to_contain_text(uscc)
    row = page.get_by_role("region", name="申请单列表").get_by_role("row").filter(has_text=number)
    expect(row.get_by_role("link")).to_have_attribute("href", f"/desk/{number}")
    expect(row).to_contain_text("外办审核中")
    agents = page.get_by_role("region", name="经办人列表")
    expect(agents).to_contain_text(agent["name"])
    expect(agents).not_to_contain_text(agent["id_number"])
    page.get_by_role("region", name="发票信息").locator("summary").click()
    expect(page.get_by_text("纳税人识别号")).to_be_visible()
    officer.check()
    page.go_back()
    officer.settled()
    expect(officer.field("text")).to_have_value(f"{uscc}")
    expect(page.get_by_role("link", name=name)).to_be_visible()


def test_contacts_are_masked_and_shown_for_a_reason(officer, customer, sandbox):
    enterprise, agent, _ = customer
    uscc, email = enterprise.elements["uscc"], enterprise.email
    (found,) = sandbox.officer("consular").ok("POST", "/office/enterprises/search", {"uscc": uscc})["items"]
    page = officer.open(f"/enterprises/{found['id']}")
    main = page.locator("main")
    for shown in (email, "0731-88888888", agent["phone"], agent["email"]):
        expect(main).not_to_contain_text(shown)
    page.get_by_role("button", name="查看完整联系方式").click()
    dialog = page.get_by_role("dialog", name="查看完整联系方式")
    officer.expected_statuses = {422}
    dialog.get_by_role("button", name="查看完整联系方式").click()
    expect(dialog.get_by_label("理由")).to_have_attribute("aria-invalid", "true")
    officer.check()
    dialog.get_by_label("理由").fill("电话核实")
    dialog.get_by_role("button", name="查看完整联系方式").click()
    for shown in (email, "0731-88888888", agent["phone"], agent["email"]):
        expect(main).to_contain_text(shown)
    expect(main).not_to_contain_text(agent["id_number"])
    officer.check()
    page.get_by_role("button", name="隐藏联系方式").click()
    expect(main).not_to_contain_text(email)
    audit = enterprise.client.ok("GET", "/audit")["items"]
    assert [entry["action"] for entry in audit].count("contacts_revealed") == 1


def test_an_enterprise_that_applied_elsewhere_is_not_found(officer, enterprise, sandbox):
    uscc = enterprise.elements["uscc"]
    officer.open("/enterprises")
    officer.field("text").fill(uscc)
    officer.page.get_by_role("search").get_by_role("button", name="查询").click()
    expect(officer.page.get_by_text("没有符合条件的企业")).to_be_visible()
    (found,) = sandbox.officer("consular").ok("POST", "/office/enterprises/search", {"uscc": uscc})["items"]
    officer.expected_statuses = {404}
    officer.page.goto(f"{officer.origin}/enterprises/{found['id']}")
    expect(officer.page.get_by_role("alert")).to_be_visible()


def test_a_search_that_fails_can_be_repeated_and_one_without_a_match_says_what_to_do_next(consular):
    page, address = consular.page, "**/v1/office/enterprises/search"
    consular.expected_statuses = {503}
    body = '{"code": "UNAVAILABLE", "message": "服务繁忙，请稍后重试", "errors": [], "status": 503}'
    page.route(address, lambda route: route.fulfill(status=503, body=body))
    page.goto(f"{consular.origin}/enterprises")
    expect(page.get_by_role("alert")).to_contain_text("服务繁忙，请稍后重试", timeout=15_000)
    consular.check()
    page.unroute(address)
    page.get_by_role("button", name="重试").click()
    consular.settled()
    consular.field("text").fill("没有这样的企业")
    page.get_by_role("search").get_by_role("button", name="查询").click()
    expect(page.get_by_text("没有符合条件的企业")).to_be_visible()
    expect(page.get_by_role("link", name="开通企业账号")).to_have_count(2)
    consular.check()


def test_the_consular_department_opens_an_account_that_sets_its_password_by_a_recovery(consular, sandbox):
    page = consular.open("/enterprises/new")
    consular.check()
    elements = {"name": f"测试企业{people.serial()}", "uscc": people.make_uscc(), "legal_representative": "测试戊"}
    email = f"enterprise{people.serial()}@enterprise.example"
    consular.expected_statuses = {422}
    page.get_by_role("button", name="开通账号").click()
    expect(page.get_by_role("alert")).to_contain_text("统一社会信用代码")
    consular.check()
    for name, value in {**elements, "email": email, "phone": "0731-88888888"}.items():
        consular.field(name).fill(value)
    page.get_by_role("button", name="开通账号").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(elements["name"])
    expect(page.get_by_role("status", name="提示")).to_contain_text("已开通")
    consular.settled()
    consular.check()
    # What the page promises to the enterprise.
    anybody, mailbox, typed = sandbox.client(), sandbox.page(), {**elements, "email": email}
    recovery = f"/recoveries/{anybody.ok('POST', '/recoveries', typed)['recovery_id']}"
    code = code_in(mailbox.ok("GET", f"/mailbox?to={email}")["items"][0])
    token = anybody.ok("POST", f"{recovery}/verification", {"email_code": code})["reset_token"]
    form = {"reset_token": token, "password": PASSWORD, "password_confirmation": PASSWORD}
    anybody.ok("PUT", f"{recovery}/password", form)
    assert sandbox.sign_in("enterprise", email, PASSWORD).ok("GET", "/me")["account"]["login"] == email


def test_a_mistyped_address_and_a_wrong_name_are_corrected_before_the_first_sign_in(consular, sandbox):
    client, serial = sandbox.officer("consular"), people.serial()
    form = {
        "name": f"测试录入{serial}",
        "uscc": people.make_uscc(),
        "legal_representative": "测试戊",
        "phone": "0731-88888888",
    }
    opened = client.ok("POST", "/office/enterprises", {**form, "email": f"bounce+{serial}@enterprise.example"})

    def bounced():
        sandbox.page().ok("POST", "/run/deliver_mail")
        return client.ok("GET", f"/office/enterprises/{opened['id']}")["account"]["mail_status"] == "bounced"

    wait_for(bounced, 20, "the bounce of the first mail")
    page = consular.open(f"/enterprises/{opened['id']}")
    facts = page.get_by_role("region", name="企业信息")
    expect(facts).to_contain_text("邮件被退回")
    expect(facts).to_contain_text("尚未设置密码")
    consular.check()
    page.get_by_role("button", name="恢复发送邮件").click()
    dialog = page.get_by_role("dialog", name="恢复发送邮件")
    dialog.get_by_label("理由").fill("企业来电确认")
    dialog.get_by_role("button", name="恢复发送邮件").click()
    expect(facts).not_to_contain_text("邮件被退回")
    page.get_by_role("button", name="更正邮箱账号").click()
    dialog = page.get_by_role("dialog", name="更正邮箱账号")
    consular.expected_statuses = {422}
    dialog.get_by_role("button", name="更正").click()
    expect(dialog.get_by_role("alert")).to_contain_text("邮箱账号")
    expect(dialog.get_by_label("证明方式")).to_have_count(0)
    consular.check()
    email = f"corrected{serial}@enterprise.example"
    dialog.get_by_label("新邮箱账号").fill(email)
    dialog.get_by_label("更正理由").fill("邮箱录入有误")
    dialog.get_by_role("button", name="更正").click()
    expect(page.get_by_role("status", name="提示")).to_contain_text("已更正")
    page.get_by_role("button", name="更正名称或法人").click()
    dialog = page.get_by_role("dialog", name="更正企业名称或法人姓名")
    expect(dialog.get_by_label("企业名称")).to_have_value(form["name"])
    dialog.get_by_label("法人姓名").fill("测试癸")
    dialog.get_by_label("更正理由").fill("法人变更")
    consular.check()
    dialog.get_by_role("button", name="更正").click()
    expect(facts).to_contain_text("测试癸")
    consular.check()
    assert client.ok("POST", f"/office/enterprises/{opened['id']}/reveal", {"reason": "核对"})["email"] == email


def test_another_address_of_an_account_in_use_needs_proof(consular, enterprise, sandbox):
    (found,) = sandbox.officer("consular").ok(
        "POST", "/office/enterprises/search", {"uscc": enterprise.elements["uscc"]}
    )["items"]
    page = consular.open(f"/enterprises/{found['id']}")
    expect(page.get_by_role("button", name="更正名称或法人")).to_have_count(0)
    page.get_by_role("button", name="更正邮箱账号").click()
    dialog = page.get_by_role("dialog", name="更正邮箱账号")
    consular.expected_statuses = {422}
    dialog.get_by_label("新邮箱账号").fill(f"moved{people.serial()}@enterprise.example")
    dialog.get_by_label("更正理由").fill("原邮箱停用")
    dialog.get_by_role("button", name="更正").click()
    expect(dialog.get_by_role("alert")).to_contain_text("证明方式")
    dialog.get_by_label("证明方式").select_option("official_letter")
    dialog.get_by_role("button", name="更正").click()
    expect(page.get_by_role("status", name="提示")).to_contain_text("已更正")
    assert enterprise.client("GET", "/me").status_code == 401
    consular.check()


def test_an_office_cannot_open_accounts(officer):
    page = officer.open("/enterprises/new")
    expect(page).to_have_url(f"{officer.origin}/desk")
