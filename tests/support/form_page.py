"""The form of 新办/续办 in a browser: its steps, and what the server has of its draft."""

from typing import Any

from playwright.sync_api import Page, expect

from testing.steps import Enterprise


def step(page: Page, name: str) -> None:
    """Open a step of the form."""
    page.get_by_role("navigation", name="填写步骤").get_by_role("button", name=name).click()


def saved(page: Page, within: float = 10_000) -> None:
    """Wait, for some milliseconds at most, until the page says that everything is saved."""
    expect(page.get_by_text("草稿已保存")).to_be_visible(timeout=within)


def stored(enterprise: Enterprise, draft: dict[str, Any]) -> Any:
    """The content of the draft as the server has it."""
    return enterprise.client.ok("GET", f"/drafts/{draft['id']}")["content"]
