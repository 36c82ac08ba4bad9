"""Pages of a list whose index lags behind the table: rows that turn out to be outdated are left out (decision 0005).

A page on which nothing is left is read on, a few times: a first page is empty and still has a next one only if it is
partial.
"""

from collections.abc import Callable
from dataclasses import dataclass

READS = 3
"""How often one page reads at most."""


@dataclass(frozen=True)
class ReadOn[Item, Place]:
    """One page of a list."""

    items: list[Item]
    next_place: Place | None
    """Where the next page starts; None on the last page."""
    partial: bool
    """Whether reading ended before anything was found."""


def read_on[Item, Place](
    read: Callable[[Place | None], tuple[list[Item], Place | None]], start: Place | None
) -> ReadOn[Item, Place]:
    """The first page from `start` on that is not empty, within `READS` reads.

    Args:
        read: reads one page: what is left of it, and where the next one starts.
        start: where the list goes on; None for its first page.
    """
    place = start
    for _ in range(READS):
        items, place = read(place)
        if items or place is None:
            return ReadOn(items, place, partial=False)
    return ReadOn([], place, partial=True)
