"""Retrying acts that read, decide and write if a concurrent request changed what they read."""

import contextlib
from collections.abc import Callable

from chalicelib.repos.process import clock
from chalicelib.rules.base.errors import Unavailable

TRIES = 16
"""How often an act is tried before the client has to try again later."""


def until_unchanged[Result](act: Callable[[], Result], changed: type[Exception], tries: int = TRIES) -> Result:
    """Run `act`, reading included, until no concurrent request changes what it read.

    Args:
        act: Reads, decides and commits; it must not have other effects.
        changed: What `act` raises if its transaction met a change.
        tries: How often `act` runs at most.

    Raises:
        Unavailable: Every attempt met a change.

    """
    for attempt in range(tries):
        with contextlib.suppress(changed):
            return act()
        clock.wait_a_little(attempt)
    raise Unavailable
