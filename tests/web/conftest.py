"""One sandbox and one browser for each process of the tests; each test has its own tab."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from sandbox.http import site
from testing import chromium
from testing.running import Sandbox, sandbox_in
from testing.steps import Enterprise, register
from tests.support.pages import WIDE, Browsing


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A Chromium without a window."""
    options = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium.executable(), args=options)
        yield running
        running.close()


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A running sandbox that serves the built pages."""
    assert site.built(), "the pages are not built: make pages"
    with sandbox_in(tmp_path_factory.mktemp("web") / "data") as running:
        yield running


@pytest.fixture
def tab(browser: Browser, sandbox: Sandbox) -> Iterator[Browsing]:
    """An empty tab, 1280 px wide, in a context of its own; nothing may have gone wrong in it at the end."""
    context = browser.new_context(viewport=WIDE, locale="zh-CN", timezone_id="Asia/Shanghai", reduced_motion="reduce")  # type: ignore[arg-type]
    browsing = Browsing(context, sandbox)
    browsing.page.set_default_timeout(10_000)
    yield browsing
    assert browsing.errors == []
    context.close()


@pytest.fixture
def enterprise(sandbox: Sandbox) -> Enterprise:
    """A new enterprise."""
    return register(sandbox)


@pytest.fixture
def signed_in(tab: Browsing, enterprise: Enterprise) -> Browsing:
    """A tab that is signed in as the new enterprise."""
    tab.enter(enterprise.client)
    return tab


@pytest.fixture
def draft(signed_in: Browsing, enterprise: Enterprise) -> dict[str, Any]:
    """An empty draft of the enterprise that the tab shows."""
    created: dict[str, Any] = enterprise.client.ok("POST", "/drafts", {})
    signed_in.open(f"/drafts/{created['id']}")
    return created


@pytest.fixture
def officer(tab: Browsing, sandbox: Sandbox) -> Browsing:
    """A tab that is signed in as an officer of 湖南省外办, to whom enterprises of the tests apply."""
    tab.enter(sandbox.officer("fao-hunan"))
    return tab


@pytest.fixture
def consular(tab: Browsing, sandbox: Sandbox) -> Browsing:
    """A tab that is signed in as an officer of the consular department."""
    tab.enter(sandbox.officer("consular"))
    return tab
