"""人员信息 from a spreadsheet: pasted rows, and the errors of a workbook at the fields of its persons."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from chalicelib.rules.applications.person_import import COLUMNS, headers
from testing import people
from testing.steps import content, submit
from tests.support.pages import Browsing


@pytest.fixture
def persons_step(signed_in: Browsing, enterprise) -> tuple[Page, str]:
    """The persons of an empty draft, and the draft's id."""
    draft = str(enterprise.client.ok("POST", "/drafts", {})["id"])
    page = signed_in.open(f"/drafts/{draft}")
    page.get_by_role("navigation", name="填写步骤").get_by_role("button", name="人员信息").click()
    return page, draft


def row(**changes: Any) -> str:
    """One row of a spreadsheet as the clipboard has it."""
    person = {**people.person(sex="男", passport_kind="普通护照", first_time="是"), **changes}
    return "\t".join(str(person.get(name) or "") for name in COLUMNS)


def test_pasted_rows_are_shown_with_their_errors_before_they_are_added(signed_in, enterprise, persons_step):
    page, draft = persons_step
    rows = ["\t".join(headers()), row(title='"销售部\n经理"'), row(name="测试乙", phone="12", id_number="4.30102E+17")]
    signed_in.expected_statuses.add(422)
    page.get_by_text("从表格粘贴").click()
    signed_in.field("pasted").fill("\r\n".join(rows))
    page.get_by_role("button", name="预览", exact=True).dblclick()
    expect(page.get_by_text(re.compile(r"^读到2人，\d+处需修改$"))).to_be_visible()
    table = page.get_by_role("region", name="粘贴内容预览")
    second = table.get_by_role("row").nth(2)
    expect(second.get_by_role("cell").nth(1 + COLUMNS.index("id_number"))).to_contain_text("请把该列设为“文本”格式")
    expect(second.get_by_role("cell").nth(1 + COLUMNS.index("phone"))).to_contain_text("手机号")
    signed_in.check()
    page.get_by_role("button", name="添加2人").dblclick()
    people_list = page.get_by_role("list", name="人员信息").get_by_role("button")
    expect(people_list).to_have_count(2)
    expect(people_list.nth(1)).to_contain_text("需检查")
    people_list.nth(1).click()
    expect(signed_in.field("persons.1.id_number")).to_have_value("")
    phone = signed_in.field("persons.1.phone")
    expect(phone).to_have_attribute("aria-invalid", "true")
    signed_in.check()
    phone.fill("13800000000")
    expect(phone).not_to_have_attribute("aria-invalid", "true")
    expect(page.get_by_text("草稿已保存")).to_be_visible()
    stored = enterprise.client.ok("GET", f"/drafts/{draft}")["content"]["persons"]
    assert [(person["name"], person["sex"], person["first_time"]) for person in stored] == [
        ("测试甲", "male", True),
        ("测试乙", "male", True),
    ]
    assert stored[0]["birth_date"] == people.person()["birth_date"]
    assert (stored[1]["phone"], stored[1]["id_number"]) == ("13800000000", None)


def test_columns_are_found_by_their_titles_and_too_many_rows_are_refused(signed_in, persons_step):
    page, _ = persons_step
    page.get_by_text("从表格粘贴").click()
    pasted = signed_in.field("pasted")
    pasted.fill("部门\t手机号\t姓名\n销售\t13800000000\t测试丙")
    page.get_by_role("button", name="预览", exact=True).click()
    expect(page.get_by_text("未识别的列不会导入：第1列")).to_be_visible()
    page.get_by_role("button", name="添加1人").click()
    expect(signed_in.field("persons.0.name")).to_have_value("测试丙")
    expect(signed_in.field("persons.0.phone")).to_have_value("13800000000")
    expect(signed_in.field("persons.0.passport_number")).to_have_attribute("aria-invalid", "true")
    pasted.fill("\n".join([row()] * 90))
    page.get_by_role("button", name="预览", exact=True).click()
    expect(page.get_by_text("表中有90人，加上已有人员超过90人。")).to_be_visible()
    expect(page.get_by_role("list", name="人员信息").get_by_role("button")).to_have_count(1)


def test_earlier_travellers_are_chosen_by_name_and_filled_in_again(signed_in, enterprise):
    earlier = content(enterprise.client, persons=2)
    for person, name in zip(earlier["persons"], ("测试甲", "测试乙"), strict=True):
        person["name"] = name
    submit(enterprise.client, earlier)
    draft = enterprise.client.ok("POST", "/drafts", {"persons": [{"name": "测试丙"}]})
    page = signed_in.open(f"/drafts/{draft['id']}")
    page.get_by_role("navigation", name="填写步骤").get_by_role("button", name="人员信息").click()
    page.get_by_text("添加以往人员").click()
    box = page.locator("details", has_text="添加以往人员")
    box.get_by_label("姓名或护照号").fill("测试乙")
    box.get_by_role("button", name="查询").click()
    box.get_by_role("checkbox", name=re.compile("测试乙")).check()
    signed_in.check()
    box.get_by_role("button", name="添加所选（1人）").click()
    expect(box.get_by_role("status")).to_contain_text("已添加1人")
    expect(signed_in.field("persons.1.name")).to_have_value("测试乙")
    expect(signed_in.field("persons.1.passport_number")).to_have_value(earlier["persons"][1]["passport_number"])
    box.get_by_role("button", name="查询").click()
    expect(box).to_contain_text("已在名单中")
    signed_in.check()
