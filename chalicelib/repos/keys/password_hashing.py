"""Password hashes: argon2id with 19 MiB and two passes, as OWASP recommends for small machines."""

import functools
import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argon2 import PasswordHasher


@functools.cache
def _hasher() -> "PasswordHasher":
    from argon2 import PasswordHasher  # imported late: most requests hash no password

    return PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


@functools.cache
def _nobody() -> str:
    return _hasher().hash(secrets.token_hex(16))


def hash_password(password: str) -> str:
    """The hash of a password, with its parameters and salt."""
    return _hasher().hash(password)


def is_right(password: str, stored: str | None) -> bool:
    """Whether a password matches a stored hash.

    Without a hash the same work is done and the result is False, so that unknown accounts take the same time.
    """
    from argon2.exceptions import Argon2Error, InvalidHashError

    try:
        matches = _hasher().verify(stored or _nobody(), password)
    except (Argon2Error, InvalidHashError):
        return False
    return matches and bool(stored)
