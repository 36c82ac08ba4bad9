"""Lifetime of a session: 30 minutes idle, 12 hours in total, ended by a new epoch (docs/domain.md 5.4)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.rules.accounts.accounts import Account
from chalicelib.rules.accounts.sessions import Session
from chalicelib.rules.base.vocabulary import AccountId, EnterpriseId, Role

START = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)
SESSION = Session("s1", "a1", START, START, epoch=3)
ACCOUNT = Account(
    AccountId("a1"), Role.AGENT, "agent1", "测试甲", "agent@enterprise.example", EnterpriseId("e1"), session_epoch=3
)


@pytest.mark.parametrize(
    ("idle", "alive"),
    [
        (timedelta(minutes=30, seconds=59), True),
        (timedelta(minutes=31), False),
    ],
)
def test_an_idle_session_ends_after_30_minutes_and_one_minute_of_recording_tolerance(idle, alive):
    assert SESSION.is_alive(START + idle) is alive


def test_a_session_in_use_ends_after_twelve_hours():
    used = replace(SESSION, last_seen_at=START + timedelta(hours=11, minutes=59))
    assert used.is_alive(START + timedelta(hours=11, minutes=59, seconds=59))
    assert not used.is_alive(START + timedelta(hours=12))


def test_the_reported_end_is_the_earlier_of_both_limits():
    assert SESSION.ends_at == datetime(2026, 11, 21, 1, 30, tzinfo=UTC)
    late = replace(SESSION, last_seen_at=START + timedelta(hours=11, minutes=50))
    assert late.ends_at == datetime(2026, 11, 21, 13, 0, tzinfo=UTC)


def test_the_time_of_the_last_request_is_stored_at_most_once_per_minute():
    assert not SESSION.is_touch_due(START + timedelta(seconds=59))
    assert SESSION.is_touch_due(START + timedelta(seconds=60))


def test_a_new_epoch_ends_all_earlier_sessions_except_the_excepted_one():
    assert SESSION.is_of(ACCOUNT)
    assert not SESSION.is_of(replace(ACCOUNT, session_epoch=4))
    assert SESSION.is_of(replace(ACCOUNT, session_epoch=4, kept_session="s1"))
    assert not SESSION.is_of(replace(ACCOUNT, session_epoch=4, kept_session="s2"))


def test_a_revoked_account_accepts_no_session():
    assert not SESSION.is_of(replace(ACCOUNT, authorized=False, kept_session="s1"))
