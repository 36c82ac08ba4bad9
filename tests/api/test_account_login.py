"""账号设置: login names, 修改邮箱 and 修改密码 (A09, A10)."""

import pytest

from testing import people
from testing.world import PASSWORD
from tests.support.accounts import (
    NEW_PASSWORD,
    change_password,
    elements_of,
    new_address,
    request_change_code,
    request_code,
    sign_in,
    wrong_code,
)

# Each test calls from an address of its own: wrong sign-ins from one address are throttled.
pytestmark = pytest.mark.usefixtures("own_source")


def change_email(world, user, email, **changes):
    world.prove(user)
    form = {"email": email, "email_code": "000000", "accept_terms": True, **changes}
    return user("PUT", "/me/email", form)


def sign_in_status(world, identity, login, password):
    return sign_in(world, identity, login, password).status


# Spellings of login names


@pytest.fixture
def chinese_address(world):
    """An address that an enterprise registered with Chinese letters, as typed and as stored."""
    name = f"zhang{people.serial()}"
    typed, stored = f"{name}@例子.中国", f"{name}@xn--fsqu00a.xn--fiqs8s"
    ticket = world.ticket("register", world.elements())
    assert request_code(world, typed, ticket).status == 202
    form = world.registration(**ticket, email=typed, email_code=world.code(stored))
    assert world.anybody.ok("POST", "/registrations", form)["account"]["login"] == stored
    return typed, stored


def test_an_internationalized_address_signs_in_as_typed_and_as_stored(world, chinese_address):
    typed, stored = chinese_address
    for login in (typed, stored, typed.upper(), stored.upper(), f" {typed}　", typed.replace(".", "。")):
        assert (login, sign_in_status(world, "enterprise", login, PASSWORD)) == (login, 201)
    assert sign_in_status(world, "enterprise", f"x{typed}", PASSWORD) == 401


def test_blanks_around_a_login_name_are_ignored(world):
    owner, officer = world.enterprise(), world.desk("fao-hunan")
    agent = world.agent(owner)
    for user, password in ((owner, PASSWORD), (agent, "correct horse"), (officer, PASSWORD)):
        login = f" {user.account['login']}\t"
        assert sign_in_status(world, user.account["role"], login, password) == 201
    assert sign_in_status(world, "enterprise", "  ", PASSWORD) == 422


def test_a_malformed_address_is_answered_like_an_unknown_name(world):
    for login in ("例子", "zhang@@例子.中国", "zhang@例子.中国@", "\u200bzhang@例子.中国", "张@例子.中国", "例" * 254):
        assert sign_in_status(world, "enterprise", login, PASSWORD) == 401


def test_a_sign_in_accepts_an_address_of_the_maximum_length(world):
    longest = f"{'x' * 64}@{'.'.join(['y' * 63] * 2 + ['y' * 53])}.cn"
    assert len(longest) == 249
    assert sign_in_status(world, "enterprise", longest, PASSWORD) == 401


@pytest.mark.parametrize("way", ["typed", "stored"])
def test_a_recovery_finds_the_account_by_the_address_as_typed_or_as_stored(world, way, chinese_address):
    typed, stored = chinese_address
    named = elements_of(world.sign_in("enterprise", stored, PASSWORD))
    world.time.forward(days=1)
    world.anybody.ok("POST", "/recoveries", {**named, "email": f" {typed if way == 'typed' else stored}"})
    assert "找回密码验证码" in world.mails(stored)[0].subject


def test_a_recovery_ignores_blanks_around_an_agents_user_name(world):
    agent = world.agent(world.enterprise())
    email = agent.account["email"]
    world.anybody.ok("POST", "/recoveries", {"username": f" {agent.account['login']} ", "email": f"{email} "})
    assert "找回密码验证码" in world.mails(email)[0].subject


# 修改邮箱


