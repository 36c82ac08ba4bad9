"""The time of a test: it changes only when the test says so."""

from datetime import UTC, datetime, timedelta

START = datetime(2026, 11, 21, 4, 30, tzinfo=UTC)
"""The time at which every test begins: half past noon in China, 2026-11-21."""


class Clock:
    """A clock that a test moves forward by hand."""

    def __init__(self) -> None:
        self.moment = START

    def __call__(self) -> datetime:
        return self.moment

    def forward(self, **by: float) -> datetime:
        """Move the clock by the arguments of `timedelta`; returns the new time."""
        self.moment += timedelta(**by)
        return self.moment
