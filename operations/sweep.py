"""Sweeps over the table at a bounded rate, until nothing is left to change."""

from contextlib import closing

from chalicelib.usecases.maintenance import sweep
from chalicelib.usecases.maintenance.sweep import Change, Sweep
from operations.terminal import Terminal

PROGRESS = 1_000
"""Items after which a line says how many were written."""


def until_nothing_is_left(
    name: str, change: Change, lost: type[Exception], at: Terminal, *, pace: float, segments: int
) -> int:
    """Sweep the table again and again until a whole sweep changes nothing.

    Args:
        name: Under which positions are saved, so that an interrupted sweep can be resumed.
        change: The writes for an item; none if it needs no change.
        lost: What a write raises if a concurrent request wrote the item.
        at: The terminal that prints and waits.
        pace: The most items of all segments together that are changed in a second.
        segments: How many parts of the table are swept at once.

    Returns:
        How many transactions were tried in all.
    """
    total = 0
    while True:
        begun = sweep.begin(name, segments)
        if begun.replaced:
            at.say(f"  The sweep that was interrupted had {begun.replaced} segments: it starts at the beginning.")
        written = _resumable(begun, change, lost, pace, at)
        total += written
        at.say(f"  Sweep of the table complete: {written} items written.")
        # A resumed sweep has not seen the beginning of the table, so it cannot be the last one.
        if begun.is_whole and not written:
            return total


def _resumable(begun: Sweep, change: Change, lost: type[Exception], pace: float, at: Terminal) -> int:
    try:
        return _written(begun, change, lost, pace, at)
    except KeyboardInterrupt:
        option = f" with --segments {begun.segments}" if begun.segments > 1 else ""
        at.say(f"  Stopped. Run the same command again{option} to resume.")
        raise


def _written(begun: Sweep, change: Change, lost: type[Exception], pace: float, at: Terminal) -> int:
    written = 0
    with closing(sweep.changed(begun, change, lost)) as transactions:
        for is_changed in transactions:
            if not is_changed:
                at.say("  An item was saved meanwhile; the next sweep reads it again.")
            written += 1
            if written % PROGRESS == 0:
                at.say(f"  {written} items written")
            at.sleep(1 / pace)
    return written
