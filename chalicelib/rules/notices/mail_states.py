"""The states of a mail in the outbox, and when it changes to which (docs/domain.md 8.2)."""

from datetime import datetime, timedelta
from enum import StrEnum

from chalicelib.rules.base import limits


class MailState(StrEnum):
    """State of a mail in the outbox. All but `WAITING` are final; a `DEAD` mail can be replayed."""

    WAITING = "WAITING"
    SENT = "SENT"
    DEAD = "DEAD"
    SUPPRESSED = "SUPPRESSED"
    """Nobody got it: all its addresses had bounced or complained."""
    OPTED_OUT = "OPTED_OUT"
    """Nobody got it: all its recipients had switched mail off."""


def end_state(*, is_reached: bool, is_suppressed: bool) -> MailState:
    """The final state of a mail whose letters were all tried.

    Args:
        is_reached: Whether anybody got it.
        is_suppressed: Whether it was not sent to somebody because the address had bounced or complained.

    """
    if is_reached:
        return MailState.SENT
    return MailState.SUPPRESSED if is_suppressed else MailState.OPTED_OUT


def is_too_late(kind: str, created_at: datetime, now: datetime) -> bool:
    """Whether a mail brings a code that has expired."""
    return kind.startswith("email_code") and now >= created_at + limits.EMAIL_CODE_LIFE


def wait_after(tries: int) -> timedelta | None:
    """How long a mail waits after its n-th failed try; None if it is given up then."""
    return limits.MAIL_WAITS[tries - 1] if tries <= len(limits.MAIL_WAITS) else None
