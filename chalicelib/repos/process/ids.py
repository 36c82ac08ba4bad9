"""Random identifiers."""

import secrets
import time
from datetime import date, timedelta

EPOCH = date(1970, 1, 1)


def new() -> str:
    """A random identifier: 20 hexadecimal digits, 80 bits of randomness."""
    return secrets.token_hex(10)


def of_day(day: date) -> str:
    """A random identifier that contains a day: four hexadecimal digits of the day, 16 of randomness."""
    return f"{(day - EPOCH).days:04x}{secrets.token_hex(8)}"


def day_of(identifier: str) -> date:
    """The day in an identifier made by `of_day`; an arbitrary day for any other identifier."""
    return EPOCH + timedelta(days=int(identifier[:4], 16))


def in_order() -> str:
    """An identifier that sorts after those made earlier, for entries with the same time."""
    return f"{time.time_ns():020d}{secrets.token_hex(4)}"
