"""What a page costs its reader: bytes, requests one after another, nodes, and how much of it moves while it loads."""

import gzip
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import BrowserContext, Response

FIRST_LOAD_BYTES = 90_000
REQUESTS_DEEP = 3
MATRIX_NODES = 5_000
LAYOUT_SHIFT = 0.05

OBSERVE = """
window.__shift = 0
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.__shift += entry.value
}).observe({ type: 'layout-shift', buffered: true })
"""
CALLS = """performance.getEntriesByType('resource').filter((entry) => entry.name.includes('/v1/'))
  .map((entry) => [entry.startTime, entry.responseEnd])"""


@dataclass(frozen=True)
class Cost:
    """What was measured.

    Attributes:
        bytes: scripts, styles and the document, compressed by gzip.
        deep: the most calls of the API of which each began after the end of the one before.
        nodes: elements of the page.
        shift: the sum of its layout shifts.
    """

    bytes: int
    deep: int
    nodes: int
    shift: float


def cost(context: BrowserContext, address: str, click: str | None = None) -> Cost:
    """Open an address in a new tab of the context, wait until the network is quiet, and measure.

    Args:
        context: where the tab is opened.
        address: of the page.
        click: the name of a button that is clicked before the nodes are counted.
    """
    page = context.new_page()
    page.add_init_script(OBSERVE)
    replies: list[Response] = []
    page.on("response", lambda reply: replies.append(reply))  # noqa: PLW0108 - Playwright marks what it is given
    page.goto(address, wait_until="networkidle")
    shift = page.evaluate("window.__shift")
    calls: Any = page.evaluate(CALLS)
    code = [reply for reply in replies if reply.request.resource_type in ("document", "script", "stylesheet")]
    size = sum(len(gzip.compress(reply.body(), mtime=0)) for reply in code)
    if click:
        page.get_by_role("button", name=click, exact=True).click()
    nodes = page.locator("*").count()
    page.close()
    return Cost(size, depth((start, end) for start, end in calls), nodes, round(shift, 4))


def depth(spans: Iterable[tuple[float, float]]) -> int:
    """The length of the longest chain of spans of which each begins after the end of the one before."""
    chains: list[tuple[float, int]] = []
    for start, end in sorted(spans):
        chains.append((end, 1 + max((length for before, length in chains if before <= start), default=0)))
    return max((length for _, length in chains), default=0)
