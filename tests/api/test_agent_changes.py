"""经办人管理: editing, revoking and reauthorising agents (H01, H03, H08, H11, H15)."""

from dataclasses import replace

import pytest

from chalicelib.rules.accounts.quotas import TAKEN_NAMES
from chalicelib.usecases.accounts import agents
from testing import people
from tests.support.accounts import AGENT_PASSWORD, NEW_PASSWORD, agent_path, session_status, sign_in_agent


@pytest.fixture
def new_agent(world, owner):
    """A new agent, deleted afterwards: an enterprise has at most twenty."""
    agent = world.agent(owner)
    yield agent
    owner("DELETE", agent_path(agent))


def authorize(owner, new_agent, authorized):
    return owner.ok("PUT", f"{agent_path(new_agent)}/authorization", {"authorized": authorized})


# 编辑


@pytest.mark.accepts("H01", "H15")
@pytest.mark.parametrize(
    ("changes", "shown"),
    [
        ({"name": "测试癸"}, {"name": "测试癸"}),
        ({"id_number": "34052419800101001x"}, {"id_number": "**************001X"}),
        ({"phone": "13812345678"}, {"phone": "138****5678"}),
        ({"email": "office@elsewhere.example"}, {"email": "******@elsewhere.example", "mailbox_confirmed": False}),
        ({"scope": "own"}, {"scope": "own"}),
        (
            {"name": "测试壬", "phone": "13900000001", "scope": "own"},
            {"name": "测试壬", "phone": "139****0001", "scope": "own"},
        ),
        ({}, {}),
    ],
    ids=str,
)
def test_only_the_given_fields_of_an_agent_are_changed(world, owner, new_agent, changes, shown):
    before = owner.ok("GET", agent_path(new_agent))
    answer = owner("PATCH", agent_path(new_agent), changes)
    assert (answer.status, answer.headers["etag"]) == (200, '"2"')
    assert answer.body == before | shown | {"version": 2}
    assert owner.ok("GET", agent_path(new_agent)) == answer.body
    assert session_status(new_agent) == 200


def test_an_edited_name_and_address_apply_to_the_agents_own_page_and_recovery(world, owner, new_agent):
    email = f"agent{people.serial()}@elsewhere.example"
    owner.ok("PATCH", agent_path(new_agent), {"name": "测试癸", "email": email})
    account = new_agent.ok("GET", "/me")["account"]
    assert (account["display_name"], account["email"]) == ("测试癸", email)
    assert world.anybody("POST", "/recoveries", {"username": new_agent.account["login"], "email": email}).status == 202
    assert "您找回密码的验证码为：" in world.mails(email)[0].text


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"id_number": "**************0023"}, {"id_number": "MASKED_VALUE"}),
        ({"phone": "137****5678"}, {"phone": "MASKED_VALUE"}),
        ({"email": "****@enterprise.example"}, {"email": "MASKED_VALUE"}),
        ({"username": "*******345"}, {"username": "MASKED_VALUE"}),
        ({"name": None}, {"name": "string_type"}),
        ({"username": "abc"}, {"username": "USERNAME"}),
        ({"id_number": "430102190013010012"}, {"id_number": "ID_NUMBER"}),
        ({"phone": "66688888"}, {"phone": "MOBILE"}),
        ({"email": "nobody"}, {"email": "EMAIL"}),
        ({"password": ""}, {"password": "string_too_short"}),
        ({"password": "short"}, {"password": "PASSWORD_SHORT"}),
        ({"scope": "some"}, {"scope": "enum"}),
        ({"authorized": False}, {"authorized": "extra_forbidden"}),
    ],
    ids=str,
)
def test_an_invalid_field_changes_nothing_of_the_agent(world, owner, new_agent, changes, fields):
    before = world.table()
    answer = owner("PATCH", agent_path(new_agent), changes)
    assert (answer.status, answer.fields) == (422, fields)
    assert world.table() == before


def test_an_edit_with_an_outdated_version_is_refused(world, owner, new_agent):
    new_agent.ok("PUT", "/me/mail-preference", {"receives_mail": False})
    before = world.table()
    answer = owner("PATCH", agent_path(new_agent), {"name": "测试癸"}, If_Match='"1"')
    assert (answer.status, answer.code) == (412, "CONTENT_CHANGED")
    assert world.table() == before
    assert owner("PATCH", agent_path(new_agent), {"name": "测试癸"}, If_Match='"2"').status == 200


@pytest.mark.accepts("H01", "H03")
def test_a_new_user_name_signs_in_and_the_old_one_is_released(world, owner, new_agent):
    new = f"New{people.serial()}"
    old = new_agent.account["login"]
    owner.ok("PATCH", agent_path(new_agent), {"username": new})
    assert (sign_in_agent(world, old).status, sign_in_agent(world, new.swapcase()).status) == (401, 201)
    assert (session_status(new_agent), new_agent.ok("GET", "/me")["account"]["login"]) == (200, new)
    owner.ok("POST", "/agents", people.agent(username=old))


def test_a_user_name_can_change_in_letter_case_alone(world, owner, new_agent):
    other_case = new_agent.account["login"].upper()
    owner.ok("PATCH", agent_path(new_agent), {"username": other_case})
    assert sign_in_agent(world, new_agent.account["login"]).body["account"]["login"] == other_case


