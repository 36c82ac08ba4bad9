"""One small item for each account: how many drafts it has, and how many were purged since it was told."""

import contextlib
from dataclasses import dataclass

from chalicelib.repos import table
from chalicelib.repos.table import Part
from chalicelib.rules.errors import LimitReached
from chalicelib.rules.limits import MAX_DRAFTS
from chalicelib.rules.vocabulary import AccountId


@dataclass(frozen=True)
class AccountState:
    """The counters of an account; all zero for an account that has done nothing yet."""

    drafts: int = 0
    purged_drafts: int = 0


def key(account_id: AccountId) -> table.Key:
    """Primary key of the account's counters."""
    return f"ACC#{account_id}", "STATE"


def get(account_id: AccountId) -> AccountState:
    """The account's counters."""
    return from_item(table.get(key(account_id)))


def from_item(item: table.Item | None) -> AccountState:
    """The counters of an item, which may not exist yet."""
    item = item or {}
    return AccountState(drafts=item.get("drafts", 0), purged_drafts=item.get("purged_drafts", 0))


def draft_added(account_id: AccountId) -> Part:
    """Take a place among the account's 20 drafts (F03)."""
    return table.change(
        key(account_id),
        add={"drafts": 1},
        condition="attribute_not_exists(#drafts) OR #drafts < :most",
        values={"most": MAX_DRAFTS},
        refusal=lambda _: LimitReached(),
    )


def drafts_removed(account_id: AccountId, count: int) -> Part:
    """Give places back."""
    return table.change(key(account_id), add={"drafts": -count})


def drafts_purged(account_id: AccountId, count: int) -> Part:
    """Give places back and remember how many, for the purge notice (F05)."""
    return table.change(key(account_id), add={"drafts": -count, "purged_drafts": count})


class _AlreadySeen(Exception):
    """Another window was quicker."""


def purge_notice_seen(account_id: AccountId, count: int) -> None:
    """Take what was shown off the notice, once; drafts purged meanwhile stay on it."""
    with contextlib.suppress(_AlreadySeen):
        table.commit(
            table.change(
                key(account_id),
                add={"purged_drafts": -count},
                condition="#purged_drafts >= :count",
                values={"count": count},
                refusal=lambda _: _AlreadySeen(),
            )
        )
