"""制卡与领卡: cards on their way from 经济体审核完成 to 已发卡, in lists, and the register that is printed."""

import io
from urllib.parse import unquote

import pypdf
from playwright.sync_api import expect

from testing import people
from testing.steps import content, decide, register, submit

LATER = "2029-12-31"
ROWS = "tbody tr td.number:nth-child(2)"
"""The numbers in the list, and not those of the register that is printed."""


def finished(sandbox, enterprise, persons):
    """The numbers of persons of whom every economy has approved."""
    number = submit(enterprise.client, content(enterprise.client, persons=persons))["number"]
    for office in ("fao-hunan", "consular"):
        decide(sandbox.officer(office), number, "pass")
    consular = sandbox.officer("consular")
    codes = [one["code"] for one in consular.ok("GET", "/reference")["economies"] if one["decides"]]
    numbers = [f"{number}-{place:02d}" for place in range(1, persons + 1)]
    rows = [{"person_number": one, "economy": code, "decision": "approved"} for one in numbers for code in codes]
    assert consular.ok("POST", "/office/economies/import", {"rows": rows})["failed"] == []
    return numbers


def issued(sandbox, enterprise, persons):
    """The numbers of persons whose cards were issued."""
    numbers, consular = finished(sandbox, enterprise, persons), sandbox.officer("consular")
    for number in numbers:
        card = {"card_number": f"CN{people.serial():07d}", "valid_until": LATER}
        for event, more in (("making", {}), ("made", card), ("issued", {})):
            seen = consular.ok("GET", f"/office/persons/{number}")["status_version"]
            consular.ok("POST", f"/office/persons/{number}/card", {"event": event, "status_version": seen, **more})
    return numbers


def shows(page, *numbers):
    expect(page.locator(ROWS)).to_have_text(numbers)


def step(page, name, result):
    """Take a step with all that is chosen, and close its results."""
    page.get_by_role("button", name=name, exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="确定").click()
    expect(dialog.get_by_role("status")).to_have_text(result)
    return dialog


def stage(tab, name, enterprise):
    """Open a stage, and find the persons of one enterprise in it."""
    tab.page.get_by_role("navigation", name="办理阶段").get_by_role("link", name=name).click()
    expect(tab.page.get_by_role("link", name=name)).to_have_attribute("aria-current", "page")
    tab.field("enterprise").fill(enterprise.elements["name"])
    tab.page.get_by_role("button", name="查询").click()


def close(dialog):
    dialog.locator("footer").get_by_role("button", name="关闭").click()
    expect(dialog).to_be_hidden()


def test_cards_are_made_handed_out_and_cancelled_in_lists(consular, enterprise, sandbox):
    numbers = finished(sandbox, enterprise, 24)
    page = consular.open("/cards")
    consular.field("enterprise").fill(enterprise.elements["name"])
    page.get_by_role("button", name="查询").click()
    shows(page, *numbers)
    page.get_by_role("checkbox", name="全选").check()
    consular.check()
    # A colleague has begun one of them meanwhile.
    other = sandbox.officer("consular")
    seen = other.ok("GET", f"/office/persons/{numbers[0]}")["status_version"]
    other.ok("POST", f"/office/persons/{numbers[0]}/card", {"event": "making", "status_version": seen})
    dialog = step(page, "开始制卡", "已完成23项，无变化1项，未完成0项")
    consular.check()
    close(dialog)
    expect(page.get_by_text("此阶段没有人员。")).to_be_visible()
    stage(consular, "制卡中", enterprise)
    shows(page, *numbers)
    cards = [f"CN{people.serial():07d}" for _ in numbers]
    page.get_by_text("粘贴或上传Excel").click()
    lines = [f"{number}\t{card}\t{LATER}" for number, card in zip(numbers, cards, strict=True)]
    # Two persons cannot have one card.
    lines[1] = lines[1].replace(cards[1], cards[0])
    consular.field("paste").fill("\n".join([*lines[:-1], "x\ty"]))
    page.get_by_role("button", name="填入").click()
    expect(page.get_by_text("第1行：无法识别单号、卡号")).to_be_visible()
    consular.field(f"card_number.{numbers[-1]}").fill(cards[-1])
    consular.field(f"valid_until.{numbers[-1]}").fill("20291231")
    consular.field(f"valid_until.{numbers[-1]}").blur()
    expect(page.get_by_role("region", name="已选24项")).to_be_visible()
    consular.check()
    page.get_by_role("navigation", name="办理阶段").get_by_role("link", name="已制卡").click()
    page.get_by_role("dialog").get_by_role("button", name="留在本页").click()
    dialog = step(page, "登记制卡完成", "已完成23项，无变化0项，未完成1项")
    expect(dialog.get_by_role("row").filter(has_text="未完成")).to_contain_text("卡号")
    close(dialog)
    expect(page.locator(ROWS)).to_have_count(1)
    [left] = page.locator(ROWS).all_inner_texts()
    assert left in numbers[:2]
    consular.field(f"card_number.{left}").fill(cards[1])
    consular.field(f"card_number.{left}").blur()
    close(step(page, "登记制卡完成", "已完成1项，无变化0项，未完成0项"))
    stage(consular, "已制卡", enterprise)
    shows(page, *numbers)
    consular.check()
    page.get_by_role("checkbox", name="全选").check()
    with page.expect_download() as started:
        page.get_by_role("button", name="领卡清单（PDF）").click()
    letter = pypdf.PdfReader(io.BytesIO(started.value.path().read_bytes()))
    assert len(letter.pages) >= 1
    assert numbers[0][:18] in letter.pages[0].extract_text()
    page.get_by_role("button", name="English").click()
    register_pages = [one.extract_text() for one in pypdf.PdfReader(io.BytesIO(page.pdf())).pages]
    assert len(register_pages) == 2
    assert register_pages[0].startswith("Register of ABTC handed out")
    assert "24 cards" in register_pages[0]
    assert all("Received by" in one for one in register_pages)
    assert [number for number in numbers if number not in "".join(register_pages)] == []
    assert cards[2] in "".join(register_pages)
    page.get_by_role("button", name="中文").click()
    close(step(page, "登记发卡", "已完成24项，无变化0项，未完成0项"))
    stage(consular, "已发卡", enterprise)
    shows(page, *numbers)
    page.get_by_label(f"选择{numbers[5]}").check()
    page.get_by_role("button", name="注销卡").click()
    consular.check()
    page.get_by_role("dialog").get_by_role("button", name="取消").click()
    close(step(page, "注销卡", "已完成1项，无变化0项，未完成0项"))
    expect(page.locator(ROWS)).to_have_count(23)


