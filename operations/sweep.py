"""A walk over every item of the table, at a bounded rate, that goes on where an earlier one was killed."""

from collections.abc import Callable, Sequence

from chalicelib.repos.keys import rotation
from chalicelib.repos.table import table
from chalicelib.repos.table.table import Item, Write
from operations.terminal import Terminal

PAGE = 200


def once(name: str, change: Callable[[Item], Sequence[Write]], lost: type[Exception], pace: float, at: Terminal) -> int:
    """Write what `change` wants of each item, one transaction an item; how many were written or lost to others.

    Args:
        name: under which the position is kept in the table, after each page.
        change: the parts for an item; none if it is as it should be.
        lost: what a part raises when somebody else wrote the item meanwhile: the next walk looks again.
        pace: most items written in a second.
        at: the terminal that waits.

    """
    written, start = 0, rotation.saved_position(name)
    while True:
        page = table.scan(limit=PAGE, start=start)
        for item in page.items:
            writes = change(item)
            if not writes:
                continue
            try:
                table.commit(*writes)
            except lost:
                at.say("  an item was saved meanwhile; looking again later")
            written += 1
            at.sleep(1 / pace)
        start = page.next_key
        rotation.save_position(name, start)
        if start is None:
            return written


def until_nothing_is_left(
    name: str, change: Callable[[Item], Sequence[Write]], lost: type[Exception], pace: float, at: Terminal
) -> int:
    """Walk again and again until a whole walk finds nothing to write; how many items were written in all."""
    total = 0
    while True:
        # A walk that goes on from the middle has not seen the beginning: it is never the last one.
        whole = rotation.saved_position(name) is None
        written = once(name, change, lost, pace, at)
        total += written
        at.say(f"  walked over the table: {written} items written")
        if whole and not written:
            return total
