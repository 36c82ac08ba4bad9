"""草稿: each account's own, sealed whole, in the queue of what is to be purged.

How they end, with their uploads, is in `draft_ends`.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chalicelib.repos.drafts import counters
from chalicelib.repos.files import bucket
from chalicelib.repos.keys import sealing
from chalicelib.repos.process import ids
from chalicelib.repos.table import table
from chalicelib.repos.table.table import Write
from chalicelib.rules.base import limits
from chalicelib.rules.base.china_time import parse_time, rfc3339
from chalicelib.rules.base.errors import ContentChanged, NotFound, TooLarge, Unavailable
from chalicelib.rules.base.vocabulary import AccountId, EnterpriseId
from chalicelib.rules.drafts import drafts as rules
from chalicelib.rules.drafts.drafts import Draft
from chalicelib.rules.files.attachments import Attachment

PURGE_QUEUE = "PURGE"
REMINDERS = "DRAFTS"
"""Partition of the `reminders` index: drafts by the moment their owners are told of the purge."""

ID = re.compile(r"[0-9a-f]{20}", re.ASCII)


def key(account_id: AccountId, draft_id: str) -> table.Key:
    """Primary key of a draft."""
    return f"ACC#{account_id}", f"DRAFT#{draft_id}"


def of_account(account_id: AccountId, now: datetime) -> list[Draft]:
    """The account's living drafts, newest first."""
    found = [draft for draft in stored(account_id) if rules.is_alive(draft, now)]
    return sorted(found, key=lambda draft: draft.saved_at, reverse=True)


def stored(account_id: AccountId) -> list[Draft]:
    """Every draft of the account that is in the table, past its date or not."""
    return [from_item(item) for item in table.query_all(f"ACC#{account_id}", prefix="DRAFT#")]


def get(account_id: AccountId, draft_id: str, now: datetime) -> Draft:
    """One living draft of this account, or `NotFound`."""
    return living_draft(table.get(key(account_id, draft_id)), now)


def living_draft(item: table.Item | None, now: datetime) -> Draft:
    """The draft of an item that was read.

    Raises:
        NotFound: there is none, or its time is over.
        Unavailable: a newer version of the portal saved it.

    """
    if item is None or not rules.is_alive(draft := from_item(item), now):
        raise NotFound
    if not draft.readable:
        raise Unavailable
    return draft


def new_draft(
    account_id: AccountId, enterprise_id: EnterpriseId, content: Mapping[str, Any], now: datetime
) -> tuple[Draft, list[Write]]:
    """A draft and its place among the 20."""
    draft = Draft(ids.new(), account_id, now, 1, content, enterprise_id)
    place = counters.draft_added(account_id, draft.id, _names(draft))
    return draft, [place, table.put(_to_item(draft))]


def saved_draft(before: Draft, content: Mapping[str, Any], now: datetime) -> tuple[Draft, list[Write]]:
    """A draft with other content, without reading it first: of `before` only whose, which and which version count.

    The first part raises `ContentChanged` if it is no longer the version seen, `NotFound` if it is gone or past its
    date, `Unavailable` if a newer version of the portal saved it.
    """
    if not ID.fullmatch(before.id):
        raise NotFound

    def refusal(old: table.Item | None) -> Exception:
        if old is None or not rules.is_alive(found := from_item(old), now):
            return NotFound()
        return ContentChanged() if found.readable else Unavailable()

    after = Draft(before.id, before.account_id, now, before.version + 1, content, before.enterprise_id)
    still_alive = {"saved_at": rfc3339(rules.last_saved_of_due(now))}
    put = table.replace(
        _to_item(after), {"version": before.version}, refusal, later=still_alive, at_most={"schema": rules.SCHEMA}
    )
    return after, [put, counters.draft_saved(after.account_id, after.id, _names(after))]


def draft_submitted(draft: Draft) -> list[Write]:
    """The draft submitted: gone, and its place given back."""
    return [draft_deleted(draft), counters.draft_used_up(draft.account_id, draft.id)]


def draft_deleted(draft: Draft) -> Write:
    """The draft deleted; it must be the one that was read."""
    return table.delete(
        key(draft.account_id, draft.id),
        {"version": draft.version},
        lambda old: ContentChanged() if old else NotFound(),
    )


def uploads(draft: Draft) -> list[Attachment]:
    """The files that a draft names and that are its enterprise's own."""
    return bucket.named(draft.enterprise_id, rules.upload_ids(draft.content)) if draft.enterprise_id else []


def _names(draft: Draft) -> list[str]:
    return [each.name for each in uploads(draft)]


def from_item(item: table.Item) -> Draft:
    """The draft of an item, its content as it is written today."""
    readable = item["schema"] <= rules.SCHEMA
    return Draft(
        id=item["id"],
        account_id=AccountId(item["account_id"]),
        saved_at=parse_time(item["saved_at"]),
        version=item["version"],
        content=_content(item) if readable else {},
        enterprise_id=EnterpriseId(item["enterprise_id"]) if "enterprise_id" in item else None,
        readable=readable,
    )


def _content(item: table.Item) -> Mapping[str, Any]:
    content = sealing.unseal_json(item["content"], _context(item["account_id"], item["id"]))
    return rules.upgraded(content, item["schema"])


def _to_item(draft: Draft) -> table.Item:
    pk, sk = key(draft.account_id, draft.id)
    saved_at = rfc3339(draft.saved_at)
    content = sealing.seal_json(draft.content, _context(draft.account_id, draft.id))
    # Only drafts with files need more than this line to be purged.
    owner = draft.enterprise_id if uploads(draft) else ""
    if len(content) > limits.DRAFT_BYTES:
        raise TooLarge
    return {
        "pk": pk,
        "sk": sk,
        "kind": "draft",
        "schema": rules.SCHEMA,
        "id": draft.id,
        "account_id": draft.account_id,
        "enterprise_id": draft.enterprise_id,
        "saved_at": saved_at,
        "version": draft.version,
        "content": content,
        "queue_pk": PURGE_QUEUE,
        "queue_sk": f"{saved_at}#{draft.account_id}#{draft.id}#{owner}",
        "remind_pk": REMINDERS,
        "remind_sk": f"{rfc3339(rules.remind_at(draft.saved_at))}#{draft.enterprise_id}",
        "expires_at": int((draft.purge_at + limits.DRAFT_NET).timestamp()),
    }


def _context(account_id: str, draft_id: str) -> str:
    return f"DRAFT#{account_id}#{draft_id}"
