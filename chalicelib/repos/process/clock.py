"""The current time; tests replace the clock."""

import random
import time
from collections.abc import Callable
from datetime import UTC, datetime


def _system() -> datetime:
    return datetime.now(UTC)


_now: Callable[[], datetime] = _system


def now() -> datetime:
    """The current time in UTC."""
    return _now()


def use(source: Callable[[], datetime] | None = None) -> None:
    """Take the time from another source; None restores the clock of the system."""
    global _now  # noqa: PLW0603  the clock is one for the process
    _now = source or _system


def wait_a_little(attempt: int) -> None:
    """Wait a random time that grows with the attempt, so that concurrent requests do not collide again."""
    time.sleep(random.uniform(0, 0.02 * (attempt + 1)))
