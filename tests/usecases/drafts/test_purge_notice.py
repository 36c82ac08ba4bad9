"""Dismissing the purge notice (F05): it counts down by what was shown, once."""

import pytest

from chalicelib.repos.drafts import counters
from chalicelib.repos.table import table
from chalicelib.rules.base.vocabulary import AccountId
from chalicelib.usecases.drafts import purge_notice
from testing import people


@pytest.fixture
def account_id(cloud_resources):
    """An account of which five drafts were purged."""
    account_id = AccountId(f"account{people.serial()}")
    table.commit(counters.drafts_purged(account_id, ["a", "b", "c", "d", "e"], None))
    return account_id


@pytest.mark.accepts("F05")
@pytest.mark.parametrize(("shown", "left"), [(None, 0), (5, 0), (3, 2), (6, 5)])
def test_the_notice_goes_down_by_what_it_showed(account_id, shown, left):
    purge_notice.dismiss(account_id, shown)
    assert counters.get(account_id).purged_drafts == left


def test_a_notice_that_two_windows_dismiss_goes_down_once(account_id):
    purge_notice.dismiss(account_id, 3)
    purge_notice.dismiss(account_id, 3)
    assert counters.get(account_id).purged_drafts == 2
