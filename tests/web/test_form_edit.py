"""修改申请单 and 修改人员申请单: what the officer named, and somebody else who changes the same application."""

import re

import pytest
from playwright.sync_api import expect

from testing.pictures import picture
from testing.steps import content, decide, submit


@pytest.mark.parametrize(("choice", "stored"), [("载入最新内容", "另一经办人"), ("用本页内容覆盖", "本页")])
def test_a_change_by_another_clerk_is_told_and_nothing_is_lost(signed_in, enterprise, sandbox, choice, stored):
    client = enterprise.client
    number = submit(client, content(client))["number"]
    decide(sandbox.officer("fao-hunan"), number, "return", reason="请写明会议", fields=["group_name"])
    page = signed_in.open(f"/applications/{number}/edit")
    name = signed_in.field("group_name")
    name.fill("本页")
    found = client.ok("GET", f"/applications/{number}/content")
    address, body = f"/applications/{number}/content", {**found["content"], "group_name": "另一经办人"}
    client.ok("PUT", address, body, If_Match=f'"{found["version"]}"')
    signed_in.expected_statuses.add(412)
    page.get_by_role("button", name="保存修改").click()
    dialog = page.get_by_role("dialog", name="申请单已被修改")
    expect(dialog).to_be_visible()
    signed_in.check()
    page.keyboard.press("Escape")
    expect(dialog).to_be_visible()
    expect(name).to_have_value("本页")
    dialog.get_by_role("button", name=choice).dblclick()
    expect(dialog).to_be_hidden()
    if choice == "用本页内容覆盖":
        page.wait_for_url(f"**/applications/{number}")
    else:
        expect(name).to_have_value("另一经办人")
    assert client.ok("GET", address)["content"]["group_name"] == stored


def test_the_form_of_a_returned_application_opens_where_something_is_to_be_corrected(signed_in, enterprise, sandbox):
    number = submit(enterprise.client, content(enterprise.client, persons=2))["number"]
    reason = "申请函：须加盖公章\n第2人 照片：背景须为白色"
    fields = ["attachments.application_letter", "persons.1.photo"]
    decide(sandbox.officer("fao-hunan"), number, "return", reason=reason, fields=fields)
    page = signed_in.open(f"/applications/{number}/edit")
    expect(page.get_by_role("heading", level=2, name="材料上传")).to_be_visible()
    photo, letter = signed_in.field("persons.1.attachments.photo"), signed_in.field("attachments.application_letter")
    expect(photo).to_have_accessible_description(re.compile("外办意见：背景须为白色"))
    expect(letter).to_have_accessible_description(re.compile("外办意见：须加盖公章"))
    signed_in.check()


@pytest.fixture
def alone(signed_in, enterprise, sandbox):
    """A tab of an enterprise, and the number of the second of three persons, who was returned apart from the group."""
    number = submit(enterprise.client, content(enterprise.client, persons=3))["number"]
    person = f"{number}-02"
    office = sandbox.officer("fao-hunan")
    seen = office.ok("GET", f"/office/persons/{person}")["status_version"]
    reason = "职务：与社保不一致\n照片：背景须为白色\n请三日内补正"
    form = {"decision": "return", "status_version": seen, "reason": reason, "fields": ["title", "photo"]}
    office.ok("POST", f"/office/persons/{person}/decision", form)
    return signed_in, person


