"""Random identifiers."""

import secrets
import time
from datetime import date, timedelta

EPOCH = date(1970, 1, 1)


def new() -> str:
    """An identifier that nobody can guess: 20 hexadecimal digits."""
    return secrets.token_hex(10)


def of_day(day: date) -> str:
    """An identifier that nobody can guess and that tells its day: 20 hexadecimal digits, four of them the day."""
    return f"{(day - EPOCH).days:04x}{secrets.token_hex(8)}"


def day_of(identifier: str) -> date:
    """The day of an identifier that `of_day` made; of any other some day."""
    return EPOCH + timedelta(days=int(identifier[:4], 16))


def in_order() -> str:
    """An identifier that sorts after those made before it, for entries of the same moment."""
    return f"{time.time_ns():020d}{secrets.token_hex(4)}"
