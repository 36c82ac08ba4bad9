"""How long a request may take to come in: a client that drips is given up as one that stalls is."""

import io
import socket
import time
from collections.abc import Callable

REQUEST_SECONDS = 120.0
"""From a request's first byte to its last one, whatever comes in between."""


class TimedReading(io.RawIOBase):
    """What comes over a connection: `TimeoutError` where a request stalls, and where it is not in by its end."""

    def __init__(self, connection: socket.socket, stalled: float, clock: Callable[[], float] = time.monotonic) -> None:
        """`stalled`: seconds without a byte after which the client is given up; they hold between requests too."""
        super().__init__()
        self._connection = connection
        self._stalled = stalled
        self._clock = clock
        self._ends: float | None = None

    def next_request(self) -> None:
        """Wait for a request that has not begun yet."""
        self._ends = None

    def readable(self) -> bool:
        """Yes: a buffer asks before it reads."""
        return True

    def readinto(self, buffer: "bytearray | memoryview") -> int:  # type: ignore[override]
        """What is there, as soon as there is something."""
        left = self._stalled if self._ends is None else min(self._stalled, self._ends - self._clock())
        if left <= 0:
            raise TimeoutError("the request is not in by its end")
        self._connection.settimeout(left)
        try:
            count = self._connection.recv_into(buffer)
        finally:
            self._connection.settimeout(self._stalled)
        if self._ends is None:
            self._ends = self._clock() + REQUEST_SECONDS
        return count
