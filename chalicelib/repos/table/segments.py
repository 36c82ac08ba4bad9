"""Parallel segments of a scan: threads that read one part of both tables each, and one caller that gets all results.

The caller's thread alone counts, waits and prints, so that a pace is that of all segments together (decision 0091).
"""

import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any

from chalicelib.repos.table.client import client

MOST = 16
"""The most segments of a scan; the client has 50 connections."""


@dataclass(frozen=True)
class Segment:
    """One part of both tables; every item is in exactly one of the `total` parts."""

    number: int
    """From 0 on."""
    total: int

    @property
    def parameters(self) -> dict[str, Any]:
        """The parameters of DynamoDB's Scan; none for whole tables."""
        return {"Segment": self.number, "TotalSegments": self.total} if self.total > 1 else {}


WHOLE = Segment(0, 1)

type Walk[Result] = Callable[[Segment], Iterator[Sequence[Result]]]
"""Walks over one segment. It yields results in batches, at least one after each page, so that it can be stopped."""


def walked[Result](total: int, walk: Walk[Result]) -> Generator[Result]:
    """What walks over all segments yield, in the order in which they are ready.

    With more than one segment, each walk runs in a thread and is at most one batch ahead of the caller. Closing the
    iterator, or an exception in the loop that reads it, stops all walks after the batch that they are at.

    Args:
        total: How many segments there are.
        walk: The walk over one of them.

    Raises:
        BaseException: What the first walk raised that failed; the others are stopped before.
    """
    if total == 1:
        for batch in walk(WHOLE):
            yield from batch
        return
    client()  # botocore makes clients in one thread only; all threads may share one
    threads = _Threads(walk)
    try:
        threads.start(total)
        yield from threads.results()
    finally:
        threads.stop()


@dataclass(frozen=True)
class _Handed[Result]:
    """A batch of one walk, or its end."""

    batch: Sequence[Result]
    taken: threading.Semaphore
    """Released when the caller has taken the batch."""
    is_last: bool = False
    error: BaseException | None = None


class _Threads[Result]:
    """The threads of one walk over all segments."""

    def __init__(self, walk: Walk[Result]) -> None:
        self._walk = walk
        self._handed: SimpleQueue[_Handed[Result]] = SimpleQueue()
        self._stopped = threading.Event()
        self._running: list[tuple[threading.Thread, threading.Semaphore]] = []

    def start(self, total: int) -> None:
        """Start a thread for each segment."""
        for number in range(total):
            taken = threading.Semaphore(0)
            # A daemon: a second Ctrl-C, while the first one waits for a request, ends the process.
            thread = threading.Thread(target=self._run, args=(Segment(number, total), taken), daemon=True)
            thread.start()
            self._running.append((thread, taken))

    def results(self) -> Iterator[Result]:
        """The results of all segments, until all have ended or one has failed."""
        left = len(self._running)
        while left:
            handed = self._handed.get()
            if handed.error is not None:
                raise handed.error
            left -= handed.is_last
            handed.taken.release()
            yield from handed.batch

    def stop(self) -> None:
        """Let each thread end after its batch, and wait for it."""
        self._stopped.set()
        for thread, taken in self._running:
            taken.release()
            thread.join()

    def _run(self, segment: Segment, taken: threading.Semaphore) -> None:
        try:
            for batch in self._walk(segment):
                self._handed.put(_Handed(batch, taken))
                taken.acquire()
                if self._stopped.is_set():
                    return
        except BaseException as error:  # noqa: BLE001  raised again in the thread of the caller
            self._handed.put(_Handed((), taken, error=error))
        else:
            self._handed.put(_Handed((), taken, is_last=True))