@pytest.mark.accepts("A09")
def test_a_changed_address_becomes_the_login_name_and_the_old_address_is_notified(world):
    owner, new = world.enterprise(), new_address()
    old = owner.account["email"]
    assert request_change_code(owner, new).status == 202
    assert "您修改邮箱的验证码为：" in world.mails(new)[0].text
    answer = change_email(world, owner, new, email_code=world.code(new))
    assert (answer.status, answer.body) == (200, owner.account | {"login": new, "email": new})
    assert owner.ok("GET", "/me")["account"] == answer.body
    assert sign_in_status(world, "enterprise", old, PASSWORD) == 401
    assert sign_in_status(world, "enterprise", new.upper(), PASSWORD) == 201
    world.deliver()
    notice = world.mails(old)[0]
    assert notice.subject == "[sandbox] 登录邮箱已修改"
    assert "已于2026-11-21 12:30:00修改，本邮箱不再用于登录。" in notice.text
    assert new not in notice.text


def test_another_enterprise_may_register_the_released_address(world):
    owner, new = world.enterprise(), new_address()
    old = owner.account["email"]
    request_change_code(owner, new)
    assert change_email(world, owner, new, email_code=world.code(new)).status == 200
    world.time.forward(minutes=1)
    form = world.registration(email=old)
    assert world.anybody("POST", "/registrations", form).status == 201


@pytest.mark.accepts("A09")
def test_an_address_that_was_registered_after_its_code_was_sent_is_refused(world):
    owner, wanted = world.enterprise(), new_address()
    request_change_code(owner, wanted)
    code = world.code(wanted)
    form = world.registration(email=wanted)
    world.anybody.ok("POST", "/registrations", form)
    world.prove(owner)
    before = world.table()
    answer = change_email(world, owner, wanted.upper(), email_code=code)
    assert (answer.status, answer.code, answer.fields) == (409, "ALREADY_EXISTS", {"email": "TAKEN"})
    assert world.table() == before
    assert sign_in_status(world, "enterprise", owner.account["email"], PASSWORD) == 201


def test_a_registered_address_gets_a_notice_instead_of_a_code(world):
    taken = world.enterprise().account["email"]
    known, unknown = (request_change_code(world.enterprise(), email) for email in (taken, new_address()))
    assert (known.status, known.body) == (unknown.status, unknown.body)
    assert world.mails(taken)[0].subject == "[sandbox] 该邮箱已注册"


def test_a_wrong_code_does_not_change_the_login_name(world):
    owner, new = world.enterprise(), new_address()
    request_change_code(owner, new)
    right = world.code(new)
    answer = change_email(world, owner, new, email_code=wrong_code(right))
    assert (answer.status, answer.fields) == (422, {"email_code": "EMAIL_CODE"})
    assert change_email(world, owner, new_address(), email_code=right).fields == {"email_code": "EMAIL_CODE"}
    assert owner.ok("GET", "/me")["account"] == owner.account
    assert change_email(world, owner, new, email_code=right).status == 200


def test_a_registration_code_does_not_change_the_login_name(world):
    owner, new = world.enterprise(), new_address()
    request_code(world, new)
    assert change_email(world, owner, new, email_code=world.code(new)).fields == {"email_code": "EMAIL_CODE"}


def test_a_code_for_a_lookalike_address_does_not_prove_the_real_one(world):
    owner, number = world.enterprise(), people.serial()
    lookalike = f"\N{LATIN SMALL LETTER LONG S}pring{number}@enterprise.example"
    request_change_code(owner, lookalike)
    code = world.code(lookalike) if world.mails(lookalike) else "000000"
    assert change_email(world, owner, f"spring{number}@enterprise.example", email_code=code).status == 422


@pytest.mark.accepts("A09")
def test_the_login_name_does_not_change_without_consent(world):
    owner, new = world.enterprise(), new_address()
    request_change_code(owner, new)
    world.prove(owner)
    before = world.table()
    answer = change_email(world, owner, new, email_code=world.code(new), accept_terms=False)
    assert (answer.status, answer.fields) == (422, {"accept_terms": "TERMS"})
    assert world.table() == before


# 修改密码


