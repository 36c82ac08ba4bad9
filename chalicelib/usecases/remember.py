"""How a use case stores the reply of its request in the transaction of its act (Idempotency-Key)."""

from collections.abc import Callable

from chalicelib.repos.table.table import Write

type Remember[Result] = Callable[[Result], list[Write]]
"""Gives the writes that store the reply made of a use case's result; they go first in its transaction.

Whoever comes second with the same key then gets the same reply, whatever else the transaction would refuse.
"""


def nothing(_: object) -> list[Write]:
    """For a caller that repeats nothing: no reply is stored."""
    return []
