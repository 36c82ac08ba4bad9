"""One small item for each account: how many drafts, how many unread messages, how many drafts were purged."""

from dataclasses import dataclass
from datetime import datetime

from chalicelib.repos import table
from chalicelib.repos.table import Part
from chalicelib.rules.errors import LimitReached
from chalicelib.rules.limits import MAX_DRAFTS
from chalicelib.rules.numbers import parse_time, rfc3339
from chalicelib.rules.vocabulary import AccountId

SORT_KEY = "MSG~STATE"
"""Sorts right after the account's messages, so that one query returns both."""


@dataclass(frozen=True)
class AccountState:
    """The counters of an account; all zero for an account that has done nothing yet."""

    drafts: int = 0
    unread: int = 0
    purged_drafts: int = 0
    all_read_at: datetime | None = None


def key(account_id: AccountId) -> table.Key:
    """Primary key of the account's counters."""
    return f"ACC#{account_id}", SORT_KEY


def get(account_id: AccountId) -> AccountState:
    """The account's counters."""
    return from_item(table.get(key(account_id)))


def from_item(item: table.Item | None) -> AccountState:
    """The counters of an item, which may not exist yet."""
    item = item or {}
    return AccountState(
        drafts=item.get("drafts", 0),
        unread=max(item.get("unread", 0), 0),
        purged_drafts=item.get("purged_drafts", 0),
        all_read_at=parse_time(item["all_read_at"]) if "all_read_at" in item else None,
    )


def draft_added(account_id: AccountId) -> Part:
    """Take a place among the account's 20 drafts (F03)."""
    return table.change(
        key(account_id),
        add={"drafts": 1},
        condition="attribute_not_exists(#drafts) OR #drafts < :most",
        values={"most": MAX_DRAFTS},
        refusal=lambda _: LimitReached(),
    )


def changed(account_id: AccountId, *, drafts: int = 0, unread: int = 0) -> Part:
    """Drafts given up and messages added or read, in one part: a transaction touches an item only once."""
    return table.change(key(account_id), add={"drafts": drafts, "unread": unread})


def drafts_purged(account_id: AccountId, count: int) -> Part:
    """Give places back and remember how many, for the purge notice (F05)."""
    return table.change(key(account_id), add={"drafts": -count, "purged_drafts": count})


def purge_notice_seen(account_id: AccountId, count: int) -> Part:
    """Take what was shown off the notice; drafts purged meanwhile stay on it."""
    return table.change(
        key(account_id),
        add={"purged_drafts": -count},
        condition="#purged_drafts >= :count",
        values={"count": count},
        refusal=lambda _: LimitReached(),
    )


def all_read(account_id: AccountId, now: datetime) -> Part:
    """Everything up to now is read: one write, however many messages there are."""
    return table.change(key(account_id), assign={"unread": 0, "all_read_at": rfc3339(now)})
