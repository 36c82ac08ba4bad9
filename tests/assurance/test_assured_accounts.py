"""Account security: indistinguishable known and unknown names, session ends, login throttling; with figures."""

import sys
from contextlib import contextmanager

import pytest

from chalicelib.rules.base import limits
from testing import people
from testing.world import PASSWORD

NEW = "another battery staple"

pytestmark = pytest.mark.usefixtures("own_source")


class Counted:
    """Records the calls of the argon2 hasher of the portal."""

    def __init__(self, real):
        self.real, self.calls = real, []

    def hash(self, password):
        self.calls.append("hash")
        return self.real.hash(password)

    def verify(self, password_hash, password):
        self.calls.append("verify")
        return self.real.verify(password_hash, password)


@pytest.fixture
def argon2(monkeypatch):
    from chalicelib.repos.keys import password_hashing

    password_hashing._nobody()
    counted = Counted(password_hashing._hasher())
    monkeypatch.setattr(password_hashing, "_hasher", lambda: counted)
    return counted


@pytest.fixture
def owner(world):
    """An enterprise whose limits no other test has used up."""
    return world.enterprise()


def nobody():
    return f"nobody{people.serial()}@enterprise.example"


# Known and unknown names


def sign_in(world, login, password="not the password", identity="enterprise"):
    return world.anybody("POST", "/sessions", {"identity": identity, "login": login, "password": password})


def log_in(world, owner, email):
    return [lambda: sign_in(world, email)]


def log_in_with_blanks(world, owner, email):
    return [lambda: sign_in(world, f" {email} ")]


def log_in_with_chinese_letters(world, owner, email):
    """Makes both addresses unknown; the local part of one is known."""
    return [lambda: sign_in(world, email.replace("enterprise.example", "例子.中国"))]


def register(world, owner, email):
    form = world.registration()
    world.time.forward(minutes=5)
    code = {"email": email, "email_code": f"{(int(form['email_code']) + 1) % 1_000_000:06d}"}
    ask = {**world.ticket("register", world.elements()), "email": email}
    return [
        lambda: world.anybody("POST", "/email-codes", ask),
        lambda: world.anybody("POST", "/registrations", form | code),
    ]


def recover(world, owner, email):
    seen = owner.ok("GET", "/enterprise")
    form = {name: seen[name] for name in ("name", "uscc", "legal_representative")} | {"email": email}
    begun = []

    def begin():
        begun.append(world.anybody("POST", "/recoveries", form))
        return begun[0]

    def step(method, rest, body):
        return world.anybody(method, f"/recoveries/{begun[0].body['recovery_id']}/{rest}", body)

    passwords = {"password": NEW, "password_confirmation": NEW}
    return [
        begin,
        lambda: step("POST", "verification", {"email_code": "000000"}),
        lambda: step("PUT", "password", {"reset_token": "x", **passwords}),
    ]


@pytest.mark.parametrize("flow", [log_in, log_in_with_blanks, log_in_with_chinese_letters, register, recover])
def test_a_known_and_an_unknown_name_get_the_same_answer_requests_and_hashing(world, owner, argon2, flow):
    seen = []
    for email in (owner.account["email"], nobody()):
        steps, steps_seen = flow(world, owner, email), []
        sign_in(world, nobody())  # refreshes the key cache, which expires every few minutes
        for step in steps:
            argon2.calls.clear()
            with world.counting() as requests:
                answer = step()
            steps_seen.append((answer.status, _comparable(answer, email), len(requests), list(argon2.calls)))
        seen.append(steps_seen)
        world.time.forward(minutes=15)
    known, unknown = seen
    assert [step[0::2] for step in known] == [step[0::2] for step in unknown]
    assert known == unknown
    hashed = [len(calls) for *_, calls in known]
    asked = [count for _, _, count, _ in known]
    sys.stdout.write(f"{flow.__name__}: known = unknown; per step {asked} requests, {hashed} argon2 calls\n")


def _comparable(answer, email):
    """The bytes without random and time-dependent values."""
    raw = answer.without_id
    for name in ("recovery_id", "expires_at"):
        raw = raw.replace(str(answer.body.get(name, "-none-")).encode(), b"")
    return raw


# Sessions


def status_of(user):
    return user("GET", "/me").status


def by_revoking(world, owner, agent):
    owner.ok("PUT", f"/agents/{agent.account['id']}/authorization", {"authorized": False})


def by_deleting(world, owner, agent):
    owner.ok("DELETE", f"/agents/{agent.account['id']}")


def by_a_password_of_the_enterprise(world, owner, agent):
    owner.ok("PATCH", f"/agents/{agent.account['id']}", {"password": NEW})


def by_its_own_new_password(world, owner, agent):
    other = world.sign_in("agent", agent.account["login"], "correct horse")
    form = {"current_password": "correct horse", "password": NEW, "password_confirmation": NEW}
    other.ok("PUT", "/me/password", form)
    assert status_of(other) == 200


