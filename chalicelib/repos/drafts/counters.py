"""One item for each account: when each of its drafts was saved, which uploads it names, and how many were purged.

The uploads of all drafts are in one item because an upload is deleted with its draft only if no other draft names it.
The nightly purge writes this item only where uploads are deleted: the notice (F05) counts the times in it that are 180
days ago (docs/decisions/0094).
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import batched
from typing import Any

from chalicelib.repos.table import table
from chalicelib.repos.table.table import Write
from chalicelib.rules.base.china_time import parse_time, rfc3339
from chalicelib.rules.base.errors import LimitReached
from chalicelib.rules.base.limits import MAX_DRAFTS
from chalicelib.rules.base.vocabulary import AccountId
from chalicelib.rules.drafts import lifetime

UPLOADS = "uploads_"
"""Prefix of the attributes with the uploads of a draft, one for each draft that names any."""

SAVED = "saved_"
"""Prefix of the attributes with the time at which a draft was saved last; they stay until it is `settled`."""

NAME_BYTES = 10
"""Bytes of the name of an upload."""

STATE = "STATE"
"""Sort key of the item."""


@dataclass(frozen=True)
class DraftCounters:
    """The counters of an account; all zero before it saves its first draft."""

    drafts: int = 0
    """How many drafts the account has; those in `due` count until they are `settled`, purged or not."""
    purged_drafts: int = 0
    """How many drafts were settled since the owner last dismissed the notice (F05)."""
    draft_saves: int = 0
    """How often drafts of the account were saved: deleting uploads requires that none was saved since the read."""
    uploads: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Names of uploads by id of the draft that names them."""
    saved: Mapping[str, datetime] = field(default_factory=dict)
    """The time of the last save by id of the draft."""

    def due(self, now: datetime) -> list[str]:
        """The drafts whose purge time has passed and that are not settled."""
        return [draft for draft, saved_at in self.saved.items() if lifetime.is_due(saved_at, now)]

    def on_notice(self, now: datetime) -> int:
        """How many drafts the purge notice counts (F05)."""
        return self.purged_drafts + len(self.due(now))

    def without(self, draft_ids: Collection[str]) -> "DraftCounters":
        """The counters after these drafts ended."""
        left = {draft: names for draft, names in self.uploads.items() if draft not in draft_ids}
        return replace(self, uploads=left)

    def sharing(self, draft_ids: Collection[str]) -> list[str]:
        """Other drafts that name an upload of these drafts, so that it must not be deleted."""
        theirs = frozenset().union(*(self.uploads.get(draft, ()) for draft in draft_ids))
        return [draft for draft, names in self.uploads.items() if draft not in draft_ids and names & theirs]

    def named_elsewhere(self, draft_ids: Collection[str]) -> frozenset[str]:
        """Names of the uploads that other drafts name."""
        return frozenset().union(*(names for draft, names in self.uploads.items() if draft not in draft_ids))


class DraftsChanged(Exception):
    """Raised when drafts were saved or settled, or one that shares an upload ended, after the counters were read."""

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
    """The counters of an item; all zero if it does not exist yet."""
    item = item or {}
    return DraftCounters(
        drafts=item.get("drafts", 0),
        purged_drafts=item.get("purged_drafts", 0),
        draft_saves=item.get("draft_saves", 0),
        uploads=_uploads(item),
        saved=_saved(item),
    )


def on_notice(item: table.Item | None, now: datetime) -> int:
    """`DraftCounters.on_notice` of an item, without the names of uploads, of which twenty drafts have up to 14,000."""
    item = item or {}
    return DraftCounters(purged_drafts=item.get("purged_drafts", 0), saved=_saved(item)).on_notice(now)


def get_many(account_ids: Iterable[AccountId]) -> dict[AccountId, DraftCounters]:
    """The counters of accounts, 100 of them with each request."""
    found: dict[AccountId, DraftCounters] = {}
    for batch in batched(dict.fromkeys(account_ids), table.BATCH_GET):
        items = table.get_many(key(account_id) for account_id in batch)
        found |= {account_id: from_item(items.get(key(account_id))) for account_id in batch}
    return found


def draft_added(account_id: AccountId, draft_id: str, saved_at: datetime, uploads: Iterable[str]) -> Write:
    """Count a new draft among the 20 of the account (F03); `LimitReached` if there are 20 already."""
    return table.change(
        key(account_id),
        assign=_listed(draft_id, saved_at, uploads),
        add={"drafts": 1, "draft_saves": 1},
        condition="attribute_not_exists(#drafts) OR #drafts < :most",
        values={"most": MAX_DRAFTS},
        refusal=lambda _: LimitReached(),
    )


def draft_saved(account_id: AccountId, draft_id: str, saved_at: datetime, uploads: Iterable[str]) -> Write:
    """Record when a draft was saved again, and which uploads it names now."""
    return table.change(key(account_id), assign=_listed(draft_id, saved_at, uploads), add={"draft_saves": 1})


