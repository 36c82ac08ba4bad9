"""How a use case stores the reply of its request in its own transaction (Idempotency-Key)."""

from collections.abc import Callable

from chalicelib.repos.table.table import Write

type Writes = list[Write]
"""Writes of one transaction."""

type Remember[Result] = Callable[[Result], Writes]
"""Returns the writes that store the reply made from the result of a use case. They go first in its transaction.

Their condition is checked first, so a concurrent request with the same key gets the stored reply instead of a refusal.
"""


def nothing(_: object) -> list[Write]:
    """The default for callers without an Idempotency-Key: stores no reply."""
    return []
