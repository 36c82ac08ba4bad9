"""经办人管理: adding and listing agents, the limit of twenty, and access by others (H01-H15)."""

from dataclasses import replace

import pytest

from chalicelib.repos.accounts import accounts
from chalicelib.rules.accounts.quotas import TAKEN_NAMES
from chalicelib.usecases.accounts import agents
from testing import people
from testing.world import PASSWORD, User
from tests.support.accounts import agent_path, sign_in_agent
from tests.support.refusals import messages_by_field

REQUESTS = 2
"""The maximum for adding an agent, without the request that authenticates: the limit of 20 and the unique user name are
conditions of one transaction."""


# Adding and listing


@pytest.mark.accepts("H02", "H06", "H07", "H15")
def test_a_new_agent_is_shown_masked_and_has_the_wide_scope(world):
    owner = world.enterprise()
    form = people.agent(
        name="测试丁",
        id_number="430102190001010023",
        phone="13712345678",
        email="secretary@enterprise.example",
        username="Agent12345",
    )
    created = owner.ok("POST", "/agents", form)
    expected = {
        "name": "测试丁",
        "id_number": "**************0023",
        "phone": "137****5678",
        "email": "*********@enterprise.example",
        "username": "******2345",
        "scope": "all",
        "receives_mail": True,
        "authorized": True,
        "created_at": "2026-11-21T04:30:00.000Z",
        "masked": ["id_number", "phone", "email", "username"],
    }
    assert {name: created[name] for name in expected} == expected
    assert "password" not in created
    assert owner.ok("GET", "/agents") == {"items": [created], "next_cursor": None, "total": 1, "can_add": True}
    assert owner.ok("GET", f"/agents/{created['id']}") == created


@pytest.mark.accepts("H15")
def test_an_agent_can_be_limited_to_its_own_applications(world, owner):
    assert world.agent(owner, scope="own").account["scope"] == "own"


def test_a_user_name_is_unique_across_enterprises_and_letter_cases(world, owner):
    name = f"Name{people.serial()}"
    owner.ok("POST", "/agents", people.agent(username=name))
    for user in (owner, world.enterprise()):
        before = world.table()
        answer = user("POST", "/agents", people.agent(username=name.swapcase()))
        assert (answer.status, answer.code) == (409, "ALREADY_EXISTS")
        # Only that a taken name was tried is counted.
        assert [key for key, item in world.table().items() if before.get(key) != item] == [
            (f"RATE#{user.account['id']}", "QUOTA#20261121#taken_names")
        ]


@pytest.mark.accepts("H10")
def test_a_twenty_first_agent_is_refused_even_if_others_are_revoked(world):
    owner = world.enterprise()
    forms = [people.agent() for _ in range(20)]
    for form in forms:
        owner.ok("POST", "/agents", form)
    listed = owner.ok("GET", "/agents")
    assert (len(listed["items"]), listed["can_add"]) == (20, False)
    world.revoke(world.sign_in("agent", forms[0]["username"], forms[0]["password"]))
    before = world.table()
    answer = owner("POST", "/agents", people.agent())
    assert (answer.status, answer.code) == (409, "LIMIT_REACHED")
    assert world.table() == before


@pytest.mark.accepts("H04")
@pytest.mark.parametrize(
    ("changes", "messages"),
    [
        ({"name": "甲"}, {"name": "姓名：至少2个字符。"}),
        ({"id_number": "430102190001010024"}, {"id_number": "身份证号：身份证号不正确，请核对18位号码。"}),
        ({"phone": "66688888"}, {"phone": "手机号：请填写11位手机号。"}),
        ({"email": "nobody"}, {"email": "收件邮箱：邮箱格式不正确。"}),
        (
            {"username": "abc"},
            {"username": "用户名：用户名设置要求：4-20位字符，仅支持数字+英文组合！"},
        ),
        ({"username": "经办人一号"}, {"username": "用户名：用户名设置要求：4-20位字符，仅支持数字+英文组合！"}),
        ({"password": "short"}, {"password": "密码：密码至少8位。"}),
        ({"id_number": "**************0023"}, {"id_number": "身份证号：该内容为隐藏显示的值，请填写完整内容。"}),
        ({"phone": "137****5678"}, {"phone": "手机号：该内容为隐藏显示的值，请填写完整内容。"}),
        ({"nickname": "x"}, {"nickname": "nickname：不认识的字段"}),
    ],
    ids=str,
)
def test_each_invalid_field_of_an_agent_has_its_message(world, owner, changes, messages):
    assert messages_by_field(owner, "/agents", people.agent(**changes)) == messages


def test_a_change_of_an_agent_names_its_fields_as_the_form_does(world, owner):
    agent = owner.ok("POST", "/agents", people.agent())
    answer = owner("PATCH", f"/agents/{agent['id']}", {"name": "甲", "phone": "1", "email": "x"})
    assert [error["message"].partition("：")[0] for error in answer.body["errors"]] == ["姓名", "手机号", "收件邮箱"]


