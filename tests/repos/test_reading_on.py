"""A page on which everything turned out to be outdated is read on, within a few reads."""

from collections.abc import Callable

import pytest

from chalicelib.repos.table.reading_on import READS, ReadOn, read_on

type Read = Callable[[int | None], tuple[list[str], int | None]]


def reader(*pages: list[str]) -> tuple[list[int | None], Read]:
    """Where each read has started, and a function that reads these pages, whose places are their positions."""
    started: list[int | None] = []

    def read(place: int | None) -> tuple[list[str], int | None]:
        started.append(place)
        at = place or 0
        return pages[at], at + 1 if at + 1 < len(pages) else None

    return started, read


@pytest.mark.parametrize(
    ("pages", "page", "reads"),
    [
        (([],), ReadOn([], None, partial=False), 1),
        ((["a"],), ReadOn(["a"], None, partial=False), 1),
        ((["a"], ["b"]), ReadOn(["a"], 1, partial=False), 1),
        (([], ["b"], ["c"]), ReadOn(["b"], 2, partial=False), 2),
        (([], [], []), ReadOn([], None, partial=False), 3),
        (([], [], [], ["d"]), ReadOn([], 3, partial=True), 3),
    ],
)
def test_a_page_is_empty_with_a_next_one_only_if_it_is_partial(
    pages: tuple[list[str], ...], page: ReadOn[str, int], reads: int
) -> None:
    started, read = reader(*pages)
    assert read_on(read, None) == page
    assert len(started) == reads <= READS


def test_a_later_page_starts_where_the_one_before_ended() -> None:
    started, read = reader(["a"], [], ["c"])
    assert read_on(read, 1) == ReadOn(["c"], None, partial=False)
    assert started == [1, 2]
