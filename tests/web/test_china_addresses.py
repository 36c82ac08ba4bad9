"""In China nothing answers an address that is no file: the pages built for it keep their paths behind `#` (0084)."""

import mimetypes
import os
import re
import subprocess
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Route, expect

from testing.running import ROOT
from testing.steps import PASSWORD
from tests.support.form_page import saved, step


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """The pages as `make package` builds them for a region in China."""
    folder = tmp_path_factory.mktemp("china")
    path = f"{ROOT / '.node' / 'bin'}{os.pathsep}{os.environ['PATH']}"
    command = ["npm", "exec", "--", "vite", "build", "--mode", "china", "--outDir", str(folder), "--emptyOutDir"]
    subprocess.run(command, cwd=ROOT / "web", env={**os.environ, "PATH": path}, check=True, capture_output=True)
    return folder


@pytest.fixture
def site(tab, pages):
    """A tab in which files come from these pages, and an address that is no file is refused, as a bucket does."""

    def answer(route: Route) -> None:
        path = urlsplit(route.request.url).path
        file = pages / (path.lstrip("/") or "index.html")
        if not file.is_file():
            route.fulfill(status=403, body="AccessDenied")
        else:
            route.fulfill(body=file.read_bytes(), content_type=mimetypes.guess_type(file)[0] or "text/plain")

    tab.page.route(re.compile(rf"^{re.escape(tab.origin)}/(?!v1/)"), answer)
    return tab


def sign_in(tab, enterprise):
    """Sign in on the page that is shown."""
    tab.page.get_by_label("邮箱账号").fill(enterprise.email)
    tab.page.get_by_label("密码", exact=False).first.fill(PASSWORD)
    tab.page.get_by_role("button", name="确认", exact=True).click()


def test_a_link_of_a_mail_leads_through_the_sign_in_to_its_page_which_can_be_loaded_again(site, enterprise):
    page = site.open("/#/account/devices")
    expect(page).to_have_url(re.compile(r"/#/sign-in\?next="))
    sign_in(site, enterprise)
    page.wait_for_url(f"{site.origin}/#/account/devices")
    expect(page.get_by_role("heading", name="账号设置").first).to_be_visible()
    page.reload()
    site.settled()
    expect(page).to_have_url(f"{site.origin}/#/account/devices")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    expect(page).to_have_url(f"{site.origin}/#/account/devices")
    site.check()


def test_a_draft_is_filled_in_at_such_an_address_and_found_after_back_and_forward(site, enterprise):
    draft = enterprise.client.ok("POST", "/drafts", {})
    page = site.open(f"/#/sign-in?next=/drafts/{draft['id']}")
    sign_in(site, enterprise)
    page.wait_for_url(f"**/#/drafts/{draft['id']}")
    step(page, "团组信息")
    site.field("group_name").fill("测试团组")
    saved(page)
    page.get_by_role("link", name="我的申请单").first.click()
    expect(page.get_by_role("heading", name="我的申请单")).to_be_visible()
    page.go_back()
    step(page, "团组信息")
    expect(site.field("group_name")).to_have_value("测试团组")


def test_the_link_that_undoes_a_change_of_address_keeps_its_token(site):
    site.expected_statuses.add(422)
    page = site.open("/#/undo-email#token-of-a-mail")
    for field in ("password", "password_confirmation"):
        site.field(field).fill(PASSWORD)
    with page.expect_request("**/v1/email-changes/undo") as sent:
        page.get_by_role("button", name="确认", exact=True).click()
    assert sent.value.post_data_json["token"] == "token-of-a-mail"


def test_a_tab_that_is_left_by_another_account_loads_the_page_to_sign_in(site, enterprise):
    page = site.open("/#/sign-in")
    sign_in(site, enterprise)
    page.wait_for_url("**/#/applications*")
    site.settled()
    page.evaluate("window.before = true")
    page.evaluate("new BroadcastChannel('session').postMessage('signed out')")
    expect(page).to_have_url(re.compile(r"/#/sign-in"))
    expect(page.get_by_label("邮箱账号")).to_be_visible()
    assert page.evaluate("window.before") is None, "the page was loaded anew"
