"""The current time; tests replace the clock."""

from collections.abc import Callable
from datetime import UTC, datetime


def _system() -> datetime:
    return datetime.now(UTC)


_now: Callable[[], datetime] = _system


def now() -> datetime:
    """The current time in UTC."""
    return _now()


def use(source: Callable[[], datetime] | None = None) -> None:
    """Take the time from another source; None restores the clock of the system."""
    global _now  # noqa: PLW0603  the clock is one for the process
    _now = source or _system