def test_a_person_returned_alone_is_corrected_with_the_officers_words_beside_each_field(alone, enterprise):
    tab, number = alone
    page = tab.open(f"/persons/{number}")
    page.get_by_role("link", name="修改", exact=True).click()
    page.wait_for_url(f"**/persons/{number}/edit")
    tab.settled()
    expect(page.get_by_text("退回修改：请三日内补正")).to_be_visible()
    named = page.get_by_role("list", name="需修改的内容").get_by_role("listitem")
    expect(named).to_have_text(["职务：与社保不一致", "照片：背景须为白色"])
    first = page.locator("form section").first
    expect(first.get_by_role("heading", level=2)).to_have_text("需修改的内容")
    title, photo = tab.field("persons.0.title"), tab.field("persons.0.attachments.photo")
    expect(first.locator("input")).to_have_count(1)
    expect(first.locator("input")).to_have_attribute("name", "persons.0.title")
    expect(page.locator("form input[type=file]").first).to_have_attribute("name", "persons.0.attachments.photo")
    expect(title).to_have_accessible_description("外办意见：与社保不一致")
    expect(photo).to_have_accessible_description(re.compile("外办意见：背景须为白色"))
    tab.check()
    named.get_by_role("button", name="照片").click()
    expect(photo).to_be_focused()
    named.get_by_role("button", name="职务").click()
    expect(title).to_be_focused()
    tab.expected_statuses.add(422)
    title.fill("")
    page.get_by_role("button", name="保存并重新提交").click()
    page.get_by_role("alert").get_by_role("link", name="职务：必填").click()
    expect(title).to_be_focused()
    tab.check()
    title.fill("市场部经理")
    page.get_by_role("button", name="移除 照片.jpg").click()
    file = {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": picture("photo")}
    photo.set_input_files(file)
    expect(page.locator(".files li").filter(has_text="photo.jpg")).to_contain_text("已上传")
    page.get_by_role("button", name="保存并重新提交").dblclick()
    page.wait_for_url(f"**/persons/{number}")
    shown = enterprise.client.ok("GET", f"/persons/{number}")
    assert (shown["status"], shown["content"]["title"]) == ("FAO_REVIEW", "市场部经理")
    others = enterprise.client.ok("GET", f"/applications/{number[:-3]}")["persons"]
    assert [other["title"] for other in others].count("市场部经理") == 1


def test_a_person_that_is_not_returned_has_no_form_and_its_content_is_not_read(alone, enterprise):
    tab, number = alone
    page = tab.open(f"/persons/{number[:-2]}01/edit")
    expect(page.locator("main")).to_contain_text("此人员申请单不能在这里修改。")
    read = [entry for entry in enterprise.client.ok("GET", "/audit")["items"] if entry["action"] == "content_read"]
    assert read == []
    tab.check()


@pytest.mark.parametrize(("choice", "stored"), [("载入最新内容", "另一职务"), ("用本页内容覆盖", "本页职务")])
def test_two_clerks_correct_one_person_and_nothing_is_lost(alone, enterprise, choice, stored):
    tab, number = alone
    client, address = enterprise.client, f"/applications/{number[:-3]}/content"
    page = tab.open(f"/persons/{number}/edit")
    title = tab.field("persons.0.title")
    title.fill("本页职务")
    found = client.ok("GET", address)
    body = {**found["content"]["persons"][1], "title": "另一职务"}
    client.ok("PUT", f"/persons/{number}/content", body, If_Match=f'"{found["persons"][1]["version"]}"')
    tab.expected_statuses.add(412)
    page.get_by_role("button", name="保存修改").click()
    page.get_by_role("dialog", name="申请单已被修改").get_by_role("button", name=choice).click()
    if choice == "载入最新内容":
        expect(title).to_have_value("另一职务")
    else:
        page.wait_for_url(f"**/persons/{number}")
    assert client.ok("GET", address)["content"]["persons"][1]["title"] == stored


@pytest.mark.accepts("H12")
def test_a_correction_of_what_somebody_else_has_submitted_again_is_void(alone, enterprise):
    tab, number = alone
    page = tab.open(f"/persons/{number}/edit")
    tab.field("persons.0.title").fill("晚了一步")
    client = enterprise.client
    seen = client.ok("GET", f"/persons/{number}")["status_version"]
    client.ok("POST", f"/persons/{number}/resubmit", {"status_version": seen})
    tab.expected_statuses |= {409}
    page.get_by_role("button", name="保存并重新提交").click()
    dialog = page.get_by_role("dialog", name="操作无效")
    expect(dialog).to_contain_text("外办审核中")
    tab.check()
    dialog.get_by_role("button", name="确定").click()
    expect(page).to_have_url(f"{tab.origin}/persons/{number}")


@pytest.mark.accepts("H12")
def test_a_change_of_what_somebody_else_has_submitted_again_is_void(signed_in, enterprise, sandbox):
    client = enterprise.client
    number = submit(client, content(client))["number"]
    decide(sandbox.officer("fao-hunan"), number, "return", reason="请写明会议", fields=["reason"])
    page = signed_in.open(f"/applications/{number}/edit")
    signed_in.field("group_name").fill("晚了一步")
    seen = client.ok("GET", f"/applications/{number}")["status_version"]
    client.ok("POST", f"/applications/{number}/resubmit", {"status_version": seen})
    signed_in.expected_statuses |= {409}
    page.get_by_role("button", name="保存修改").click()
    page.get_by_role("dialog", name="操作无效").get_by_role("button", name="确定").click()
    expect(page).to_have_url(f"{signed_in.origin}/applications/{number}")


def test_a_document_that_the_officer_named_is_found_and_marked(signed_in, enterprise, sandbox):
    client = enterprise.client
    number = submit(client, content(client, persons=2))["number"]
    reason, fields = "第2人 照片：背景须为白色", ["persons.1.photo"]
    decide(sandbox.officer("fao-hunan"), number, "return", reason=reason, fields=fields)
    page = signed_in.open(f"/applications/{number}/edit")
    page.get_by_role("list", name="需修改的内容").get_by_role("button", name="第2人 照片").click()
    photo = signed_in.field("persons.1.attachments.photo")
    expect(photo).to_be_focused()
    expect(photo).to_have_accessible_description(re.compile("意见：背景须为白色"))
    signed_in.check()
