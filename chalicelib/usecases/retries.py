"""Retrying acts that read, decide and write if a concurrent request changed what they read."""

import contextlib
from collections.abc import Callable

from chalicelib.repos.process.attempts import attempts
from chalicelib.rules.base.errors import Unavailable

TRIES = 16
"""How often a run without a client tries an act; a request tries until it is too old."""


def until_unchanged[Result](act: Callable[[], Result], changed: type[Exception], tries: int = TRIES) -> Result:
    """Run `act`, reading included, until no concurrent request changes what it read.

    Args:
        act: Reads, decides and commits; it must not have other effects.
        changed: What `act` raises if its transaction met a change.
        tries: How often `act` runs at most in scheduled functions and commands.

    Raises:
        Unavailable: Every attempt met a change.
    """
    for _ in attempts(tries):
        with contextlib.suppress(changed):
            return act()
    raise Unavailable