def test_the_message_about_a_choice_is_in_chinese(world, owner):
    message = messages_by_field(owner, "/agents", people.agent(scope="some"))["scope"]
    assert message.startswith("经办人权限：取值须为：")
    assert " or " not in message


def test_the_user_name_is_refused_as_a_password(world, owner):
    form = people.agent(username="agentoffice1", password="AgentOffice1")
    assert list(messages_by_field(owner, "/agents", form)) == ["password"]


def test_all_fields_of_an_agent_except_the_scope_are_required(world, owner):
    messages = messages_by_field(owner, "/agents", {})
    assert sorted(messages) == ["email", "id_number", "name", "password", "phone", "username"]
    assert messages["username"] == "用户名：必填"


@pytest.mark.accepts("A02")
def test_only_the_enterprise_manages_agents(world, owner):
    agent, officer = world.agent(owner), world.desk("fao-hunan")
    for user in (agent, officer):
        for answer in (user("GET", "/agents"), user("POST", "/agents", people.agent())):
            assert (answer.status, answer.code) == (403, "FORBIDDEN")


def test_foreign_agents_and_the_own_account_are_answered_like_unknown_agents(world, owner):
    other = world.enterprise()
    agent = world.agent(owner)
    unknown = other("GET", "/agents/unknown")
    for account in (agent.account["id"], other.account["id"]):
        answer = other("GET", f"/agents/{account}")
        assert answer.status == 404
        assert answer.body | {"request_id": ""} == unknown.body | {"request_id": ""}


# User names of others


def test_an_enterprise_with_twenty_agents_does_not_learn_which_names_are_taken(world, monkeypatch):
    monkeypatch.setattr(accounts, "MAX_AGENTS", 1)
    owner, taken = world.enterprise(), people.agent()
    world.enterprise().ok("POST", "/agents", taken)
    owner.ok("POST", "/agents", people.agent())
    before = world.table()
    for name in (taken["username"], f"free{people.serial()}"):
        answer = owner("POST", "/agents", people.agent(username=name))
        assert (answer.status, answer.code, answer.fields) == (409, "LIMIT_REACHED", {})
    assert world.table() == before


def test_taken_names_are_counted_and_after_the_limit_of_the_day_say_nothing_more(world, monkeypatch):
    monkeypatch.setattr(agents, "TAKEN_NAMES", replace(TAKEN_NAMES, most=2))
    owner, taken = world.enterprise(), people.agent()
    world.enterprise().ok("POST", "/agents", taken)
    owner.ok("POST", "/agents", people.agent())
    for _ in range(2):
        answer = owner("POST", "/agents", people.agent(username=taken["username"]))
        assert (answer.code, answer.fields) == ("ALREADY_EXISTS", {"username": "TAKEN"})
    for name in (taken["username"], f"free{people.serial()}"):
        answer = owner("POST", "/agents", people.agent(username=name))
        assert (answer.status, answer.code) == (429, "TOO_MANY_REQUESTS")
        assert answer.body["message"] == "今日填写的用户名中已有2个被占用，请于次日零时后再试。"
    world.time.forward(days=1)
    owner = world.sign_in("enterprise", owner.account["login"], PASSWORD)
    owner.ok("POST", "/agents", people.agent())


# At most twenty


@pytest.mark.accepts("H10")
def test_concurrent_additions_stop_at_twenty_agents_including_revoked_ones(world):
    owner = world.enterprise()
    ids = [owner.ok("POST", "/agents", people.agent())["id"] for _ in range(15)]
    for agent_id in ids[:2]:
        owner.ok("PUT", f"/agents/{agent_id}/authorization", {"authorized": False})
    forms = [people.agent() for _ in range(30)]
    answers = world.together(*[lambda form=form: owner("POST", "/agents", form) for form in forms])
    assert sorted(answer.status for answer in answers) == [201] * 5 + [409] * 25
    assert {answer.code for answer in answers if answer.status == 409} == {"LIMIT_REACHED"}
    seen = owner.ok("GET", "/agents")
    assert (len(seen["items"]), seen["can_add"]) == (20, False)
    refused = next(form for form, answer in zip(forms, answers, strict=True) if answer.status == 409)
    assert sign_in_agent(world, refused["username"]).status == 401
    owner.ok("DELETE", f"/agents/{ids[0]}")
    assert owner("POST", "/agents", refused).status == 201
    assert owner("POST", "/agents", people.agent()).code == "LIMIT_REACHED"


def test_concurrent_claims_of_one_user_name_succeed_once(world, owner):
    rivals = [owner, world.enterprise(), world.enterprise()]
    name = f"wanted{people.serial()}"
    answers = world.together(
        *[lambda user=user: user("POST", "/agents", people.agent(username=name)) for user in rivals]
    )
    assert sorted(answer.status for answer in answers) == [201, 409, 409]
    assert [answer.fields for answer in answers if answer.status == 409] == [{"username": "TAKEN"}] * 2


def test_adding_an_agent_takes_one_transaction(world, owner):
    with world.counting() as requests:
        owner.ok("POST", "/agents", people.agent())
    requests.tell("agent creation, authentication included")
    assert len(requests) <= REQUESTS + 1


