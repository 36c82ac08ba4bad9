"""人员申请进度 with its columns and export; the pages of an application and of a person."""

import re

import pytest
from playwright.sync_api import expect

from testing.steps import content, decide, register, submit

COLUMNS = ["申请单号", "申请人", "职务", "经济体审核批准", "经济体审核拒签", "经济体审核锁定", "经济体尚未审核"]


@pytest.fixture(scope="module")
def answered(sandbox):
    """A group of two that the economies are answering: the enterprise and the number."""
    enterprise = register(sandbox)
    number = submit(enterprise.client, content(enterprise.client, persons=2))["number"]
    for office in ("fao-hunan", "consular"):
        decide(sandbox.officer(office), number, "pass")
    consular = sandbox.officer("consular")
    for code, decision in (("SGP", "approved"), ("CHL", "approved"), ("KOR", "refused"), ("JPN", "locked")):
        consular.ok("PUT", f"/office/persons/{number}-01/economies/{code}", {"decision": decision})
    consular.ok("PUT", f"/office/persons/{number}-01/foreign-number", {"number": "CHN-2026/0001"})
    return enterprise, number


@pytest.fixture
def own(tab, answered):
    tab.enter(answered[0].client)
    return tab


@pytest.mark.accepts("D04", "D05", "D06", "D07", "D10")
def test_the_progress_has_the_seven_columns_every_person_and_a_way_back(own, answered):
    _, number = answered
    page = own.open("/applications")
    page.get_by_role("link", name="人员申请进度").click()
    own.settled()
    expect(page.get_by_role("columnheader")).to_have_text(COLUMNS)
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(2)
    cells = rows.nth(0).get_by_role("cell")
    assert sorted(cells.nth(3).inner_text().split("、")) == sorted(["新加坡", "智利"])
    expect(cells.nth(4)).to_have_text("韩国")
    expect(cells.nth(5)).to_have_text("日本")
    assert len(cells.nth(6).inner_text().split("、")) == 12
    expect(rows.nth(1).get_by_role("cell").nth(3)).to_have_text("")
    own.check()
    page.get_by_role("button", name="矩阵").click()
    expect(page.get_by_role("columnheader")).to_have_count(17)
    own.check()
    page.get_by_role("button", name="列表").click()
    page.get_by_role("link", name=f"{number}-01").click()
    expect(page).to_have_url(f"{own.origin}/persons/{number}-01")
    page.go_back()
    page.get_by_role("button", name="关闭").click()
    expect(page).to_have_url(f"{own.origin}/applications")


@pytest.mark.accepts("D08", "D09")
def test_the_export_is_a_file_with_the_name_of_the_guide(own, answered):
    _, number = answered
    page = own.open(f"/applications/{number}/progress")
    with page.expect_download() as started:
        page.get_by_role("button", name="导出至Excel").click()
    assert re.fullmatch(rf"人员进度{number}_\d{{12}}\.xlsx", started.value.suggested_filename)
    page.get_by_role("button", name="关闭").click()
    expect(page).to_have_url(f"{own.origin}/applications")


@pytest.mark.accepts("D01", "D02")
def test_a_person_shows_the_states_of_the_economies_and_the_query_site_with_the_number(own, answered):
    _, number = answered
    page = own.open(f"/persons/{number}-01")
    expect(page.get_by_role("heading", level=3)).to_have_text(["已批复（批准、拒签、锁定） · 4", "审批中 · 12"])
    text = page.locator(".economies").first.inner_text()
    assert re.search(r"韩国\s*拒签", text)
    assert re.search(r"日本\s*锁定", text)
    link = page.get_by_role("link", name="abtc-aps.org")
    expect(link).to_have_attribute("href", "https://www.abtc-aps.org/abtc-core/status/check.html")
    expect(link).to_have_attribute("rel", "noopener noreferrer")
    expect(page.get_by_text("CHN-2026/0001")).to_be_visible()
    own.check()


def test_an_application_shows_its_persons_and_what_has_happened(own, answered):
    _, number = answered
    page = own.open(f"/applications/{number}")
    expect(page.locator(".history li")).to_have_count(8)  # three acts, five answers
    expect(page.locator("tbody tr")).to_have_count(2)
    own.check()
    page.get_by_role("link", name=f"{number}-02").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"{number}-02")


@pytest.mark.accepts("L14")
def test_the_address_of_another_enterprise_shows_nothing(signed_in, answered):
    _, number = answered
    signed_in.expected_statuses = {404}
    for path in (f"/applications/{number}", f"/applications/{number}/progress", f"/persons/{number}-01"):
        page = signed_in.open(path)
        expect(page.get_by_role("alert")).to_be_visible()
        assert "测试" not in page.locator("main").inner_text()
        signed_in.check()
