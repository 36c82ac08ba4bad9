"""Every page in every look and state: English, dark, with large text; empty, and when the service fails."""

import re

import pytest
from playwright.sync_api import expect

from testing.addresses import addresses
from testing.screens import WITHOUT_END, filled, shown_at
from testing.steps import register

LOOK = {"language": "en", "theme": "dark", "text": "large"}
CHINESE = re.compile(r"[\u4e00-\u9fff]+")
ADDRESSES = [address for address in addresses() if address.pattern not in WITHOUT_END]
OWN = [
    address for address in ADDRESSES if address.audience in ("enterprise", "signed-in") and ":" not in address.pattern
]
OFFICE = [address for address in ADDRESSES if address.audience == "office"]
READ_ONCE = ("/v1/me", "/v1/reference")
WITHOUT_CALLS = {"/enterprises", "/enterprises/new", "/help/desk", "/sign-in-locks"}
"""Pages of officers that read nothing before something is typed."""
NAMED = (
    ":is(main :is(h2, h3, th, dt, label, legend, .button, [role=tab], summary), nav :is(a, button)):not([lang=zh-CN] *)"
)
"""What a page names itself; most of the rest is data. The two pages of help say that they are in Chinese."""
DATA = re.compile(r"(?:测试|星沙示例)\S*")
"""Names of people and enterprises of the tests and of the sandbox."""


def name_of(address):
    return address.pattern


@pytest.fixture(scope="module")
def full(sandbox):
    """An enterprise with drafts, an agent and applications at several statuses, and what addresses can name of it."""
    enterprise = register(sandbox)
    return enterprise, filled(enterprise)


@pytest.mark.parametrize("address", ADDRESSES, ids=name_of)
def test_a_full_page_is_accessible_in_english_dark_and_large_text(tab, full, sandbox, address):
    enterprise, values = full
    for key, value in LOOK.items():
        tab.context.add_init_script(f"localStorage.setItem('{key}', '{value}')")
    if address.audience != "open":
        tab.enter(sandbox.officer("consular") if address.audience == "office" else enterprise.client)
    page = tab.open(shown_at(address, values))
    expect(page.locator("html")).to_have_attribute("lang", "en")
    tab.check()
    assert [text for text in page.locator(NAMED).all_inner_texts() if CHINESE.search(DATA.sub("", text))] == []


@pytest.mark.parametrize("address", OWN, ids=name_of)
def test_a_page_of_an_enterprise_without_anything_is_accessible(signed_in, address):
    signed_in.open(address.pattern)
    signed_in.check()


def test_every_page_of_officers_says_that_the_service_failed_and_is_shown_after_a_retry(consular, full):
    _, values = full
    tab, failing = consular, {"now": False}
    chosen = [address for address in OFFICE if address.pattern not in WITHOUT_CALLS]
    assert len(chosen) > 6

    def answer(route):
        if failing["now"] and route.request.url.removeprefix(tab.origin) not in READ_ONCE:
            route.fulfill(status=500, json={"code": "INTERNAL", "message": "系统出现错误。", "errors": []})
        else:
            route.continue_()

    tab.page.route("**/v1/**", answer)
    tab.expected_statuses = {500}
    for address in chosen:
        failing["now"] = True
        page = tab.open(shown_at(address, values))
        expect(page.get_by_role("alert").first, address.pattern).to_contain_text("系统出现错误。")
        tab.check()
        failing["now"] = False
        retry = page.get_by_role("button", name="重试")
        for _ in range(retry.count()):  # each part has its own
            if retry.count():
                retry.first.click()
                tab.settled()
        expect(page.get_by_role("alert").filter(has_text="系统出现错误")).to_have_count(0)
        tab.settled()
