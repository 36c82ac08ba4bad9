"""出行核对: persons, economies and days; who may go, why not, and what to do first."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from testing import people
from testing.steps import content, decide, register, submit

CARD = "2031-11-20"


@pytest.fixture(scope="module")
def group(sandbox):
    """An enterprise with a group of two: the first has a card that admits everywhere, for the second all is pending."""
    enterprise = register(sandbox)
    number = submit(enterprise.client, content(enterprise.client, persons=2))["number"]
    for office in ("fao-hunan", "consular"):
        decide(sandbox.officer(office), number, "pass")
    consular = sandbox.officer("consular")
    for entry in enterprise.client.ok("GET", "/reference")["economies"]:
        if entry["decides"]:
            consular.ok("PUT", f"/office/persons/{number}-01/economies/{entry['code']}", {"decision": "approved"})
    more = {"card_number": f"CN{people.serial():06d}", "valid_until": CARD}
    for event, fields in (("making", {}), ("made", more), ("issued", {})):
        version = consular.ok("GET", f"/office/persons/{number}-01")["status_version"]
        consular.ok("POST", f"/office/persons/{number}-01/card", {"event": event, "status_version": version, **fields})
    return enterprise, number


@pytest.fixture
def own(tab, group):
    tab.enter(group[0].client)
    return tab


def trip():
    """The first and the last day of a trip of five days that begins in a month."""
    begins = datetime.now(UTC).date() + timedelta(days=30)
    return begins.isoformat(), (begins + timedelta(days=4)).isoformat()


def fill_in(own, *economies):
    begins, ends = trip()
    own.field("from_day").fill(begins)
    own.field("to_day").fill(ends.replace("-", "/"))
    for name in economies:
        own.page.get_by_role("checkbox", name=name, exact=True).check()


def test_a_trip_is_checked_for_every_person_and_economy_with_what_to_do_first(own, group):
    _, number = group
    page = own.open(f"/applications/{number}")
    page.get_by_role("link", name="出行核对").click()
    own.settled()
    check = page.get_by_role("button", name="核对", exact=True)
    check.click()
    expect(page.get_by_role("alert").get_by_role("link")).to_have_text(["请选择前往的经济体。"])
    own.check()
    page.get_by_role("checkbox", name="新加坡").check()
    own.expected_statuses = {422}
    check.click()
    expect(page.get_by_role("alert").get_by_role("link")).to_have_count(2)
    expect(own.field("from_day")).to_have_attribute("aria-invalid", "true")
    own.check()
    fill_in(own, "日本")
    check.click()
    result = page.get_by_role("region", name="核对结果", exact=True)
    expect(page.get_by_role("status").filter(has_text="共2人，1人可前往全部所选经济体。")).to_be_visible()
    rows = result.locator("tbody tr")
    expect(rows.nth(0).get_by_role("cell")).to_have_text([f"✓ 可前往 · 至{CARD}"] * 2)
    expect(rows.nth(1).get_by_role("cell")).to_have_text(["… 该经济体尚未审批"] * 2)
    begins, ends = trip()
    expect(page.get_by_role("term")).to_have_text([f"请等待该经济体审批后再确定{begins}的行程"])
    expect(page.get_by_role("definition")).to_have_text(["测试甲：日本、新加坡"])
    expect(page.get_by_role("heading", name="核对结果")).to_contain_text(f"{begins}至{ends}")
    own.check()
    page.reload()
    own.settled()
    expect(own.field("to_day")).to_have_value(ends)
    expect(page.get_by_role("checkbox", name="日本")).to_be_checked()


def test_a_check_without_network_keeps_what_was_entered_and_can_be_repeated(own, group):
    _, number = group
    page = own.open(f"/persons/{number}-02")
    page.get_by_role("link", name="出行核对").click()
    own.settled()
    expect(page.locator("tbody input:checked")).to_have_count(1)
    fill_in(own, "新加坡")
    own.context.set_offline(True)
    page.get_by_role("button", name="核对", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("网络已断开")
    own.context.set_offline(False)
    page.get_by_role("button", name="核对", exact=True).dblclick()
    expect(page.get_by_role("region", name="核对结果", exact=True).locator("tbody tr")).to_have_count(1)
    page.get_by_role("region", name="核对结果", exact=True).get_by_role("link").click()
    expect(page).to_have_url(f"{own.origin}/persons/{number}-02")
    page.go_back()
    own.settled()
    expect(own.field("from_day")).to_have_value(trip()[0])
    expect(page.locator("tbody input:checked")).to_have_count(1)


def test_long_english_words_in_large_dark_text_fit_on_a_phone(own, group):
    for key, value in (("language", "en"), ("theme", "dark"), ("text", "large")):
        own.context.add_init_script(f"localStorage.setItem('{key}', '{value}')")
    page = own.open(f"/applications/{group[1]}/travel")
    page.get_by_role("button", name="Select all").click()
    fill_in(own)
    page.get_by_role("button", name="Check", exact=True).click()
    expect(page.get_by_role("region", name="Result", exact=True).locator("tbody td")).to_have_count(2 * 16)
    own.check()
