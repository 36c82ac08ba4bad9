"""Limits of e-mail codes: life, pause between two codes, codes a day, tries (docs/domain.md 5.5)."""

import math
from dataclasses import dataclass
from datetime import datetime

from chalicelib.rules.base import limits
from chalicelib.rules.base.china_time import day_of, seconds_to_midnight
from chalicelib.rules.base.errors import TooManyRequests

DAY_SECONDS = 86_400


@dataclass(frozen=True)
class SentCode:
    """The last code that was sent for a purpose and an owner."""

    sent_at: datetime
    day: str
    """The Chinese calendar day of `sent`, as `day_of` gives it."""
    sent: int
    """How many codes were sent on `day`."""
    tries: int
    """How many wrong codes were entered since it was sent."""
    is_redeemed: bool

    def is_redeemable(self, now: datetime) -> bool:
        """Whether the code is unused and no older than `EMAIL_CODE_LIFE`."""
        return not self.is_redeemed and now < self.sent_at + limits.EMAIL_CODE_LIFE

    @property
    def has_tries_left(self) -> bool:
        """Whether another code may be compared with it."""
        return self.tries < limits.EMAIL_CODE_TRIES


def sent_today(last: SentCode | None, now: datetime) -> int:
    """How many codes were sent on the Chinese calendar day of `now`."""
    return last.sent if last is not None and last.day == day_of(now) else 0


def check_pace(last: SentCode | None, now: datetime) -> None:
    """Accept that another code is sent now.

    Raises:
        TooManyRequests: the last code is younger than `EMAIL_CODE_RESEND`, or the day's codes are used up. It carries
            the seconds to wait; a day ends at midnight in China.
    """
    if last is None:
        return
    wait = (last.sent_at + limits.EMAIL_CODE_RESEND - now).total_seconds()
    if wait > 0:
        raise TooManyRequests(math.ceil(wait))
    if sent_today(last, now) >= limits.EMAIL_CODE_A_DAY:
        raise TooManyRequests(seconds_to_midnight(now))
