"""Password hashes: argon2id, 19 MiB, two passes (OWASP's figures for Lambda-sized machines)."""

import functools
import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argon2 import PasswordHasher


@functools.cache
def _hasher() -> "PasswordHasher":
    from argon2 import PasswordHasher  # imported late: reading needs no hashing

    return PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


@functools.cache
def _nobody() -> str:
    return _hasher().hash(secrets.token_hex(16))


def hash_password(password: str) -> str:
    """The hash to keep."""
    return _hasher().hash(password)


def is_right(password: str, kept: str | None) -> bool:
    """Whether the password fits; without a hash to compare, the same work is done and the answer is no."""
    from argon2.exceptions import Argon2Error, InvalidHashError

    try:
        matches = _hasher().verify(kept or _nobody(), password)
    except (Argon2Error, InvalidHashError):
        return False
    return matches and bool(kept)
