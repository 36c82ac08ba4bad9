"""Pages of officers of an office that is new, and of a service to which nobody has applied yet."""

import pytest
from playwright.sync_api import expect

from testing.addresses import addresses
from testing.running import sandbox_in
from tests.support.pages import WIDE, Browsing

OFFICE = (address.pattern for address in addresses() if address.audience == "office")
PAGES = sorted(pattern for pattern in OFFICE if ":" not in pattern)
CONSULAR_ONLY = {"/enterprises/new", "/mail", "/sign-in-locks"}
EMPTY = {
    "/desk": {"": "此状态下没有待审申请单。"},
    "/files": {"": "没有待审核的申请。"},
    "/cards": {"": "此阶段没有人员。"},
    "/economies": {"fao-shaanxi": "审批结果由领事司录入", "consular": "没有等待澳大利亚答复的人员。"},
    "/enterprises": {"fao-shaanxi": "请输入名称或统一社会信用代码后查询。"},
    "/mail": {"": "没有未送达的邮件。"},
    "/statistics": {"": "尚未统计，次日凌晨更新。"},
}
"""What pages say that have nothing to show: of each office, or of one."""
FORMS = {"/account/second-factor", "/enterprises/new", "/help/desk", "/sign-in-locks"}
"""Pages with a form or a text."""
VISITS = [
    (office, path)
    for path in PAGES
    for office in ("fao-shaanxi", "consular")
    if office == "consular" or path not in CONSULAR_ONLY
]


@pytest.fixture(scope="module")
def unused(tmp_path_factory):
    """A sandbox that was just started: nothing was submitted, no mail was given up."""
    with sandbox_in(tmp_path_factory.mktemp("unused") / "data") as running:
        yield running


@pytest.fixture
def visitor(browser, unused):
    """A tab in this sandbox."""
    context = browser.new_context(viewport=WIDE, locale="zh-CN", timezone_id="Asia/Shanghai", reduced_motion="reduce")
    browsing = Browsing(context, unused)
    yield browsing
    assert browsing.errors == []
    context.close()


@pytest.mark.parametrize(("office", "path"), VISITS)
def test_a_page_without_anything_to_show_says_so_and_is_accessible(visitor, unused, office, path):
    visitor.enter(unused.officer(office))
    page = visitor.open(path)
    expect(page).to_have_url(f"{visitor.origin}{path}")
    said = EMPTY.get(path, {})
    for text in filter(None, (said.get(""), said.get(office))):
        expect(page.get_by_text(text).first).to_be_visible()
    visitor.check()
    if page.get_by_role("button", name="English", exact=True).count():
        page.get_by_role("button", name="English", exact=True).click()
        visitor.settled()
        visitor.check()


def test_the_list_names_every_page_that_can_be_empty():
    assert {*EMPTY, *FORMS} == set(PAGES)
