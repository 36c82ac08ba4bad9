"""经办人管理 over HTTP: deleting, twenty at most, and that nobody reaches another enterprise's agents (H01, H10)."""

import pytest

from testing import people
from testing.world import User
from tests.support.accounts import agent_path, sign_in_agent

REQUESTS = 2
"""Most requests of a creation (checks: the limit of 20 and the unique name inside one transaction), next to the
one that authenticates."""


# 删除


@pytest.mark.accepts("H01")
def test_a_deleted_agent_is_signed_out_and_its_user_name_is_released(world, owner):
    agent = world.agent(owner)
    login = agent.account["login"]
    assert owner("DELETE", agent_path(agent)).status == 204
    assert (agent("GET", "/me").status, sign_in_agent(world, login).status) == (401, 401)
    assert agent.account["id"] not in {listed["id"] for listed in owner.ok("GET", "/agents")["items"]}
    assert owner("DELETE", agent_path(agent)).code == "NOT_FOUND"
    again = world.agent(world.enterprise(), username=login.upper())
    assert (again("GET", "/me").status, agent("GET", "/me").status) == (200, 401)


def test_an_agents_drafts_are_deleted_with_the_agent(world, owner):
    agent = world.agent(owner)
    for user in (agent, agent, owner):
        user.ok("POST", "/drafts", {"group_name": "测试团组"})
    own = f"ACC#{agent.account['id']}"
    assert sum(pk == own and sk.startswith("DRAFT#") for pk, sk in world.table()) == 2
    owner.ok("DELETE", agent_path(agent))
    assert [sk for pk, sk in world.table() if pk == own and sk.startswith("DRAFT#")] == []
    assert len(owner.ok("GET", "/drafts")["items"]) == 1


@pytest.mark.accepts("H01", "H14")
def test_applications_of_a_deleted_agent_stay_readable_with_the_agents_name(world, owner):
    agent = world.agent(owner, name="测试癸", scope="own")
    number = world.application(agent)["number"]
    owner.ok("DELETE", agent_path(agent))
    fellow = world.agent(owner)
    for user in (owner, fellow):
        seen = user.ok("GET", f"/applications/{number}")
        assert (seen["creator"], seen["creator_id"]) == ("测试癸", agent.account["id"])
        found = user.ok("POST", "/applications/search", {"service": "new_or_renewal", "number": number})["items"]
        assert [application["creator"] for application in found] == ["测试癸"]
    withdrawn = owner("POST", f"/applications/{number}/withdraw", {"status_version": seen["status_version"]})
    assert withdrawn.body["status"] == "WITHDRAWN"


def test_an_agent_deleted_during_an_edit_is_not_restored(world, owner):
    agent = world.agent(owner)
    edited, deleted = world.together(
        lambda: owner("PATCH", agent_path(agent), {"username": f"new{people.serial()}"}),
        lambda: owner("DELETE", agent_path(agent)),
    )
    assert edited.status in (200, 404, 412)
    assert deleted.status in (204, 412)
    names = [listed["id"] for listed in owner.ok("GET", "/agents")["items"]]
    assert (agent.account["id"] in names) == (deleted.status == 412)


# 20 at most


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


# Nobody else's


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
