"""Counting failures in windows of time: guessing is slowed down, and nobody is locked out by somebody else.

A login counts per name from one network address (few), per name from everywhere (more, against many addresses),
and per address (most, against many names). Living sessions and licence scans are never affected.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from chalicelib.repos.keys import sealing
from chalicelib.repos.table import table
from chalicelib.rules.base import limits
from chalicelib.rules.base.errors import TooManyRequests


@dataclass(frozen=True)
class LoginAttempts:
    """The counters that a login attempt looks at and, when it fails, adds to."""

    keys: Mapping[table.Key, int]
    """Primary key of each counter, with how many failures it allows in a window."""
    now: datetime

    def refuse_if_full(self, found: Mapping[table.Key, table.Item]) -> None:
        """Refuse with `TooManyRequests` if one of them is full."""
        if any(found.get(at, {}).get("failures", 0) >= most for at, most in self.keys.items()):
            raise TooManyRequests(self._rest())

    def limits_checked(self) -> list[table.Write]:
        """The parts that let a success be written only while no counter is full: guesses side by side do not pass."""
        return [table.check_below(at, "failures", most, self._refusal) for at, most in self.keys.items()]

    def _refusal(self, _: table.Item | None) -> Exception:
        return TooManyRequests(self._rest())

    def _rest(self) -> int:
        seconds = int(limits.LOGIN_WINDOW.total_seconds())
        return seconds - int(self.now.timestamp()) % seconds

    def failure_counted(self) -> list[table.Write]:
        """The parts that count one failure, while no counter is full: beyond, wrong and right are refused alike."""
        expires_at = int((self.now + 2 * limits.LOGIN_WINDOW).timestamp())
        return [
            table.change(
                at,
                add={"failures": 1},
                assign={"expires_at": expires_at},
                condition="attribute_not_exists(#failures) OR #failures < :most",
                values={"most": most},
                refusal=self._refusal,
            )
            for at, most in self.keys.items()
        ]


def login_attempts(identity: str, login: str, address: str, now: datetime) -> LoginAttempts:
    """The counters of a login name tried from a network address."""
    name = f"{identity}\n{login.casefold()}"
    window = f"LOGIN#{int(now.timestamp() // limits.LOGIN_WINDOW.total_seconds())}"
    return LoginAttempts(
        {
            (_counter("name and address", f"{name}\n{address}"), window): limits.LOGIN_FAILURES,
            (_counter("name", name), window): limits.LOGIN_FAILURES_NAME,
            (_counter("address", address), window): limits.LOGIN_FAILURES_ADDRESS,
        },
        now,
    )


def _counter(kind: str, value: str) -> str:
    return f"RATE#{sealing.digest(f'login by {kind}', value)}"
