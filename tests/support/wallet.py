"""A person with the licence wallet of the sandbox, who scans the QR code that a page shows."""

from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page, expect

from testing.running import Sandbox


def scan(page: Page, sandbox: Sandbox, licence: dict[str, str]) -> None:
    """Scan and confirm the code with a licence: `licence_id` and `holder_id` as the wallet names them."""
    link = page.get_by_role("link", name="沙箱：用模拟执照扫码")
    expect(link).to_be_visible()
    content = parse_qs(urlsplit(link.get_attribute("href") or "").query)["qr"][0]
    for action in ("scan", "confirm"):
        form = {"licence_id": licence["licence_id"], "holder_id": licence["holder_id"], "qr_content": content}
        assert sandbox.page().ok("POST", "/wallet/scan", {**form, "action": action})["status"] == 204
