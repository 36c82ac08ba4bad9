"""`make bench-web`: bytes, depth, nodes and layout shift of the pages, beside two component libraries in the same run.

`python -m benchmarks.web /drafts` measures other addresses of the pages.
"""

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, sync_playwright

from benchmarks.web import rivals
from testing import chromium
from testing.page_cost import FIRST_LOAD_BYTES, LAYOUT_SHIFT, MATRIX_NODES, REQUESTS_DEEP, Cost, cost
from testing.running import sandbox_in
from testing.screens import sign_in
from testing.steps import content, decide, register, submit

PERSONS = 90
PLAIN = ("/", "/sign-in", "/applications", "/drafts", "/messages")


def main(*paths: str) -> int:
    """Print the table; 1 if a page of ours is above its budget."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.executable(), args=["--no-sandbox"])
        ours = of_the_portal(browser, paths or PLAIN)
        others = {name: of_a_rival(browser, name) for name in rivals.RIVALS}
        browser.close()
    print(f"{'page':<34}{'gzip bytes':>12}{'deep':>6}{'nodes':>8}{'shift':>8}")
    for name, found in {**ours, **others}.items():
        print(f"{name:<34}{found.bytes:>12,}{found.deep:>6}{found.nodes:>8,}{found.shift:>8.3f}")
    print(f"{'budget':<34}{FIRST_LOAD_BYTES:>12,}{REQUESTS_DEEP:>6}{MATRIX_NODES:>8,}{LAYOUT_SHIFT:>8.3f}")
    missed = [name for name, found in ours.items() if not within(found)]
    print("\n".join(f"MISSED {name}" for name in missed) or "every page is within its budget")
    return 1 if missed else 0


def within(found: Cost) -> bool:
    """Whether a page is within every budget."""
    small = found.bytes <= FIRST_LOAD_BYTES and found.nodes <= MATRIX_NODES
    return small and found.deep <= REQUESTS_DEEP and found.shift <= LAYOUT_SHIFT


def of_the_portal(browser: Browser, paths: tuple[str, ...]) -> dict[str, Cost]:
    """The costs of these addresses, and of the matrix of 90 persons."""
    with tempfile.TemporaryDirectory() as folder, sandbox_in(Path(folder) / "data") as sandbox:
        enterprise = register(sandbox)
        number = submit(enterprise.client, content(enterprise.client, persons=PERSONS))["number"]
        for office in ("fao-hunan", "consular"):
            decide(sandbox.officer(office), number, "pass")
        origin = f"http://127.0.0.1:{sandbox.port}"

        def opened() -> BrowserContext:
            context = wide(browser)
            sign_in(context, origin, enterprise.client)
            return context

        found = {path: cost(opened(), origin + path) for path in paths}
        progress = cost(opened(), f"{origin}/applications/{number}/progress", click="矩阵")
        return {**found, f"{PERSONS} x 16, ours": progress}


def of_a_rival(browser: Browser, name: str) -> Cost:
    """The cost of the matrix page made with a component library."""
    with rivals.served(rivals.built(name)) as address:
        return cost(wide(browser), address)


def wide(browser: Browser) -> BrowserContext:
    """An empty context, 1280 px wide."""
    return browser.new_context(viewport={"width": 1280, "height": 800}, locale="zh-CN")


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
