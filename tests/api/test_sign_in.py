"""Signing in and out, own sessions, and the own account (R37-R39, A07, H03, H11)."""

import pytest

from testing.world import PASSWORD, User
from tests.support.accounts import session_status, sign_in


@pytest.mark.accepts("R37")
def test_an_enterprise_signs_in_by_e_mail_and_password(world, owner):
    answer = sign_in(world, "enterprise", owner.account["email"].upper(), PASSWORD)
    assert answer.status == 201
    assert answer.body["account"] == owner.account
    assert answer.body["account"]["role"] == "enterprise"


@pytest.mark.accepts("R39", "H03", "H11")
def test_agents_sign_in_by_user_name_at_the_same_time(world, owner):
    one, other = world.agent(owner), world.agent(owner)
    again = world.sign_in("agent", one.account["login"].upper(), "correct horse")
    for user in (one, other, again):
        me = user.ok("GET", "/me")
        assert (me["account"]["role"], me["enterprise"]["id"]) == ("agent", owner.account["id"])


def test_an_officer_signs_in_and_belongs_to_an_office(world):
    me = world.desk("fao-hunan").ok("GET", "/me")
    assert (me["account"]["role"], me["account"]["office"], me["enterprise"]) == ("officer", "fao-hunan", None)


@pytest.mark.accepts("R38")
def test_an_enterprise_signs_in_by_scanning_its_licence_once(world):
    elements = world.elements()
    session = world.anybody.ok("POST", "/registrations", world.registration(**world.ticket("register", elements)))
    ticket = world.ticket("login", elements)
    answer = world.anybody("POST", "/sessions/elicence", ticket)
    assert (answer.status, answer.body["account"]) == (201, session["account"])
    again = world.anybody("POST", "/sessions/elicence", ticket)
    assert (again.status, again.fields) == (422, {"ticket_id": "TICKET_USED"})


def test_an_unregistered_licence_does_not_sign_in(world):
    answer = world.anybody("POST", "/sessions/elicence", world.ticket("login", world.elements()))
    assert (answer.status, answer.fields) == (422, {"ticket_id": "NOT_REGISTERED"})


@pytest.mark.parametrize(
    ("identity", "login", "password"),
    [
        ("enterprise", "nobody@enterprise.example", PASSWORD),
        ("enterprise", None, "wrong password"),
        ("agent", None, PASSWORD),
        ("officer", None, PASSWORD),
        ("agent", "nobody", PASSWORD),
    ],
    ids=["unknown", "wrong password", "as agent", "as officer", "unknown agent"],
)
def test_every_failed_sign_in_has_the_same_reply_and_requests(world, identity, login, password):
    owner = world.enterprise()
    with world.counting() as known:
        usual = sign_in(world, "enterprise", owner.account["email"], "not the password")
    with world.counting() as requests:
        answer = sign_in(world, identity, login or owner.account["email"], password)
    assert (answer.status, answer.code) == (401, "LOGIN_FAILED")
    assert answer.raw.replace(answer.body["request_id"].encode(), b"") == usual.raw.replace(
        usual.body["request_id"].encode(), b""
    )
    assert requests.operations == known.operations


def test_a_revoked_agent_is_signed_out_on_the_next_request_and_cannot_return(world, owner):
    agent = world.agent(owner)
    world.revoke(agent)
    assert (session_status(agent), agent("GET", "/me").code) == (401, "UNAUTHENTICATED")
    assert sign_in(world, "agent", agent.account["login"], "correct horse").code == "LOGIN_FAILED"


# Sessions


def test_a_session_ends_after_half_an_hour_without_a_request(world, owner):
    user = world.sign_in("enterprise", owner.account["email"], PASSWORD)
    world.time.forward(minutes=29)
    assert session_status(user) == 200
    world.time.forward(minutes=29)
    assert session_status(user) == 200
    world.time.forward(minutes=31)
    assert session_status(user) == 401


def test_a_session_ends_after_twelve_hours_of_activity(world, owner):
    user = world.sign_in("enterprise", owner.account["email"], PASSWORD)
    for _ in range(12 * 3 - 1):
        world.time.forward(minutes=20)
        assert session_status(user) == 200
    world.time.forward(minutes=19, seconds=59)
    assert session_status(user) == 200
    world.time.forward(seconds=1)
    assert session_status(user) == 401


@pytest.mark.accepts("A01")
def test_signing_out_ends_this_session_only(world, owner):
    one, other = (world.sign_in("enterprise", owner.account["email"], PASSWORD) for _ in range(2))
    assert one("DELETE", "/sessions/current").status == 204
    assert (session_status(one), session_status(other)) == (401, 200)


def test_own_sessions_are_listed_and_can_be_ended_individually(world):
    first = world.enterprise()
    world.time.forward(minutes=5)
    second = world.sign_in("enterprise", first.account["email"], PASSWORD)
    sessions = second.ok("GET", "/sessions")["items"]
    assert [(session["created_at"], session["current"]) for session in sessions] == [
        ("2026-11-21T04:35:00.000Z", True),
        ("2026-11-21T04:30:00.000Z", False),
    ]
    assert second("DELETE", f"/sessions/{sessions[1]['id']}").status == 204
    assert (session_status(first), session_status(second)) == (401, 200)
    assert len(second.ok("GET", "/sessions")["items"]) == 1


def test_a_foreign_session_cannot_be_ended(world, owner, agent):
    theirs = agent.ok("GET", "/sessions")["items"][0]["id"]
    answer, unknown = (owner("DELETE", f"/sessions/{session_id}") for session_id in (theirs, "0" * 64))
    assert (answer.status, answer.code) == (404, "NOT_FOUND")
    assert answer.body | {"request_id": ""} == unknown.body | {"request_id": ""}
    assert session_status(agent) == 200


def test_the_session_token_is_not_stored(world, owner):
    secret = owner.token.rpartition(".")[2]
    assert secret not in str(world.table())


def test_a_token_does_not_authenticate_another_account(world, owner, agent):
    partition_owner, account, secret = owner.token.split(".")
    other = agent.account["id"]
    for token in (
        f"{partition_owner}.{other}.{secret}",
        f"{partition_owner}.{account}.{secret}x",
        f"{other}.{account}.{secret}",
    ):
        assert session_status(User(world, token)) == 401


@pytest.mark.accepts("A05", "A07")
def test_members_see_the_enterprise_with_the_name_of_its_region(world):
    elements = world.elements()
    form = world.registration(**world.ticket("register", elements), region_code="430102", staff_count=8)
    session = world.anybody.ok("POST", "/registrations", form)
    owner = User(world, session["token"], session["account"])
    for member in (owner, world.agent(owner)):
        seen = member.ok("GET", "/enterprise")
        assert {name: seen[name] for name in elements} == elements
        assert (seen["region"], seen["phone"], seen["staff_count"]) == ("湖南省/长沙市/芙蓉区", "0731-88888888", 8)
