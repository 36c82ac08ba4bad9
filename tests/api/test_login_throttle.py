"""Throttling of failed sign-ins by name and by address, without locking out the owner (docs/domain.md 5.4)."""

from collections import Counter
from contextlib import contextmanager
from typing import Any

import pytest

from testing import people
from testing.world import PASSWORD
from tests.support.accounts import change_password, elements_of, request_code, sign_in, wrong_code

WRONG = "not the password"
HOME, ABROAD, THIRD = "198.51.100.1", "203.0.113.7", "203.0.113.8"


def attempt(world, login, password=WRONG, identity="enterprise"):
    return sign_in(world, identity, login, password)


def fail(world, login, times=10, identity="enterprise"):
    for _ in range(times):
        assert attempt(world, login, identity=identity).status == 401


def fill(world, login, address, counter, failures):
    """Set a counter to so many failures: counter 0 is by name and address, 1 by name, 2 by address."""
    from chalicelib.repos.accounts import login_throttle
    from chalicelib.repos.table import table

    keys = list(login_throttle.login_attempts("enterprise", login, address, world.time()).keys)
    table.commit(table.change(keys[counter], assign={"failures": failures}))


def unknown_login():
    return f"nobody{people.serial()}@enterprise.example"


# One name from one address


def test_the_right_password_is_throttled_after_ten_failures_until_the_window_ends(world):
    owner = world.enterprise()
    email = owner.account["email"]
    world.time.forward(seconds=100)
    with world.calling_from(ABROAD):
        fail(world, email)
        refused = attempt(world, email.upper(), PASSWORD)
        assert (refused.status, refused.code, refused.headers["retry-after"]) == (429, "TOO_MANY_REQUESTS", "800")
        assert refused.body["message"] == "操作过于频繁，请稍后再试。"
        world.time.forward(seconds=799)
        assert attempt(world, email, PASSWORD).status == 429
        world.time.forward(seconds=1)
        assert attempt(world, email, PASSWORD).status == 201


def test_nine_failures_do_not_throttle_a_sign_in(world):
    owner = world.enterprise()
    fail(world, owner.account["email"], 9)
    assert attempt(world, owner.account["email"], PASSWORD).status == 201


def test_successes_are_not_counted(world):
    owner = world.enterprise()
    for _ in range(11):
        assert attempt(world, owner.account["email"], PASSWORD).status == 201


@pytest.mark.accepts("R37", "R38")
def test_failures_from_one_address_do_not_stop_the_account_elsewhere_or_by_licence(world):
    owner = world.enterprise()
    email = owner.account["email"]
    with world.calling_from(ABROAD):
        fail(world, email)
        assert attempt(world, email, PASSWORD).status == 429
        assert owner("GET", "/me").status == 200
        ticket = world.ticket("login", elements_of(owner))
        assert world.anybody("POST", "/sessions/elicence", ticket).status == 201
    with world.calling_from(HOME):
        assert attempt(world, email, PASSWORD).status == 201
    assert owner("GET", "/me").status == 200


def test_failures_for_one_name_do_not_throttle_another_from_the_same_address(world):
    owner, neighbour = world.enterprise(), world.enterprise()
    fail(world, owner.account["email"])
    assert attempt(world, neighbour.account["email"], PASSWORD).status == 201


def test_failures_are_counted_separately_for_each_kind_of_account(world):
    owner = world.enterprise()
    fail(world, owner.account["email"], identity="agent")
    assert attempt(world, owner.account["email"], PASSWORD).status == 201


@pytest.mark.accepts("R39")
def test_agents_and_officers_are_throttled_in_the_same_way(world, owner):
    agent, officer = world.agent(owner), world.officer("fao-hunan")
    for user, password in ((agent, "correct horse"), (officer, PASSWORD)):
        login, role = user.account["login"], user.account["role"]
        with world.calling_from(ABROAD):
            fail(world, login, identity=role)
            assert attempt(world, login, password, role).status == 429
        assert attempt(world, login, password, role).status == 201
        assert user("GET", "/me").status == 200


def test_concurrent_failures_are_all_counted(world):
    owner = world.enterprise()
    email = owner.account["email"]
    answers = world.together(*[lambda: attempt(world, email)] * 12)
    assert {answer.status for answer in answers} <= {401, 429}
    assert attempt(world, email, PASSWORD).status == 429


def test_spellings_of_one_name_share_a_counter(world):
    name = f"nobody{people.serial()}"
    ways = (f"{name}@例子.中国", f" {name}@xn--fsqu00a.xn--fiqs8s", f"{name.upper()}@例子。中国 ")
    for attempts in range(10):
        assert attempt(world, ways[attempts % 3]).status == 401
    assert [attempt(world, way).status for way in ways] == [429] * 3


