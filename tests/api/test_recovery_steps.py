"""忘记密码 after the start: code, token, new password, and the sessions that end with the old one (P03)."""

import pytest

from testing.world import PASSWORD
from tests.support.accounts import NEW_PASSWORD, wrong_code
from tests.support.recovery import (
    REFUSED_CODE,
    REFUSED_TOKEN,
    begin,
    begun,
    mistyped,
    password_status,
    set_password,
    typed,
    verified,
    verify,
)

pytestmark = pytest.mark.usefixtures("own_source")

# The code


def test_a_wrong_code_is_refused_and_the_right_one_works_one_time(world):
    owner = world.enterprise()
    recovery_id, code = begun(world, typed(owner), owner.account["email"])
    wrong = verify(world, recovery_id, wrong_code(code))
    assert (wrong.status, wrong.fields) == (422, REFUSED_CODE)
    assert verify(world, recovery_id, code).status == 200
    assert verify(world, recovery_id, code).fields == REFUSED_CODE


def test_the_right_code_is_refused_after_five_wrong_attempts(world):
    owner = world.enterprise()
    recovery_id, code = begun(world, typed(owner), owner.account["email"])
    for _ in range(5):
        assert verify(world, recovery_id, wrong_code(code)).fields == REFUSED_CODE
    assert verify(world, recovery_id, code).fields == REFUSED_CODE


@pytest.mark.parametrize(("seconds", "status"), [(599, 200), (600, 422)])
def test_a_recovery_code_is_valid_for_ten_minutes(world, seconds, status):
    owner = world.enterprise()
    recovery_id, code = begun(world, typed(owner), owner.account["email"])
    world.time.forward(seconds=seconds)
    assert verify(world, recovery_id, code).status == status


def test_the_code_of_one_recovery_does_not_verify_another(world):
    one, other = world.enterprise(), world.enterprise()
    recovery_id, code = begun(world, typed(one), one.account["email"])
    _, others_code = begun(world, typed(other), other.account["email"])
    if code != others_code:
        assert verify(world, recovery_id, others_code).fields == REFUSED_CODE


@pytest.mark.parametrize("form_of", [typed, mistyped], ids=["known", "unknown"])
def test_a_second_recovery_within_a_minute_is_throttled_with_or_without_an_account(world, form_of):
    form = form_of(world.enterprise())
    assert begin(world, form).status == 202
    before = world.table()
    again = begin(world, form)
    assert (again.status, again.code, again.headers["retry-after"]) == (429, "TOO_MANY_REQUESTS", "60")
    assert world.table() == before
    world.time.forward(minutes=1)
    assert begin(world, form).status == 202


@pytest.mark.parametrize("recovery_id", ["unknown", "x" * 300, "a%23b", "%20"])
def test_an_unknown_recovery_is_not_found(world, recovery_id):
    for answer in (verify(world, recovery_id, "123456"), set_password(world, recovery_id, "x")):
        assert (answer.status, answer.code) == (404, "NOT_FOUND")


# The token


def test_no_password_is_set_before_the_code_is_verified(world):
    owner = world.enterprise()
    recovery_id, _ = begun(world, typed(owner), owner.account["email"])
    for token in ("x", "密"):
        answer = set_password(world, recovery_id, token)
        assert (answer.status, answer.fields) == (422, REFUSED_TOKEN)
    assert password_status(world, owner, PASSWORD) == 201


def test_a_wrong_token_is_refused_and_the_right_one_works_one_time(world):
    owner = world.enterprise()
    recovery_id, token = verified(world, owner)
    assert set_password(world, recovery_id, f"{token}x").fields == REFUSED_TOKEN
    assert set_password(world, recovery_id, token).status == 204
    again = set_password(world, recovery_id, token, "yet another battery")
    assert (again.status, again.code) == (404, "NOT_FOUND")
    assert password_status(world, owner, NEW_PASSWORD) == 201


def test_the_token_of_one_recovery_does_not_set_another_accounts_password(world):
    one, other = world.enterprise(), world.enterprise()
    recovery_id, _ = verified(world, one)
    _, others_token = verified(world, other)
    assert set_password(world, recovery_id, others_token).fields == REFUSED_TOKEN
    assert (password_status(world, one, PASSWORD), password_status(world, other, PASSWORD)) == (201, 201)


@pytest.mark.parametrize(("seconds", "status"), [(1_799, 204), (1_800, 422)])
def test_a_token_is_valid_for_thirty_minutes(world, seconds, status):
    recovery_id, token = verified(world, world.enterprise())
    world.time.forward(seconds=seconds)
    assert set_password(world, recovery_id, token).status == status


def test_a_token_is_valid_for_thirty_minutes_from_its_verification(world):
    owner = world.enterprise()
    recovery_id, code = begun(world, typed(owner), owner.account["email"])
    world.time.forward(seconds=599)
    token = verify(world, recovery_id, code).body["reset_token"]
    world.time.forward(seconds=1_799)
    assert set_password(world, recovery_id, token).status == 204


def test_the_token_is_not_stored(world):
    _, token = verified(world, world.enterprise())
    assert token not in str(world.table())


@pytest.mark.parametrize(
    ("password", "confirmation", "fields"),
    [
        ("seven77", "seven77", {"password": "PASSWORD_SHORT"}),
        ("password123", "password123", {"password": "PASSWORD_COMMON"}),
        (NEW_PASSWORD, "something else", {"password_confirmation": "PASSWORD_CONFIRMATION"}),
    ],
    ids=["short", "common", "not confirmed"],
)
def test_a_weak_new_password_is_refused_and_the_token_stays_valid(world, password, confirmation, fields):
    recovery_id, token = verified(world, world.enterprise())
    before = world.table()
    answer = set_password(world, recovery_id, token, password, confirmation)
    assert (answer.status, answer.fields) == (422, fields)
    assert world.table() == before
    assert set_password(world, recovery_id, token).status == 204


def test_the_address_and_the_enterprises_name_are_refused_as_a_new_password(world):
    owner = world.enterprise()
    recovery_id, token = verified(world, owner)
    answer = set_password(world, recovery_id, token, owner.account["email"].upper())
    assert answer.fields == {"password": "PASSWORD_COMMON"}


# After a new password


@pytest.mark.accepts("P03")
def test_a_new_password_ends_all_sessions_and_is_notified_by_mail(world):
    owner = world.enterprise()
    other = world.sign_in("enterprise", owner.account["email"], PASSWORD)
    agent = world.agent(owner)
    recovery_id, token = verified(world, owner)
    assert [user("GET", "/me").status for user in (owner, other)] == [200, 200]
    assert set_password(world, recovery_id, token).status == 204
    assert [user("GET", "/me").status for user in (owner, other, agent)] == [401, 401, 200]
    world.deliver()
    notice = world.mails(owner.account["email"])[0]
    assert notice.subject == "[sandbox] 密码已修改"
    assert "您的账号密码已于2026-11-21 12:30:00修改，其他登录均已退出。" in notice.text


def test_a_recovery_started_before_a_revocation_does_not_sign_the_agent_in(world):
    owner = world.enterprise()
    agent = world.agent(owner)
    form = {"username": agent.account["login"], "email": agent.account["email"]}
    recovery_id, code = begun(world, form, agent.account["email"])
    token = verify(world, recovery_id, code).body["reset_token"]
    owner.ok("PUT", f"/agents/{agent.account['id']}/authorization", {"authorized": False})
    set_password(world, recovery_id, token)
    assert (password_status(world, agent, NEW_PASSWORD), password_status(world, agent, "correct horse")) == (401, 401)
