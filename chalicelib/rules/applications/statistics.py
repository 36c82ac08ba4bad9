"""Waiting days of economies: median and 90th percentile, shown only from enough answers on (docs/domain.md 6.3)."""

from collections.abc import Mapping

MONTHS = 24
"""Months of answers that count."""

ENOUGH = 20
"""The least number of answers for which figures are shown, so that no single case can be inferred."""


def percentile(counts: Mapping[int, int], share: float) -> int | None:
    """The smallest number of days within which this share of the answers arrived; None without answers.

    `counts` maps days to numbers of answers; `share` is between 0 and 1.
    """
    total = sum(counts.values())
    reached = 0
    for days in sorted(counts):
        reached += counts[days]
        if total and reached >= share * total:
            return days
    return None


def shown(counts: Mapping[int, int]) -> tuple[int, int | None, int | None]:
    """The number of answers, and their median and 90th percentile in days; both None below `ENOUGH`."""
    total = sum(counts.values())
    if total < ENOUGH:
        return total, None, None
    return total, percentile(counts, 0.5), percentile(counts, 0.9)
