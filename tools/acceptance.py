"""docs/acceptance.md: the 127 acceptance items of the portal, and the tests that prove each.

A test claims an item by `@pytest.mark.accepts("H12")`.
"""

import ast
import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

MARKER = "accepts"
TESTS = Path(__file__).resolve().parents[1] / "tests"
ITEMS: dict[str, dict[str, str]] = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))

GROUPS = {
    "R": "Registration and sign-in with the licence platform",
    "P": "Password recovery",
    "A": "Account settings",
    "I": "Invoice profiles 发票信息",
    "H": "Agents 经办人",
    "L": "Lists",
    "D": "Detail and progress",
    "F": "Drafts 我的草稿",
    "M": "Messages and mail",
}

INTRODUCTION = """# Acceptance

Generated from the markers of the tests and `tools/acceptance.json` by `make documents`; do not edit.

Tests prove {proven} of {total} items. Those in `web/` work in a browser, the others with the server.
"""


def claims() -> Iterator[tuple[str, str, list[str]]]:
    """Every `@pytest.mark.accepts(...)`: the file, the test (empty for a mark of a module) and the items it names."""
    for file in sorted(TESTS.rglob("*.py")):
        source = file.read_text(encoding="utf-8")
        if MARKER not in source:  # most files; to parse them all takes seconds
            continue
        nodes = list(ast.walk(ast.parse(source)))
        decorated = {
            id(part): node.name
            for node in nodes
            if isinstance(node, ast.FunctionDef)
            for decorator in node.decorator_list
            for part in ast.walk(decorator)
        }
        for node in nodes:
            if isinstance(node, ast.Call) and _is_marker(node.func):
                named = [item.value if isinstance(item, ast.Constant) else ast.unparse(item) for item in node.args]
                yield str(file.relative_to(TESTS)), decorated.get(id(node), ""), [str(name) for name in named]


def _is_marker(function: ast.expr) -> bool:
    named = isinstance(function, ast.Attribute) and function.attr == MARKER
    return named and ast.unparse(function) == f"pytest.mark.{MARKER}"


def proofs() -> dict[str, list[tuple[str, str]]]:
    """The files and tests that prove an item, by the item's id."""
    proven: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for file, test, named in claims():
        for item in named:
            proven[item].append((file, test))
    return proven


def page() -> str:
    """The whole page."""
    proven = proofs()
    parts = [INTRODUCTION.format(proven=sum(item in proven for item in ITEMS), total=len(ITEMS))]
    for letter, title in GROUPS.items():
        items = [item for item in ITEMS if item.startswith(letter)]
        rows = (f"| {item} | {ITEMS[item]['requirement']} | {_proof(proven[item])} |\n" for item in items)
        parts.append(f"## {title} ({items[0]}-{items[-1]})\n\n| id | requirement | proof |\n| --- | --- | --- |\n")
        parts[-1] += "".join(rows)
    return "\n".join(parts)


def _proof(tests: list[tuple[str, str]]) -> str:
    by_file: dict[str, list[str]] = defaultdict(list)
    for file, test in tests:
        by_file[file].append(test)
    return "<br>".join(f"`{file}`: {_names(names)}" for file, names in by_file.items())


def _names(tests: list[str]) -> str:
    return ", ".join(dict.fromkeys(test.removeprefix("test_").replace("_", " ") or "the whole file" for test in tests))
