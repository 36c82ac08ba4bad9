"""Which passwords are accepted: 8 characters and more, no composition rules, none that is easy to guess."""

from collections.abc import Iterable

from chalicelib.rules import limits
from chalicelib.rules.errors import FieldError, Invalid

COMMON = frozenset(
    [
        "12345678",
        "123456789",
        "1234567890",
        "11111111",
        "00000000",
        "88888888",
        "66666666",
        "87654321",
        "password",
        "password1",
        "password123",
        "passw0rd",
        "qwertyui",
        "qwertyuiop",
        "qwerty123",
        "1qaz2wsx",
        "1q2w3e4r",
        "abcd1234",
        "abc12345",
        "a1234567",
        "aa123456",
        "asdfghjk",
        "iloveyou",
        "sunshine",
        "princess",
        "football",
        "baseball",
        "welcome1",
        "admin123",
        "administrator",
        "letmein1",
        "trustno1",
        "superman",
    ]
)
"""A short blocklist of what is tried first everywhere."""


def check(password: str, confirmation: str | None = None, names: Iterable[str] = ()) -> None:
    """Accept the password or say why not.

    Args:
        password: as typed.
        confirmation: as typed the second time, where the form has it.
        names: what it must not be: login name, enterprise name.

    Raises:
        Invalid: with every reason.

    """
    errors = []
    if len(password) < limits.PASSWORD_MIN:
        errors.append(FieldError("password", "PASSWORD_SHORT", {"min_length": limits.PASSWORD_MIN}))
    if len(password) > limits.PASSWORD_MAX:
        errors.append(FieldError("password", "PASSWORD_LONG", {"max_length": limits.PASSWORD_MAX}))
    folded = password.casefold()
    if folded in COMMON or folded in {name.casefold() for name in names} or len(set(folded)) == 1:
        errors.append(FieldError("password", "PASSWORD_COMMON"))
    if confirmation is not None and confirmation != password:
        errors.append(FieldError("password_confirmation", "PASSWORD_CONFIRMATION"))
    if errors:
        raise Invalid(errors)
