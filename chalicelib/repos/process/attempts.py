"""How often something is tried that meets concurrent requests, and how long it waits in between."""

import random
import time
from collections.abc import Iterator

from chalicelib.repos.process import aws

FIRST_WAIT = 0.04
LONGEST_WAIT = 0.64
"""Seconds: the most that is waited before the second attempt, which doubles before each further one up to the longest.

Each wait is a random part of that (full jitter), so that requests which collided do not collide again.
"""


def attempts(most: int) -> Iterator[int]:
    """Numbers of attempts from 1 on, with a growing random wait before each but the first.

    While a client waits, attempts go on until the request is too old (`aws.is_late`); else there are `most`. The first
    attempt is always made, and no attempt begins after a wait that would end too late.

    Args:
        most: The number of attempts in scheduled functions and commands.
    """
    attempt = 1
    yield attempt
    while aws.is_served() or attempt < most:
        wait = random.uniform(0, min(FIRST_WAIT * 2 ** (attempt - 1), LONGEST_WAIT))
        if aws.is_late(wait):
            return
        time.sleep(wait)
        attempt += 1
        yield attempt
