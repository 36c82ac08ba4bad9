"""How the pages of enterprises open their dialogs."""

import re
from typing import Any

from playwright.sync_api import Route, expect

from testing.files import PDF
from tests.support import wallet
from tests.support.dialogs import Kit, opens
from tests.support.form_page import step


@opens("session/ProofDialog.vue ModalDialog", "验证身份")
def proof(kit: Kit) -> None:
    client = kit.sandbox.client()
    ticket = client.ok("POST", "/elicence/tickets", {"purpose": "login"})
    delegate = {**wallet.delegate_of(kit.sandbox, kit.enterprise), "qr_content": ticket["qr_content"]}
    for action in ("scan", "confirm"):
        kit.sandbox.page().ok("POST", "/wallet/scan", {**delegate, "action": action})
    used = {"ticket_id": ticket["ticket_id"], "ticket_secret": ticket["secret"]}
    client.token = client.ok("POST", "/sessions/elicence", used)["token"]
    kit.tab.enter(client)
    kit.tab.expected_statuses = {403}
    page = kit.tab.open("/account/agents")
    page.get_by_role("button", name=re.compile("^删除")).first.click()
    page.get_by_role("dialog").get_by_role("button", name="确定").click()


@opens("session/IdleDialog.vue ModalDialog", "登录即将结束")
def idle(kit: Kit) -> None:
    kit.tab.page.clock.install()
    kit.own("/drafts").clock.fast_forward("28:01")


@opens("session/IdleDialog.vue ModalDialog 2", "登录已结束", held=True)
def ended(kit: Kit) -> None:
    kit.tab.page.clock.install()
    page = kit.own("/drafts")
    page.clock.fast_forward("28:01")
    page.clock.fast_forward("02:01")


@opens("design/AttachmentList.vue ModalDialog", "")
def preview(kit: Kit) -> None:
    page = kit.own(f"/applications/{kit.values['number']}")
    page.get_by_role("region", name="团组材料").get_by_role("button", name="查看").first.click()


@opens("pages/person/PersonPage.vue ConfirmDialog", "重新提交")
def resubmitted_person(kit: Kit) -> None:
    kit.own(f"/persons/{kit.values['alone']}").get_by_role("button", name="重新提交").click()


@opens("pages/person/PersonPage.vue OutdatedDialog", "操作无效", held=True)
def void_person(kit: Kit) -> None:
    kit.void("**/resubmit")
    resubmitted_person(kit)
    kit.tab.page.get_by_role("dialog").get_by_role("button", name="确定").click()


@opens("pages/person/ServicePage.vue ModalDialog", "确认提交")
def service(kit: Kit) -> None:
    page = kit.own(f"/persons/{kit.values['person']}/apply/early_card")
    kit.tab.field("reason").fill("急需赴新加坡参加展会")
    file: Any = {"name": "申请函.pdf", "mimeType": "application/pdf", "buffer": PDF}
    page.locator("input[type=file][name=application_letter]").set_input_files(file)
    expect(page.locator(".files li").filter(has_text="申请函.pdf")).to_contain_text("已上传")
    page.get_by_role("button", name="提交").click()


@opens("pages/person/ServicePage.vue OutdatedDialog", "操作无效", held=True)
def void_service(kit: Kit) -> None:
    kit.void("**/services/check")
    service(kit)


@opens("pages/person/DataPart.vue ModalDialog", "显示完整信息")
def revealed(kit: Kit) -> None:
    kit.own(f"/persons/{kit.values['person']}").get_by_role("button", name="显示完整信息").click()


def correcting(kit: Kit) -> None:
    """Change something on the page on which a returned application is corrected."""
    kit.own(f"/applications/{kit.values['returned']}/edit")
    kit.tab.field("group_name").fill("本页")


@opens("pages/form/CorrectingDialogs.vue ModalDialog", "申请单已被修改", held=True)
def changed_elsewhere(kit: Kit) -> None:
    correcting(kit)
    client, address = kit.enterprise.client, f"/applications/{kit.values['returned']}/content"
    found = client.ok("GET", address)
    client.ok("PUT", address, {**found["content"], "group_name": "另一经办人"}, If_Match=f'"{found["version"]}"')
    kit.tab.expected_statuses = {412}
    kit.tab.page.get_by_role("button", name="保存修改").click()


@opens("pages/form/CorrectingDialogs.vue OutdatedDialog", "操作无效", held=True)
def void_correction(kit: Kit) -> None:
    kit.void("**/content")
    correcting(kit)
    kit.tab.page.get_by_role("button", name="保存修改").click()


@opens("pages/form/CorrectingDialogs.vue ConfirmDialog", "离开此页")
def left_correction(kit: Kit) -> None:
    kit.own(f"/persons/{kit.values['alone']}/edit")
    kit.tab.field("persons.0.title").fill("本页职务")
    kit.tab.page.get_by_role("navigation").get_by_role("link", name="我的草稿").first.click()


def draft(kit: Kit) -> str:
    """A new draft at 团组信息."""
    created = kit.enterprise.client.ok("POST", "/drafts", {"group_name": "考察", "persons": [{"name": "测试甲"}]})
    step(kit.own(f"/drafts/{created['id']}"), "团组信息")
    return str(created["id"])