def _listed(draft_id: str, saved_at: datetime, uploads: Iterable[str]) -> dict[str, Any]:
    return {SAVED + draft_id: rfc3339(saved_at), UPLOADS + draft_id: pack(uploads)}


def draft_submitted(account_id: AccountId, draft_id: str) -> Write:
    """Stop counting a submitted draft. Its uploads are not deleted: the bucket expires them (docs/decisions/0024)."""
    return table.change(key(account_id), add={"drafts": -1}, drop=[SAVED + draft_id, UPLOADS + draft_id])


def draft_removed(account_id: AccountId, draft_id: str, seen: DraftCounters) -> Write:
    """Stop counting a draft whose uploads will be deleted; `DraftsChanged` if `seen` is out of date."""
    return table.change(
        key(account_id),
        add={"drafts": -1},
        drop=[SAVED + draft_id, UPLOADS + draft_id],
        **_as_seen(account_id, seen, [draft_id]),
    )


def drafts_purged(
    account_id: AccountId, draft_ids: Collection[str], uncounted: Collection[str], seen: DraftCounters | None
) -> list[Write]:
    """Forget the uploads of purged drafts, and settle those that the notice does not count yet.

    There is nothing to write for drafts that name no uploads and are on the notice already.

    Args:
        account_id: The owner.
        draft_ids: The purged drafts.
        uncounted: Those of them that the notice does not count yet.
        seen: The counters; the write raises `DraftsChanged` if they are out of date. None for drafts without uploads.
    """
    if not uncounted and seen is None:
        return []
    return [
        table.change(
            key(account_id),
            add={"drafts": -len(uncounted), "purged_drafts": len(uncounted)} if uncounted else None,
            drop=[*(UPLOADS + draft_id for draft_id in draft_ids), *(SAVED + draft_id for draft_id in uncounted)],
            **(_as_seen(account_id, seen, draft_ids) if seen else {}),
        )
    ]


def settled(account_id: AccountId, seen: DraftCounters, now: datetime, dismissed: int = 0) -> Write:
    """Stop counting the drafts that are due, and keep them as a number for the notice.

    The write raises `DraftsChanged` if another request has settled or dismissed some since.

    Args:
        account_id: The owner.
        seen: Its counters as they were read.
        now: The moment of the request.
        dismissed: How many drafts the owner has seen on the notice, which goes down by as many.
    """
    ended = seen.due(now)
    unseen = "attribute_not_exists(#purged_drafts) OR " if seen.purged_drafts == 0 else ""
    return table.change(
        key(account_id),
        add={"drafts": -len(ended), "purged_drafts": len(ended) - dismissed},
        drop=[SAVED + draft_id for draft_id in ended],
        condition=" AND ".join(
            [f"({unseen}#purged_drafts = :purged)", *(f"#{SAVED}{draft_id} <= :due" for draft_id in ended)]
        ),
        values={"purged": seen.purged_drafts} | ({"due": rfc3339(lifetime.last_saved_of_due(now))} if ended else {}),
        refusal=lambda _: DraftsChanged(account_id),
    )


def counters_deleted(account_id: AccountId, seen: DraftCounters) -> Write:
    """Delete the counters together with their account; `DraftsChanged` if it saved a draft since."""
    return table.delete(key(account_id), **_as_seen(account_id, seen, seen.uploads.keys()))


def _as_seen(account_id: AccountId, seen: DraftCounters, ended: Collection[str]) -> dict[str, Any]:
    """Arguments of a write with the condition that no other draft names the uploads of the ended drafts by now."""
    unsaved = "(attribute_not_exists(#draft_saves) OR #draft_saves <= :seen)"
    sharing = [f"attribute_exists(#{UPLOADS}{draft_id})" for draft_id in seen.sharing(ended)]
    return {
        "condition": " AND ".join([unsaved, *sharing]),
        "values": {"seen": seen.draft_saves},
        "refusal": lambda _: DraftsChanged(account_id),
    }


def pack(names: Iterable[str]) -> bytes | None:
    """Names of uploads in ten bytes each; None for no names. Twenty full drafts of 90 persons fit into one item."""
    return bytes.fromhex("".join(sorted(set(names)))) or None


def unpack(packed: bytes) -> frozenset[str]:
    """The names in the result of `pack`."""
    names = packed.hex()
    return frozenset(names[start : start + 2 * NAME_BYTES] for start in range(0, len(names), 2 * NAME_BYTES))


def _uploads(item: table.Item) -> dict[str, frozenset[str]]:
    return {name.removeprefix(UPLOADS): unpack(item[name]) for name in item if name.startswith(UPLOADS)}


def _saved(item: table.Item) -> dict[str, datetime]:
    return {name.removeprefix(SAVED): parse_time(item[name]) for name in item if name.startswith(SAVED)}
