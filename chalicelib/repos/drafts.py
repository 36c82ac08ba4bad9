"""草稿: each account's own, sealed whole, in the queue of what is to be purged."""

import contextlib
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import partial
from typing import Any

from chalicelib.repos import account_state, ids, sealing, table
from chalicelib.repos.table import Part
from chalicelib.rules import drafts as rules
from chalicelib.rules import limits
from chalicelib.rules.drafts import Draft
from chalicelib.rules.errors import ContentChanged, NotFound, TooLarge
from chalicelib.rules.numbers import parse_time, rfc3339
from chalicelib.rules.vocabulary import AccountId

PURGE_QUEUE = "PURGE"


def key(account_id: AccountId, draft_id: str) -> table.Key:
    """Primary key of a draft."""
    return f"ACC#{account_id}", f"DRAFT#{draft_id}"


def of_account(account_id: AccountId, now: datetime) -> list[Draft]:
    """The account's living drafts, newest first."""
    items = table.query_all(f"ACC#{account_id}", prefix="DRAFT#")
    found = [draft for item in items if rules.is_alive(draft := from_item(item), now)]
    return sorted(found, key=lambda draft: draft.saved_at, reverse=True)


def get(account_id: AccountId, draft_id: str, now: datetime) -> Draft:
    """One living draft of this account, or `NotFound`."""
    item = table.get(key(account_id, draft_id))
    return alive(item, now)


def alive(item: table.Item | None, now: datetime) -> Draft:
    """The draft of an item that was read, or `NotFound` if there is none or its time is over."""
    if item is None or not rules.is_alive(draft := from_item(item), now):
        raise NotFound
    return draft


def new(account_id: AccountId, content: dict[str, Any], now: datetime) -> tuple[Draft, list[Part]]:
    """A draft and its place among the 20."""
    draft = Draft(ids.new(), account_id, now, 1, content)
    return draft, [account_state.draft_added(account_id), table.put(_to_item(draft))]


def saved(
    account_id: AccountId, draft_id: str, seen: int, content: dict[str, Any], now: datetime
) -> tuple[Draft, Part]:
    """The draft with other content, without reading it first.

    The part raises `ContentChanged` if it is no longer the version seen, `NotFound` if it is gone or past its date.
    """

    def refusal(old: table.Item | None) -> Exception:
        return ContentChanged() if old and rules.is_alive(from_item(old), now) else NotFound()

    after = Draft(draft_id, account_id, now, seen + 1, content)
    alive_since = {"saved_at": rfc3339(rules.last_saved_of_due(now))}
    return after, table.replace(_to_item(after), {"version": seen}, refusal, later=alive_since)


def removed(draft: Draft) -> Part:
    """The draft gone (its place is given back by `account_state.changed`); it must be the one that was read."""
    expected = {"version": draft.version}
    return table.delete(key(draft.account_id, draft.id), expected, lambda old: ContentChanged() if old else NotFound())


def due(now: datetime, limit: int) -> Iterator[list[Draft]]:
    """Drafts whose 180 days are over, oldest first, so many at a time, without their content."""
    last = rfc3339(rules.last_saved_of_due(now))
    start = None
    while True:
        page = table.query(
            PURGE_QUEUE, index="work_queue", between=(table.LOWEST, last + table.HIGHEST), limit=limit, start=start
        )
        if page.items:
            yield [_from_queue(item) for item in page.items]
        start = page.next_key
        if start is None:
            return


def purge_own(account_id: AccountId, now: datetime) -> bool:
    """Purge what is due of one account before the nightly run does; whether anything was."""
    found = [from_item(item) for item in table.query_all(f"ACC#{account_id}", prefix="DRAFT#")]
    ended = [draft for draft in found if not rules.is_alive(draft, now)]
    if ended:
        with contextlib.suppress(Kept):
            table.commit(*purge(ended))
    return bool(ended)


def purge(due_drafts: Iterable[Draft]) -> list[Part]:
    """Delete drafts that were not saved meanwhile, and count them for their accounts' notices."""
    counts: dict[AccountId, int] = {}
    parts = []
    for draft in due_drafts:
        counts[draft.account_id] = counts.get(draft.account_id, 0) + 1
        expected = {"saved_at": rfc3339(draft.saved_at)}
        parts.append(table.delete(key(draft.account_id, draft.id), expected, partial(_kept, draft.id)))
    return parts + [account_state.drafts_purged(account_id, count) for account_id, count in counts.items()]


def _kept(draft_id: str, _: table.Item | None) -> Exception:
    return Kept(draft_id)


class Kept(Exception):
    """A draft that was due has been saved, submitted or deleted meanwhile."""

    def __init__(self, draft_id: str) -> None:
        super().__init__(draft_id)
        self.draft_id = draft_id


def from_item(item: table.Item) -> Draft:
    """The draft of an item."""
    return Draft(
        id=item["id"],
        account_id=AccountId(item["account_id"]),
        saved_at=parse_time(item["saved_at"]),
        version=item["version"],
        content=sealing.unseal_json(item["content"], _context(item["account_id"], item["id"])),
    )


def _to_item(draft: Draft) -> table.Item:
    pk, sk = key(draft.account_id, draft.id)
    saved_at = rfc3339(draft.saved_at)
    content = sealing.seal_json(draft.content, _context(draft.account_id, draft.id))
    if len(content) > limits.DRAFT_BYTES:
        raise TooLarge
    return {
        "pk": pk,
        "sk": sk,
        "kind": "draft",
        "schema": rules.SCHEMA,
        "id": draft.id,
        "account_id": draft.account_id,
        "saved_at": saved_at,
        "version": draft.version,
        "content": content,
        "queue_pk": PURGE_QUEUE,
        "queue_sk": f"{saved_at}#{draft.account_id}#{draft.id}",
        "expires_at": int((draft.purge_at + limits.DRAFT_NET).timestamp()),
    }


def _from_queue(item: table.Item) -> Draft:
    saved_at, account_id, draft_id = item["queue_sk"].split("#")
    return Draft(draft_id, AccountId(account_id), parse_time(saved_at), 0, {})


def _context(account_id: str, draft_id: str) -> str:
    return f"DRAFT#{account_id}#{draft_id}"
