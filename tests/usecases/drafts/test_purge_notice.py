"""Dismissing the purge notice (F05): it counts down by what was shown, once."""

from datetime import timedelta

import pytest

from chalicelib.repos.drafts import counters
from chalicelib.repos.drafts.counters import DraftsChanged
from chalicelib.repos.table import table
from chalicelib.rules.base import limits
from chalicelib.rules.base.vocabulary import AccountId
from chalicelib.usecases.drafts import purge_notice
from testing import people
from tests.support.submissions import NOON

LATER = NOON + limits.DRAFT_LIFE


@pytest.fixture
def account_id(cloud_resources):
    """An account of whose drafts, not read since, five are due at `LATER`; another one is due a day afterwards."""
    account_id = AccountId(f"account{people.serial()}")
    for draft_id in ("a", "b", "c", "d", "e"):
        table.commit(counters.draft_added(account_id, draft_id, NOON, []))
    table.commit(counters.draft_added(account_id, "f", NOON + timedelta(days=1), []))
    return account_id


def on_notice(account_id, now=LATER):
    return counters.get(account_id).on_notice(now)


@pytest.mark.accepts("F05")
@pytest.mark.parametrize(("shown", "left", "drafts"), [(None, 0, 1), (5, 0, 1), (3, 2, 1), (6, 5, 6)])
def test_the_notice_goes_down_by_what_it_showed(account_id, shown, left, drafts):
    assert on_notice(account_id) == 5
    purge_notice.dismiss(account_id, shown, LATER)
    assert (on_notice(account_id), counters.get(account_id).drafts) == (left, drafts)


def test_a_notice_that_two_windows_dismiss_goes_down_once(account_id):
    purge_notice.dismiss(account_id, 3, LATER)
    purge_notice.dismiss(account_id, 3, LATER)
    assert on_notice(account_id) == 2


def test_a_draft_that_becomes_due_after_the_notice_was_dismissed_is_on_the_next_one(account_id):
    purge_notice.dismiss(account_id, 5, LATER)
    assert on_notice(account_id, LATER + timedelta(days=1)) == 1


def test_due_drafts_are_settled_once_by_requests_that_read_the_same_counters(account_id):
    seen = counters.get(account_id)
    table.commit(counters.settled(account_id, seen, LATER))
    with pytest.raises(DraftsChanged):
        table.commit(counters.settled(account_id, seen, LATER))
    settled = counters.get(account_id)
    assert (settled.drafts, settled.purged_drafts, set(settled.saved)) == (1, 5, {"f"})
    assert on_notice(account_id) == 5
    purge_notice.dismiss(account_id, 5, LATER)
    assert on_notice(account_id) == 0