def test_a_user_name_that_is_taken_in_any_letter_case_is_refused(world, owner, new_agent):
    other = world.agent(world.enterprise())
    before = world.table()
    answer = owner("PATCH", agent_path(new_agent), {"username": other.account["login"].upper(), "name": "测试癸"})
    assert (answer.status, answer.code, answer.fields) == (409, "ALREADY_EXISTS", {"username": "TAKEN"})
    assert answer.body["errors"][0]["message"] == "用户名：已被使用"
    # Only that a taken name was tried is counted.
    assert [key for key, item in world.table().items() if before.get(key) != item] == [
        (f"RATE#{owner.account['id']}", "QUOTA#20261121#taken_names")
    ]


@pytest.mark.accepts("H01")
def test_a_password_set_by_the_enterprise_ends_the_agents_sessions(world, owner, new_agent):
    owner.ok("PATCH", agent_path(new_agent), {"password": NEW_PASSWORD})
    assert (session_status(new_agent), session_status(owner)) == (401, 200)
    login = new_agent.account["login"]
    assert (sign_in_agent(world, login).status, sign_in_agent(world, login, NEW_PASSWORD).status) == (401, 201)


def test_the_new_user_name_is_refused_as_a_password(world, owner, new_agent):
    name = f"secretary{people.serial()}"
    answer = owner("PATCH", agent_path(new_agent), {"username": name, "password": name.upper()})
    assert answer.fields == {"password": "PASSWORD_COMMON"}
    assert sign_in_agent(world, new_agent.account["login"]).status == 201


@pytest.mark.accepts("H15")
def test_a_changed_scope_applies_to_the_next_request(world, owner, new_agent):
    number = world.application(owner)["number"]
    search = {"service": "new_or_renewal", "number": number}
    assert new_agent("GET", f"/applications/{number}").status == 200
    owner.ok("PATCH", agent_path(new_agent), {"scope": "own"})
    hidden = new_agent("GET", f"/applications/{number}")
    unknown = new_agent("GET", "/applications/APEC20000101000001")
    assert (hidden.status, hidden.without_id) == (404, unknown.without_id)
    assert new_agent.ok("POST", "/applications/search", search)["items"] == []
    assert new_agent.ok("GET", "/me")["account"]["scope"] == "own"
    owner.ok("PATCH", agent_path(new_agent), {"scope": "all"})
    assert new_agent("GET", f"/applications/{number}").status == 200
    assert len(new_agent.ok("POST", "/applications/search", search)["items"]) == 1


# 取消授权, 授权


@pytest.mark.accepts("H08")
def test_a_revoked_agent_is_signed_out_on_the_next_request_and_cannot_sign_in(world, owner, new_agent):
    again = world.sign_in("agent", new_agent.account["login"], AGENT_PASSWORD)
    assert authorize(owner, new_agent, False)["authorized"] is False
    for user in (new_agent, again):
        answer = user("GET", "/me")
        assert (answer.status, answer.code) == (401, "UNAUTHENTICATED")
    revoked, unknown = (
        sign_in_agent(world, new_agent.account["login"]),
        sign_in_agent(world, f"nobody{people.serial()}"),
    )
    assert (revoked.status, revoked.code) == (401, "LOGIN_FAILED")
    assert revoked.without_id == unknown.without_id
    listed = {row["id"]: row["authorized"] for row in owner.ok("GET", "/agents")["items"]}
    assert listed[new_agent.account["id"]] is False


@pytest.mark.accepts("H08")
def test_a_reauthorized_agent_signs_in_again_but_old_sessions_stay_ended(world, owner, new_agent):
    authorize(owner, new_agent, False)
    assert authorize(owner, new_agent, True)["authorized"] is True
    assert session_status(new_agent) == 401
    back = world.sign_in("agent", new_agent.account["login"], AGENT_PASSWORD)
    assert [session["current"] for session in back.ok("GET", "/sessions")["items"]] == [True]


def test_revoking_an_agent_twice_has_the_same_effect(world, owner, new_agent):
    assert [authorize(owner, new_agent, False)["authorized"] for _ in range(2)] == [False, False]
    assert sign_in_agent(world, new_agent.account["login"]).status == 401


@pytest.mark.accepts("H11")
def test_agents_work_at_the_same_time_and_a_revocation_ends_only_its_own_sessions(world, owner):
    one, other = world.agent(owner), world.agent(owner)
    users = [one, world.sign_in("agent", one.account["login"], AGENT_PASSWORD), other, owner]
    answers = world.together(*[lambda user=user: user("GET", "/enterprise") for user in users for _ in range(3)])
    assert {answer.status for answer in answers} == {200}
    authorize(owner, one, False)
    assert [session_status(user) for user in users] == [401, 401, 200, 200]


def test_taken_names_are_counted_for_renamed_agents_as_for_new_ones(world, owner, monkeypatch):
    monkeypatch.setattr(agents, "TAKEN_NAMES", replace(TAKEN_NAMES, most=2))
    owner, taken = world.enterprise(), people.agent()
    world.enterprise().ok("POST", "/agents", taken)
    renamed = agent_path(world.agent(owner))
    answer = owner("PATCH", renamed, {"username": taken["username"]})
    assert (answer.code, answer.fields) == ("ALREADY_EXISTS", {"username": "TAKEN"})
    assert owner("POST", "/agents", people.agent(username=taken["username"])).code == "ALREADY_EXISTS"
    for name in (taken["username"], f"free{people.serial()}"):
        answer = owner("PATCH", renamed, {"username": name})
        assert (answer.status, answer.code) == (429, "TOO_MANY_REQUESTS")
        assert answer.body["message"] == "今日填写的用户名中已有2个被占用，请于次日零时后再试。"
    # What has no new name tells nothing, and goes on.
    owner.ok("PATCH", renamed, {"name": "测试癸"})
    login = owner.ok("GET", f"{renamed}?reveal=true")["username"]
    owner.ok("PATCH", renamed, {"username": login.swapcase()})
