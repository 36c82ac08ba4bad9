"""修改邮箱 is undone from the mailbox of the replaced address, for 7 days (docs/domain.md 5.4)."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from chalicelib.rules.base import limits
from chalicelib.rules.base.china_time import parse_time, rfc3339

MOST = 10
"""Changes of one account within `limits.ADDRESS_UNDO_LIFE` that can be undone."""


@dataclass(frozen=True)
class FormerAddress:
    """An address that was replaced."""

    address: str = field(repr=False)
    link_hash: str
    """SHA-256 of the secret in the link that was mailed to it, in hexadecimal."""
    changed_at: datetime

    def is_undoable(self, now: datetime) -> bool:
        """Whether its mailbox can still undo the change."""
        return now < self.changed_at + limits.ADDRESS_UNDO_LIFE


type FormerAddresses = tuple[FormerAddress, ...]
"""The replaced addresses of an account, oldest first."""


def undoable(former: FormerAddresses, now: datetime) -> FormerAddresses:
    """Those whose change can still be undone."""
    return tuple(one for one in former if one.is_undoable(now))


def position_of(former: FormerAddresses, link_hash: str, now: datetime) -> int | None:
    """The place of the change that a link undoes; None if the link is unknown, too old, or was voided.

    Whoever undoes a change voids the links of it and of all later ones: an intruder may have sent those to own
    mailboxes. The links of earlier changes stay valid.
    """
    found = (place for place, one in enumerate(former) if one.link_hash == link_hash and one.is_undoable(now))
    return next(found, None)


def to_text(former: Sequence[FormerAddress]) -> str:
    """The stored form, which is then encrypted."""
    return json.dumps([[one.address, one.link_hash, rfc3339(one.changed_at)] for one in former])


def from_text(text: str) -> FormerAddresses:
    """What `to_text` made."""
    return tuple(FormerAddress(address, link_hash, parse_time(at)) for address, link_hash, at in json.loads(text))
