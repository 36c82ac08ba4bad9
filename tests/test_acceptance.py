"""The acceptance list of the field: each of its 127 items has a test."""

from pathlib import Path

from tools import acceptance

RANGES = {"R": 39, "P": 4, "A": 10, "I": 8, "H": 22, "L": 14, "D": 10, "F": 15, "M": 5}
"""R01-R39, P01-P04, A01-A10, I01-I08, H01-H22, L01-L14, D01-D10, F01-F15, M01-M05."""

ITEMS = [f"{letter}{number:02d}" for letter, last in RANGES.items() for number in range(1, last + 1)]


def test_the_list_has_127_items():
    assert list(acceptance.ITEMS) == ITEMS
    assert len(ITEMS) == 127
    assert (ITEMS[0], ITEMS[38], ITEMS[-1]) == ("R01", "R39", "M05")


def test_every_claim_names_items_of_the_list():
    claims = list(acceptance.claims())
    assert [(file, item) for file, _, named in claims for item in named if item not in ITEMS] == []
    assert [(file, test) for file, test, named in claims if not named or len(set(named)) < len(named)] == []


def test_every_item_has_a_test():
    proven = acceptance.proofs()
    assert [item for item in ITEMS if item not in proven] == []


def test_the_page_says_what_the_tests_claim():
    page = Path(__file__).parents[1] / "docs/acceptance.md"
    assert page.read_text(encoding="utf-8") == acceptance.page()
