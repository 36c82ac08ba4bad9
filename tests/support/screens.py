"""`python -m tests.support.screens`: pictures of the pages with made-up data, into docs/screens/ at 390 and 1280 px."""

import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from testing.running import ROOT, sandbox_in
from testing.steps import content, decide, register, submit
from tests.support import chromium
from tests.support.pages import NARROW, WIDE, Browsing

TARGET = ROOT / "docs" / "screens"


def main() -> None:
    """Start a sandbox, fill it, and take every picture."""
    options = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
    with tempfile.TemporaryDirectory() as folder, sandbox_in(Path(folder) / "data") as sandbox:
        enterprise = register(sandbox)
        first = submit(enterprise.client, content(enterprise.client, persons=2))["number"]
        submit(enterprise.client, {**content(enterprise.client, persons=3), "group_name": "东盟市场考察"})
        for office in ("fao-hunan", "consular"):
            decide(sandbox.officer(office), first, "pass")
        consular = sandbox.officer("consular")
        for code, decision in (("SGP", "approved"), ("CHL", "approved"), ("KOR", "refused"), ("JPN", "locked")):
            consular.ok("PUT", f"/office/persons/{first}-01/economies/{code}", {"decision": decision})
        enterprise.client.ok("POST", "/drafts", {"group_name": "展会团组", "office": "fao-hunan"})
        enterprise.agent()
        pages = {
            "home": "/",
            "applications": "/applications",
            "progress": f"/applications/{first}/progress",
            "person": f"/persons/{first}-01",
            "drafts": "/drafts",
            "agents": "/account/agents",
            "messages": "/messages",
        }
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium.executable(), args=options)
            for size in (NARROW, WIDE):
                signed_in = _tab(browser, sandbox, size)
                signed_in.enter(enterprise.client)
                for name, path in pages.items():
                    _take(signed_in, name, path, size["width"])
                _take(_tab(browser, sandbox, size), "sign-in", "/sign-in", size["width"])
                _take(_tab(browser, sandbox, size), "register", "/register", size["width"])
            browser.close()


def _tab(browser: Browser, sandbox: object, size: dict[str, int]) -> Browsing:
    context = browser.new_context(viewport=size, locale="zh-CN", reduced_motion="reduce")  # type: ignore[arg-type]
    return Browsing(context, sandbox)  # type: ignore[arg-type]


def _take(tab: Browsing, name: str, path: str, width: int) -> None:
    tab.open(path)
    tab.page.screenshot(path=TARGET / f"{name}-{width}.png")


if __name__ == "__main__":
    main()
