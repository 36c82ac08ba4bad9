"""The queue of drafts by their last save, from which the nightly purge reads (F04)."""

from collections.abc import Iterator
from datetime import datetime

from chalicelib.repos.drafts import drafts
from chalicelib.repos.table import table
from chalicelib.repos.table.table import Write
from chalicelib.rules.base.china_time import parse_time, rfc3339
from chalicelib.rules.base.vocabulary import AccountId, EnterpriseId
from chalicelib.rules.drafts import lifetime
from chalicelib.rules.drafts.drafts import Draft


class DraftSavedMeanwhile(Exception):
    """Raised when a due draft was saved, submitted or deleted by a concurrent request."""

    def __init__(self, draft_id: str) -> None:
        super().__init__(draft_id)
        self.draft_id = draft_id


def due(now: datetime, limit: int) -> Iterator[list[Draft]]:
    """Drafts past their purge date, oldest first, without their content; at most `limit` from each request."""
    last = rfc3339(lifetime.last_saved_of_due(now))
    start = None
    while True:
        page = table.query(
            drafts.PURGE_QUEUE,
            index="work_queue",
            between=(table.LOWEST, last + table.HIGHEST),
            limit=limit,
            start=start,
        )
        if page.items:
            yield [_from_queue(item) for item in page.items]
        start = page.next_key
        if start is None:
            return


def draft_purged(draft: Draft) -> Write:
    """Delete a draft if it was not saved meanwhile; else `DraftSavedMeanwhile`."""
    return table.delete(
        drafts.key(draft.account_id, draft.id),
        {"saved_at": rfc3339(draft.saved_at)},
        lambda _: DraftSavedMeanwhile(draft.id),
    )


def _from_queue(item: table.Item) -> Draft:
    """A draft with what its sort key in the queue says; without an enterprise if it names no uploads."""
    at = item["queue_sk"]
    saved_at, account_id, draft_id, enterprise_id = (*at.split("#"), "")[:4]
    owner = EnterpriseId(enterprise_id) if enterprise_id else None
    listed = drafts.is_listed(at)
    return Draft(draft_id, AccountId(account_id), parse_time(saved_at), 0, {}, owner, listed=listed)