def by_recovery(world, owner, agent):
    email = agent.account["email"]
    begun = world.anybody.ok("POST", "/recoveries", {"username": agent.account["login"], "email": email})
    path = f"/recoveries/{begun['recovery_id']}"
    token = world.anybody.ok("POST", f"{path}/verification", {"email_code": world.code(email)})["reset_token"]
    form = {"reset_token": token, "password": NEW, "password_confirmation": NEW}
    world.anybody.ok("PUT", f"{path}/password", form)


def by_signing_out(world, owner, agent):
    agent.ok("DELETE", "/sessions/current")


def from_another_session(world, owner, agent):
    other = world.sign_in("agent", agent.account["login"], "correct horse")
    ended = next(session["id"] for session in other.ok("GET", "/sessions")["items"] if not session["current"])
    other.ok("DELETE", f"/sessions/{ended}")


ENDS = [
    by_revoking,
    by_deleting,
    by_a_password_of_the_enterprise,
    by_its_own_new_password,
    by_recovery,
    by_signing_out,
    from_another_session,
]


def test_every_way_to_end_a_session_is_effective_on_the_next_request(world, owner):
    for end in ENDS:
        agent = world.agent(owner)
        assert status_of(agent) == 200
        end(world, owner, agent)
        assert (status_of(agent), end.__name__) == (401, end.__name__)
        if end is not by_deleting:
            owner.ok("DELETE", f"/agents/{agent.account['id']}")
    sys.stdout.write(f"sessions: {len(ENDS)} ways to end one, each effective on the next request\n")


def test_a_changed_scope_is_effective_on_the_next_request(world, owner):
    number = world.application(owner)["number"]
    agent = world.agent(owner, scope="own")
    seen = []
    for scope in ("all", "own", "all"):
        owner.ok("PATCH", f"/agents/{agent.account['id']}", {"scope": scope})
        found = agent.ok("POST", "/applications/search", {"service": "new_or_renewal"})["items"]
        seen.append((agent("GET", f"/applications/{number}").status, len(found)))
    assert seen == [(200, 1), (404, 0), (200, 1)]


def test_a_session_ends_after_30_to_31_minutes_without_a_request(world, owner):
    """The last request is recorded to the minute: a session ends after 30 to 31 idle minutes."""
    idle, touch = limits.SESSION_IDLE.total_seconds(), limits.SESSION_TOUCH_INTERVAL.total_seconds()
    assert (idle, touch) == (1800, 60)
    ended = []
    for quiet in (0, 59, 60, 61, 1799):
        user = world.sign_in("enterprise", owner.account["email"], PASSWORD)
        world.time.forward(seconds=quiet)
        assert status_of(user) == 200
        world.time.forward(seconds=idle - 1)
        assert status_of(user) == 200
        world.time.forward(seconds=idle + touch)
        assert status_of(user) == 401
        ended.append(quiet)
    sys.stdout.write(f"sessions: idle {idle:.0f} s from the last of requests {ended} s apart, within {touch:.0f} s\n")


# Login throttling


@contextmanager
def with_failures(world, email, address, counter, failures):
    """Call from the address, with `failures` preset in a counter: 0 by name and address, 1 by name, 2 by address."""
    from chalicelib.repos.accounts import login_throttle
    from chalicelib.repos.table import table

    keys = list(login_throttle.login_attempts("enterprise", email, address, world.time()).keys)
    table.commit(table.change(keys[counter], assign={"failures": failures}))
    with world.calling_from(address):
        yield


@pytest.mark.parametrize(
    ("counter", "limit", "others"),
    [
        (0, limits.LOGIN_FAILURES, 201),
        (1, limits.LOGIN_FAILURES_NAME, 429),
        (2, limits.LOGIN_FAILURES_ADDRESS, 201),
    ],
    ids=["name from an address", "name from everywhere", "address"],
)
def test_each_login_limit_answers_with_retry_after_and_keeps_existing_sessions_valid(world, counter, limit, others):
    victim, home, abroad = world.enterprise(), people.address(), people.address()
    email = victim.account["email"]
    with with_failures(world, email, abroad, counter, limit - 1):
        assert sign_in(world, email).status == 401
        refused = sign_in(world, email, PASSWORD)
        wait = int(refused.headers["retry-after"])
        assert (refused.status, refused.code) == (429, "TOO_MANY_REQUESTS")
        assert 0 < wait <= limits.LOGIN_WINDOW.total_seconds()
        assert status_of(victim) == 200
    with world.calling_from(home):
        assert sign_in(world, email, PASSWORD).status == others
        assert status_of(victim) == 200
    with world.calling_from(abroad):
        world.time.forward(seconds=wait)
        assert sign_in(world, email, PASSWORD).status == 201
    sys.stdout.write(f"guessing: 429 after {limit} failures, Retry-After {wait} s, the victim's session stays valid\n")
