"""经济体审批结果: the grid of one economy by keys, paste and workbook; nothing that was entered is lost."""

import io
from collections import Counter

import openpyxl
import pytest
from playwright.sync_api import expect

from testing.steps import content, decide, register, submit
from tests.support.assurance import figure, rounds


def asked(sandbox, enterprise, persons):
    """The numbers of persons about whom the economies have just been asked."""
    number = submit(enterprise.client, content(enterprise.client, persons=persons))["number"]
    for office in ("fao-hunan", "consular"):
        decide(sandbox.officer(office), number, "pass")
    return [f"{number}-{place:02d}" for place in range(1, persons + 1)]


def answers(sandbox, person):
    """Economies with their decision and last day, as recorded."""
    economies = sandbox.officer("consular").ok("GET", f"/office/persons/{person}")["economies"]
    return {one["code"]: (one["decision"], one["valid_until"]) for one in economies if one["state"] == "decided"}


@pytest.fixture
def persons(sandbox):
    return asked(sandbox, register(sandbox), 4)


@pytest.fixture
def grid(consular, persons):
    """The grid of 新加坡 with the four persons."""
    page = consular.open("/economies?economy=SGP")
    consular.field("number").fill(persons[0][:18])
    page.get_by_role("button", name="查询").click()
    expect(page.get_by_role("rowheader")).to_have_text(persons)
    page.locator("[data-column=decision]").first.focus()
    return page


def saved(page, count):
    expect(page.get_by_role("status").filter(has_text="未保存0行")).to_contain_text(f"已保存{count}行")


def test_answers_are_entered_by_keys_undone_and_saved_in_one_call(consular, grid, persons, sandbox):
    consular.check()
    keys = grid.keyboard
    for key in ("a", "r", "l", "Control+z", "l", "Shift+ArrowUp", "Delete", "ArrowUp"):
        keys.press(key)
    cells = grid.locator("[data-column=decision]")
    expect(cells).to_have_text(["✓ 批准", "✕ 拒签", "… 审批中", "… 审批中"])
    keys.press("ArrowDown")
    for key in ("l", "Control+Home", "ArrowRight"):
        keys.press(key)
    keys.type("20300131")
    keys.press("Enter")
    keys.press("ArrowUp")
    keys.press("ArrowRight")
    keys.type("CHN-1")
    keys.press("Enter")
    expect(grid.get_by_text("未保存", exact=True)).to_have_count(3)
    consular.check()
    consular.requests.clear()
    keys.press("Control+s")
    saved(grid, 4)
    sent = [path for path in consular.requests if path.startswith("/v1/office/")]
    assert sent == ["/v1/office/economies/import", "/v1/office/foreign-numbers"]
    assert [answers(sandbox, person) for person in persons] == [
        {"SGP": ("approved", "2030-01-31")},
        {"SGP": ("refused", None)},
        {"SGP": ("locked", None)},
        {},
    ]
    consular.check()


def test_nothing_is_lost_by_failures_conflicts_and_leaving(consular, grid, persons, sandbox):
    keys, page = grid.keyboard, grid
    keys.press("a")
    keys.press("a")
    body = '{"code": "UNAVAILABLE", "message": "服务繁忙，请稍后重试", "errors": [], "status": 503}'
    consular.expected_statuses = {503}
    page.route("**/v1/office/economies/import", lambda route: route.fulfill(status=503, body=body))
    keys.press("Control+s")
    expect(page.get_by_role("alert")).to_contain_text("服务繁忙，请稍后重试 录入的内容仍在页面上")
    page.unroute("**/v1/office/economies/import")
    consular.context.set_offline(True)
    page.get_by_role("button", name="保存2行").click()
    expect(page.get_by_role("alert")).to_contain_text("网络已断开")
    consular.context.set_offline(False)
    consular.check()
    page.get_by_label("经济体", exact=True).select_option("JPN")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("2行录入后尚未保存")
    consular.check()
    dialog.get_by_role("button", name="留在本页").click()
    expect(page.get_by_label("经济体", exact=True)).to_have_value("SGP")
    with page.expect_event("dialog") as asks:
        page.evaluate("setTimeout(() => location.reload())")
    assert asks.value.type == "beforeunload"
    asks.value.dismiss()
    expect(page.get_by_text("未保存", exact=True)).to_have_count(2)
    # Another officer has recorded something else meanwhile.
    other = sandbox.officer("consular")
    other.ok("PUT", f"/office/persons/{persons[0]}/economies/SGP", {"decision": "refused"})
    page.get_by_role("button", name="保存2行").click()
    expect(page.get_by_role("alert")).to_contain_text("1行未能保存")
    row = page.get_by_role("row").filter(has_text=persons[0])
    expect(row).to_contain_text("他人已于")
    expect(row).to_contain_text("原为拒签")
    assert answers(sandbox, persons[0])["SGP"][0] == "refused"
    assert answers(sandbox, persons[1])["SGP"][0] == "approved"
    consular.check()
    page.get_by_role("button", name="保存1行").click()
    saved(page, 2)
    assert answers(sandbox, persons[0])["SGP"][0] == "approved"


