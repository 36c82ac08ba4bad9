"""邮件: the consular department sees what could not be delivered, and sends it again."""

from playwright.sync_api import expect

from testing import people
from testing.running import wait_for
from tests.support.dead_mail import REASON, give_up
from tests.support.pages import NARROW


def test_undelivered_mail_has_its_reason_and_is_sent_again_once(consular, sandbox):
    client = sandbox.officer("consular")
    for mail in client.ok("GET", "/office/mail/dead?limit=100")["items"]:  # of other tests
        client.ok("POST", f"/office/mail/{mail['id']}/replay")
    page = consular.open("/mail")
    expect(page.get_by_text("没有未送达的邮件")).to_be_visible()
    consular.check()
    addresses = [f"lost{people.serial()}@enterprise.example" for _ in range(4)]
    give_up(sandbox, *addresses)
    consular.open("/mail")
    rows = page.get_by_role("region", name="未送达邮件列表").locator("tbody tr")
    expect(rows).to_have_count(4)
    for shown in ("密码已修改", "****@enterprise.example", REASON):
        expect(rows.first).to_contain_text(shown)
    page.set_viewport_size(NARROW)
    widths = rows.first.locator("td.reason, th").evaluate_all("cells => cells.map(cell => cell.offsetWidth)")
    assert min(widths) >= 128, "words of a reason are cut into characters on a phone"
    for address in addresses:
        expect(page.locator("main")).not_to_contain_text(address)
    consular.check()
    # Somebody else was quicker with the first of them.
    told = page.get_by_role("status", name="提示")
    first = client.ok("GET", "/office/mail/dead")["items"][0]["id"]
    client.ok("POST", f"/office/mail/{first}/replay")
    consular.expected_statuses = {409}
    rows.first.get_by_role("button", name="重新发送").click()
    expect(told).to_contain_text("操作无效")
    expect(rows).to_have_count(3)
    rows.first.get_by_role("button", name="重新发送").click()
    expect(told).to_contain_text("已重新排队，将尽快发送")
    expect(rows).to_have_count(2)
    page.get_by_role("button", name="全部重新发送").click()
    expect(page.get_by_role("dialog")).to_contain_text("是否重新发送已显示的2封邮件？")
    consular.check()
    page.get_by_role("dialog").get_by_role("button", name="重新发送").click()
    expect(page.get_by_text("没有未送达的邮件")).to_be_visible()
    assert client.ok("GET", "/office/mail/dead")["items"] == []


def test_an_office_does_not_see_mail(officer):
    page = officer.open("/mail")
    expect(page).to_have_url(f"{officer.origin}/desk")


def test_a_suppressed_address_receives_mail_again_for_a_reason(consular, sandbox):
    client, email = sandbox.officer("consular"), f"bounce+{people.serial()}@enterprise.example"
    name = f"测试退信企业{people.serial()}"
    form = {"name": name, "uscc": people.make_uscc(), "legal_representative": "测试戊", "phone": "0731-88888888"}
    opened = client.ok("POST", "/office/enterprises", {**form, "email": email})

    def bounced():
        sandbox.page().ok("POST", "/run/deliver_mail")
        return client.ok("GET", f"/office/enterprises/{opened['id']}")["account"]["mail_status"] == "bounced"

    wait_for(bounced, 20, "the bounce of the first mail")
    page = consular.open("/mail")
    table = page.get_by_role("region", name="停止发送的邮箱列表")
    row = table.get_by_role("row").filter(has_text=name)
    expect(row).to_contain_text("邮件被退回")
    expect(page.locator("main")).not_to_contain_text(email)
    consular.check()
    row.get_by_role("button", name="恢复发送").click()
    dialog = page.get_by_role("dialog", name="恢复发送")
    consular.expected_statuses = {404, 422}
    dialog.get_by_role("button", name="恢复发送").click()
    expect(dialog.get_by_label("恢复理由")).to_have_attribute("aria-invalid", "true")
    consular.check()
    dialog.get_by_label("恢复理由").fill("企业来电确认")
    dialog.get_by_role("button", name="恢复发送").click()
    expect(page.get_by_role("status", name="提示")).to_contain_text("已恢复发送")
    expect(row).to_have_count(0)
    assert client.ok("GET", f"/office/enterprises/{opened['id']}")["account"]["mail_status"] == "ok"
    page.get_by_role("button", name="按邮箱地址恢复").click()
    dialog.get_by_label("邮箱地址").fill(email)
    dialog.get_by_label("恢复理由").fill("再次确认")
    dialog.get_by_role("button", name="恢复发送").click()
    expect(dialog.get_by_text("未找到所请求的内容")).to_be_visible()
    consular.check()
