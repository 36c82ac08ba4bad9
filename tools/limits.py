"""docs/limits.md, generated from the constants of `chalicelib/rules/base/limits.py` and their comments.

A comment between a blank line and the first constant of a group is the group's heading. Any other comment belongs to
the constant that it stands before or beside.
"""

import ast
import io
import tokenize
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from chalicelib.rules.base import limits
from tools.markdown import table

SOURCE = Path(limits.__file__)
OTHER = "Other"
"""The heading of constants without one."""
UNITS = (
    ("days", timedelta(days=1)),
    ("hours", timedelta(hours=1)),
    ("minutes", timedelta(minutes=1)),
    ("seconds", timedelta(seconds=1)),
)
INTRODUCTION = """# Limits

Generated from `chalicelib/rules/base/limits.py` by `make documents`; do not edit.
"""


@dataclass(frozen=True)
class Limit:
    """One constant: its name, its value in human units, its comment, and the heading of its group."""

    name: str
    value: str
    meaning: str
    group: str


def page() -> str:
    """The whole page: one table for each group."""
    groups: dict[str, list[Limit]] = defaultdict(list)
    for limit in read_limits():
        groups[limit.group].append(limit)
    headings = sorted(groups, key=lambda group: group == OTHER)
    return "\n".join([INTRODUCTION, *(_section(heading, groups[heading]) for heading in headings)])


def read_limits(source: str | None = None) -> Iterator[Limit]:
    """Every constant of the module, in its order.

    Args:
        source: the text of the module, to be read instead of the file; its values come from the imported module.
    """
    source = source if source is not None else SOURCE.read_text(encoding="utf-8")
    comments = _comments(source)
    lines = source.splitlines()
    group = OTHER
    for node in ast.parse(source).body:
        if not isinstance(node, ast.Assign) or not isinstance(node.targets[0], ast.Name):
            continue
        before = _comment_lines_before(lines, node.lineno)
        starts_group = lines[before.start - 2].strip() == "" if before.start > 1 else True
        if starts_group:
            group = comments[before.start] if before else OTHER
            before = range(before.start + 1, before.stop)
        name = node.targets[0].id
        beside = range(node.lineno, (node.end_lineno or node.lineno) + 1)
        meaning = " ".join(comments[number] for number in (*before, *beside) if number in comments)
        yield Limit(name, _human(getattr(limits, name), ast.unparse(node.value), name), meaning, group)


def _section(heading: str, group: list[Limit]) -> str:
    rows = ([f"`{limit.name}`", limit.value, limit.meaning] for limit in group)
    return f"## {heading}\n\n{table(('name', 'value', 'meaning'), rows)}"


def _comments(source: str) -> dict[int, str]:
    """The comments by the numbers of their lines."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return {token.start[0]: token.string.lstrip("# ") for token in tokens if token.type == tokenize.COMMENT}


def _comment_lines_before(lines: list[str], number: int) -> range:
    """The numbers of the unbroken comment lines directly above line `number`."""
    first = number
    while first > 1 and lines[first - 2].startswith("#"):
        first -= 1
    return range(first, number)


def _human(value: Any, expression: str, name: str) -> str:
    if isinstance(value, timedelta):
        return _duration(value)
    if isinstance(value, range):
        return f"{value.start} to {value.stop - 1}"
    if isinstance(value, tuple):
        return ", ".join(_human(part, "", "") for part in value)
    if "1024" in expression or name.endswith("_BYTES"):
        return f"{value // 1024**2} MiB" if value % 1024**2 == 0 else f"{value:,} bytes"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _duration(value: timedelta) -> str:
    """In the largest unit of which `value` is a whole multiple, two or more."""
    for name, unit in UNITS:
        if value % unit == timedelta(0) and value // unit > 1:
            return f"{value // unit} {name}"
    return f"{value.total_seconds():g} s"