def test_the_filters_stay_when_another_stage_is_opened(consular, enterprise, sandbox):
    issued(sandbox, enterprise, 1)
    page = consular.open("/cards?tab=issued")
    consular.field("enterprise").fill(enterprise.elements["name"])
    consular.field("waiting_longer_than").fill("0")
    page.get_by_role("button", name="查询").click()
    stages = page.get_by_role("navigation", name="办理阶段")
    for name in ("换补卡待制", "已制卡", "经济体审核完成"):
        stages.get_by_role("link", name=name).click()
        expect(page.get_by_role("link", name=name)).to_have_attribute("aria-current", "page")
        expect(consular.field("enterprise")).to_have_value(enterprise.elements["name"])
        expect(consular.field("waiting_longer_than")).to_have_value("0")
        expect(page.get_by_text("此阶段没有人员。")).to_be_visible()
    assert enterprise.elements["name"] not in unquote(page.url)
    page.go_back()
    expect(page.get_by_role("link", name="已制卡")).to_have_attribute("aria-current", "page")
    expect(consular.field("enterprise")).to_have_value(enterprise.elements["name"])


def test_an_office_reads_cards_without_their_numbers_and_takes_no_step(officer, enterprise, sandbox):
    issued(sandbox, enterprise, 3)
    page = officer.open("/cards?tab=issued")
    officer.field("enterprise").fill(enterprise.elements["name"])
    page.get_by_role("button", name="查询").click()
    expect(page.locator(ROWS)).to_have_count(3)
    assert "*" in page.locator("tbody tr td:nth-child(7)").first.inner_text()
    page.get_by_role("checkbox", name="全选").check()
    expect(page.get_by_role("button", name="注销卡")).to_have_count(0)
    expect(page.get_by_text("粘贴或上传Excel")).to_have_count(0)
    officer.check()


def test_the_card_of_a_follow_up_service_goes_by_its_own_offers(consular, sandbox):
    enterprise = register(sandbox)
    client = enterprise.client
    number = submit(client, content(client))["number"]
    for office in ("fao-hunan", "consular"):
        decide(sandbox.officer(office), number, "pass")
    other = sandbox.officer("consular")
    other.ok("PUT", f"/office/persons/{number}-01/economies/SGP", {"decision": "approved"})
    person = client.ok("GET", f"/persons/{number}-01")
    assert "early_card" in person["available_services"]
    form = {"service": "early_card", "status_version": person["status_version"], "reason": "出差需要"}
    follow_up = client.ok("POST", f"/persons/{number}-01/services", form)["number"]
    for office in ("fao-hunan", "consular"):
        decide(sandbox.officer(office), follow_up, "pass")
    page = consular.open("/cards?tab=early")
    consular.field("enterprise").fill(enterprise.elements["name"])
    page.get_by_role("button", name="查询").click()
    shows(page, follow_up)
    page.get_by_label(f"选择{follow_up}").check()
    close(step(page, "开始制卡", "已完成1项，无变化0项，未完成0项"))
    page.get_by_role("navigation", name="办理阶段").get_by_role("link", name="制卡中").click()
    shows(page, follow_up)
    consular.field(f"card_number.{follow_up}").fill(f"CN{people.serial():07d}")
    consular.expected_statuses = {422}
    consular.field(f"valid_until.{follow_up}").fill("2000-01-01")
    consular.field(f"valid_until.{follow_up}").blur()
    dialog = step(page, "登记制卡完成", "已完成0项，无变化0项，未完成1项")
    expect(dialog.get_by_role("row").last).to_contain_text("有效期")
    close(dialog)
    consular.field(f"valid_until.{follow_up}").fill(LATER)
    consular.field(f"valid_until.{follow_up}").blur()
    close(step(page, "登记制卡完成", "已完成1项，无变化0项，未完成0项"))
    assert client.ok("GET", f"/persons/{number}-01")["card"]["valid_until"] == LATER