# Concurrent requests

AT_ONCE = 40


def statuses(answers):
    return Counter(answer.status for answer in answers)


@contextmanager
def ten_failures_counted_during_the_check(world, monkeypatch, *attempts_of):
    """Within the block, ten failures are counted while a password is compared: after the read of the counters."""
    from chalicelib.repos.accounts import login_throttle
    from chalicelib.repos.keys import password_hashing
    from chalicelib.repos.table import table

    is_right = password_hashing.is_right

    identity, login, address = attempts_of

    def compared(password, stored):
        counters = login_throttle.login_attempts(identity, login, address, world.time()).keys
        table.commit(table.change(next(iter(counters)), assign={"failures": 10}))
        return is_right(password, stored)

    with monkeypatch.context() as patch:
        patch.setattr(password_hashing, "is_right", compared)
        yield


def test_of_forty_concurrent_sign_ins_ten_have_their_password_checked(world):
    email = world.enterprise().account["email"]
    answers = world.together(*[lambda: attempt(world, email)] * AT_ONCE)
    assert statuses(answers) == {401: 10, 429: 30}
    assert attempt(world, email, PASSWORD).status == 429


def test_of_forty_concurrent_password_changes_ten_have_their_password_checked(world):
    owner = world.enterprise()
    answers = world.together(*[lambda: change_password(owner, WRONG)] * AT_ONCE)
    assert statuses(answers) == {422: 10, 429: 30}
    assert change_password(owner, PASSWORD).status == 429


def test_a_right_password_among_concurrent_wrong_ones_succeeds_or_is_throttled(world):
    owner = world.enterprise()
    email, calls = owner.account["email"], []
    fill(world, email, "127.0.0.1", 0, 9)
    for password in [WRONG] * (AT_ONCE - 1) + [PASSWORD]:
        calls.append(lambda password=password: attempt(world, email, password))
    answers = world.together(*calls)
    assert statuses(answers[:-1]) == {401: 1, 429: AT_ONCE - 2}
    assert answers[-1].status in (201, 429)


@pytest.mark.parametrize("password", [PASSWORD, WRONG], ids=["right", "wrong"])
def test_a_sign_in_is_throttled_if_ten_failures_are_counted_meanwhile(world, monkeypatch, password):
    email = world.enterprise().account["email"]
    with ten_failures_counted_during_the_check(world, monkeypatch, "enterprise", email, "127.0.0.1"):
        answer = attempt(world, email, password)
    assert (answer.status, answer.code) == (429, "TOO_MANY_REQUESTS")
    assert 0 < int(answer.headers["retry-after"]) <= 900


@pytest.mark.parametrize("password", [PASSWORD, WRONG], ids=["right", "wrong"])
def test_a_password_change_is_throttled_if_ten_failures_are_counted_meanwhile(world, monkeypatch, password):
    owner = world.enterprise()
    account_id = owner.account["id"]
    with ten_failures_counted_during_the_check(world, monkeypatch, "password change", account_id, "127.0.0.1"):
        answer = change_password(owner, password)
    assert (answer.status, answer.code) == (429, "TOO_MANY_REQUESTS")
    world.sign_in("enterprise", owner.account["email"], PASSWORD)


@pytest.mark.parametrize(("new", "code"), [("short", "PASSWORD_SHORT"), (None, "PASSWORD_SAME")])
def test_an_invalid_new_password_is_refused_before_the_current_one_is_checked(world, owner, new, code):
    answers = [change_password(owner, current, new or current) for current in (PASSWORD, WRONG)]
    assert [(answer.status, answer.fields["password"]) for answer in answers] == [(422, code)] * 2


def test_forty_concurrent_wrong_codes_count_five_attempts_and_void_the_code(world):
    from chalicelib.repos.accounts import email_codes
    from chalicelib.repos.table import table

    form = world.registration()
    wrong = wrong_code(form["email_code"])
    answers = world.together(
        *[lambda: world.anybody("POST", "/registrations", form | {"email_code": wrong})] * AT_ONCE,
    )
    right = world.anybody("POST", "/registrations", form)
    assert {(answer.status, *answer.fields.items()) for answer in [*answers, right]} == {
        (422, ("email_code", "EMAIL_CODE"))
    }
    assert (table.get(email_codes.code_key("register", form["ticket_id"])) or {})["tries"] == 5


# Many addresses, many names


