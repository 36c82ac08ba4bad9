"""docs/performance.md: the tables between its markers come from docs/performance.json, the prose is written by hand."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tools.markdown import filled, table

DOCS = Path(__file__).resolve().parents[1] / "docs"
PAGE = DOCS / "performance.md"
RECORD = DOCS / "performance.json"
"""What was measured, by module: the day, the machine, and the figures."""

MODULES = ("handlers", "excel_export", "list_reads", "units", "purge", "sandbox_load")
"""Each has a table on the page."""
HEADER = ("figure", "ratio", "goal", "result", "ours", "floor or peer", "unit")
RESULTS = {True: "met", False: "MISSED", None: "-"}

type Figure = Mapping[str, Any]


def recorded() -> dict[str, Any]:
    """The recorded figures by module."""
    found: dict[str, Any] = json.loads(RECORD.read_text(encoding="utf-8"))["modules"]
    return found


def page() -> str:
    """The page with the tables of the record."""
    return renewed(PAGE.read_text(encoding="utf-8"), recorded())


def renewed(text: str, record: Mapping[str, Any]) -> str:
    """A page with the tables of a record between its markers.

    Raises:
        ValueError: The page lacks the markers of a module.
    """
    return filled(text, {name: _table(record.get(name)) for name in MODULES}, PAGE.name)


def _table(entry: Mapping[str, Any] | None) -> str:
    if entry is None:
        return "Not recorded yet.\n"
    rows = (_row(figure) for figure in entry["figures"])
    return f"Measured on {entry['measured_on']} on {entry['machine']}.\n\n{table(HEADER, rows)}"


def _row(figure: Figure) -> list[str]:
    result = is_met(figure)
    shown = f"**{RESULTS[result]}**" if result is False else RESULTS[result]
    ours, floor = _number(figure["ours"]), _number(figure["floor"])
    return [figure["name"], f"{figure['ratio']:.2f}", goal(figure), shown, ours, floor, figure["unit"]]


def is_met(figure: Figure) -> bool | None:
    """Whether the ratio is as good as the goal; None without a goal."""
    if figure["goal"] is None:
        return None
    lower: bool = figure["better"] == "lower"
    return bool(figure["ratio"] <= figure["goal"] if lower else figure["ratio"] >= figure["goal"])


def goal(figure: Figure) -> str:
    """The goal in words, such as `<= 0.75`."""
    if figure["goal"] is None:
        return "none"
    return f"{'<=' if figure['better'] == 'lower' else '>='} {figure['goal']:g}"


def _number(value: float) -> str:
    """Three significant digits, and all of the whole part."""
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"
