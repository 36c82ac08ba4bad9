"""How many drafts one transaction of the purge can hold."""

from collections.abc import Callable, Iterable, Iterator

from chalicelib.rules.base.limits import TRANSACTION_ACTIONS
from chalicelib.rules.base.vocabulary import AccountId
from chalicelib.rules.drafts.drafts import Draft

NAMES_AT_ONCE = 20_000
"""Uploads in one record of orphans: 200 KB of the 400 KB of an item."""


def batches(
    drafts: Iterable[Draft], uploads: Callable[[Draft], int], is_counted: Callable[[Draft], bool]
) -> Iterator[list[Draft]]:
    """Split drafts so that the writes of each batch fit into one transaction.

    A batch needs one write for each draft, one for each account whose counters change, and one for the record of its
    uploads.

    Args:
        drafts: Drafts in the order of their accounts.
        uploads: How many uploads a draft names.
        is_counted: Whether the notice counts a draft already; if not, the counters of its account change with it.
    """
    batch: list[Draft] = []
    accounts: set[AccountId] = set()
    names = 0
    for draft in drafts:
        more = uploads(draft)
        changed = {draft.account_id} if draft.enterprise_id or not is_counted(draft) else set()
        needed = len(batch) + 1 + len(accounts | changed) + (1 if names or more else 0)
        if needed > TRANSACTION_ACTIONS or names + more > NAMES_AT_ONCE:
            yield batch
            batch, accounts, names = [], set(), 0
        batch.append(draft)
        accounts |= changed
        names += more
    if batch:
        yield batch
