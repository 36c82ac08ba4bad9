"""How drafts end: deleted by their owner, with their agent, or purged after 180 days; their uploads go with them.

An upload that stands in another draft of the same account stays. What an application has accepted is a copy elsewhere
(page 0014) and needs no upload any more; drafts of other accounts cannot name one that is nowhere else (F10).
"""

import contextlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial

from chalicelib.repos.drafts import counters, orphaned_uploads
from chalicelib.repos.drafts import drafts as repo
from chalicelib.repos.drafts.counters import DraftCounters, DraftsChanged
from chalicelib.repos.drafts.orphaned_uploads import OrphanedUploads
from chalicelib.repos.process import clock
from chalicelib.repos.table import table
from chalicelib.repos.table.table import Write
from chalicelib.rules.base.china_time import parse_time, rfc3339
from chalicelib.rules.base.errors import Unavailable
from chalicelib.rules.base.limits import TRANSACTION_ACTIONS
from chalicelib.rules.base.vocabulary import AccountId, EnterpriseId
from chalicelib.rules.drafts import drafts as rules
from chalicelib.rules.drafts.drafts import Draft

NAMES_AT_ONCE = 20_000
"""Uploads in one record: 200 KB of an item's 400."""


TRIES = 20
"""How often an end of drafts is tried anew because another of the account's was saved in between."""


class DraftSavedMeanwhile(Exception):
    """A draft that was due has been saved, submitted or deleted meanwhile."""

    def __init__(self, draft_id: str) -> None:
        super().__init__(draft_id)
        self.draft_id = draft_id


def delete(account_id: AccountId, draft_id: str, now: datetime) -> None:
    """删除草稿 (F12): the draft and its uploads; `NotFound` if there is none."""
    at_draft, at_state = repo.key(account_id, draft_id), counters.key(account_id)

    def end() -> list[OrphanedUploads]:
        found = table.get_many([at_draft, at_state])
        draft, state = repo.living_draft(found.get(at_draft), now), counters.from_item(found.get(at_state))
        record, orphans = orphaned_uploads.record_orphans(_unnamed([draft], {account_id: state}), now)
        table.commit(repo.draft_deleted(draft), counters.draft_removed(account_id, draft_id, state), *record)
        return orphans

    delete_orphans_soon(_unless_changed(end))


def of_deleted_account(account_id: AccountId, enterprise_id: EnterpriseId, act: Sequence[Write], now: datetime) -> None:
    """Delete an agent by the parts of that act, and in the same transaction all its drafts, past their date or not."""

    def end() -> list[OrphanedUploads]:
        state, drafts = counters.get(account_id), repo.stored(account_id)
        record, orphans = orphaned_uploads.record_orphans(
            {enterprise_id: frozenset().union(*state.uploads.values())}, now
        )
        deletions = [
            table.delete(repo.key(account_id, each.id), {"version": each.version}, lambda _: DraftsChanged(account_id))
            for each in drafts
        ]
        table.commit(*act, *deletions, counters.counters_deleted(account_id, state), *record)
        return orphans

    delete_orphans_soon(_unless_changed(end))


def _unless_changed(end: Callable[[], list[OrphanedUploads]]) -> list[OrphanedUploads]:
    """What `end` lets go of; made anew, reading included, while another draft is saved in between."""
    for attempt in range(TRIES):
        with contextlib.suppress(DraftsChanged):
            return end()
        clock.wait_a_little(attempt)
    raise Unavailable


def delete_orphans_soon(orphans: Iterable[OrphanedUploads]) -> None:
    """Delete uploads within the request that let go of them; if that cannot be done now, the next purge does it."""
    with contextlib.suppress(Unavailable):
        orphaned_uploads.delete_orphans(orphans)


def due(now: datetime, limit: int) -> Iterator[list[Draft]]:
    """Drafts whose 180 days are over, oldest first, so many at a time, without their content."""
    last = rfc3339(rules.last_saved_of_due(now))
    start = None
    while True:
        page = table.query(
            repo.PURGE_QUEUE, index="work_queue", between=(table.LOWEST, last + table.HIGHEST), limit=limit, start=start
        )
        if page.items:
            yield [_from_queue(item) for item in page.items]
        start = page.next_key
        if start is None:
            return


def purge_own(account_id: AccountId, now: datetime) -> bool:
    """Purge what is due of one account before the nightly run does; whether anything was."""
    ended = [draft for draft in repo.stored(account_id) if not rules.is_alive(draft, now)]
    if not ended:
        return False
    _, orphans = purge(ended, now)
    delete_orphans_soon(orphans)
    return True


