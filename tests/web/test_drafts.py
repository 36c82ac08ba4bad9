"""我的草稿: the list, its filters, and the two questions."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.support.pages import Browsing

COLUMNS = ["团组名称", "申请外办", "联系人", "申请事由", "团组成员", "保存时间", "操作"]
TIME = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"


@pytest.fixture
def drafts(signed_in: Browsing, enterprise) -> Browsing:
    """A tab of an enterprise with a full and an empty draft."""
    full = {"group_name": "东盟市场考察", "office": "fao-hunan", "contact": "测试己", "reason": "参加展会"}
    enterprise.client.ok("POST", "/drafts", {**full, "persons": [{"name": "测试甲"}, {"name": "测试乙"}]})
    enterprise.client.ok("POST", "/drafts", {"group_name": "照片待补"})
    return signed_in


@pytest.mark.accepts("F01", "F07", "F08", "F09")
def test_the_list_has_the_columns_of_the_guides_and_says_what_is_not_filled_in(drafts):
    page = drafts.open("/drafts")
    expect(page.get_by_role("columnheader")).to_have_text(COLUMNS)
    cells = page.get_by_role("row").nth(2).get_by_role("cell")
    expect(cells.nth(1)).to_have_text("湖南省人民政府外事办公室")
    expect(cells.nth(4)).to_have_text("测试甲、测试乙")
    expect(cells.nth(5)).to_have_text(re.compile(f"^{TIME}$"))
    empty = page.get_by_role("row").nth(1).get_by_role("cell")
    expect(empty.nth(0)).to_have_text("照片待补")
    for place in (1, 2, 3, 4):
        expect(empty.nth(place)).to_have_text("【未填写】")
    drafts.check()


@pytest.mark.accepts("F06")
def test_three_filters_find_parts_of_names(drafts):
    page = drafts.open("/drafts")
    expect(page.get_by_role("search").locator("label")).to_have_text(["团组名称", "联系人", "团组成员"])
    for name, part in (("group_name", "市场"), ("contact", "试己"), ("member", "试乙")):
        drafts.field(name).fill(part)
        page.get_by_role("button", name="查询").click()
        expect(page.get_by_role("row")).to_have_count(2)
        page.get_by_role("button", name="重置").click()
        expect(page.get_by_role("row")).to_have_count(3)
    drafts.field("member").fill("无此人")
    page.get_by_role("button", name="查询").click()
    expect(page.get_by_text("没有符合条件的草稿。")).to_be_visible()
    drafts.check()


@pytest.mark.accepts("F12")
def test_a_draft_is_deleted_after_a_question_that_names_its_time(drafts):
    page = drafts.open("/drafts")
    page.get_by_role("button", name="删除草稿").first.click()
    dialog = page.get_by_role("dialog", name="删除草稿")
    expect(dialog.get_by_text(re.compile(f"^是否删除{TIME}保存的草稿？$"))).to_be_visible()
    drafts.check()
    dialog.get_by_role("button", name="取消").click()
    expect(page.get_by_role("row")).to_have_count(3)
    page.get_by_role("button", name="删除草稿").first.click()
    dialog.get_by_role("button", name="确定").dblclick()
    expect(page.get_by_role("status", name="提示")).to_contain_text("已删除")
    expect(page.get_by_role("row")).to_have_count(2)


@pytest.mark.accepts("F11")
def test_continuing_asks_first_and_leads_to_the_draft(drafts):
    page = drafts.open("/drafts")
    page.get_by_role("button", name="继续填写").nth(1).click()
    dialog = page.get_by_role("dialog", name="读取草稿")
    expect(dialog.get_by_text(re.compile(f"^是否读取{TIME}保存的草稿？$"))).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.get_by_role("button", name="继续填写").nth(1).click()
    dialog.get_by_role("button", name="确定").click()
    page.wait_for_url(re.compile(r"/drafts/[^/]+$"))


@pytest.mark.accepts("F10")
def test_an_agent_does_not_see_the_drafts_of_the_enterprise(tab, drafts, enterprise):
    agent, _ = enterprise.agent()
    drafts.context.clear_cookies()
    drafts.enter(agent)
    page = drafts.open("/drafts")
    expect(page.get_by_text("还没有草稿。")).to_be_visible()
    drafts.check()


@pytest.mark.accepts("F04", "F05")
def test_after_180_days_a_popup_says_how_many_drafts_were_removed(drafts, sandbox, enterprise):
    now = datetime.now(UTC)
    drafts.open("/drafts")
    sandbox.page().ok("POST", "/run/purge_drafts", {"time": (now + timedelta(days=179)).isoformat()})
    page = drafts.open("/drafts")
    expect(page.get_by_role("row")).to_have_count(3)
    expect(page.get_by_text("共2个草稿，每个账号最多20个，保存180天")).to_be_visible()
    sandbox.page().ok("POST", "/run/purge_drafts", {"time": (now + timedelta(days=181)).isoformat()})
    page = drafts.open("/drafts")
    dialog = page.get_by_role("dialog", name="草稿已清理")
    expect(dialog).to_contain_text("您有2个草稿超出保存日期（180 天），系统已自动清理")
    expect(page.get_by_text("还没有草稿。")).to_be_visible()
    drafts.check()
    dialog.get_by_role("button", name="确定").click()
    expect(dialog).to_be_hidden()
    page.reload()
    drafts.settled()
    expect(dialog).to_be_hidden()
    assert enterprise.client.ok("GET", "/me")["purged_drafts"] == 0
