"""The acceptance list of the field (domain 10): which of its 127 items have a test."""

import ast
import sys
from collections import Counter
from pathlib import Path

TESTS = Path(__file__).resolve().parent

RANGES = {"R": 39, "P": 4, "A": 10, "I": 8, "H": 22, "L": 14, "D": 10, "F": 15, "M": 5}
"""R01-R39, P01-P04, A01-A10, I01-I08, H01-H22, L01-L14, D01-D10, F01-F15, M01-M05."""

ITEMS = [f"{letter}{number:02d}" for letter, last in RANGES.items() for number in range(1, last + 1)]


def claims():
    """Every `@pytest.mark.accepts(...)` in the tests: where it stands and the items it names."""
    for file in sorted(TESTS.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.accepts":
                place = f"{file.relative_to(TESTS)}:{node.lineno}"
                yield place, [each.value if isinstance(each, ast.Constant) else ast.unparse(each) for each in node.args]


def test_the_list_has_127_items():
    assert len(ITEMS) == len(set(ITEMS)) == 127
    assert (ITEMS[0], ITEMS[38], ITEMS[-1]) == ("R01", "R39", "M05")


def test_every_claim_names_items_of_the_list():
    assert [(place, item) for place, named in claims() for item in named if item not in ITEMS] == []
    assert [place for place, named in claims() if not named or len(set(named)) < len(named)] == []


def test_how_many_items_have_a_test_is_told(capsys):
    tested = Counter(item for _, named in claims() for item in named)
    without = [item for item in ITEMS if item not in tested]
    with capsys.disabled():
        sys.stdout.write(
            f"\n{len(tested)} of 127 acceptance items have a test; without: {' '.join(without) or 'none'}\n"
        )
    assert len(tested) + len(without) == 127