# Access by others


CALLS = [
    ("GET", "", None),
    ("PATCH", "", {"name": "测试癸"}),
    ("PUT", "/authorization", {"authorized": False}),
    ("PUT", "/mail-preference", {"receives_mail": False}),
    ("DELETE", "", None),
]


@pytest.mark.parametrize(("method", "rest", "body"), CALLS, ids=lambda value: str(value or "-"))
def test_a_foreign_agent_is_answered_like_an_unknown_one(world, owner, method, rest, body):
    agent, stranger = world.agent(owner), world.enterprise()
    before = world.table()
    theirs = stranger(method, f"/agents/{agent.account['id']}{rest}", body)
    unknown = stranger(method, f"/agents/00000000000000000000{rest}", body)
    assert (theirs.status, theirs.code) == (404, "NOT_FOUND")
    assert theirs.without_id == unknown.without_id
    assert world.table() == before
    owner.ok("DELETE", agent_path(agent))


@pytest.mark.parametrize(("method", "rest", "body"), CALLS, ids=lambda value: str(value or "-"))
def test_the_enterprises_own_account_is_not_an_agent(world, method, rest, body):
    owner = world.enterprise()
    before = world.table()
    answer = owner(method, f"/agents/{owner.account['id']}{rest}", body)
    assert (answer.status, answer.code) == (404, "NOT_FOUND")
    assert world.table() == before


@pytest.mark.accepts("A02")
@pytest.mark.parametrize(("method", "rest", "body"), CALLS, ids=lambda value: str(value or "-"))
def test_only_an_enterprise_account_manages_agents(world, owner, method, rest, body):
    agent = world.agent(owner)
    before = world.table()
    for user in (agent, world.desk("fao-hunan"), world.desk("consular")):
        assert user(method, f"{agent_path(agent)}{rest}", body).code == "FORBIDDEN"
    for user in (world.anybody, User(world, "a.b.c")):
        assert user(method, f"{agent_path(agent)}{rest}", body).code == "UNAUTHENTICATED"
    after = world.table()
    assert {key: item for key, item in after.items() if key in before} == before
    owner.ok("DELETE", agent_path(agent))


# In clear


def revealed(world):
    """An enterprise, the form of its agent, and the path of that agent."""
    owner, form = world.enterprise(), people.agent()
    created = owner.ok("POST", "/agents", form)
    return owner, form, f"/agents/{created['id']}"


def test_the_enterprise_sees_its_agent_in_clear_when_it_edits_it(world):
    owner, form, at = revealed(world)
    shown = owner.ok("GET", f"{at}?reveal=true")
    names = ("id_number", "phone", "email", "username")
    assert {name: shown[name] for name in names} == {name: form[name] for name in names}
    assert shown["masked"] == []
    # What is shown can be sent back.
    assert owner("PATCH", at, {name: shown[name] for name in ("name", *names)}).status == 200
    assert owner.ok("GET", at)["masked"] == list(names)
    assert owner.ok("GET", f"{at}?reveal=false")["masked"] == list(names)


def test_seeing_an_agent_in_clear_is_recorded_once_an_hour(world):
    owner, form, at = revealed(world)

    def entries():
        found = [entry for entry in owner.ok("GET", "/audit?limit=100")["items"] if entry["action"] == "agent_revealed"]
        assert not any(form[name] in str(found) for name in ("id_number", "phone", "email", "username"))
        return [(entry["subject"], entry["after"]) for entry in found]

    entry = (at.rpartition("/")[2], {"fields": ["id_number", "phone", "email", "username"]})
    for minutes, expected in ((0, [entry]), (20, [entry]), (20, [entry]), (20, [entry, entry])):
        world.time.forward(minutes=minutes)
        owner.ok("GET", f"{at}?reveal=true")
        assert entries() == expected


def test_reveals_of_agents_count_as_reveals_of_the_day(world, monkeypatch):
    from chalicelib.rules.accounts import quotas
    from chalicelib.usecases.accounts import agents

    monkeypatch.setattr(agents, "REVEALS", quotas.Quota("reveals", 1))
    owner, _, at = revealed(world)
    other = owner.ok("POST", "/agents", people.agent())
    owner.ok("GET", f"{at}?reveal=true")
    answer = owner("GET", f"/agents/{other['id']}?reveal=true")
    assert (answer.status, answer.code) == (429, "TOO_MANY_REQUESTS")
    assert owner("GET", f"{at}?reveal=true").status == 200


def test_nobody_else_sees_an_agent_in_clear(world):
    owner, _, at = revealed(world)
    before = world.table()
    assert world.enterprise()("GET", f"{at}?reveal=true").status == 404
    assert world.agent(owner)("GET", f"{at}?reveal=true").status == 403
    assert owner("GET", f"{at}?reveal=perhaps").fields == {"reveal": "value_error"}
    assert {key for key in world.table() if "REVEALED" in key[1]} == {key for key in before if "REVEALED" in key[1]}
