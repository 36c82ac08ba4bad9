"""A sweep: one pass over every item of the table that can be resumed where it was interrupted."""

from collections.abc import Callable, Iterator, Sequence

from chalicelib.repos.keys import rotation
from chalicelib.repos.table import table
from chalicelib.repos.table.table import Item, Write

PAGE = 200
"""Items read by one request; the position is saved after each page."""


def sweep(name: str, change: Callable[[Item], Sequence[Write]], lost: type[Exception]) -> Iterator[bool]:
    """Change every item that needs it, one transaction for each; yields after each transaction.

    Args:
        name: Under which the position is saved in the table.
        change: The writes for an item; none if it needs no change.
        lost: What a write raises if a concurrent request wrote the item; another sweep has to read it again.

    Yields:
        True if the item was changed, False if a concurrent request wrote it.

    """
    start = rotation.saved_position(name)
    while True:
        page = table.scan(limit=PAGE, start=start)
        for item in page.items:
            if writes := change(item):
                yield _is_committed(writes, lost)
        start = page.next_key
        rotation.save_position(name, start)
        if start is None:
            return


def starts_at_the_beginning(name: str) -> bool:
    """Whether the next sweep of this name sees the whole table: no earlier one was interrupted."""
    return rotation.saved_position(name) is None


def _is_committed(writes: Sequence[Write], lost: type[Exception]) -> bool:
    try:
        table.commit(*writes)
    except lost:
        return False
    return True
