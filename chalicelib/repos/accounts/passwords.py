"""The deployment's password profile, applied."""

from collections.abc import Iterable
from datetime import datetime

from chalicelib.config import settings
from chalicelib.rules.accounts import passwords
from chalicelib.rules.accounts.accounts import Account


def check_password(password: str, confirmation: str | None = None, names: Iterable[str] = ()) -> None:
    """Accept a new password under the deployment's profile, or `Invalid` with every reason."""
    passwords.check(password, confirmation, names, passwords.PROFILES[settings().password_profile])


def is_expired(account: Account, now: datetime) -> bool:
    """Whether the account must set a new password before anything else."""
    return passwords.is_expired(account, now, passwords.PROFILES[settings().password_profile])
