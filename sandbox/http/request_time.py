"""Limits the time in which a request must arrive, against stalled and slow clients."""

import io
import socket
import time
from collections.abc import Callable

REQUEST_SECONDS = 120.0
"""The most seconds between the first and the last byte of a request."""


class TimedReading(io.RawIOBase):
    """The bytes of a connection; `TimeoutError` if a request stalls or takes longer than `REQUEST_SECONDS`."""

    def __init__(self, connection: socket.socket, stalled: float, clock: Callable[[], float] = time.monotonic) -> None:
        """`stalled`: seconds without a byte until the timeout, within a request and between requests."""
        super().__init__()
        self._connection = connection
        self._stalled = stalled
        self._clock = clock
        self._ends: float | None = None

    def next_request(self) -> None:
        """Start the time of the next request at its first byte."""
        self._ends = None

    def readable(self) -> bool:
        """True: a buffered reader asks before it reads."""
        return True

    def readinto(self, buffer: "bytearray | memoryview") -> int:  # type: ignore[override]
        """Read the available bytes; wait if there are none."""
        left = self._stalled if self._ends is None else min(self._stalled, self._ends - self._clock())
        if left <= 0:
            raise TimeoutError("the request takes too long")
        self._connection.settimeout(left)
        try:
            count = self._connection.recv_into(buffer)
        finally:
            self._connection.settimeout(self._stalled)
        if self._ends is None:
            self._ends = self._clock() + REQUEST_SECONDS
        return count
