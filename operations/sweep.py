"""Sweeps over the table at a bounded rate, until nothing is left to change."""

from collections.abc import Callable, Sequence

from chalicelib.repos.table.table import Item, Write
from chalicelib.usecases.maintenance import sweep
from operations.terminal import Terminal

PROGRESS = 1_000
"""Items after which a line says how many were written."""


def until_nothing_is_left(
    name: str, change: Callable[[Item], Sequence[Write]], lost: type[Exception], pace: float, at: Terminal
) -> int:
    """Sweep the table again and again until a whole sweep changes nothing.

    Args:
        name: Under which the position is saved, so that an interrupted sweep can be resumed.
        change: The writes for an item; none if it needs no change.
        lost: What a write raises if a concurrent request wrote the item.
        pace: The most items changed in a second.
        at: The terminal that prints and waits.

    Returns:
        How many transactions were tried in all.
    """
    total = 0
    while True:
        # A resumed sweep has not seen the beginning of the table, so it cannot be the last one.
        is_whole = sweep.starts_at_the_beginning(name)
        written = _sweep(name, change, lost, pace, at)
        total += written
        at.say(f"  Sweep of the table complete: {written} items written.")
        if is_whole and not written:
            return total


def _sweep(
    name: str, change: Callable[[Item], Sequence[Write]], lost: type[Exception], pace: float, at: Terminal
) -> int:
    written = 0
    for is_changed in sweep.sweep(name, change, lost):
        if not is_changed:
            at.say("  An item was saved meanwhile; the next sweep reads it again.")
        written += 1
        if written % PROGRESS == 0:
            at.say(f"  {written} items written")
        at.sleep(1 / pace)
    return written
