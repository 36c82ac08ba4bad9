"""One item for each account: how many drafts it has, which uploads each names, how many were purged untold.

The uploads stand here, next to each other, because a file goes with its draft only if no other draft names it.
"""

import contextlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import batched
from typing import Any

from chalicelib.repos.table import table
from chalicelib.repos.table.table import Write
from chalicelib.rules.base.errors import LimitReached
from chalicelib.rules.base.limits import MAX_DRAFTS
from chalicelib.rules.base.vocabulary import AccountId

UPLOADS = "uploads_"
"""Attributes, one for each draft that names files."""

NAME_BYTES = 10

STATE = "STATE"
"""Sort key of the item."""


@dataclass(frozen=True)
class DraftCounters:
    """The counters of an account; all zero for an account that has done nothing yet."""

    drafts: int = 0
    purged_drafts: int = 0
    draft_saves: int = 0
    """How often any of its drafts was saved: whoever lets go of uploads must have seen the last time."""
    uploads: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Draft -> names of the uploads it names."""

    def without(self, draft_ids: Collection[str]) -> "DraftCounters":
        """As these drafts have left it."""
        return replace(self, uploads={each: names for each, names in self.uploads.items() if each not in draft_ids})

    def sharing(self, draft_ids: Collection[str]) -> list[str]:
        """Drafts other than these that name one of their uploads, and so keep it."""
        theirs = frozenset().union(*(self.uploads.get(each, ()) for each in draft_ids))
        return [each for each, names in self.uploads.items() if each not in draft_ids and names & theirs]

    def named_elsewhere(self, draft_ids: Collection[str]) -> frozenset[str]:
        """Uploads that stand in a draft other than these."""
        return frozenset().union(*(names for draft, names in self.uploads.items() if draft not in draft_ids))


class DraftsChanged(Exception):
    """After the account's counters were read a draft was saved, or one ended that shares an upload."""

    def __init__(self, account_id: AccountId) -> None:
        super().__init__(account_id)
        self.account_id = account_id


def key(account_id: AccountId) -> table.Key:
    """Primary key of the account's counters."""
    return f"ACC#{account_id}", STATE


def get(account_id: AccountId) -> DraftCounters:
    """The account's counters."""
    return from_item(table.get(key(account_id)))


def from_item(item: table.Item | None) -> DraftCounters:
    """The counters of an item, which may not exist yet."""
    item = item or {}
    return DraftCounters(
        drafts=item.get("drafts", 0),
        purged_drafts=item.get("purged_drafts", 0),
        draft_saves=item.get("draft_saves", 0),
        uploads=_uploads(item),
    )


def get_many(account_ids: Iterable[AccountId]) -> dict[AccountId, DraftCounters]:
    """The counters of so many accounts, a hundred with each request."""
    found: dict[AccountId, DraftCounters] = {}
    for some in batched(dict.fromkeys(account_ids), table.BATCH_GET):
        items = table.get_many(key(each) for each in some)
        found |= {each: from_item(items.get(key(each))) for each in some}
    return found


def draft_added(account_id: AccountId, draft_id: str, uploads: Iterable[str]) -> Write:
    """Take a place among the account's 20 drafts (F03)."""
    return table.change(
        key(account_id),
        assign={UPLOADS + draft_id: pack(uploads)},
        add={"drafts": 1, "draft_saves": 1},
        condition="attribute_not_exists(#drafts) OR #drafts < :most",
        values={"most": MAX_DRAFTS},
        refusal=lambda _: LimitReached(),
    )


def draft_saved(account_id: AccountId, draft_id: str, uploads: Iterable[str]) -> Write:
    """The uploads that a draft names from now on."""
    return table.change(key(account_id), assign={UPLOADS + draft_id: pack(uploads)}, add={"draft_saves": 1})


def draft_used_up(account_id: AccountId, draft_id: str) -> Write:
    """Give the place of a draft back that was submitted; its uploads stay."""
    return table.change(key(account_id), add={"drafts": -1}, drop=_attributes([draft_id]))


def draft_removed(account_id: AccountId, draft_id: str, seen: DraftCounters) -> Write:
    """Give the place of a draft back whose uploads are let go of; `DraftsChanged` if these may be others now."""
    return table.change(
        key(account_id),
        add={"drafts": -1},
        drop=_attributes([draft_id]),
        **_as_seen(account_id, seen, [draft_id]),
    )


def drafts_purged(account_id: AccountId, draft_ids: Collection[str], seen: DraftCounters | None) -> Write:
    """Give places back and remember how many, for the purge notice (F05).

    `DraftsChanged` if their uploads may be others now; `seen` is None for drafts without any.
    """
    count = len(draft_ids)
    return table.change(
        key(account_id),
        add={"drafts": -count, "purged_drafts": count},
        drop=_attributes(draft_ids),
        **(_as_seen(account_id, seen, draft_ids) if seen else {}),
    )


def counters_deleted(account_id: AccountId, seen: DraftCounters) -> Write:
    """Everything of an account that is gone itself; `DraftsChanged` if it has saved a draft since."""
    return table.delete(key(account_id), **_as_seen(account_id, seen, seen.uploads.keys()))


def _as_seen(account_id: AccountId, seen: DraftCounters, ended: Collection[str]) -> dict[str, Any]:
    """The condition that what these drafts alone named is named by no other now, for a change or a deletion."""
    unsaved = "(attribute_not_exists(#draft_saves) OR #draft_saves <= :seen)"
    there = [f"attribute_exists(#{each})" for each in _attributes(seen.sharing(ended))]
    return {
        "condition": " AND ".join([unsaved, *there]),
        "values": {"seen": seen.draft_saves},
        "refusal": lambda _: DraftsChanged(account_id),
    }


def pack(names: Iterable[str]) -> bytes | None:
    """Names of uploads, ten bytes each; None for none. Twenty full drafts of 90 persons fit into one item."""
    return b"".join(bytes.fromhex(name) for name in sorted(set(names))) or None


def unpack(packed: bytes) -> frozenset[str]:
    """What `pack` made."""
    return frozenset(packed[at : at + NAME_BYTES].hex() for at in range(0, len(packed), NAME_BYTES))


def _uploads(item: table.Item) -> dict[str, frozenset[str]]:
    return {name.removeprefix(UPLOADS): unpack(item[name]) for name in item if name.startswith(UPLOADS)}


def _attributes(draft_ids: Iterable[str]) -> list[str]:
    return [UPLOADS + each for each in draft_ids]


class _AlreadySeen(Exception):
    """Another window was quicker."""


def dismiss_purge_notice(account_id: AccountId, count: int) -> None:
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
