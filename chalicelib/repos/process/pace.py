"""How often something may happen in one process, where a count in the table would cost more than what it limits."""

import threading
from datetime import datetime


class Pace:
    """Admits at most so many events in each minute of the clock, in this process."""

    def __init__(self, per_minute: int) -> None:
        self._per_minute = per_minute
        self._minute: datetime | None = None
        self._count = 0
        self._lock = threading.Lock()

    def admits(self, now: datetime) -> bool:
        """Whether one more event is within the limit; counts it."""
        minute = now.replace(second=0, microsecond=0)
        with self._lock:
            if minute != self._minute:
                self._minute, self._count = minute, 0
            self._count += 1
            return self._count <= self._per_minute
