"""Which new passwords are accepted: length, classes, and how hard they are to guess (docs/domain.md 5.4)."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from chalicelib.rules.accounts import guessing
from chalicelib.rules.accounts.accounts import Account
from chalicelib.rules.base import limits
from chalicelib.rules.base.errors import FieldError, Invalid


class Profile(NamedTuple):
    """The requirements of a deployment for passwords."""

    shortest: int = limits.PASSWORD_MIN
    classes: int = 1
    """How many of the four classes (lower case, upper case, digits, others) must occur."""
    life: timedelta | None = None
    """The age at which a password expires; None for never."""


class PasswordProfile(StrEnum):
    """The names of the profiles, as in the setting `ABTC_PASSWORD_PROFILE`."""

    DEFAULT = "default"
    MLPS3 = "mlps3"
    """For operators under 等保三级, whose auditors ask for composition and expiry."""


PROFILES: Mapping[str, Profile] = {
    PasswordProfile.DEFAULT: Profile(),
    PasswordProfile.MLPS3: Profile(classes=3, life=timedelta(days=90)),
}


def check(
    password: str,
    confirmation: str | None = None,
    names: Iterable[str] = (),
    profile: Profile = PROFILES[PasswordProfile.DEFAULT],
) -> None:
    """Check a new password.

    Args:
        password: As typed.
        confirmation: The second input, or None if the form has only one.
        names: What others know about the account, so that a password made of it is easy to guess: login, names, the
            enterprise, telephone numbers.
        profile: The profile of the deployment.

    Raises:
        Invalid: With all reasons.
    """
    errors = []
    if len(password) < profile.shortest:
        errors.append(FieldError("password", "PASSWORD_SHORT", {"min_length": profile.shortest}))
    if len(password) > limits.PASSWORD_MAX:
        errors.append(FieldError("password", "PASSWORD_LONG", {"max_length": limits.PASSWORD_MAX}))
    if _classes(password) < profile.classes:
        errors.append(FieldError("password", "PASSWORD_CLASSES", {"classes": profile.classes}))
    if profile.shortest <= len(password) <= limits.PASSWORD_MAX and (reason := guessing.weakness(password, names)):
        errors.append(FieldError("password", reason))
    if confirmation is not None and confirmation != password:
        errors.append(FieldError("password_confirmation", "PASSWORD_CONFIRMATION"))
    if errors:
        raise Invalid(errors)


def is_expired(account: Account, now: datetime, profile: Profile) -> bool:
    """Whether the account's password has expired, so that it must be changed first."""
    return bool(profile.life and account.password_set_at and now >= account.password_set_at + profile.life)


def _classes(password: str) -> int:
    tests = (str.islower, str.isupper, str.isdigit)
    kinds = {next((index for index, test in enumerate(tests) if test(letter)), len(tests)) for letter in password}
    return len(kinds)
