"""A browser page of a test: it opens addresses, signs in, and finds what no page may have."""

import contextlib
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, Response, expect
from playwright.sync_api import TimeoutError as Late

from testing.running import Client, Sandbox
from testing.steps import PASSWORD, Enterprise

AXE = Path(__file__).resolve().parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
NARROW, WIDE = {"width": 390, "height": 844}, {"width": 1280, "height": 800}
FOUND = """rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']}).then(result =>
    result.violations.map(v => v.id + ': ' + v.nodes.map(n =>
        n.html + ' ' + [...n.any, ...n.all, ...n.none].map(c => c.message).join(' ')).join(' | ')))"""
COOKIE = "__Host-session"
LOADED_WITHIN = 15_000
"""Milliseconds until a page shows its heading, also on a machine that does other things."""


class Browsing:
    """One tab, with everything that went wrong in it."""

    def __init__(self, context: BrowserContext, sandbox: Sandbox) -> None:
        self.context, self.sandbox = context, sandbox
        self.origin = f"http://127.0.0.1:{sandbox.port}"
        self.page: Page = context.new_page()
        self.errors: list[str] = []
        self.expected_statuses: set[int] = set()
        self.requests: list[str] = []
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.errors.append(f"exception: {error}"))
        self.page.on("response", self._response)

    def _console(self, message: ConsoleMessage) -> None:
        # The browser notes every refused call; `expected_statuses` says which of them a test provokes.
        if message.type in ("error", "warning") and "Failed to load resource" not in message.text:
            self.errors.append(f"{message.type}: {message.text}")

    def _response(self, response: Response) -> None:
        self.requests.append(response.url.removeprefix(self.origin))
        if response.status >= 400 and response.status not in self.expected_statuses:
            self.errors.append(f"{response.status} {response.request.method} {response.url.removeprefix(self.origin)}")

    def open(self, path: str) -> Page:
        """Open an address of the site and wait until the page has loaded what it shows."""
        self.page.goto(self.origin + path)
        self.settled()
        return self.page

    def settled(self) -> None:
        """Wait until a heading is shown and nothing is being loaded."""
        expect(self.page.locator("main h1").first).to_be_visible(timeout=LOADED_WITHIN)
        expect(self.page.locator("[aria-busy=true]")).to_have_count(0)

    def enter(self, client: Client) -> None:
        """Be signed in with the session of an API client."""
        assert client.token is not None
        # Chromium takes a secure cookie from the loopback interface; the address must say https when it is set by hand.
        cookie: Any = {
            "name": COOKIE,
            "value": client.token,
            "url": self.origin.replace("http:", "https:"),
            "secure": True,
            "httpOnly": True,
            "sameSite": "Strict",
        }
        self.context.add_cookies([cookie])
        self.context.add_init_script("if (!localStorage.getItem('signed-in')) localStorage.setItem('signed-in', 'yes')")

    def sign_in(self, enterprise: Enterprise) -> None:
        """Sign in on the page, as the enterprise account."""
        self.open("/sign-in")
        self.page.get_by_label("邮箱账号").fill(enterprise.email)
        self.page.get_by_label("密码", exact=False).first.fill(PASSWORD)
        self.page.get_by_role("button", name="确认", exact=True).click()
        self.page.wait_for_url("**/applications*")

    def field(self, name: str) -> Locator:
        """The control with this name, which is the path of its errors."""
        return self.page.locator(f"[name='{name}']").first

    def check(self) -> None:
        """Assert that axe finds nothing, that nothing scrolls sideways at both widths, and that nothing went wrong."""
        # A button that stops being busy while axe reads it would be judged by two looks at once.
        # One that stays busy, such as behind a dialog, is judged as it is.
        with contextlib.suppress(Late):
            self.page.locator(".button > .spinner").first.wait_for(state="detached", timeout=1_000)
        for size in (NARROW, WIDE):
            self.page.set_viewport_size(size)  # type: ignore[arg-type]
            wide = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wide <= 0, f"{self.page.url} is {wide} px too wide at {size['width']} px"
            found = self.violations()
            assert not found, "\n".join(found)
        assert not self.errors, "\n".join(self.errors)

    def violations(self) -> list[str]:
        """What axe finds: the rule, the elements and what is wrong with each."""
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE.read_text(encoding="utf-8"))
        return [str(entry) for entry in self.page.evaluate(FOUND, RULES)]
