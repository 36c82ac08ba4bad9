"""Limits of e-mail codes: valid for 10 minutes, 5 attempts, one per minute, 10 per day (docs/domain.md 5.5)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.rules.accounts import email_codes
from chalicelib.rules.accounts.email_codes import SentCode
from chalicelib.rules.base.errors import TooManyRequests

NOON = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)  # in China
SENT = SentCode(sent_at=NOON, day="20261121", sent=1, tries=0, is_redeemed=False)


def wait(last, now):
    with pytest.raises(TooManyRequests) as refusal:
        email_codes.check_pace(last, now)
    return refusal.value.retry_after


def test_the_first_code_may_be_sent_immediately():
    email_codes.check_pace(None, NOON)


@pytest.mark.parametrize(("after", "seconds"), [(0, 60), (0.5, 60), (1, 59), (59.5, 1)])
def test_a_second_code_must_wait_for_the_rest_of_the_minute(after, seconds):
    assert wait(SENT, NOON + timedelta(seconds=after)) == seconds


def test_a_second_code_may_be_sent_after_one_minute():
    email_codes.check_pace(SENT, NOON + timedelta(seconds=60))


def test_the_11th_code_must_wait_until_midnight_in_china():
    tenth = replace(SENT, sent=10)
    assert wait(tenth, datetime(2026, 11, 21, 15, 59, tzinfo=UTC)) == 60
    email_codes.check_pace(tenth, datetime(2026, 11, 21, 16, 0, tzinfo=UTC))
    assert email_codes.sent_today(tenth, datetime(2026, 11, 21, 15, 59, tzinfo=UTC)) == 10
    assert email_codes.sent_today(tenth, datetime(2026, 11, 21, 16, 0, tzinfo=UTC)) == 0


def test_the_count_of_today_is_zero_before_the_first_code():
    assert email_codes.sent_today(None, NOON) == 0


def test_a_code_can_be_redeemed_once_within_10_minutes():
    assert SENT.is_redeemable(NOON + timedelta(minutes=9, seconds=59))
    assert not SENT.is_redeemable(NOON + timedelta(minutes=10))
    assert not replace(SENT, is_redeemed=True).is_redeemable(NOON)


def test_no_attempts_are_left_after_5_wrong_codes():
    assert replace(SENT, tries=4).has_tries_left
    assert not replace(SENT, tries=5).has_tries_left