@opens("pages/form/FormPage.vue ModalDialog", "草稿已被修改", held=True)
def draft_elsewhere(kit: Kit) -> None:
    kit.tab.expected_statuses = {412}
    draft_id = draft(kit)
    kit.enterprise.client.ok("PUT", f"/drafts/{draft_id}", {"group_name": "其他页面"}, If_Match='"1"')
    kit.tab.field("group_name").fill("本页")


@opens("pages/form/FormPage.vue ConfirmDialog", "有未保存的内容")
def left_unsaved(kit: Kit) -> None:
    draft(kit)
    kit.refused("**/v1/drafts/*", 500, {"code": "INTERNAL", "message": "系统出现错误。"})
    kit.tab.field("group_name").fill("没有保存")
    expect(kit.tab.page.get_by_text("暂时无法保存")).to_be_visible()
    kit.tab.page.get_by_role("navigation").get_by_role("link", name="我的草稿").first.click()


@opens("pages/form/PersonsPart.vue ConfirmDialog", "删除此人")
def removed_person(kit: Kit) -> None:
    draft(kit)
    step(kit.tab.page, "人员信息")
    kit.tab.page.get_by_role("button", name="删除此人").click()


@opens("pages/form/StartPage.vue ModalDialog", "我的草稿")
def offered_drafts(kit: Kit) -> None:
    kit.own("/applications/new")


@opens("pages/form/StartPage.vue ConfirmDialog", "读取草稿")
def read_draft(kit: Kit) -> None:
    kit.own("/applications/new").get_by_role("button", name="继续填写").first.click()


@opens("pages/drafts/DraftsPage.vue ConfirmDialog", "删除草稿")
def deleted_draft(kit: Kit) -> None:
    kit.own("/drafts").get_by_role("button", name="删除草稿").first.click()


@opens("pages/drafts/DraftsPage.vue ModalDialog", "草稿已清理")
def purged_drafts(kit: Kit) -> None:
    def answer(route: Route) -> None:
        reply = route.fetch()
        route.fulfill(response=reply, json={**reply.json(), "purged_drafts": 2})

    # Only the first time: after the answer there are none any more.
    kit.tab.page.route("**/v1/me", answer, times=1)
    kit.own("/drafts")


@opens("pages/application/ApplicationPage.vue ConfirmDialog", "撤回")
def withdrawn(kit: Kit) -> None:
    kit.own(f"/applications/{kit.values['returned']}").get_by_role("button", name="撤回").click()


@opens("pages/application/ApplicationPage.vue OutdatedDialog", "操作无效", held=True)
def void_withdrawal(kit: Kit) -> None:
    kit.void("**/withdraw")
    withdrawn(kit)
    kit.tab.page.get_by_role("dialog").get_by_role("button", name="确定").click()


@opens("pages/account/ProfilePart.vue ModalDialog", "更新企业三要素信息")
def renewed_elements(kit: Kit) -> None:
    kit.own("/account").get_by_role("button", name="更新企业三要素信息").click()
    expect(kit.tab.page.get_by_role("dialog").get_by_role("img")).to_be_visible()


@opens("pages/account/AgentDialog.vue ModalDialog", "添加经办人")
def added_agent(kit: Kit) -> None:
    kit.own("/account/agents").get_by_role("button", name="添加经办人").click()


@opens("pages/account/AgentDialog.vue ModalDialog", "编辑经办人")
def edited_agent(kit: Kit) -> None:
    kit.own("/account/agents").get_by_role("button", name=re.compile("^编辑")).first.click()


@opens("pages/account/AgentsPart.vue ConfirmDialog", "取消授权")
def revoked_agent(kit: Kit) -> None:
    kit.own("/account/agents").get_by_role("button", name="取消授权").first.click()


def with_passkey(kit: Kit, button: str) -> None:
    """Press a button of the passkey that an account has; adding one is tested in tests/web/test_passkeys.py."""
    moment = "2026-11-21T04:30:00.000Z"
    passkey = {"id": "a" * 20, "name": "办公电脑", "created_at": moment, "used_at": None}
    shown = {"items": [passkey], "can_add": True, "limit": 10}
    kit.tab.page.route("**/v1/me/passkeys", lambda route: route.fulfill(json=shown))
    kit.own("/account/passkeys").get_by_role("button", name=button).click()


@opens("pages/account/PasskeysPart.vue ModalDialog", "重命名")
def renamed_passkey(kit: Kit) -> None:
    with_passkey(kit, "重命名 办公电脑")


@opens("pages/account/PasskeysPart.vue ConfirmDialog", "移除")
def removed_passkey(kit: Kit) -> None:
    with_passkey(kit, "移除 办公电脑")


@opens("pages/account/DevicesPart.vue ConfirmDialog", "退出其他设备")
def other_devices(kit: Kit) -> None:
    kit.sandbox.sign_in("enterprise", kit.enterprise.email, "correct horse battery")
    kit.own("/account/devices").get_by_role("button", name="退出其他设备").click()


@opens("pages/account/InvoiceForm.vue ConfirmDialog", "删除发票信息")
def deleted_invoice(kit: Kit) -> None:
    kit.own("/account/invoices").get_by_role("button", name="删除").first.click()
