"""A browser on the deployed pages: they come through the distribution, as all of their calls do."""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from openpyxl import load_workbook
from playwright.sync_api import Page, expect, sync_playwright

from chalicelib.rules.files import eicar
from rehearsal.portal import Portal
from testing import chromium
from testing.files import JPEG
from testing.steps import PASSWORD
from tools.packaging.build import BUILD

Say = Callable[[str], None]

PICTURE = BUILD / "rehearsal" / "failed.png"
"""What the browser showed when a step failed."""
SCANNED_WITHIN = 60_000
"""Milliseconds until the scan of an upload is shown: each function is a process of its own here."""


def headers(portal: Portal, built: Path, say: Say) -> None:
    """Check what the distribution sends: pages at every address without a dot, assets for ever, errors as they are."""
    origin = portal.front.origin
    with httpx.Client(base_url=origin, trust_env=False, timeout=60) as client:
        index = (built / "index.html").read_bytes()
        for path in ("/", "/applications/new", "/persons/APEC20261121000001-01?tab=1"):
            page = client.get(path)
            assert (page.status_code, page.content) == (200, index), path
            assert page.headers["Cache-Control"] == "no-cache"
            assert f"connect-src 'self' {portal.stack.engine.url};" in page.headers["Content-Security-Policy"]
            assert page.headers["Strict-Transport-Security"].startswith("max-age=31536000")
        asset = next((built / "assets").glob("*.js"))
        found = client.get(f"/assets/{asset.name}")
        assert (found.content, found.headers["Cache-Control"]) == (asset.read_bytes(), IMMUTABLE)
        missing = client.get("/assets/none.js")
        assert missing.status_code in (403, 404)
        refused = client.get("/v1/me")
        assert (refused.status_code, refused.json()["code"]) == (401, "UNAUTHENTICATED")
        assert refused.headers["Cache-Control"] == "no-store"
        assert client.get("/v1/nothing-here").status_code in (403, 404)
        own = httpx.get(f"{portal.stack.api_url}/health", trust_env=False, timeout=60)
        assert (own.status_code, own.json()["code"]) == (403, "FORBIDDEN")
    say("the distribution: pages, deep links, headers, assets; the API by it only: 403 at its own address")


IMMUTABLE = "public, max-age=31536000, immutable"


@contextmanager
def tab(origin: str) -> Iterator[Page]:
    """A tab of a browser; the content security policy may refuse nothing, and no script may fail."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.executable(), args=["--no-sandbox"])
        page = browser.new_context(base_url=origin, locale="zh-CN").new_page()
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda line: errors.append(line.text) if "Content Security Policy" in line.text else None)
        try:
            yield page
        except Exception:
            page.screenshot(path=PICTURE)
            raise
        finally:
            browser.close()
    assert errors == []


def sign_in(page: Page, email: str) -> None:
    """Sign in as an enterprise account."""
    page.goto("/sign-in")
    page.get_by_label("邮箱账号").fill(email)
    page.get_by_label("密码", exact=False).first.fill(PASSWORD)
    page.get_by_role("button", name="确认", exact=True).click()
    page.wait_for_url("**/applications*", timeout=SCANNED_WITHIN)


def walk(portal: Portal, email: str, number: str, say: Say) -> None:
    """Sign in, open a deep link, export, and send files, a malicious one too, in a browser."""
    with tab(portal.front.origin) as page:
        sign_in(page, email)
        (cookie,) = [one for one in page.context.cookies() if one["name"] == "__Host-session"]
        assert (cookie["httpOnly"], cookie["secure"], cookie["sameSite"]) == (True, True, "Strict")
        page.goto(f"/applications/{number}")
        expect(page.locator("main h1").first).to_contain_text(number[-4:])
        page.reload()
        expect(page.locator("main h1").first).to_be_visible()
        say("a browser signed in with a cookie, opened an application by its address and loaded it again")
        page.goto(f"/applications/{number}/progress")
        with page.expect_download(timeout=SCANNED_WITHIN) as exported:
            page.get_by_role("button", name="导出至Excel").click()
        assert load_workbook(io.BytesIO(exported.value.path().read_bytes())).worksheets[0].max_row > 1
        say("it exported the progress and saved the workbook")
        _uploads(page)
        say("it sent two files of a draft: one was shown as clean, the EICAR test file as malicious")


def _uploads(page: Page) -> None:
    page.goto("/applications/new")
    page.get_by_label("我已阅读并知晓").check()
    page.get_by_role("button", name="开始填写").click()
    page.wait_for_url("**/drafts/*")
    steps = page.get_by_role("navigation", name="填写步骤")
    steps.get_by_role("button", name="团组信息").click()
    page.locator("[name='office']").select_option("fao-hunan")
    steps.get_by_role("button", name="材料上传").click()
    field = page.locator("[name='attachments.application_letter']")
    field.set_input_files({"name": "licence.jpg", "mimeType": "image/jpeg", "buffer": JPEG})
    expect(page.get_by_text("已扫描，未发现病毒")).to_be_visible(timeout=SCANNED_WITHIN)
    infected = JPEG + eicar.SIGNATURE
    field.set_input_files({"name": "test.jpg", "mimeType": "image/jpeg", "buffer": infected})
    expect(page.get_by_text("含有恶意程序，已被删除")).to_be_visible(timeout=SCANNED_WITHIN)
