"""What holds for every page: one origin, a strict policy, few bytes, two languages, large text, dark, small screens."""

import gzip
import re

import httpx
import pytest
from playwright.sync_api import expect

from sandbox.http.site import PAGES
from tests.support.pages import NARROW

FIRST_LOAD_BYTES = 90_000
POLICY = {"default-src 'none'", "script-src 'self'", "require-trusted-types-for 'script'", "frame-ancestors 'none'"}


@pytest.fixture
def site(sandbox):
    with httpx.Client(base_url=f"http://127.0.0.1:{sandbox.port}", trust_env=False) as client:
        yield client


@pytest.mark.parametrize("path", ["/", "/applications/APEC20261129000001", "/no-such-page"])
def test_an_address_without_a_dot_is_a_page_with_the_strict_policy(site, path):
    page = site.get(path)
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["cache-control"] == "no-cache"
    assert set(page.headers["content-security-policy"].split("; ")) >= POLICY
    assert "'unsafe" not in page.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("path", "code"), [("/v1/no-such-route", "NOT_FOUND"), ("/assets/no-such-file.js", "NOT_FOUND")]
)
def test_an_error_of_the_api_or_of_a_missing_file_stays_an_error(site, path, code):
    answer = site.get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, code)


def test_a_page_that_has_not_changed_is_not_sent_again(site):
    first = site.get("/")
    again = site.get("/applications", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_named_assets_are_kept_for_good_and_compressed(site):
    asset = re.search(r"/assets/index-[\w-]+\.js", site.get("/").text)
    assert asset
    script = site.get(asset.group())
    assert script.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert script.headers["content-encoding"] == "gzip"


def test_a_page_is_not_written_to(site):
    assert site.post("/", json={}).status_code in (403, 404)


def test_the_first_load_is_small(tab):
    tab.open("/")
    names = {path for path in tab.requests if path.startswith("/assets/")}
    size = sum(len(gzip.compress((PAGES / name[1:]).read_bytes())) for name in names)
    assert len(names) >= 2
    assert size <= FIRST_LOAD_BYTES


def test_no_page_can_make_script_from_text(tab):
    page = tab.open("/")
    refused = page.evaluate(
        "() => { try { document.body.innerHTML = '<b>x</b>' } catch (error) { return error.name } }"
    )
    assert refused == "TypeError"
    tab.errors.clear()  # the browser reports the refusal


def test_every_component_in_its_states_has_nothing_that_axe_finds(tab):
    page = tab.page
    page.goto(f"{tab.origin}/design")  # one of its parts is always loading
    expect(page.get_by_role("combobox", name="注册地 区县")).to_have_value("430102")
    tab.check()
    page.get_by_role("button", name="显示 密码").click()
    expect(page.get_by_role("button", name="隐藏 密码")).to_have_text("隐藏")
    page.get_by_role("button", name="深色").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    tab.check()
    page.get_by_role("button", name="打开弹窗").click()
    expect(page.get_by_role("dialog", name="人员申请进度")).to_be_visible()
    tab.check()


def test_large_text_dark_and_english_are_kept(tab):
    page = tab.open("/")
    root = page.locator("html")
    # Each choice moves the buttons: the next one is pressed when they stand still.
    for name, attribute, value in (
        ("大字", "data-text", "large"),
        ("深色", "data-theme", "dark"),
        ("English", "lang", "en"),
    ):
        page.get_by_role("button", name=name).click()
        expect(root).to_have_attribute(attribute, value)
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("Apply for an APEC Business Travel Card")
    expect(root).to_have_attribute("data-theme", "dark")
    expect(root).to_have_attribute("data-text", "large")
    expect(root).to_have_attribute("lang", "en")
    tab.check()


def test_on_a_phone_one_menu_has_everything(tab):
    page = tab.page
    page.set_viewport_size(NARROW)
    tab.open("/")
    page.get_by_role("button", name="菜单").click()
    for name in ("大字", "深色", "English"):
        expect(page.get_by_role("button", name=name)).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="English")).to_be_hidden()


def test_an_unknown_address_says_so(tab):
    page = tab.open("/no-such-page")
    expect(page.get_by_role("heading", level=1)).to_have_text("页面不存在")
    tab.check()


def test_words_of_buttons_beside_fields_stay_on_one_line_on_a_phone(tab):
    tab.page.set_viewport_size(NARROW)
    buttons = tab.open("/sign-in").locator(".with-button > .button, header .sign-in").all()
    assert len(buttons) == 2
    for button in buttons:
        box = button.bounding_box()
        assert box, button
        assert box["height"] < 45, button.inner_text()
