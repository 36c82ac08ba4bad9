"""Random identifiers."""

import secrets
import time


def new() -> str:
    """An identifier that nobody can guess: 20 hexadecimal digits."""
    return secrets.token_hex(10)


def in_order() -> str:
    """An identifier that sorts after those made before it, for entries of the same moment."""
    return f"{time.time_ns():020d}{secrets.token_hex(4)}"
