"""Applies the password profile of the deployment."""

from collections.abc import Iterable
from datetime import datetime

from chalicelib.config import settings
from chalicelib.rules.accounts import passwords
from chalicelib.rules.accounts.accounts import Account


def check_password(password: str, confirmation: str | None = None, names: Iterable[str] = ()) -> None:
    """Accept a new password under the deployment's profile.

    Args:
        password: the new password.
        confirmation: the password as typed again; None where it is typed once.
        names: what others know about the account: login, names, the enterprise, telephone numbers.

    Raises:
        Invalid: with every reason.
    """
    passwords.check(password, confirmation, names, passwords.PROFILES[settings().password_profile])


def is_expired(account: Account, now: datetime) -> bool:
    """Whether the password is so old that the account must set a new one first."""
    return passwords.is_expired(account, now, passwords.PROFILES[settings().password_profile])
