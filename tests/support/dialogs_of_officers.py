"""How the pages of officers open their dialogs."""

import re

from playwright.sync_api import expect

from testing import people
from testing.pictures import pictures
from testing.steps import content, submit
from tests.support.dead_mail import give_up
from tests.support.dialogs import Kit, opens
from tests.support.locked_names import fail


def desk(kit: Kit, key: str) -> None:
    """Press a key on an application that waits at the consular department."""
    page = kit.office(f"/desk/{kit.values['waiting']}")
    buttons = page.get_by_role("region", name="审核", exact=True).get_by_role("button")
    expect(buttons.first).not_to_have_attribute("aria-disabled", "true")
    page.keyboard.press(key)


@opens("pages/desk/ReturnDialog.vue ModalDialog", "退回修改")
def returned(kit: Kit) -> None:
    desk(kit, "2")


@opens("pages/desk/ReasonDialog.vue ModalDialog", "审核不通过")
def rejected(kit: Kit) -> None:
    desk(kit, "3")


@opens("pages/desk/RevealDialog.vue ModalDialog", "显示完整信息")
def in_clear(kit: Kit) -> None:
    desk(kit, "5")


@opens("pages/desk/KeysDialog.vue ModalDialog", "快捷键")
def keys(kit: Kit) -> None:
    desk(kit, "?")


@opens("pages/desk/ReviewPane.vue ConfirmDialog", "有提示，仍要通过？")
def passed_with_remarks(kit: Kit) -> None:
    filled_in = content(kit.enterprise.client, files=pictures)
    filled_in["persons"][0] |= {"title": "待定", "passport_place": "广东"}
    number = submit(kit.enterprise.client, filled_in)["number"]
    page = kit.office(f"/desk/{number}", "fao-hunan")
    expect(page.get_by_role("list", name="提示")).to_contain_text("护照签发地（广东）与受理外办不同")
    expect(page.get_by_role("button", name="审核通过")).not_to_have_attribute("aria-disabled", "true")
    page.keyboard.press("1")


@opens("pages/desk/ReviewPane.vue OutdatedDialog", "操作无效", held=True)
def lost_race(kit: Kit) -> None:
    kit.void("**/decision")
    desk(kit, "3")
    page = kit.tab.page
    page.get_by_role("dialog").get_by_label("理由").fill("材料不实")
    if page.get_by_role("dialog").get_by_role("radio").count():
        page.get_by_role("dialog").get_by_role("radio").first.check()
    page.keyboard.press("Control+Enter")


@opens("pages/files/FilesPage.vue BatchDialog", "退回修改")
def decided(kit: Kit) -> None:
    number = submit(kit.enterprise.client, content(kit.enterprise.client))["number"]
    page = kit.office("/files?status=FAO_REVIEW&order=newest", "fao-hunan")
    page.get_by_label(f"选择{number}").check()
    page.get_by_role("button", name="退回修改").click()


@opens("pages/cards/CardsPage.vue BatchDialog", "开始制卡")
def begun(kit: Kit) -> None:
    person = kit.ready()
    page = kit.office("/cards?order=newest")
    page.get_by_label(f"选择{person}").check()
    page.get_by_role("button", name="开始制卡").click()


@opens("pages/cards/CardsPage.vue LeavingDialog", "")
def left_cards(kit: Kit) -> None:
    person, officer = kit.ready(), kit.sandbox.officer("consular")
    seen = officer.ok("GET", f"/office/persons/{person}")["status_version"]
    officer.ok("POST", f"/office/persons/{person}/card", {"event": "making", "status_version": seen})
    page = kit.office("/cards?order=newest")
    stages = page.get_by_role("navigation", name="办理阶段")
    stages.get_by_role("link", name="制卡中").click()
    field = kit.tab.field(f"card_number.{person}")
    field.fill(f"CN{people.serial():07d}")
    field.blur()
    stages.get_by_role("link", name="已发卡").click()


@opens("pages/economies/AnswersPart.vue LeavingDialog", "")
def left_answers(kit: Kit) -> None:
    page = kit.office("/economies?economy=SGP")
    page.locator("[data-column=decision]").first.focus()
    page.keyboard.press("a")
    expect(page.get_by_text("未保存", exact=True)).to_have_count(1)
    page.get_by_label("经济体", exact=True).select_option("JPN")


@opens("pages/enterprises/EnterprisePage.vue ModalDialog", "查看完整联系方式")
def contacts(kit: Kit) -> None:
    kit.office(f"/enterprises/{kit.values['enterprise']}").get_by_role("button", name="查看完整联系方式").click()


@opens("pages/enterprises/CorrectionDialog.vue ModalDialog", "更正邮箱账号")
def corrected(kit: Kit) -> None:
    kit.office(f"/enterprises/{kit.values['enterprise']}").get_by_role("button", name="更正邮箱账号").click()


@opens("pages/mail/SuppressedPart.vue ModalDialog", "恢复发送")
def lifted(kit: Kit) -> None:
    kit.office("/mail").get_by_role("button", name="按邮箱地址恢复").click()


@opens("pages/mail/UndeliveredPart.vue ConfirmDialog", "全部重新发送")
def replayed(kit: Kit) -> None:
    give_up(kit.sandbox, *(f"lost{people.serial()}@enterprise.example" for _ in range(2)))
    kit.office("/mail").get_by_role("button", name="全部重新发送").click()


@opens("pages/sign-in-locks/LocksTable.vue ConfirmDialog", "解除限制")
def unlocked(kit: Kit) -> None:
    _, form = kit.enterprise.agent()
    fail(kit.sandbox, form["username"], 3)
    page = kit.office(f"/sign-in-locks?enterprise={kit.values['enterprise']}")
    page.get_by_role("button", name=re.compile("^解除限制")).first.click()
