"""各经济体审批用时: figures and bars of each economy."""

import pytest
from playwright.sync_api import expect

from testing.running import sandbox_in
from testing.steps import content, decide, register, submit


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory):
    """A sandbox of these tests alone: in the one that all share, other tests have every economy answer."""
    with sandbox_in(tmp_path_factory.mktemp("waiting") / "data") as running:
        yield running


@pytest.fixture(scope="module")
def answered(sandbox):
    """An enterprise; an economy has answered often enough for its figures to be shown, the others have not."""
    enterprise = register(sandbox)
    least = enterprise.client.ok("GET", "/statistics/economies")["shown_from"]
    number = submit(enterprise.client, content(enterprise.client, persons=least))["number"]
    for office in ("fao-hunan", "consular"):
        decide(sandbox.officer(office), number, "pass")
    consular = sandbox.officer("consular")
    for place in range(1, least + 1):
        consular.ok("PUT", f"/office/persons/{number}-{place:02d}/economies/SGP", {"decision": "approved"})
    return enterprise, least


def test_each_economy_has_its_figures_and_a_bar(tab, answered):
    enterprise, least = answered
    tab.enter(enterprise.client)
    page = tab.open("/waiting-times")
    columns = ["经济体", "图示", "半数在此期限内", "九成在此期限内", "批复数"]
    expect(page.get_by_role("columnheader")).to_have_text(columns)
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(16)
    figures = {item["code"]: item for item in enterprise.client.ok("GET", "/statistics/economies")["items"]}
    assert figures["SGP"]["answers"] >= least
    assert figures["BRN"]["answers"] is None
    singapore = rows.filter(has=page.get_by_role("rowheader", name="新加坡"))
    expect(singapore.get_by_role("cell")).to_have_text(["", "0天", "0天", str(figures["SGP"]["answers"])])
    expect(singapore.locator("rect")).to_have_count(2)
    brunei = rows.filter(has=page.get_by_role("rowheader", name="文莱"))
    expect(brunei.get_by_role("cell").last).to_have_text("数据不足")
    tab.check()
    page.get_by_role("button", name="用时短的在前").click()
    expect(rows.first.get_by_role("rowheader")).to_have_text("新加坡")
    expect(rows.last.get_by_role("cell").last).to_have_text("数据不足")
    tab.check()
