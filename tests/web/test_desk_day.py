"""A day of an officer at the desk, by keys alone: most applications pass, some are returned, some decided elsewhere."""

import re
from collections import Counter

import pytest
from playwright.sync_api import expect

from testing.running import Client, Sandbox
from testing.steps import decide, register, submit
from tests.support import desk
from tests.support.assurance import rounds
from tests.support.counted import Counted
from tests.support.pages import Browsing

OFFICE = "fao-hunan"
RETURNED_OF_TEN = (2, 5, 8)
LOST_EVERY = 40
BUDGET = 4
"""Calls of the API for each application: itself, its files, the decision, and what was changed if it was returned."""


@pytest.mark.assurance
def test_a_day_of_an_officer_is_done_with_keys_alone(officer: Browsing, sandbox: Sandbox) -> None:
    client, office = register(sandbox).client, sandbox.officer(OFFICE)
    emptied(office)
    filled_in = desk.clean(client)
    numbers = [submit(client, desk.another(filled_in))["number"] for _ in range(rounds(6, 200))]
    keys = Counted(officer)
    officer.expected_statuses = {409}
    officer.open("/desk")
    keys.press("j")
    expected = {number: review(keys, office, place, number) for place, number in enumerate(numbers)}
    expect(officer.page.get_by_text("此状态下没有待审申请单。")).to_be_visible()
    assert {number: office.ok("GET", f"/office/applications/{number}")["status"] for number in numbers} == expected
    counts = Counter(expected.values())
    assert counts["FAO_RETURNED"] * 10 >= len(numbers) * 3
    assert keys.clicks == 0
    assert keys.requests <= BUDGET * len(numbers) + 10
    keys.report(f"{len(numbers)} applications at the desk, {counts['FAO_RETURNED']} returned")


def review(keys: Counted, office: Client, place: int, number: str) -> str:
    """Decide on the open application as a busy officer does; returns the status that it has afterwards."""
    page = keys.tab.page
    expect(page.get_by_role("heading", level=1)).to_have_text(number)
    passes = page.get_by_role("button", name="审核通过")
    expect(passes).not_to_have_attribute("aria-disabled", "true")
    if place % LOST_EVERY == 0:
        decide(office, number, "pass")
        keys.press("1")
        expect(page.get_by_role("dialog", name="操作无效")).to_be_visible()
        keys.press("Enter")
        return "CONSULAR_REVIEW"
    if place % 10 in RETURNED_OF_TEN:
        keys.press("f", "ArrowDown", "Enter")
        keys.write("与护照不一致")
        keys.press("Enter", "2")
        expect(
            page.get_by_role("dialog", name="退回修改").get_by_role("button", name=re.compile("^退回修改"))
        ).to_be_focused()
        keys.press("Enter")
        return "FAO_RETURNED"
    keys.press("1")
    return "CONSULAR_REVIEW"


def emptied(office: Client) -> None:
    """Reject what earlier tests have left at the desk."""
    for row in office.ok("POST", "/office/search", {"limit": 100})["items"]:
        decide(office, row["number"], "reject", reason="测试")
