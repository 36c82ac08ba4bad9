"""What the counts of days say: median and 90th percentile, shown only where enough answers are behind them."""

from collections.abc import Mapping

MONTHS = 24
"""How far back answers count."""

ENOUGH = 20
"""Answers below which nothing is shown: nobody's own case can be read from it."""


def percentile(counts: Mapping[int, int], share: float) -> int | None:
    """The smallest number of days within which this share of the answers came; None without answers."""
    total = sum(counts.values())
    reached = 0
    for days in sorted(counts):
        reached += counts[days]
        if total and reached >= share * total:
            return days
    return None


def shown(counts: Mapping[int, int]) -> tuple[int, int | None, int | None]:
    """How many answers, their median and 90th percentile in days; both None below `ENOUGH`."""
    total = sum(counts.values())
    if total < ENOUGH:
        return total, None, None
    return total, percentile(counts, 0.5), percentile(counts, 0.9)
