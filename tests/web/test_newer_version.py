"""A newer version of the pages is served while a tab is open: the tab offers it, and nothing typed is lost."""

import re

import pytest
from playwright.sync_api import Route, expect

OFFER = "本系统已更新"
NEXT = '<script type="module" src="/assets/index-next.js"></script>'


def serve_newer(page):
    """The page of the next version is served from now on to whoever asks for it by a script."""

    def answer(route: Route) -> None:
        if route.request.resource_type == "fetch":
            route.fulfill(body=NEXT, content_type="text/html")
        else:
            route.continue_()

    page.route(re.compile(r"^http://[^/]+/$"), answer)


@pytest.fixture
def page(signed_in):
    """A page whose time the test moves."""
    signed_in.page.clock.install()
    return signed_in.page


def test_an_open_form_offers_the_newer_version_and_keeps_what_was_typed(signed_in, page, enterprise):
    draft = enterprise.client.ok("POST", "/drafts", {})
    signed_in.open(f"/drafts/{draft['id']}")
    page.get_by_role("navigation", name="填写步骤").get_by_role("button", name="团组信息").click()
    serve_newer(page)
    page.clock.fast_forward("16:00")
    expect(page.get_by_text(OFFER)).to_be_visible()
    signed_in.check()
    signed_in.field("group_name").fill("东盟市场考察")
    page.evaluate("window.before = true")
    page.get_by_role("link", name="我的申请单").first.click()
    page.wait_for_url("**/applications")
    page.clock.resume()
    signed_in.settled()
    assert page.evaluate("window.before") is None, "the newer version was loaded with the next page"
    assert enterprise.client.ok("GET", f"/drafts/{draft['id']}")["content"]["group_name"] == "东盟市场考察"
    expect(page.get_by_text(OFFER)).to_be_hidden()


def test_a_page_whose_files_are_gone_is_opened_in_the_newer_version(signed_in, page):
    signed_in.open("/applications")
    serve_newer(page)
    gone: list[str] = []

    def answer(route: Route) -> None:
        if gone:
            route.continue_()
        else:
            gone.append(route.request.url)
            route.fulfill(status=404, body="")

    page.route("**/assets/DraftsPage-*.js", answer)
    signed_in.expected_statuses = {404}
    page.get_by_role("link", name="我的草稿").first.click()
    expect(page.get_by_role("heading", name="我的草稿")).to_be_visible()
    assert len(gone) == 1
    # The browser's own note about the file that is gone.
    signed_in.errors.clear()


def test_a_page_that_cannot_be_reached_is_told_and_the_old_one_stays(signed_in, page):
    signed_in.open("/applications")
    page.route("**/assets/DraftsPage-*.js", lambda route: route.abort())
    page.get_by_role("link", name="我的草稿").first.click()
    expect(page.get_by_text("页面未能打开，请检查网络后重试。")).to_be_visible()
    expect(page.get_by_role("heading", name="我的申请单")).to_be_visible()
    signed_in.errors.clear()
