"""How drafts end: deleted by their owner, together with their agent, or purged after 180 days (docs/domain.md 9).

The uploads of a draft are deleted with it unless another draft of the same account names them. Applications keep their
own copies of accepted files (docs/decisions/0014), and drafts of other accounts cannot name the uploads (F10).
"""

import contextlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from chalicelib.repos.drafts import counters, orphaned_uploads, purge_queue
from chalicelib.repos.drafts import drafts as repo
from chalicelib.repos.drafts.counters import DraftCounters, DraftsChanged
from chalicelib.repos.drafts.orphaned_uploads import OrphanedUploads
from chalicelib.repos.drafts.purge_queue import DraftSavedMeanwhile
from chalicelib.repos.process import clock
from chalicelib.repos.table import table
from chalicelib.repos.table.table import Write
from chalicelib.rules.base import limits
from chalicelib.rules.base.errors import Unavailable
from chalicelib.rules.base.vocabulary import AccountId, EnterpriseId
from chalicelib.rules.drafts import drafts as rules
from chalicelib.rules.drafts import lifetime, purge_batches
from chalicelib.rules.drafts.drafts import Draft
from chalicelib.usecases.retries import until_unchanged

TRIES = 20
"""How often an end is tried if concurrent requests save drafts of the same account."""


def delete(account_id: AccountId, draft_id: str, now: datetime) -> None:
    """删除草稿 (F12): delete a draft and its uploads.

    Raises:
        NotFound: The account has no such draft.
    """

    def end() -> list[OrphanedUploads]:
        draft, state = repo.get_with_counters(account_id, draft_id, now)
        record, orphans = orphaned_uploads.record_orphans(_orphans_of([draft], {account_id: state}), now)
        table.commit(repo.draft_deleted(draft), counters.draft_removed(account_id, draft_id, state), *record)
        return orphans

    delete_orphans_soon(until_unchanged(end, DraftsChanged, TRIES), now)


def of_deleted_account(account_id: AccountId, enterprise_id: EnterpriseId, act: Sequence[Write], now: datetime) -> None:
    """Delete an agent by the writes of `act`, together with all its drafts, in one transaction."""

    def end() -> list[OrphanedUploads]:
        state, drafts = counters.get(account_id), repo.stored(account_id)
        names = frozenset().union(*state.uploads.values())
        record, orphans = orphaned_uploads.record_orphans({enterprise_id: names}, now)
        deletions = [repo.account_draft_deleted(draft) for draft in drafts]
        table.commit(*act, *deletions, counters.counters_deleted(account_id, state), *record)
        return orphans

    delete_orphans_soon(until_unchanged(end, DraftsChanged, TRIES), now)


def delete_orphans_soon(orphans: Iterable[OrphanedUploads], now: datetime) -> None:
    """Delete uploads within the request that orphaned them; if that is not possible now, the next purge does it."""
    with contextlib.suppress(Unavailable):
        ended = list(orphans)
        orphaned_uploads.hasten_reviews(ended, now)
        orphaned_uploads.delete_orphans(ended)


def purge_own(account_id: AccountId, now: datetime) -> bool:
    """Purge the due drafts of an account before the nightly run, and give their places back; whether a place is free.

    The nightly run does not give places back: it leaves the counters as they are.
    """
    ended = [draft for draft in repo.stored(account_id) if not rules.is_alive(draft, now)]
    if ended:
        _, orphans = purge(ended, now)
        delete_orphans_soon(orphans, now)

    def settle() -> bool:
        left = counters.get(account_id)
        if left.due(now):
            table.commit(counters.settled(account_id, left, now))
        return left.drafts - len(left.due(now)) < limits.MAX_DRAFTS

    return until_unchanged(settle, DraftsChanged, TRIES)


def purge(due_drafts: Sequence[Draft], now: datetime) -> tuple[int, list[OrphanedUploads]]:
    """Purge drafts, as many in each transaction as fit.

    A draft is deleted only if it was not saved meanwhile. The notice of its account counts it already; if it does not,
    as when `now` is ahead of the clock, the same transaction counts it.

    Returns:
        How many drafts were purged, and the records of the uploads that no draft names any more.
    """
    states = counters.get_many(draft.account_id for draft in due_drafts if draft.enterprise_id)
    ordered = sorted(due_drafts, key=lambda draft: (draft.account_id, draft.id))
    count, records = 0, []
    for batch in purge_batches.batches(ordered, lambda draft: len(_names_of(draft, states)), _is_counted):
        ended, orphans = _purge_batch(batch, states, now)
        count += len(ended)
        records += orphans
        for account_id, own in _by_account(ended).items():
            if account_id in states:
                states[account_id] = states[account_id].without([draft.id for draft in own])
    return count, records


def _purge_batch(
    batch: Sequence[Draft], states: dict[AccountId, DraftCounters], now: datetime
) -> tuple[list[Draft], list[OrphanedUploads]]:
    """Purge drafts in one transaction, without those that were saved meanwhile.

    Replaces the counters of an account in `states` if another draft of it was saved.
    """
    left = list(batch)
    while left:
        record, orphans = orphaned_uploads.record_orphans(_orphans_of(left, states), now)
        try:
            table.commit(*purged(left, states), *record)
        except DraftSavedMeanwhile as saved:
            left = [draft for draft in left if draft.id != saved.draft_id]
        except DraftsChanged as changed:
            states |= counters.get_many([changed.account_id])
        else:
            return left, orphans
    return [], []


def purged(drafts: Sequence[Draft], states: Mapping[AccountId, DraftCounters]) -> list[Write]:
    """Delete drafts that were not saved meanwhile, and forget which uploads they name."""
    deletions = [purge_queue.draft_purged(draft) for draft in drafts]
    of_accounts = [
        write
        for account_id, own in _by_account(drafts).items()
        for write in counters.drafts_purged(
            account_id,
            [draft.id for draft in own],
            [draft.id for draft in own if not _is_counted(draft)],
            states.get(account_id),
        )
    ]
    return [*deletions, *of_accounts]


def _is_counted(draft: Draft) -> bool:
    """Whether the notice of the account counts the draft already, so that its purge need not."""
    return draft.listed and lifetime.is_due(draft.saved_at, clock.now())


def _names_of(draft: Draft, states: Mapping[AccountId, DraftCounters]) -> frozenset[str]:
    state = states.get(draft.account_id)
    return state.uploads.get(draft.id, frozenset()) if state else frozenset()


def _orphans_of(drafts: Iterable[Draft], states: Mapping[AccountId, DraftCounters]) -> dict[EnterpriseId, set[str]]:
    """The uploads that only these drafts of their account name, by enterprise."""
    found: dict[EnterpriseId, set[str]] = defaultdict(set)
    for account_id, own in _by_account(drafts).items():
        elsewhere = states[account_id].named_elsewhere({draft.id for draft in own}) if account_id in states else ()
        for draft in own:
            if draft.enterprise_id:
                found[draft.enterprise_id] |= _names_of(draft, states) - frozenset(elsewhere)
    return found


def _by_account(drafts: Iterable[Draft]) -> dict[AccountId, list[Draft]]:
    found: dict[AccountId, list[Draft]] = defaultdict(list)
    for draft in drafts:
        found[draft.account_id].append(draft)
    return found
