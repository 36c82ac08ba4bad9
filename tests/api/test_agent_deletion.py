"""经办人管理: deleting agents (H01, H14)."""

import pytest

from testing import people
from tests.support.accounts import agent_path, sign_in_agent


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
