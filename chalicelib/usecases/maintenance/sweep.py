"""A sweep: one pass over every item of both tables, in segments that are resumed where they were interrupted."""

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from chalicelib.repos.keys import rotation
from chalicelib.repos.maintenance import enterprise_data
from chalicelib.repos.table import table
from chalicelib.repos.table.segments import Segment, walked
from chalicelib.repos.table.table import Item, Write

PAGE = 200
"""Items read by one request; the position of the segment is saved after each page."""

type Change = Callable[[Item], Sequence[Write]]
"""The writes for an item; none if it needs no change. Threads call it at once, one for each segment."""


@dataclass(frozen=True)
class Sweep:
    """A sweep that begins, or resumes an interrupted one of as many segments."""

    name: str
    """Under which positions are saved in the table."""
    segments: int
    starts: dict[Segment, dict[str, Any] | None]
    """Saved positions; None for a segment that was read to its end."""
    replaced: int | None = None
    """The number of segments of an interrupted sweep whose positions are of no use to this one."""

    @property
    def is_whole(self) -> bool:
        """Whether it sees every item."""
        return not self.starts


def begin(name: str, segments: int) -> Sweep:
    """The next sweep of this name.

    Positions of another number of segments mark other parts of the table: they are deleted, and the sweep starts at
    the beginning. What was changed already needs no change again.
    """
    saved = rotation.saved_positions(name)
    other = next((one.segment.total for one in saved if one.segment.total != segments), None)
    if other is not None:
        rotation.forget_positions(name, [one.segment for one in saved])
        return Sweep(name, segments, {}, replaced=other)
    return Sweep(name, segments, {one.segment: one.start for one in saved})


def changed(sweep: Sweep, change: Change, lost: type[Exception]) -> Generator[bool]:
    """Change every item that needs it, one transaction for each; yields after each transaction.

    Args:
        sweep: The sweep, from `begin`.
        change: The writes for an item.
        lost: What a write raises if a concurrent request wrote the item; another sweep has to read it again.

    Yields:
        True if an item was changed, False if a concurrent request wrote it.
    """

    def walk(segment: Segment) -> Iterator[Sequence[bool]]:
        start = sweep.starts.get(segment)
        is_ended = segment in sweep.starts and start is None
        while not is_ended:
            page = table.scan(limit=PAGE, start=start, segment=segment)
            for item in page.items:
                if writes := change(item):
                    yield [_is_committed(writes, lost)]
            start = page.next_key
            rotation.save_position(sweep.name, segment, start)
            is_ended = start is None
            yield []

    yield from walked(sweep.segments, walk)
    rotation.forget_positions(sweep.name, [Segment(number, sweep.segments) for number in range(sweep.segments)])


def planned(change: Change, segments: int) -> Generator[bool]:
    """Whether a sweep would change an item, for each item; nothing is written."""
    return (bool(change(item)) for item in enterprise_data.sweep(segments))


def _is_committed(writes: Sequence[Write], lost: type[Exception]) -> bool:
    try:
        table.commit(*writes)
    except lost:
        return False
    return True
