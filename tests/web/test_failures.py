"""The network or the service fails: each page says so and can be repeated, and each form keeps what was typed."""

from playwright.sync_api import expect

from testing import people
from testing.addresses import addresses
from testing.steps import PASSWORD, content, decide, submit

NEW = "another horse battery"
READ_ONCE = ("/v1/me", "/v1/reference")
WITHOUT_CALLS = ("/account", "/account/email", "/account/mailbox", "/account/password", "/applications/new")
"""Pages that show the account or nothing but a form."""


def test_every_page_says_that_the_service_failed_and_is_shown_after_a_retry(signed_in, enterprise, sandbox):
    number = submit(enterprise.client, content(enterprise.client))["number"]
    for office in ("fao-hunan", "consular"):
        decide(sandbox.officer(office), number, "pass")
    values = {"service": "early_card"}
    found = {each.pattern: each for each in addresses() if each.audience in ("enterprise", "signed-in")}
    chosen = {key: each for key, each in found.items() if key not in WITHOUT_CALLS and "/drafts/" not in key}
    assert len(chosen) > 8
    tab, failing = signed_in, {"now": False}

    def answer(route):
        path = route.request.url.removeprefix(tab.origin)
        if failing["now"] and path not in READ_ONCE:
            # Not 503, which pages repeat by themselves for some seconds.
            route.fulfill(status=500, json={"code": "INTERNAL", "message": "系统出现错误。", "errors": []})
        else:
            route.continue_()

    tab.page.route("**/v1/**", answer)
    tab.expected_statuses = {500}
    for pattern, address in chosen.items():
        path = address.at(**values, number=f"{number}-01" if pattern.startswith("/persons") else number)
        failing["now"] = True
        page = tab.open(path)
        expect(page.get_by_role("alert"), path).to_contain_text("系统出现错误。")
        tab.check()
        failing["now"] = False
        page.get_by_role("button", name="重试").click()
        expect(page.get_by_role("alert").filter(has_text="系统出现错误")).to_have_count(0)
        tab.settled()


def repeated(tab, button, **kept):
    """Press a button twice without network, see that nothing is lost, and press it with network."""
    tab.context.set_offline(True)
    button.dblclick()
    expect(tab.page.get_by_role("alert").first).to_contain_text("网络已断开")
    for name, value in kept.items():
        expect(tab.field(name)).to_have_value(value)
    tab.check()
    tab.context.set_offline(False)
    button.dblclick()


def test_forms_of_the_account_keep_what_was_typed_without_network_and_send_it_once(signed_in, enterprise, sandbox):
    tab = signed_in
    page = tab.open("/account/agents")
    page.get_by_role("button", name="添加经办人").click()
    agent = people.agent()
    for name in ("name", "id_number", "phone", "email", "username", "password"):
        tab.field(name).fill(agent[name])
    dialog = page.get_by_role("dialog", name="添加经办人")
    repeated(tab, dialog.get_by_role("button", name="确定"), username=agent["username"], password=agent["password"])
    expect(dialog).to_be_hidden()
    assert len(enterprise.client.ok("GET", "/agents")["items"]) == 1
    page = tab.open("/account/invoices")
    page.get_by_role("button", name="新增").click()
    tab.field("new.name").fill("测试企业发票")
    tab.expected_statuses = {422}
    repeated(tab, page.get_by_role("button", name="确认新增"), **{"new.name": "测试企业发票"})
    expect(page.get_by_role("alert").get_by_role("link").first).to_be_visible()
    expect(tab.field("new.name")).to_have_value("测试企业发票")
    page = tab.open("/account/email")
    tab.field("email").fill("new@enterprise.example")
    page.get_by_label("我已阅读并同意").check()
    repeated(tab, page.get_by_role("button", name="确认", exact=True), email="new@enterprise.example")
    expect(tab.field("email_code")).to_have_attribute("aria-invalid", "true")
    expect(tab.field("email")).to_have_value("new@enterprise.example")
    page = tab.open("/account/password")
    for name, value in (("current_password", PASSWORD), ("password", NEW), ("password_confirmation", NEW)):
        tab.field(name).fill(value)
    repeated(tab, page.get_by_role("button", name="确认", exact=True), current_password=PASSWORD, password=NEW)
    expect(page.get_by_role("status", name="提示")).to_contain_text("密码已修改")
    assert sandbox.sign_in("enterprise", enterprise.email, NEW).token


def test_an_error_of_a_page_is_told_to_the_operators_without_its_text(signed_in):
    page = signed_in.open("/applications")
    with page.expect_response("**/v1/client-errors") as told:
        page.evaluate("() => { setTimeout(() => { throw new TypeError('测试甲 E00000001') }) }")
    assert told.value.status == 204
    sent = told.value.request.post_data_json
    assert (sent["kind"], sent["name"], sent["page"]) == ("error", "TypeError", "/applications")
    assert "E00000001" not in told.value.request.post_data
    assert "cookie" not in told.value.request.all_headers()
    assert [error for error in signed_in.errors if "TypeError" not in error and "测试甲" not in error] == []
    signed_in.errors.clear()
