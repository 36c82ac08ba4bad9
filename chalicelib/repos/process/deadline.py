"""The deadline of a scheduled function, which stops before it and leaves the rest to its next run."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from chalicelib.rules.base import limits


def is_deadline_near(context: Any, at_most: timedelta | None = None) -> Callable[[], bool]:
    """A function that tells whether the time of the run is nearly over.

    Args:
        context: The context of the Lambda invocation; None for no limit by Lambda.
        at_most: How long the run may take from now on; None for no limit of its own.
    """
    remaining = getattr(context, "get_remaining_time_in_millis", None)
    end = time.monotonic() + at_most.total_seconds() if at_most is not None else None

    def answer() -> bool:
        if end is not None and time.monotonic() >= end:
            return True
        return remaining is not None and remaining() < limits.RUN_SAFETY_MARGIN.total_seconds() * 1000

    return answer
