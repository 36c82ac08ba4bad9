"""草稿: the drafts of an account, sealed as a whole and indexed for their purge (docs/domain.md 9).

`usecases/drafts` saves and ends them.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from chalicelib.repos.drafts import counters
from chalicelib.repos.drafts.counters import DraftCounters, DraftsChanged
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
from chalicelib.rules.drafts import lifetime
from chalicelib.rules.drafts.drafts import Draft
from chalicelib.rules.files.attachments import Attachment

PURGE_QUEUE = "PURGE"
LISTED = "listed"
"""The end of the sort key of a draft in the purge queue; version 0.1.0 left it out."""
REMINDERS = "DRAFTS"
"""Partition of the `reminders` index: drafts by the moment of their reminder."""

ID = re.compile(r"[0-9a-f]{20}", re.ASCII)


def key(account_id: AccountId, draft_id: str) -> table.Key:
    """Primary key of a draft."""
    return f"ACC#{account_id}", f"DRAFT#{draft_id}"


def of_account(account_id: AccountId, now: datetime) -> list[Draft]:
    """The account's drafts that are not past their purge date, newest first (F07)."""
    found = [draft for draft in stored(account_id) if rules.is_alive(draft, now)]
    return sorted(found, key=lambda draft: draft.saved_at, reverse=True)


def stored(account_id: AccountId) -> list[Draft]:
    """Every draft of the account in the table, including those past their purge date."""
    return [from_item(item) for item in table.query_all(f"ACC#{account_id}", prefix="DRAFT#")]


def get(account_id: AccountId, draft_id: str, now: datetime) -> Draft:
    """One draft of this account.

    Raises:
        NotFound: The account has no such draft, or it is past its purge date.
        Unavailable: A newer version of the portal saved it.
    """
    return living_draft(table.get(key(account_id, draft_id)), now)


def get_with_counters(account_id: AccountId, draft_id: str, now: datetime) -> tuple[Draft, DraftCounters]:
    """One draft and the counters of its account, as `get` and `counters.get`, in one request."""
    at_draft, at_state = key(account_id, draft_id), counters.key(account_id)
    found = table.get_many([at_draft, at_state])
    return living_draft(found.get(at_draft), now), counters.from_item(found.get(at_state))


def living_draft(item: table.Item | None, now: datetime) -> Draft:
    """The draft of an item that was read, or None if there was no item.

    Raises:
        NotFound: There is no item, or the draft is past its purge date.
        Unavailable: A newer version of the portal saved it.
    """
    if item is None or not rules.is_alive(draft := from_item(item), now):
        raise NotFound
    if not draft.readable:
        raise Unavailable
    return draft


def new_draft(
    account_id: AccountId,
    enterprise_id: EnterpriseId,
    content: Mapping[str, Any],
    now: datetime,
    named: Sequence[Attachment] | None = None,
) -> tuple[Draft, list[Write]]:
    """A new draft and the writes that save it and count it among the account's 20 (F03).

    Args:
        account_id: The owner.
        enterprise_id: The owner's enterprise.
        content: What was filled in.
        now: The moment of saving.
        named: The result of `named_uploads`, if the caller has it already: each signature is verified once.

    Raises:
        TooLarge: The sealed content exceeds `limits.DRAFT_BYTES`.
    """
    draft = Draft(ids.new(), account_id, now, 1, content, enterprise_id)
    attachments = uploads(draft) if named is None else named
    place = counters.draft_added(account_id, draft.id, now, _names(attachments))
    return draft, [place, table.put(_to_item(draft, has_uploads=bool(attachments)))]


def saved_draft(
    before: Draft, content: Mapping[str, Any], now: datetime, named: Sequence[Attachment] | None = None
) -> tuple[Draft, list[Write]]:
    """A draft with new content and the writes that save it, without reading it first.

    The first write raises `ContentChanged` if the draft no longer has the version of `before`, `NotFound` if it was
    deleted or is past its purge date, and `Unavailable` if a newer version of the portal saved it.

    Args:
        before: The draft that was opened; only its owner, id and version are used.
        content: The new content.
        now: The moment of saving.
        named: As for `new_draft`.

    Raises:
        NotFound: The id of `before` cannot be the id of a draft.
        TooLarge: The sealed content exceeds `limits.DRAFT_BYTES`.
    """
    if not ID.fullmatch(before.id):
        raise NotFound

    def refusal(old: table.Item | None) -> Exception:
        if old is None or not rules.is_alive(found := from_item(old), now):
            return NotFound()
        return ContentChanged() if found.readable else Unavailable()

    after = Draft(before.id, before.account_id, now, before.version + 1, content, before.enterprise_id)
    attachments = uploads(after) if named is None else named
    put = table.replace(
        _to_item(after, has_uploads=bool(attachments)),
        {"version": before.version},
        refusal,
        later={"saved_at": rfc3339(lifetime.last_saved_of_due(now))},
        at_most={"schema": rules.SCHEMA},
    )
    return after, [put, counters.draft_saved(after.account_id, after.id, now, _names(attachments))]


