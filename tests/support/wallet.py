"""A person with the licence wallet of the sandbox, who scans the QR code that a page shows."""

from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page, expect

from testing import people
from testing.running import Sandbox
from testing.steps import Enterprise


def delegate_of(sandbox: Sandbox, enterprise: Enterprise) -> dict[str, str]:
    """The enterprise's licence in the hands of a new delegate, whose full authorisation is in force."""
    page, base = sandbox.page(), f"/wallet/licences/{enterprise.licence['licence_id']}"
    person = {"name": "办事人丙", "id_number": people.make_id_number()}
    holder = page.ok("POST", f"{base}/delegates", {**person, "phone": "13800000000", "must_claim": True})["holder_id"]
    grant = {"holder_id": holder, "mode": "full", "starts_on": "2020-01-01", "ends_on": "2099-12-31"}
    page.ok("POST", f"{base}/authorizations", grant)
    page.ok("POST", f"{base}/downloads", {"holder_id": holder, **person})
    return {"licence_id": enterprise.licence["licence_id"], "holder_id": holder}


def scan(page: Page, sandbox: Sandbox, licence: dict[str, str]) -> None:
    """Scan and confirm the code with a licence: `licence_id` and `holder_id` as the wallet names them."""
    link = page.get_by_role("link", name="沙箱：用模拟执照扫码")
    expect(link).to_be_visible()
    content = parse_qs(urlsplit(link.get_attribute("href") or "").query)["qr"][0]
    for action in ("scan", "confirm"):
        form = {"licence_id": licence["licence_id"], "holder_id": licence["holder_id"], "qr_content": content}
        assert sandbox.page().ok("POST", "/wallet/scan", {**form, "action": action})["status"] == 204
