"""The time of day, from outside the process; tests put another clock in its place."""

import random
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

from chalicelib.rules.limits import RUN_RESERVE
from chalicelib.rules.numbers import CHINA


def _system() -> datetime:
    return datetime.now(UTC)


_now: Callable[[], datetime] = _system


def now() -> datetime:
    """This moment, UTC."""
    return _now()


def today(moment: datetime) -> date:
    """The Chinese calendar day of a moment: passports and authorisations go by it."""
    return moment.astimezone(CHINA).date()


def use(source: Callable[[], datetime] | None = None) -> None:
    """Take the time from another source; None is the system's clock again."""
    global _now  # noqa: PLW0603  the clock is one for the process
    _now = source or _system


def is_nearly_over(context: Any) -> bool:
    """Whether a Lambda's time is so short that a run should stop by itself and leave the rest to the next one."""
    remaining = getattr(context, "get_remaining_time_in_millis", None)
    return remaining is not None and remaining() < RUN_RESERVE.total_seconds() * 1000


def wait_a_little(attempt: int) -> None:
    """Wait a random time that grows with the attempt, so that those who met do not meet again."""
    time.sleep(random.uniform(0, 0.02 * (attempt + 1)))