class DraftChanged(Exception):
    """Raised when a draft was saved or deleted after a command read it."""


def persons_removed(item: table.Item, content: Mapping[str, Any]) -> list[Write]:
    """Save a draft without some of its persons, by a command of operators: it is purged when it would have been.

    The writes raise `DraftChanged` if its owner has saved or deleted it meanwhile.

    Args:
        item: The draft as stored.
        content: What remains of its content.
    """
    before = from_item(item)
    after = replace(before, version=before.version + 1, content=content)
    attachments = uploads(after)
    stored = _to_item(after, has_uploads=bool(attachments))
    # A reminder that was given is not given again.
    stored = {name: value for name, value in stored.items() if name in item or not name.startswith("remind_")}
    put = table.replace(stored, {"version": before.version}, lambda _: DraftChanged())
    return [put, counters.draft_saved(after.account_id, after.id, after.saved_at, _names(attachments))]


def draft_submitted(draft: Draft) -> list[Write]:
    """Delete a submitted draft and give its place back."""
    return [draft_deleted(draft), counters.draft_submitted(draft.account_id, draft.id)]


def draft_deleted(draft: Draft) -> Write:
    """Delete a draft if it still has the version that was read; else `ContentChanged` or `NotFound`."""
    return table.delete(
        key(draft.account_id, draft.id),
        {"version": draft.version},
        lambda old: ContentChanged() if old else NotFound(),
    )


def account_draft_deleted(draft: Draft) -> Write:
    """Delete a draft together with its account if it still has the version that was read; else `DraftsChanged`."""
    return table.delete(
        key(draft.account_id, draft.id), {"version": draft.version}, lambda _: DraftsChanged(draft.account_id)
    )


def uploads(draft: Draft) -> list[Attachment]:
    """The attachments that a draft names and that belong to its enterprise."""
    return named_uploads(draft.enterprise_id, draft.content) if draft.enterprise_id else []


def named_uploads(enterprise_id: EnterpriseId, content: Mapping[str, Any]) -> list[Attachment]:
    """The attachments that the content of a draft names and whose signature proves that they are the enterprise's."""
    return bucket.named(enterprise_id, rules.upload_ids(content))


def _names(attachments: Iterable[Attachment]) -> list[str]:
    return [attachment.name for attachment in attachments]


def from_item(item: table.Item) -> Draft:
    """The draft of an item, with its content in the current schema."""
    readable = item["schema"] <= rules.SCHEMA
    return Draft(
        id=item["id"],
        account_id=AccountId(item["account_id"]),
        saved_at=parse_time(item["saved_at"]),
        version=item["version"],
        content=_content(item) if readable else {},
        enterprise_id=EnterpriseId(item["enterprise_id"]) if "enterprise_id" in item else None,
        readable=readable,
        listed=is_listed(item["queue_sk"]),
    )


def queue_key(draft: Draft, *, has_uploads: bool) -> str:
    """The sort key of a draft in the purge queue: all that the purge needs to know of it.

    It names the enterprise only if the draft names uploads: the purge reads the counters of its account only then.
    """
    owner = draft.enterprise_id if has_uploads else ""
    return f"{rfc3339(draft.saved_at)}#{draft.account_id}#{draft.id}#{owner}" + (f"#{LISTED}" if draft.listed else "")


def is_listed(queue_sk: str) -> bool:
    """Whether the counters of the account have the time at which the draft with this sort key was saved."""
    return queue_sk.endswith(f"#{LISTED}")


def _content(item: table.Item) -> Mapping[str, Any]:
    content = sealing.unseal_json(item["content"], _context(item["account_id"], item["id"]))
    return rules.upgraded(content, item["schema"])


def _to_item(draft: Draft, *, has_uploads: bool) -> table.Item:
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
        "enterprise_id": draft.enterprise_id,
        "saved_at": saved_at,
        "version": draft.version,
        "content": content,
        "queue_pk": PURGE_QUEUE,
        "queue_sk": queue_key(draft, has_uploads=has_uploads),
        "remind_pk": REMINDERS,
        "remind_sk": f"{rfc3339(lifetime.remind_at(draft.saved_at))}#{draft.enterprise_id}",
        "expires_at": int((draft.purge_at + limits.DRAFT_TTL_GRACE).timestamp()),
    }


def _context(account_id: str, draft_id: str) -> str:
    return f"DRAFT#{account_id}#{draft_id}"