def test_an_approval_that_outlasts_the_passport_is_saved_and_marked(consular, grid, persons):
    page, keys = grid, grid.keyboard
    keys.press("a")
    for key in ("Control+Home", "ArrowRight"):
        keys.press(key)
    keys.type("20991231")
    keys.press("Enter")
    keys.press("Control+s")
    saved(page, 1)
    row = page.get_by_role("row").filter(has_text=persons[0])
    expect(row).to_contain_text("晚于护照有效期")
    consular.check()
    page.reload()
    page.get_by_label("也显示已答复的人员").check()
    expect(row).to_contain_text("晚于护照有效期")


def test_rows_of_excel_are_pasted_or_sent_with_errors_by_row(consular, grid, persons, sandbox):
    page = grid
    page.get_by_text("粘贴或上传Excel").click()
    lines = [
        f"{persons[0]}\t批准\t2030/1/31",
        f"{persons[1]}\trefused",
        f"{persons[2]}\t也许",
        f"{persons[3]}\tA\tCHN-7",
    ]
    consular.field("paste").fill("\n".join(lines))
    page.get_by_role("button", name="填入").click()
    expect(page.get_by_text("第1行：无法识别审批结果或日期")).to_be_visible()
    expect(consular.field("paste")).to_have_value(f"{persons[2]}\t也许")
    expect(page.get_by_text("未保存", exact=True)).to_have_count(3)
    consular.check()
    page.get_by_role("button", name="保存3行").click()
    saved(page, 4)
    assert answers(sandbox, persons[0]) == {"SGP": ("approved", "2030-01-31")}
    with page.expect_download() as started:
        page.get_by_role("button", name="下载模板").first.click()
    sheet = openpyxl.load_workbook(io.BytesIO(started.value.path().read_bytes()))
    [rows] = sheet.worksheets
    titles = [cell.value for cell in rows[1]]
    [place] = [place for place, row in enumerate(rows.iter_rows(values_only=True), 1) if row[0] == persons[2]]
    rows.cell(place, titles.index("审批结果") + 1).value = "锁定"
    rows.append([persons[3], "", "", "", "月球", "批准"])
    content_of = io.BytesIO()
    sheet.save(content_of)
    file = {"name": "a.xlsx", "mimeType": "application/octet-stream", "buffer": content_of.getvalue()}
    page.locator("[name=answers_workbook]").set_input_files(files=[file])
    expect(page.get_by_text("录入1行，无变化0行")).to_contain_text("未完成1行")
    expect(page.get_by_role("region", name="未完成的行").get_by_role("row").last).to_contain_text(persons[3])
    assert answers(sandbox, persons[2]) == {"SGP": ("locked", None)}
    consular.check()


def test_an_office_reads_that_the_consular_department_enters_answers(officer):
    page = officer.open("/economies")
    expect(page.get_by_text("审批结果由领事司录入")).to_be_visible()
    officer.check()


@pytest.mark.assurance
def test_the_answers_of_a_day_are_entered_by_keys(consular, sandbox):
    wanted = rounds(60, 1000)
    enterprise = register(sandbox)
    numbers: list[str] = []
    while len(numbers) < wanted:
        numbers += asked(sandbox, enterprise, min(90, wanted - len(numbers)))
    page = consular.open("/economies?economy=CHL")
    consular.field("enterprise").fill(enterprise.elements["name"])
    page.get_by_role("button", name="查询").click()
    expect(page.get_by_role("rowheader").first).to_have_text(numbers[0])
    consular.requests.clear()
    pressed = 0
    page.locator("[data-column=decision]").first.focus()
    while (loaded := page.get_by_role("rowheader").count()) < wanted:
        page.keyboard.press("Control+End")
        pressed += 1
        expect(page.get_by_role("rowheader").nth(loaded)).to_be_attached()
    expect(page.get_by_role("button", name="载入更多")).to_have_count(0)
    page.keyboard.press("Control+Home")
    pressed += 1
    typed = [("a", "a", "r", "a", "l")[place % 5] for place in range(wanted)]
    for key in typed:
        page.keyboard.press(key)
        pressed += 1
    page.keyboard.press("Control+s")
    pressed += 1
    expect(page.get_by_role("status").filter(has_text="未保存0行")).to_contain_text(
        f"已保存{wanted}行", timeout=120_000
    )
    sent = [path for path in consular.requests if path.startswith("/v1/office/")]
    assert sent.count("/v1/office/economies/import") == -(-wanted // 500)
    assert answers(sandbox, numbers[2])["CHL"][0] == "refused"
    assert answers(sandbox, numbers[-1])["CHL"][0] == "locked"
    figure(f"{wanted} answers of an economy: {pressed} keys, 0 clicks, {len(sent)} requests {dict(Counter(sent))}")
