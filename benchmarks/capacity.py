"""The tables of docs/capacity.md, made from build/units.json; the prose around them is written by hand.

`python -m benchmarks units --write` measures and writes them, `python -m benchmarks.capacity` writes them again.
"""

import json
import math
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from benchmarks import idle, loads, prices
from benchmarks.acts import LIFE, OPERATIONS, SIZES
from benchmarks.partitions import JOURNAL, TABLE
from benchmarks.units import OUTPUT, total
from tools.markdown import filled, table

PAGE = Path(__file__).resolve().parent.parent / "docs" / "capacity.md"

CONTENDED = 6
"""Shared items that are listed."""

type Figures = Mapping[str, Any]


def main() -> int:
    """Write all tables into the page."""
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(renewed(page, json.loads(OUTPUT.read_text(encoding="utf-8"))), encoding="utf-8")
    return 0


def renewed(page: str, figures: Figures) -> str:
    """The page with the tables of these figures between its markers.

    Raises:
        ValueError: The page lacks the markers of a table.
    """
    return filled(page, {name: made(figures) for name, made in TABLES.items()}, PAGE.name)


def _measured(figures: Figures) -> str:
    return f"Measured on {figures['measured_on']} on {figures['engine']}.\n"


def _operations(figures: Figures) -> str:
    header = ("operation", "read units", "write units", "table", "indexes", "journal", "requests", "S3 requests")
    return table(header, (_operation_row(title, figures["operations"][name]) for name, title in OPERATIONS.items()))


def _operation_row(title: str, operation: Figures) -> list[str]:
    writes, requests = operation["writes"], operation["requests"]
    own = writes.get(TABLE, 0)
    journal = sum(units for place, units in writes.items() if place.startswith(JOURNAL))
    shown = (
        total(operation, "reads"),
        total(operation, "writes"),
        own,
        total(operation, "writes") - own - journal,
        journal,
    )
    return [title, *map(number, shown), number(requests.get("dynamodb", 0)), number(requests.get("s3", 0))]


def _indexes(figures: Figures) -> str:
    rows = []
    for name, title in OPERATIONS.items():
        writes = figures["operations"][name]["writes"]
        of_indexes = {place: units for place, units in writes.items() if place not in (TABLE, JOURNAL)}
        if of_indexes:
            rows.append([title, ", ".join(f"`{place}` {number(units)}" for place, units in of_indexes.items())])
    return table(("operation", "write units by index"), rows)


def _lives(figures: Figures) -> str:
    header = ("stage", *(f"{size} {_persons(size)}: read, write" for size in SIZES))
    stages = [[title, *(_pair(figures["lives"][str(size)][stage]) for size in SIZES)] for stage, title in LIFE.items()]
    sums = (loads.life(figures, size) for size in SIZES)
    return table(header, [*stages, ["**sum**", *(f"**{_pair(life)}**" for life in sums)]])


def _persons(size: int) -> str:
    return "person" if size == 1 else "persons"


def _pair(operation: Figures) -> str:
    return f"{number(total(operation, 'reads'))}, {number(total(operation, 'writes'))}"


def _money(figures: Figures) -> str:
    header = ("service", *(f"{size} {_persons(size)}, USD" for size in SIZES))
    costs = {size: prices.of_thousand(figures, size) for size in SIZES}
    rows = [[service, *(f"{costs[size][service]:,.2f}" for size in SIZES)] for service in costs[SIZES[0]]]
    sums = [f"**{sum(costs[size].values()):,.2f}**" for size in SIZES]
    each = [f"{sum(costs[size].values()) / size / 1000:.4f}" for size in SIZES]
    return table(header, [*rows, ["**sum for 1,000 applications**", *sums], ["for one person", *each]])


def _idle(figures: Figures) -> str:
    relay, lookup = (total(figures["operations"][name], "reads") for name in ("deliver_0", "look_up_0"))
    return idle_table(relay, lookup)


def idle_table(relay_reads: float, lookup_reads: float) -> str:
    """The costs of a month without any use; what a stage can go without is below the sum."""
    costs = list(idle.of_month(relay_reads, lookup_reads))
    fixed = [cost for cost in costs if not cost.is_optional]
    rows = [[cost.what, f"{cost.usd:.2f}"] for cost in fixed]
    rows.append(["**sum of an idle month**", f"**{sum(cost.usd for cost in fixed):.2f}**"])
    rows += [[cost.what, f"{cost.usd:.2f}"] for cost in costs if cost.is_optional]
    return table(("what", "USD a month"), rows)


def _assumptions(_: Figures) -> str:
    return table(
        ("price", "USD", "for"),
        ([price.what, f"{price.usd:.7f}".rstrip("0"), price.unit] for price in prices.PRICES.values()),
    )


def _loads(figures: Figures) -> str:
    header = ("load", "one application", "average, by second", "busy hour, by second", "limit", "headroom", "see")
    found = sorted(loads.of_year(figures), key=lambda load: load.headroom)
    return table(header, (_load_row(load) for load in found))


def _load_row(load: loads.Load) -> list[str]:
    shown = (load.each, load.average, load.busy)
    return [load.name, *map(number, shown), f"{number(load.limit)} {load.limit_of}", factor(load.headroom), load.advice]


def _keys(figures: Figures) -> str:
    header = (
        "table or index",
        "key",
        "keys seen",
        "write units: 1; 10; 90 persons",
        "busy hour, units/s",
        "headroom of one key",
    )
    return table(header, (_key_row(key) for key in loads.keys(figures)))


def _contended(figures: Figures) -> str:
    header = ("item", "items seen", "transactions: 1; 10; 90 persons", "busy hour, by second", "headroom of one item")
    return table(header, (_key_row(item)[1:] for item in loads.items(figures)[:CONTENDED]))


def _key_row(key: loads.SharedKey) -> list[str]:
    units = "; ".join(number(count) for count in key.units.values())
    return [f"`{key.place}`", f"`{key.key}`", number(key.distinct), units, number(key.busy), factor(key.headroom)]


def _items(figures: Figures) -> str:
    largest = sorted(figures["largest"].items(), key=lambda pair: -pair[1])
    rows = ([f"`{kind}`", number(size), factor(loads.ITEM_BYTES / size)] for kind, size in largest if size >= 1000)
    return table(("kind of item", "bytes of the largest", "headroom"), rows)


def _stored(figures: Figures) -> str:
    rows = (
        [str(size), *(number(figures["stored"][str(size)][kind] / 1000) for kind in ("lasting", "expiring"))]
        for size in SIZES
    )
    return table(("persons", "lasting, KB", "expiring, KB"), rows)


TABLES: Mapping[str, Callable[[Figures], str]] = {
    "measured": _measured,
    "operations": _operations,
    "indexes": _indexes,
    "lives": _lives,
    "stored": _stored,
    "prices": _assumptions,
    "money": _money,
    "idle": _idle,
    "loads": _loads,
    "keys": _keys,
    "contended": _contended,
    "items": _items,
}
"""Every table by the name in its markers."""


def number(value: float) -> str:
    """A number with three significant digits where it has a fraction, and separators of thousands."""
    if value == int(value) or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:,.1f}".removesuffix(".0") if abs(value) >= 10 else f"{value:.2g}"


def factor(value: float) -> str:
    """A factor of headroom; in bold where the limit is exceeded."""
    if math.isinf(value):
        return "-"
    shown = f"{number(round(value, 2) if value < 10 else round(value))}x"
    return f"**{shown}**" if value < 1 else shown


if __name__ == "__main__":
    sys.exit(main())