@pytest.mark.accepts("A10")
def test_a_new_password_ends_all_sessions_except_the_current_one(world):
    owner = world.enterprise()
    email = owner.account["email"]
    other = world.sign_in("enterprise", email, PASSWORD)
    assert change_password(owner).status == 204
    assert (owner("GET", "/me").status, other("GET", "/me").status) == (200, 401)
    assert [session["current"] for session in owner.ok("GET", "/sessions")["items"]] == [True]
    assert (
        sign_in_status(world, "enterprise", email, PASSWORD),
        sign_in_status(world, "enterprise", email, NEW_PASSWORD),
    ) == (
        401,
        201,
    )
    world.deliver()
    assert world.mails(email)[0].subject == "[sandbox] 密码已修改"


@pytest.mark.accepts("A10")
def test_an_agent_and_an_officer_change_their_own_password(world):
    agent, officer = world.agent(world.enterprise()), world.officer("fao-hunan")
    assert change_password(agent, "correct horse").status == 204
    assert change_password(officer).status == 204
    assert sign_in_status(world, "agent", agent.account["login"], NEW_PASSWORD) == 201
    assert sign_in_status(world, "officer", officer.account["login"], NEW_PASSWORD) == 201
    assert (agent("GET", "/me").status, officer("GET", "/me").status) == (200, 200)


def test_a_session_that_survived_a_password_change_ends_with_the_next_one(world):
    owner = world.enterprise()
    assert change_password(owner).status == 204
    other = world.sign_in("enterprise", owner.account["email"], NEW_PASSWORD)
    assert change_password(other, NEW_PASSWORD, "a third battery").status == 204
    assert (owner("GET", "/me").status, other("GET", "/me").status) == (401, 200)


def test_a_password_change_is_throttled_after_ten_wrong_current_passwords(world):
    owner = world.enterprise()
    for _ in range(10):
        answer = change_password(owner, "not the password")
        assert (answer.status, answer.fields) == (422, {"current_password": "PASSWORD_WRONG"})
    assert answer.body["errors"][0]["message"] == "原密码：原密码不正确"
    refused = change_password(owner)
    assert (refused.status, refused.code, refused.headers["retry-after"]) == (429, "TOO_MANY_REQUESTS", "900")
    assert owner("GET", "/me").status == 200
    assert sign_in_status(world, "enterprise", owner.account["email"], PASSWORD) == 201
    world.time.forward(minutes=15)
    assert change_password(owner).status == 204


@pytest.mark.parametrize(
    ("password", "confirmation", "fields"),
    [
        ("seven77", "seven77", {"password": "PASSWORD_SHORT"}),
        ("x1" * 65, "x1" * 65, {"password": "PASSWORD_LONG"}),
        ("Password123", "Password123", {"password": "PASSWORD_COMMON"}),
        (NEW_PASSWORD, "something else", {"password_confirmation": "PASSWORD_CONFIRMATION"}),
        ("short", "other", {"password": "PASSWORD_SHORT", "password_confirmation": "PASSWORD_CONFIRMATION"}),
    ],
    ids=["short", "long", "common", "not confirmed", "two reasons"],
)
def test_a_weak_new_password_is_refused_and_changes_nothing(world, password, confirmation, fields):
    owner = world.enterprise()
    before = world.table()
    answer = change_password(owner, PASSWORD, password, confirmation)
    assert (answer.status, answer.fields) == (422, fields)
    assert world.table() == before


def test_a_login_name_is_refused_as_a_password(world):
    owner = world.enterprise()
    agent = world.agent(owner, username=f"secretary{people.serial()}")
    for user, current in ((owner, PASSWORD), (agent, "correct horse")):
        answer = change_password(user, current, user.account["login"].swapcase())
        assert answer.fields == {"password": "PASSWORD_COMMON"}


def test_concurrent_password_changes_leave_exactly_one_of_the_passwords_valid(world):
    owner = world.enterprise()
    passwords = ["the first battery", "the second battery"]
    answers = world.together(
        *[lambda password=password: change_password(owner, PASSWORD, password) for password in passwords]
    )
    done = [password for password, answer in zip(passwords, answers, strict=True) if answer.status == 204]
    assert {answer.status for answer in answers} <= {204, 412, 422}
    email = owner.account["email"]
    assert [sign_in_status(world, "enterprise", email, password) == 201 for password in passwords].count(True) == 1
    assert done
