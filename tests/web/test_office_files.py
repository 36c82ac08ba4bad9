"""申请与人员: all filters, decisions on many with a preview and a result for each row, the export."""

from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from testing import people
from testing.steps import content, decide, register, submit
from tests.support.pages import NARROW


@pytest.fixture(scope="module")
def waiting(sandbox):
    """Four applications that no test changes, the last with a person of a name that no other one has."""
    return four(sandbox, "欧阳查找")


def four(sandbox, name):
    """Four applications of one enterprise that wait for 湖南省外办; the last has a second person, with this name."""
    enterprise = register(sandbox)
    form = content(enterprise.client)
    numbers = [submit(enterprise.client, form)["number"] for _ in range(3)]
    double = content(enterprise.client, persons=2)
    double["persons"][1]["name"] = name
    numbers.append(submit(enterprise.client, double)["number"])
    return enterprise, numbers, double["persons"]


def shows(page, *numbers):
    expect(page.locator("tbody tr td.number a")).to_have_text(numbers)


def search(tab, **values):
    page = tab.page
    further = page.get_by_role("search").locator("details")
    if further.get_attribute("open") is None:
        further.locator("summary").click()
    for name, value in values.items():
        if name in ("status", "service", "order"):
            tab.field(name).select_option(value)
        else:
            tab.field(name).fill(value)
            tab.field(name).blur()
    page.get_by_role("button", name="查询").click()
    tab.settled()


def test_every_filter_finds_and_only_what_names_nobody_stands_in_the_address(officer, waiting):
    enterprise, numbers, persons = waiting
    page = officer.open("/files")
    name = enterprise.elements["name"]
    day = f"{numbers[0][4:8]}-{numbers[0][8:10]}-{numbers[0][10:12]}"
    search(officer, enterprise=name, status="FAO_REVIEW", submitted_from=day.replace("-", ""), submitted_to=day)
    expect(page.get_by_role("status").filter(has_text="已显示4份申请单")).to_be_visible()
    shows(page, *numbers)
    assert parse_qs(urlsplit(page.url).query) == {
        "status": ["FAO_REVIEW"],
        "submitted_from": [day],
        "submitted_to": [day],
    }
    assert [path for path in officer.requests if name in path] == []
    officer.check()
    page.reload()
    officer.settled()
    expect(officer.field("enterprise")).to_have_value(name)
    shows(page, *numbers)
    for filters, expected in (
        ({"order": "newest", "enterprise": enterprise.elements["uscc"], "status": "FAO_REVIEW"}, numbers[::-1]),
        ({"number": numbers[1]}, [numbers[1], f"{numbers[1]}-01"]),
        ({"applicant": "欧阳", "service": "new_or_renewal"}, [numbers[3], f"{numbers[3]}-02"]),
        ({"passport_number": persons[1]["passport_number"]}, [numbers[3], f"{numbers[3]}-02"]),
        ({"waiting_longer_than": "3", "enterprise": name}, []),
    ):
        page.get_by_role("button", name="重置").first.click()
        expect(officer.field("number").or_(officer.field("applicant")).first).to_have_value("")
        search(officer, **filters)
        shows(page, *expected)
    expect(page.get_by_text("没有符合条件的申请单或人员。")).to_be_visible()
    officer.check()
    officer.expected_statuses = {422}
    search(officer, number="APEC2026", waiting_longer_than="多")
    expect(page.get_by_role("alert")).to_be_visible()
    expect(officer.field("waiting_longer_than")).to_have_attribute("aria-invalid", "true")
    officer.check()


def test_many_are_decided_on_by_keys_and_each_row_says_what_became_of_it(officer, sandbox):
    enterprise, numbers, _ = four(sandbox, "司马决定")
    page = officer.open("/files?status=FAO_REVIEW")
    search(officer, enterprise=enterprise.elements["name"])
    shows(page, *numbers)
    decide(sandbox.officer("fao-hunan"), numbers[0], "return", reason="请补充行程")
    page.get_by_label(f"选择{numbers[0]}").focus()
    page.keyboard.press("Control+a")
    expect(page.get_by_role("checkbox", name="全选")).to_be_checked()
    page.get_by_label(f"选择{numbers[3]}").focus()
    page.keyboard.press("Space")
    expect(page.get_by_role("region", name="已选3项")).to_be_visible()
    page.get_by_role("button", name="退回修改").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("将对3项执行：退回修改")
    expect(dialog.get_by_label("原因")).to_be_visible()
    officer.check()
    dialog.get_by_label("原因").fill("请补充行程")
    officer.expected_statuses = {503}
    body = '{"code": "UNAVAILABLE", "message": "服务繁忙，请稍后重试", "errors": [], "status": 503}'
    page.route("**/v1/office/decisions", lambda route: route.fulfill(status=503, body=body))
    dialog.get_by_role("button", name="确定").click()
    expect(dialog.get_by_role("alert")).to_contain_text("服务繁忙")
    page.unroute("**/v1/office/decisions")
    expect(dialog.get_by_label("原因")).to_have_value("请补充行程")
    dialog.get_by_role("button", name="确定").click()
    expect(dialog.get_by_role("status")).to_have_text("已完成2项，无变化0项，未完成1项")
    refused = dialog.get_by_role("row").filter(has_text=numbers[0])
    expect(refused).to_contain_text("操作无效")
    expect(refused).to_contain_text("已处理，当前状态：外办退回修改")
    expect(refused).to_contain_text("湖南省人民政府外事办公室")
    officer.check()
    dialog.locator("footer").get_by_role("button", name="关闭").click()
    expect(page.get_by_role("status").filter(has_text="已显示1份申请单")).to_be_visible()
    shows(page, numbers[3])


def test_a_list_is_exported_as_it_is_filtered(officer, waiting):
    page = officer.open("/files")
    search(officer, enterprise=waiting[0].elements["name"])
    with page.expect_download() as started:
        page.get_by_role("button", name="导出至Excel").click()
    assert started.value.suggested_filename.endswith(".xlsx")
    expect(page.get_by_role("status").filter(has_text="行").last).to_contain_text("已导出")


def test_a_follow_up_application_has_no_count_of_persons_and_cells_stay_readable_on_a_phone(officer, sandbox):
    enterprise = register(sandbox)
    number = submit(enterprise.client, content(enterprise.client))["number"]
    for office in ("fao-hunan", "consular"):
        decide(sandbox.officer(office), number, "pass")
    person = enterprise.client.ok("GET", f"/persons/{number}-01")
    passport = {"passport_kind": "ordinary", "passport_number": people.make_passport(), "passport_place": "湖南"}
    days = {"passport_issued_on": "2026-10-01", "passport_expires_on": "2036-09-30"}
    form = {"service": "change_passport", "status_version": person["status_version"], "reason": "护照到期换发"}
    made = enterprise.client.ok("POST", f"/persons/{number}-01/services", {**form, **passport, **days})
    page = officer.open("/files?status=FAO_REVIEW")
    search(officer, enterprise=enterprise.elements["name"])
    row = page.get_by_role("row").filter(has_text=made["number"])
    expect(row).to_contain_text("未制卡仅更换护照")
    expect(row).not_to_contain_text("0人")
    officer.check()
    page.set_viewport_size(NARROW)
    widths = row.locator("td:not(.box)").evaluate_all("all => all.map(one => one.getBoundingClientRect().width)")
    assert min(widths) > 60
