"""Password profiles: by default length and how hard they are to guess, no composition rules (docs/domain.md 5.4)."""

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.config import VARIABLES
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
        "lake orbit violin candle",
        "k3J!x9Qz",
        "纸上得来终觉浅啊",
        "灯塔 算盘 苔藓 汽笛",
        "🔑🎻🦉🌋🧭🚲🍋🛶",
        "lake orbit violin candle " * 5 + "abc",
        "x" * 100 + "lake orbit violin candle",
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
    "password",
    [
        *("12345678", "password", "PassWord123", "QWERTYUI", "1QAZ2wsx", "a123456789", "11223344", "147258369"),
        *("admin888", "qazwsxedc", "password!", "P@ssw0rd123", "5201314520", "woaini1314", "woaini520!", "abc123456"),
        *("Huawei@123", "changsha2026", "zhangsan123", "wangwei1990", "我爱你5201314", "一二三四五六七八", "zhongguo8"),
    ],
)
def test_a_common_password_is_refused_ignoring_case(password):
    assert reasons(password) == [("password", "PASSWORD_COMMON")]


@pytest.mark.parametrize(
    "password", ["１２３４５６７８", "ｐａｓｓｗｏｒｄ！", "ａｄｍｉｎ８８８", "ⓟⓐⓢⓢⓦⓞⓡⓓ", "paßword1"]
)
def test_a_common_password_in_other_forms_of_its_characters_is_refused(password):
    assert reasons(password) == [("password", "PASSWORD_COMMON")]


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("aaaaaaaaaaaaa", "PASSWORD_REPEATED"),
        ("一一一一一一一一", "PASSWORD_REPEATED"),
        ("🔑🔐🔑🔐🔑🔐🔑🔐", "PASSWORD_REPEATED"),
        ("x" * 127 + "y", "PASSWORD_REPEATED"),
        ("lkwlkwlkwlkw", "PASSWORD_REPEATED"),
        ("efghijklmn", "PASSWORD_SEQUENCE"),
        ("Abcdef12", "PASSWORD_SEQUENCE"),
        ("zaq1@WSX", "PASSWORD_KEYS"),
        ("19880412", "PASSWORD_DATE"),
        ("1988-4-12", "PASSWORD_DATE"),
        ("lihua19880412", "PASSWORD_DATE"),
        ("wkqzu1988", "PASSWORD_GUESSABLE"),
    ],
)
def test_a_refusal_names_what_makes_the_password_easy_to_guess(password, code):
    assert reasons(password) == [("password", code)]


NAMES = ["Agent01", "湖南测试有限责任公司", "张三四", "owner@enterprise.example", "13800138000"]


@pytest.mark.parametrize(
    "password",
    [
        *("aGENT01a", "agent011", "agent01!@#", "1agent01", "Agent01@2026", "ａｇｅｎｔ０１１", "10tnega10"),
        *("湖南测试有限责任公司", "湖南测试2026", "测试有限123", "张三四123456"),
        *("owner@enterprise", "owner@enterprise.example2026", "owner123", "enterprise1"),
        *("13800138000", "a13800138000", "agent888"),
    ],
)
def test_a_password_made_of_what_is_known_about_the_account_is_refused(password):
    assert [field for field, _ in reasons(password, names=NAMES)] == ["password"]


def test_a_password_equal_to_a_name_of_the_account_is_refused_ignoring_case():
    names = ["Agent00712", "湖南测试有限责任公司"]
    assert reasons("aGENT00712", names=names) == [("password", "PASSWORD_COMMON")]
    assert reasons("湖南测试有限责任公司", names=names) == [("password", "PASSWORD_COMMON")]
    assert reasons("agent00712 and more", names=names) == []


def test_what_is_known_about_one_account_does_not_count_for_the_next():
    assert reasons("violet-cabin", names=["violet-cabin"]) == [("password", "PASSWORD_COMMON")]
    assert reasons("violet-cabin") == []


def test_the_lists_are_not_loaded_before_a_password_is_judged():
    program = "import sys, app; print(sorted(name for name in sys.modules if name.partition('.')[0] == 'zxcvbn'))"
    settings = dict.fromkeys(VARIABLES.values(), '{"keys": []}')
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=Path(__file__).parents[2],
        env=settings,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout == "[]\n"


def test_a_different_confirmation_is_refused_if_there_is_one():
    assert reasons("correct horse", "correct horsE") == [("password_confirmation", "PASSWORD_CONFIRMATION")]
    assert reasons("correct horse", "") == [("password_confirmation", "PASSWORD_CONFIRMATION")]
    assert reasons("correct horse") == []


def test_all_errors_are_reported_together():
    assert reasons("11111111", "x", profile=STRICT) == [
        ("password", "PASSWORD_CLASSES"),
        ("password", "PASSWORD_COMMON"),
        ("password_confirmation", "PASSWORD_CONFIRMATION"),
    ]
    assert reasons("1111111", "x") == [
        ("password", "PASSWORD_SHORT"),
        ("password_confirmation", "PASSWORD_CONFIRMATION"),
    ]


@given(st.text(min_size=8, max_size=200))
def test_no_error_contains_the_password(password):
    with pytest.raises(Invalid) as caught:
        passwords.check(password, "another", [password])
    assert str(caught.value) == "INVALID"
    assert password not in [str(value) for error in caught.value.errors for value in error.values.values()]


GUESSABLE = {
    *("PASSWORD_COMMON", "PASSWORD_DATE", "PASSWORD_GUESSABLE", "PASSWORD_KEYS"),
    *("PASSWORD_REPEATED", "PASSWORD_SEQUENCE"),
}


@given(st.text(min_size=1, max_size=200))
def test_only_the_length_decides_about_a_password_that_is_hard_to_guess(password):
    codes = {code for _, code in reasons(password)} - GUESSABLE
    expected = {"PASSWORD_SHORT"} if len(password) < 8 else {"PASSWORD_LONG"} if len(password) > 128 else set()
    assert codes == expected


# The profile `mlps3` (等保三级)


@pytest.mark.parametrize("password", ["Correct1Teapot", "correct-1teapot", "纸上Ab得来终觉浅", "CORRECT 1teapot"])
def test_the_strict_profile_requires_three_of_lower_case_upper_case_digits_and_others(password):
    assert reasons(password, profile=STRICT) == []


@pytest.mark.parametrize(
    "password",
    ["correctteapotviolin", "correct horse battery", "Correctteapotviolin", "correct7teapot", "纸上得来终觉浅啊"],
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
