"""Random identifiers."""

import secrets


def new() -> str:
    """An identifier that nobody can guess: 20 hexadecimal digits."""
    return secrets.token_hex(10)
