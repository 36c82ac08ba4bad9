"""The provider's quota: how many mails all relays together may hand over in one second."""

import time
from collections.abc import Callable

from chalicelib.repos.table import table

LIFE = 3600
"""Seconds until the table forgets the counter of a second."""


class SendQuota:
    """One relay's share: it takes a part of a second's mails from a counter that all relays add to.

    Seconds are real ones, whatever time a run is told: the provider counts those.
    """

    def __init__(
        self, per_second: int, now: Callable[[], float] = time.time, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._per_second = per_second
        self._now = now
        self._sleep = sleep
        self._second = 0
        self._left = 0

    def wait(self, ahead: int = 1) -> None:
        """Come back when one more mail may go out; `ahead` is how many the run has left, this one included."""
        portion = min(ahead, max(1, self._per_second // 2))
        while not self._may_go(portion):
            moment = self._now()
            self._sleep(int(moment) + 1 - moment)

    def _may_go(self, portion: int) -> bool:
        second = int(self._now())
        if second != self._second or not self._left:
            # What is left of an earlier second is lost: the provider does not save it up either.
            self._second, self._left = second, portion if self._taken(second, portion) else 0
        if not self._left:
            return False
        self._left -= 1
        return True

    def _taken(self, second: int, portion: int) -> bool:
        try:
            table.commit(
                table.change(
                    (f"MAILRATE#{second}", "MAILRATE"),
                    add={"granted": portion},
                    assign={"expires_at": second + LIFE},
                    condition="attribute_not_exists(#granted) OR #granted <= :most",
                    values={"most": self._per_second - portion},
                    refusal=lambda _: QuotaSpent(),
                )
            )
        except QuotaSpent:
            return False
        return True


class QuotaSpent(Exception):
    """The second's mails are all given to relays."""