def purge(due_drafts: Sequence[Draft], now: datetime) -> tuple[int, list[OrphanedUploads]]:
    """Purge drafts, as many in each transaction as fit; how many went, and the records of their uploads.

    Each is deleted only if it was not saved meanwhile, and counted for its account's notice in the same transaction.
    """
    states = counters.get_many(draft.account_id for draft in due_drafts if draft.enterprise_id)
    purged, records = 0, []
    for some in _batches(sorted(due_drafts, key=lambda draft: (draft.account_id, draft.id)), states):
        went, orphans = _purge_some(some, states, now)
        purged += len(went)
        records += orphans
        _strike(states, went)
    return purged, records


def _purge_some(
    some: Sequence[Draft], states: dict[AccountId, DraftCounters], now: datetime
) -> tuple[list[Draft], list[OrphanedUploads]]:
    """Purge these in one transaction, without those that turn out to have been saved meanwhile.

    Where another draft of the account was saved, `states` learns what is named now.
    """
    left = list(some)
    while left:
        record, orphans = orphaned_uploads.record_orphans(_unnamed(left, states), now)
        try:
            table.commit(*purged(left, states), *record)
        except DraftSavedMeanwhile as kept:
            left = [draft for draft in left if draft.id != kept.draft_id]
        except DraftsChanged as changed:
            states |= counters.get_many([changed.account_id])
        else:
            return left, orphans
    return [], []


def purged(drafts: Sequence[Draft], states: Mapping[AccountId, DraftCounters]) -> list[Write]:
    """Delete drafts that were not saved meanwhile, and count them for their accounts' notices."""
    ended = [
        table.delete(repo.key(each.account_id, each.id), {"saved_at": rfc3339(each.saved_at)}, partial(_kept, each.id))
        for each in drafts
    ]
    places = (counters.drafts_purged(each, ids, states.get(each)) for each, ids in _by_account(drafts).items())
    return [*ended, *places]


def _batches(drafts: Iterable[Draft], states: Mapping[AccountId, DraftCounters]) -> Iterator[list[Draft]]:
    """Drafts in order of their accounts, so many that they, their accounts and one record fit into a transaction."""
    batch: list[Draft] = []
    accounts: set[AccountId] = set()
    names = 0
    for draft in drafts:
        more = len(_names_of(draft, states))
        if len(batch) + len(accounts | {draft.account_id}) + 2 > TRANSACTION_ACTIONS or names + more > NAMES_AT_ONCE:
            yield batch
            batch, accounts, names = [], set(), 0
        batch.append(draft)
        accounts.add(draft.account_id)
        names += more
    if batch:
        yield batch


def _names_of(draft: Draft, states: Mapping[AccountId, DraftCounters]) -> frozenset[str]:
    state = states.get(draft.account_id)
    return state.uploads.get(draft.id, frozenset()) if state else frozenset()


def _unnamed(drafts: Iterable[Draft], states: Mapping[AccountId, DraftCounters]) -> dict[EnterpriseId, set[str]]:
    """The uploads of these drafts that stand in no other draft of their account, by enterprise."""
    of_account: dict[AccountId, list[Draft]] = defaultdict(list)
    for draft in drafts:
        of_account[draft.account_id].append(draft)
    found: dict[EnterpriseId, set[str]] = defaultdict(set)
    for account_id, own in of_account.items():
        elsewhere = states[account_id].named_elsewhere({draft.id for draft in own}) if account_id in states else ()
        for draft in own:
            if draft.enterprise_id:
                found[draft.enterprise_id] |= _names_of(draft, states) - frozenset(elsewhere)
    return found


def _strike(states: dict[AccountId, DraftCounters], went: Iterable[Draft]) -> None:
    """Take drafts that ended out of what was read."""
    for account_id, ids in _by_account(went).items():
        if account_id in states:
            states[account_id] = states[account_id].without(ids)


def _by_account(drafts: Iterable[Draft]) -> dict[AccountId, list[str]]:
    found: dict[AccountId, list[str]] = defaultdict(list)
    for draft in drafts:
        found[draft.account_id].append(draft.id)
    return found


def _kept(draft_id: str, _: table.Item | None) -> Exception:
    return DraftSavedMeanwhile(draft_id)


def _from_queue(item: table.Item) -> Draft:
    """A draft as its place in the queue tells; without an enterprise if it names no uploads."""
    saved_at, account_id, draft_id, enterprise_id = (*item["queue_sk"].split("#"), "")[:4]
    owner = EnterpriseId(enterprise_id) if enterprise_id else None
    return Draft(draft_id, AccountId(account_id), parse_time(saved_at), 0, {}, owner)
