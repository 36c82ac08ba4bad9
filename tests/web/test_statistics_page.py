"""统计: figures for officers, without personal data."""

import io
from datetime import UTC, datetime, timedelta

import pytest
from openpyxl import load_workbook
from playwright.sync_api import expect

from testing.running import sandbox_in
from testing.steps import content, decide, register, submit
from tests.support.printed import printed_pages

CHINA = timedelta(hours=8)


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory):
    """A sandbox of these tests alone, whose applications are those of `counted`."""
    with sandbox_in(tmp_path_factory.mktemp("statistics") / "data") as running:
        yield running


@pytest.fixture(scope="module")
def counted(sandbox):
    """Three applications, of which two offices have returned two; the night after, they are counted."""
    client = register(sandbox).client
    first, second = (submit(client, content(client, persons=2))["number"] for _ in range(2))
    decide(sandbox.officer("fao-hunan"), first, "return", reason="请修改", fields=["persons.0.title", "reason"])
    decide(sandbox.officer("fao-hunan"), second, "pass")
    decide(sandbox.officer("consular"), second, "return", reason="请修改", fields=["reason"])
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    sandbox.page().ok("POST", "/run/expire_cards", {"time": tomorrow.isoformat(timespec="seconds")})
    return (datetime.now(UTC) + CHINA).strftime("%Y-%m")


def test_an_officer_sees_how_long_each_economy_takes(officer, sandbox):
    page = officer.open("/statistics")
    economies = sandbox.officer("fao-hunan").ok("GET", "/statistics/economies")["items"]
    table = page.get_by_role("region", name="各经济体审批用时表")
    expect(table.get_by_role("rowheader")).to_have_text([economy["name"] for economy in economies])
    officer.check()


def test_an_officer_sees_the_own_office_by_month_with_bars_and_what_returns_named(counted, officer):
    page = officer.open("/statistics")
    months = page.get_by_role("region", name="各月申请与审核表")
    row = months.get_by_role("row").filter(has=page.get_by_role("rowheader", name=counted))
    figures = ["2", "4", "1", "1", "0", "50.0%", "0", "1", "0", "100.0%"]
    expect(row.get_by_role("cell")).to_have_text(figures)
    expect(row.locator("rect")).to_have_count(3)
    fields = page.get_by_role("region", name="退回修改所指内容表")
    expect(fields.get_by_role("rowheader")).to_have_text(["申请事由", "职务"])
    expect(fields.get_by_role("row").nth(1).get_by_role("cell")).to_have_text(["2", "1", "1"])
    expect(page.get_by_role("region", name="各外办申请与审核表")).to_have_count(0)
    expect(page.get_by_label("外办", exact=True)).to_have_count(0)
    officer.check()


def test_the_department_sees_all_offices_and_chooses_office_and_months(counted, consular):
    page = consular.open("/statistics")
    offices = page.get_by_role("region", name="各外办申请与审核表")
    expect(offices.get_by_role("rowheader")).to_have_text(["湖南省人民政府外事办公室", "合计"])
    consular.check()
    page.get_by_label("外办", exact=True).select_option("fao-hubei")
    expect(page.get_by_text("所选月份没有申请和审核。")).to_be_visible()
    page.get_by_label("外办", exact=True).select_option("fao-hunan")
    page.get_by_label("起始月份").select_option(counted)
    page.get_by_label("截止月份").select_option(counted)
    expect(page.get_by_role("region", name="各月申请与审核表").get_by_role("rowheader")).to_have_text([counted, "合计"])
    assert f"from={counted}" in page.url
    page.reload()
    consular.settled()
    expect(page.get_by_label("截止月份")).to_have_value(counted)
    consular.check()


def test_a_refused_period_says_why_and_keeps_the_filters(counted, consular):
    consular.expected_statuses.add(422)
    year, month = (int(part) for part in counted.split("-"))
    before = f"{year - (month == 1)}-{(month - 2) % 12 + 1:02d}"
    page = consular.open(f"/statistics?from={counted}&to={before}")
    expect(page.get_by_text("不得小于")).to_be_visible()
    page.get_by_label("截止月份").select_option(counted)
    expect(page.get_by_role("region", name="各月申请与审核表")).to_be_visible()
    consular.check()


def test_the_workbook_is_downloaded(counted, officer):
    page = officer.open("/statistics")
    with page.expect_download() as download:
        page.get_by_role("button", name="导出至Excel").click()
    saved = download.value
    assert saved.suggested_filename.startswith("统计_")
    book = load_workbook(io.BytesIO(saved.path().read_bytes()))
    rows = list(book.worksheets[0].iter_rows(min_row=2, values_only=True))
    assert [row[:3] for row in rows] == [("湖南省人民政府外事办公室", counted, 2)]
    officer.check()


def test_the_printed_page_has_every_column_on_paper(counted, consular):
    page = consular.open("/statistics")
    page.get_by_role("button", name="English").click()  # the browser of a test machine may have no Chinese font
    consular.settled()
    sheets = printed_pages(page)
    assert len(sheets) <= 3
    text = "".join(sheets)
    for words in ("Reviewbytheoffice", "Consularreview", "100.0%", "Bythedepartment", "90%within", "Answers"):
        assert words in text
    assert "ExporttoExcel" not in text
