"""Password profiles: by default length and common passwords, no composition rules (docs/domain.md 5.4)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.rules.accounts import passwords
from chalicelib.rules.base.errors import Invalid
from tests.support import submissions

STRICT = passwords.PROFILES["mlps3"]
SET_AT = datetime(2026, 11, 21, 4, 30, tzinfo=UTC)


def reasons(password, confirmation=None, names=(), **profile):
    try:
        passwords.check(password, confirmation, names, **profile)
    except Invalid as refusal:
        return [(error.field, error.code) for error in refusal.errors]
    return []


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery",
        "zhongwen",
        "纸上得来终觉浅啊",
        "        a",
        "x" * 63 + "y",
        "x" * 127 + "y",
        "🔑🔐🔑🔐🔑🔐🔑🔐",
    ],
)
def test_a_password_of_8_to_128_characters_of_any_kind_is_accepted(password):
    assert reasons(password, password) == []


@pytest.mark.parametrize("password", ["ab", "horse12", "纸上得来终觉浅"])
def test_a_shorter_password_is_refused(password):
    assert reasons(password) == [("password", "PASSWORD_SHORT")]


def test_a_longer_password_is_refused():
    assert reasons("xy" * 64 + "z") == [("password", "PASSWORD_LONG")]


@pytest.mark.parametrize(
    "password", ["12345678", "password", "PassWord123", "QWERTYUI", "1QAZ2wsx", "aaaaaaaa", "一一一一一一一一"]
)
def test_a_common_password_is_refused_ignoring_case(password):
    assert reasons(password) == [("password", "PASSWORD_COMMON")]


def test_a_password_equal_to_a_name_of_the_account_is_refused_ignoring_case():
    names = ["Agent00712", "湖南测试有限责任公司"]
    assert reasons("aGENT00712", names=names) == [("password", "PASSWORD_COMMON")]
    assert reasons("湖南测试有限责任公司", names=names) == [("password", "PASSWORD_COMMON")]
    assert reasons("agent00712 and more", names=names) == []


def test_a_different_confirmation_is_refused_if_there_is_one():
    assert reasons("correct horse", "correct horsE") == [("password_confirmation", "PASSWORD_CONFIRMATION")]
    assert reasons("correct horse", "") == [("password_confirmation", "PASSWORD_CONFIRMATION")]
    assert reasons("correct horse") == []


def test_all_errors_are_reported_together():
    assert reasons("1111111", "x") == [
        ("password", "PASSWORD_SHORT"),
        ("password", "PASSWORD_COMMON"),
        ("password_confirmation", "PASSWORD_CONFIRMATION"),
    ]


@given(st.text(min_size=8, max_size=200))
def test_no_error_contains_the_password(password):
    with pytest.raises(Invalid) as caught:
        passwords.check(password, "another", [password])
    assert str(caught.value) == "INVALID"
    assert password not in [str(value) for error in caught.value.errors for value in error.values.values()]


@given(st.text(min_size=1, max_size=200))
def test_only_the_length_decides_about_an_uncommon_password(password):
    codes = {code for _, code in reasons(password)} - {"PASSWORD_COMMON"}
    expected = {"PASSWORD_SHORT"} if len(password) < 8 else {"PASSWORD_LONG"} if len(password) > 128 else set()
    assert codes == expected


# The profile `mlps3` (等保三级)


@pytest.mark.parametrize("password", ["Correct1horse", "correct-1horse", "纸上Ab得来终觉浅", "CORRECT 1horse"])
def test_the_strict_profile_requires_three_of_lower_case_upper_case_digits_and_others(password):
    assert reasons(password, profile=STRICT) == []


@pytest.mark.parametrize(
    "password", ["correcthorse", "correct horse battery", "Correcthorse", "correcthorse1", "纸上得来终觉浅啊"]
)
def test_fewer_character_classes_are_refused_only_by_the_strict_profile(password):
    assert reasons(password, profile=STRICT) == [("password", "PASSWORD_CLASSES")]
    assert reasons(password) == []


def test_under_the_strict_profile_a_password_expires_after_exactly_90_days():
    account = replace(submissions.account(), password_set_at=SET_AT)
    last = SET_AT + timedelta(days=90)
    assert not passwords.is_expired(account, last - timedelta(seconds=1), STRICT)
    assert passwords.is_expired(account, last, STRICT)


def test_under_the_default_profile_a_password_never_expires():
    account = replace(submissions.account(), password_set_at=SET_AT)
    assert not passwords.is_expired(account, SET_AT + timedelta(days=10_000), passwords.PROFILES["default"])
    assert not passwords.is_expired(submissions.account(), SET_AT, STRICT)
