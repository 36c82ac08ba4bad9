"""Limits on failed sign-ins in a window of time; they slow guessing without locking an account (docs/domain.md 5.4).

Failures are counted for a name from one network address (lowest limit), for a name from all addresses, and for an
address with all names (highest limit). Existing sessions and sign-in by licence scan are not affected. A device or
address from which the account has signed in is held to the lowest limit only: nobody can lock its owner out by the name
(decision 0070).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chalicelib.repos.keys import sealing
from chalicelib.repos.table import table
from chalicelib.rules.accounts.mailboxes import source_of
from chalicelib.rules.base import limits
from chalicelib.rules.base.errors import TooManyRequests


@dataclass(frozen=True)
class LoginAttempts:
    """The counters that an attempt to sign in reads and, if it fails, increases."""

    keys: Mapping[table.Key, int]
    """Primary key of each counter and the number of failures that it allows in a window."""
    name: table.Key
    """The counter of the name from all addresses."""
    shared: table.Key
    """The counter that other names share: the one of the address."""
    now: datetime

    def of_known_device(self) -> "LoginAttempts":
        """The counters of a device or address from which the account has signed in: strangers do not fill them."""
        return replace(self, keys={key: most for key, most in self.keys.items() if key not in (self.name, self.shared)})

    def of_no_name(self) -> "LoginAttempts":
        """The counter of the address alone, for a sign-in that names nobody."""
        return replace(self, keys={self.shared: self.keys[self.shared]})

    def refuse_if_full(self, found: Mapping[table.Key, table.Item]) -> None:
        """Refuse the attempt if a counter has reached its limit.

        Args:
            found: the counters' items by primary key, as they were read.

        Raises:
            TooManyRequests: with the seconds until the window ends.
        """
        if any(found.get(key, {}).get("failures", 0) >= most for key, most in self.keys.items()):
            raise TooManyRequests(self.rest)

    def limits_checked(self) -> list[table.Write]:
        """Require that no counter of the name has reached its limit, so that concurrent guesses cannot exceed it.

        The counter of the address is not among them: people behind one address who sign in at once would conflict. A
        right password that is sent side by side with the last failures of an address may pass (docs/decisions/0044).
        """
        own = {key: most for key, most in self.keys.items() if key != self.shared}
        return [table.check_below(key, "failures", most, self._refusal) for key, most in own.items()]

    def _refusal(self, _: table.Item | None) -> Exception:
        return TooManyRequests(self.rest)

    @property
    def rest(self) -> int:
        """Seconds until the window ends."""
        seconds = int(limits.LOGIN_WINDOW.total_seconds())
        return seconds - int(self.now.timestamp()) % seconds

    def failure_counted(self) -> list[table.Write]:
        """Count one failure; the transaction raises `TooManyRequests` if a counter has reached its limit."""
        expires_at = int((self.now + 2 * limits.LOGIN_WINDOW).timestamp())
        return [
            table.change(
                key,
                add={"failures": 1},
                assign={"expires_at": expires_at},
                condition="attribute_not_exists(#failures) OR #failures < :most",
                values={"most": most},
                refusal=self._refusal,
            )
            for key, most in self.keys.items()
        ]


def login_attempts(identity: str, login: str, address: str, now: datetime) -> LoginAttempts:
    """The counters of a login name that is tried from a network address.

    Names of different identities are counted separately. The moment `now` decides the window.
    """
    name = f"{identity}\n{login.casefold()}"
    source = source_of(address)
    window = f"LOGIN#{int(now.timestamp() // limits.LOGIN_WINDOW.total_seconds())}"
    of_name, of_address = (_counter("name", name), window), (_counter("address", source), window)
    return LoginAttempts(
        {
            (_counter("name and address", f"{name}\n{source}"), window): limits.LOGIN_FAILURES,
            of_name: limits.LOGIN_FAILURES_NAME,
            of_address: limits.LOGIN_FAILURES_ADDRESS,
        },
        of_name,
        of_address,
        now,
    )


def failures_cleared(identity: str, login: str, address: str, now: datetime) -> list[table.Write]:
    """Forget the failures of a name, from everywhere and from one address, because its owner has shown to be there."""
    attempts = login_attempts(identity, login, address, now)
    # The API may not delete counters.
    none = {"failures": 0, "expires_at": int(now.timestamp()) + attempts.rest}
    return [
        table.change(key, assign=none)
        for key in attempts.keys
        if key == attempts.name or (address and key != attempts.shared)
    ]


@dataclass(frozen=True)
class NameLock:
    """How many sign-ins of a name have failed in this window of time."""

    failures: int
    is_locked: bool
    """Whether devices and addresses from which the account never signed in are refused."""
    ends_at: datetime


def name_lock(identity: str, login: str, now: datetime) -> NameLock:
    """The failures of a name from everywhere."""
    attempts = login_attempts(identity, login, "", now)
    # The API reads counters by BatchGetItem only.
    failures = table.get_many([attempts.name]).get(attempts.name, {}).get("failures", 0)
    ends_at = now + timedelta(seconds=attempts.rest)
    return NameLock(failures, failures >= limits.LOGIN_FAILURES_NAME, ends_at)


def _counter(kind: str, value: str) -> str:
    return f"RATE#{sealing.digest(f'login by {kind}', value)}"
