"""Validity of a password recovery and its token, and account changes that end it (docs/domain.md 5.5)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from chalicelib.rules.accounts.accounts import Account
from chalicelib.rules.accounts.code_purposes import CodePurpose
from chalicelib.rules.accounts.login_targets import LoginTarget
from chalicelib.rules.accounts.recoveries import Recovery
from chalicelib.rules.base.vocabulary import AccountId, EnterpriseId, Role

START = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
TARGET = LoginTarget("e1", AccountId("e1"))
RECOVERY = Recovery("r1", CodePurpose.RECOVER_BY_HAND, "subject of a@enterprise.example", TARGET, START)
VERIFIED = replace(RECOVERY, reset_hash="0a1b", verified_at=START + timedelta(minutes=29))
ACCOUNT = Account(
    AccountId("e1"), Role.ENTERPRISE, "a@enterprise.example", "测试企业", "a@enterprise.example", EnterpriseId("e1")
)


def test_a_recovery_is_open_for_an_hour():
    assert RECOVERY.is_open(START + timedelta(minutes=59, seconds=59))
    assert not RECOVERY.is_open(START + timedelta(minutes=60))


def test_a_token_is_valid_for_thirty_minutes_from_the_verification():
    assert VERIFIED.is_token_valid("0a1b", START + timedelta(minutes=58, seconds=59))
    assert not VERIFIED.is_token_valid("0a1b", START + timedelta(minutes=59))


def test_only_the_token_of_a_verified_recovery_is_valid():
    assert not VERIFIED.is_token_valid("0a1c", START + timedelta(minutes=30))
    assert not VERIFIED.is_token_valid("", START + timedelta(minutes=30))
    assert not RECOVERY.is_token_valid("", START)


def test_a_change_of_the_email_address_ends_the_recovery():
    assert RECOVERY.still_holds(ACCOUNT, "subject of a@enterprise.example")
    assert not RECOVERY.still_holds(ACCOUNT, "subject of b@enterprise.example")


def test_a_password_set_after_the_request_ends_the_recovery():
    subject = "subject of a@enterprise.example"
    assert RECOVERY.still_holds(replace(ACCOUNT, password_set_at=START), subject)
    assert not RECOVERY.still_holds(replace(ACCOUNT, password_set_at=START + timedelta(seconds=1)), subject)
