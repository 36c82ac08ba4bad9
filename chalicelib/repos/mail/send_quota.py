"""The quota of the mail provider: how many letters all relays together may send in one second."""

import time
from collections.abc import Callable

from chalicelib.repos.table import table

LIFE = 3600
"""Seconds until the table deletes the counter of a second."""


class SendQuota:
    """A rate limit shared by all relays; one relay reserves several sends at once from a common counter.

    Uses the clock of the machine, not the time of the run, because the provider counts real seconds.
    """

    def __init__(
        self, mails_per_second: int, now: Callable[[], float] = time.time, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._mails_per_second = mails_per_second
        self._now = now
        self._sleep = sleep
        self._second = 0
        self._left = 0

    def wait(self, ahead: int = 1) -> None:
        """Wait until one more letter may be sent; `ahead` is how many are left in the run, including this one."""
        portion = min(ahead, max(1, self._mails_per_second // 2))
        while not self._is_granted(portion):
            moment = self._now()
            self._sleep(int(moment) + 1 - moment)

    def _is_granted(self, portion: int) -> bool:
        second = int(self._now())
        if second != self._second or not self._left:
            # A remainder of an earlier second expires, as it does at the provider.
            self._second, self._left = second, portion if self._take(second, portion) else 0
        if not self._left:
            return False
        self._left -= 1
        return True

    def _take(self, second: int, portion: int) -> bool:
        try:
            table.commit(
                table.change(
                    (f"MAILRATE#{second}", "MAILRATE"),
                    add={"granted": portion},
                    assign={"expires_at": second + LIFE},
                    condition="attribute_not_exists(#granted) OR #granted <= :most",
                    values={"most": self._mails_per_second - portion},
                    refusal=lambda _: QuotaSpent(),
                )
            )
        except QuotaSpent:
            return False
        return True


class QuotaSpent(Exception):
    """Raised when the quota of a second is used up."""
