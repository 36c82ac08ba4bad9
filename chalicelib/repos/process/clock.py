"""The time of day, from outside the process; tests put another clock in its place."""

import random
import time
from collections.abc import Callable
from datetime import UTC, datetime


def _system() -> datetime:
    return datetime.now(UTC)


_now: Callable[[], datetime] = _system


def now() -> datetime:
    """This moment, UTC."""
    return _now()


def use(source: Callable[[], datetime] | None = None) -> None:
    """Take the time from another source; None is the system's clock again."""
    global _now  # noqa: PLW0603  the clock is one for the process
    _now = source or _system


def wait_a_little(attempt: int) -> None:
    """Wait a random time that grows with the attempt, so that those who met do not meet again."""
    time.sleep(random.uniform(0, 0.02 * (attempt + 1)))
