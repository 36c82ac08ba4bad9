"""How long a scheduled function may still run: it stops by itself and leaves the rest to its next run."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from chalicelib.rules.base import limits


def is_short(context: Any, at_most: timedelta | None = None) -> Callable[[], bool]:
    """Whether the time is nearly over: that of the Lambda, whose context this is, or `at_most` from now on."""
    remaining = getattr(context, "get_remaining_time_in_millis", None)
    end = time.monotonic() + at_most.total_seconds() if at_most is not None else None

    def answer() -> bool:
        if end is not None and time.monotonic() >= end:
            return True
        return remaining is not None and remaining() < limits.RUN_RESERVE.total_seconds() * 1000

    return answer
