"""人员申请进度: the seven columns of the guide, the matrix of persons and economies, the export."""

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


def test_the_matrix_has_a_sign_and_a_word_in_every_cell_and_is_filtered_by_outcome(own, answered):
    _, number = answered
    page = own.open(f"/applications/{number}/progress")
    page.get_by_role("button", name="矩阵").click()
    order = [entry["name"] for entry in answered[0].client.ok("GET", "/reference")["economies"] if entry["decides"]]
    expect(page.get_by_role("columnheader")).to_have_text(["申请人", *order])
    first = page.locator("tbody tr").first
    expect(first.get_by_role("rowheader")).to_contain_text("批准 2 · 拒签 1 · 锁定 1 · 审批中 12")
    signs = {"SGP": "✓ 批准", "KOR": "✕ 拒签", "JPN": "■ 锁定", "THA": "… 审批中"}
    names = {entry["code"]: entry["name"] for entry in answered[0].client.ok("GET", "/reference")["economies"]}
    for code, text in signs.items():
        expect(first.get_by_role("cell").nth(order.index(names[code]))).to_have_text(text)
    own.check()
    own.field("outcome").select_option("refused")
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.get_by_role("status").filter(has_text="共2人，已显示1人")).to_be_visible()
    page.reload()
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.get_by_role("button", name="矩阵")).to_have_attribute("aria-pressed", "true")


def test_ninety_persons_and_sixteen_economies_stay_below_five_thousand_nodes(tab, sandbox):
    enterprise = register(sandbox)
    number = submit(enterprise.client, content(enterprise.client, persons=90))["number"]
    for office in ("fao-hunan", "consular"):
        decide(sandbox.officer(office), number, "pass")
    tab.enter(enterprise.client)
    page = tab.open(f"/applications/{number}/progress?view=matrix")
    expect(page.locator("tbody td")).to_have_count(90 * 16)
    assert page.evaluate("document.querySelectorAll('*').length") < 5000
    frame = page.get_by_role("region", name="人员申请进度")
    before = page.get_by_role("columnheader").first.bounding_box()
    frame.evaluate("frame => frame.scrollTo(500, 1500)")
    assert page.get_by_role("columnheader").first.bounding_box() == before
    tab.check()


@pytest.mark.accepts("L14")
def test_the_address_of_another_enterprise_shows_nothing(signed_in, answered):
    _, number = answered
    signed_in.expected_statuses = {404}
    for path in (f"/applications/{number}", f"/applications/{number}/progress", f"/persons/{number}-01"):
        page = signed_in.open(path)
        expect(page.get_by_role("alert")).to_be_visible()
        assert "测试" not in page.locator("main").inner_text()
        signed_in.check()
