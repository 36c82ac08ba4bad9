"""Limits on mails that people without a session cause (docs/domain.md 5.5, decision 0069).

Each counter is an item of its own for a window of time, in the transaction that writes the mail. No window of an
address is longer than an hour, so that nobody can keep somebody else's address locked for a day.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from chalicelib.repos.keys import sealing
from chalicelib.repos.table import table
from chalicelib.repos.table.table import Item, Write
from chalicelib.rules.accounts.mailboxes import mailbox_of, source_of
from chalicelib.rules.base import limits
from chalicelib.rules.base.china_time import day_of, seconds_to_midnight
from chalicelib.rules.base.errors import TooManyRequests
from chalicelib.rules.base.vocabulary import EnterpriseId

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
SHARDS = 16
"""Counters of the budget of a day: every anonymous request of the country increases one of them."""


@dataclass(frozen=True)
class _Limit:
    """How many mails one value may cause in a window of time."""

    kind: str
    value: str
    most: int
    window: timedelta

    def counted(self, now: datetime) -> Write:
        """Count one mail; the transaction raises `TooManyRequests` if the limit is reached."""
        seconds = int(self.window.total_seconds())
        rest = seconds - int(now.timestamp()) % seconds
        key = f"RATE#{sealing.digest(f'mail by {self.kind}', self.value)}", f"MAILS#{int(now.timestamp()) // seconds}"
        return _counted(key, self.most, rest, now)


def by_hand_counted(address: str, source: str, now: datetime) -> list[Write]:
    """Count a mail of a recovery by hand: for its mailbox, for the caller's network address, and for the day.

    The transaction raises `TooManyRequests` if one of the limits is reached.
    """
    mailbox, subscriber = mailbox_of(address), source_of(source)
    return [
        _paced(f"{subscriber}\n{mailbox}", now),
        _Limit("source", subscriber, limits.RECOVERIES_SOURCE, HOUR).counted(now),
        _Limit("mailbox", mailbox, limits.RECOVERIES_MAILBOX, HOUR).counted(now),
        _budgeted(now),
    ]


def registration_counted(address: str, uscc: str, now: datetime) -> list[Write]:
    """Count a mail with a code of registration: for its mailbox, and for the enterprise whose licence was scanned.

    The transaction raises `TooManyRequests` if one of the limits is reached.
    """
    return [
        _Limit("registration", mailbox_of(address), limits.REGISTRATION_CODES_MAILBOX, HOUR).counted(now),
        _Limit("licence", uscc, limits.EMAIL_CODE_A_DAY, DAY).counted(now),
    ]


def confirmation_counted(address: str, enterprise_id: EnterpriseId, now: datetime) -> list[Write]:
    """Count a mail with a code that confirms the mailbox of an agent, for the mailbox and for the enterprise.

    An enterprise can type any address, and add and delete agents as it likes. The transaction raises `TooManyRequests`
    if one of the limits is reached.
    """
    return [
        _Limit("confirmation", mailbox_of(address), limits.CONFIRMATION_CODES_MAILBOX, HOUR).counted(now),
        _Limit("enterprise", enterprise_id, limits.CONFIRMATION_CODES_ENTERPRISE, DAY).counted(now),
    ]


def _budgeted(now: datetime) -> Write:
    """Count a mail in one of the counters of the day in China."""
    shard = secrets.randbelow(SHARDS)
    key = f"RATE#anonymous mail#{shard}", f"MAILS#{day_of(now)}"
    return _counted(key, limits.ANONYMOUS_MAILS_A_DAY // SHARDS, seconds_to_midnight(now), now)


def _counted(key: table.Key, most: int, rest: int, now: datetime) -> Write:
    def refusal(_: Item | None) -> Exception:
        return TooManyRequests(rest)

    return table.change(
        key,
        add={"mails": 1},
        assign={"expires_at": int((now + DAY).timestamp()) + rest},
        condition="attribute_not_exists(#mails) OR #mails < :most",
        values={"most": most},
        refusal=refusal,
    )


def _paced(who: str, now: datetime) -> Write:
    """Require that the last mail for this caller and mailbox is a minute old."""
    second = int(now.timestamp())
    pause = int(limits.EMAIL_CODE_RESEND.total_seconds())

    def refusal(old: Item | None) -> Exception:
        return TooManyRequests(pause - (second - old["last"]) if old else pause)

    return table.change(
        (f"RATE#{sealing.digest('mail by source and mailbox', who)}", "PACE"),
        assign={"last": second, "expires_at": second + int(DAY.total_seconds())},
        condition="attribute_not_exists(#last) OR #last <= :before",
        values={"before": second - pause},
        refusal=refusal,
    )
