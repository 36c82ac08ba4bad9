"""How a use case stores the reply of its request in its own transaction (Idempotency-Key)."""

from collections.abc import Callable

from chalicelib.repos.table.table import Write

type Writes = list[Write]
"""Writes of one transaction."""

type Remember[Result] = Callable[[Result], Writes]
"""Returns the writes that store the reply made from the result of a use case. They go first in its transaction.

A concurrent request with the same key then gets the same reply, whatever else the transaction would refuse.
"""


def nothing(_: object) -> list[Write]:
    """The `Remember` of a caller that repeats nothing: it stores no reply."""
    return []