def test_fifty_failures_from_several_addresses_throttle_the_name_but_not_the_licence(world):
    owner = world.enterprise()
    email = owner.account["email"]
    fill(world, email, HOME, 1, 49)
    with world.calling_from(ABROAD):
        fail(world, email, 1)
    with world.calling_from(THIRD):
        assert attempt(world, email, PASSWORD).status == 429
        ticket = world.ticket("login", elements_of(owner))
        assert world.anybody("POST", "/sessions/elicence", ticket).status == 201
        assert owner("GET", "/me").status == 200
        world.time.forward(minutes=15)
        assert attempt(world, email, PASSWORD).status == 201


def test_a_thousand_failures_from_one_address_throttle_it_for_every_name(world):
    owner = world.enterprise()
    email = owner.account["email"]
    fill(world, unknown_login(), "192.0.2.44", 2, 999)
    with world.calling_from("192.0.2.44"):
        fail(world, unknown_login(), 1)
        for login, password in ((email, PASSWORD), (unknown_login(), WRONG)):
            assert attempt(world, login, password).status == 429
        assert owner("GET", "/me").status == 200
    assert attempt(world, email, PASSWORD).status == 201


# Known and unknown names


def test_known_and_unknown_names_have_the_same_reply_and_requests_up_to_the_limit(world, owner):
    login, unknown = world.enterprise().account["email"], unknown_login()
    seen: dict[str, list[Any]] = {}
    for name in (login, unknown):
        with world.calling_from(ABROAD):
            seen[name] = []
            for _ in range(12):
                with world.counting() as requests:
                    answer = attempt(world, name)
                seen[name].append((answer.status, answer.without_id, requests.operations))
    assert seen[login] == seen[unknown]
    assert [status for status, _, _ in seen[login]] == [401] * 10 + [429] * 2


def test_a_login_takes_three_requests_whether_it_succeeds_or_fails(world):
    owner = world.enterprise()
    agent = world.agent(owner)
    owner.ok("PUT", f"/agents/{agent.account['id']}/authorization", {"authorized": False})
    tries = [
        ("known name, right password", "enterprise", owner.account["email"], PASSWORD, 201),
        ("known name, wrong password", "enterprise", owner.account["email"], WRONG, 401),
        ("unknown name", "enterprise", unknown_login(), PASSWORD, 401),
        ("revoked agent", "agent", agent.account["login"], "correct horse", 401),
    ]
    for what, identity, login, password, status in tries:
        with world.counting() as requests:
            answer = attempt(world, login, password, identity)
        requests.tell(f"login, {what}")
        assert (answer.status, len(requests)) == (status, 3)


class Hasher:
    """Argon2 that records the parameters of every hash it verifies."""

    def __init__(self, real):
        self.real, self.verified = real, []

    def verify(self, stored, password):
        self.verified.append(stored.split("$")[1:4])
        return self.real.verify(stored, password)


def test_known_and_unknown_names_are_hashed_with_the_same_parameters(world, monkeypatch):
    from chalicelib.repos.keys import password_hashing

    owner = world.enterprise()
    attempt(world, unknown_login())  # creates the hash that passwords of unknown names are compared with
    hasher = Hasher(password_hashing._hasher())
    monkeypatch.setattr(password_hashing, "_hasher", lambda: hasher)
    for login in (owner.account["email"], unknown_login()):
        attempt(world, login)
    assert hasher.verified == [["argon2id", "v=19", "m=19456,t=2,p=1"]] * 2


def test_a_registration_code_takes_the_same_requests_for_a_registered_address(world):
    known, unknown = world.enterprise().account["email"], unknown_login()
    world.time.forward(minutes=5)
    request_code(world, unknown_login())  # the process has now read the current keys
    asked = []
    for email in (known, unknown):
        ticket = world.ticket("register", world.elements())
        with world.counting() as requests:
            answer = request_code(world, email, ticket)
        requests.tell(f"code for a registration, {email}")
        asked.append((answer.status, answer.raw, requests.operations))
    assert asked[0] == asked[1]


def test_a_registration_with_a_wrong_code_takes_the_same_requests_for_a_registered_address(world):
    form, known = world.registration(), world.enterprise().account["email"]
    world.time.forward(minutes=5)
    seen = []
    for email in (known, unknown_login()):
        ticket = world.ticket("register", world.elements())
        request_code(world, email, ticket)
        code = wrong_code(form["email_code"])
        with world.counting() as requests:
            answer = world.anybody("POST", "/registrations", form | ticket | {"email": email, "email_code": code})
        seen.append((answer.status, answer.without_id, requests.operations))
    assert seen[0] == seen[1]


def test_a_registration_takes_at_most_five_requests(world):
    form = world.registration()
    with world.counting() as requests:
        world.anybody.ok("POST", "/registrations", form)
    requests.tell("registration")
    assert len(requests) <= 5
    assert requests.of("dynamodb")[-1] == "TransactWriteItems"
