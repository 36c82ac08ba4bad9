"""What the sandbox adds: demo accounts, a wallet that scans by one click, and a mailbox whose links open pages."""

import json

import pytest
from playwright.sync_api import expect

from chalicelib.rules.notices import wording
from testing.addresses import addresses
from testing.steps import content, submit

AGENT = "demoagent"


def test_the_first_page_signs_in_with_a_demo_account_by_one_click(tab):
    page = tab.open("/")
    page.get_by_role("link", name=f"经办人 {AGENT}").click()
    page.wait_for_url(f"{tab.origin}/applications")
    expect(page.get_by_role("banner").get_by_text(AGENT)).to_be_visible()


def test_the_home_page_of_the_sandbox_leads_to_a_session_too(tab, sandbox):
    page = tab.page
    page.goto(f"http://127.0.0.1:{sandbox.page_port}/")
    page.get_by_role("link", name=f"用 {AGENT} 登录").click()
    page.wait_for_url(f"{tab.origin}/applications")


def test_the_home_page_of_the_sandbox_copies_a_password(tab, sandbox):
    origin = f"http://127.0.0.1:{sandbox.page_port}"
    tab.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=origin)
    page = tab.page
    page.goto(origin)
    page.get_by_role("button", name=f"复制 {AGENT} 的密码").click()
    expect(page.get_by_role("status")).to_contain_text("已复制")
    stored = json.loads((sandbox.directory / "demo.json").read_text(encoding="utf-8"))
    assert page.evaluate("navigator.clipboard.readText()") == stored[AGENT]


def test_the_wallet_scans_and_agrees_by_one_click(tab, enterprise):
    page = tab.open("/sign-in")
    page.get_by_role("button", name="电子营业执照扫码登录").click()
    with tab.context.expect_page() as opened:
        page.get_by_role("link", name="沙箱：用模拟执照扫码").click()
    opened.value.get_by_role("button", name=f"扫码并同意：{enterprise.elements['name']}").click()
    expect(opened.value.get_by_role("status")).to_contain_text("请回到原来的网页")
    page.wait_for_url("**/applications*")
    expect(page.get_by_role("banner").get_by_text(enterprise.email)).to_be_visible()


@pytest.fixture
def mailed(enterprise, sandbox):
    """An enterprise that has been sent mail about an application of its own."""
    submit(enterprise.client, content(enterprise.client))
    sandbox.page().ok("POST", "/run/deliver_mail", {})
    return enterprise


def test_a_link_of_a_mail_opens_a_page_in_a_tab_of_its_own(signed_in, mailed, sandbox):
    page = signed_in.page
    page.goto(f"http://127.0.0.1:{sandbox.page_port}/mailbox?to={mailed.email}")
    page.get_by_text("HTML", exact=True).first.click()
    in_html = page.frame_locator("iframe").first.get_by_role("link", name=wording.MAIL_SWITCH)
    in_text = page.locator("pre").first.get_by_role("link", name=wording.MAIL_SWITCH)
    for link in (in_text, in_html):
        with signed_in.context.expect_page() as opened:
            link.click()
        expect(opened.value).to_have_url(f"{signed_in.origin}{wording.MAIL_SWITCH}")
        expect(opened.value.get_by_role("heading", level=1)).to_have_text("消息中心")
    signed_in.errors.clear()  # `enter` writes to the storage in every frame, which that of a mail refuses


@pytest.mark.parametrize(
    "path",
    [
        wording.MAIL_SWITCH,
        wording.link_path({"number": "APEC20261129000001"}),
        wording.link_path({"number": "APEC20261129000001", "person_number": "APEC20261129000001-01"}),
    ],
)
def test_every_address_that_mails_link_to_is_one_of_a_page(path):
    assert any(address.opens(path) for address in addresses())


def test_an_address_that_no_page_has_is_not_one_of_a_page():
    known = addresses()
    assert "/account/email" in {address.pattern for address in known}
    for path in ("/no-such-page", "/applications/no-number", "/account/no-such-part"):
        assert not any(address.opens(path) for address in known), path
