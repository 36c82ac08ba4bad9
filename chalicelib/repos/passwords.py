"""The deployment's password profile, applied."""

from collections.abc import Iterable

from chalicelib.config import settings
from chalicelib.rules import passwords


def check_password(password: str, confirmation: str | None = None, names: Iterable[str] = ()) -> None:
    """Accept a new password under the deployment's profile, or `Invalid` with every reason."""
    passwords.check(password, confirmation, names, passwords.PROFILES[settings().password_profile])
