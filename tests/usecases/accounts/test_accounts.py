"""Use cases of accounts called directly, for what a request over HTTP does not show."""

from datetime import timedelta

import pytest

from chalicelib.repos.accounts import accounts, audit, recoveries, sessions
from chalicelib.repos.table import table
from chalicelib.rules.accounts.acts import Act, Origin
from chalicelib.rules.accounts.code_purposes import CodePurpose
from chalicelib.rules.accounts.licence_elements import LicenceElements
from chalicelib.rules.accounts.officers import OfficerForm
from chalicelib.rules.base.errors import AlreadyExists, ContentChanged, NotFound, Unauthenticated
from chalicelib.rules.base.vocabulary import EnterpriseId
from chalicelib.rules.forms.accounts import AgentChange, AgentForm, EnterpriseChange
from chalicelib.usecases.accounts import agents, authentication, enterprise_profile, officers, provisioning, sign_in
from chalicelib.usecases.accounts.officers import OfficerDisabled
from testing import people
from testing.counting import Requests
from testing.world import PASSWORD

PROFILE = {
    "phone": "0731-88880000",
    "region_code": "430102",
    "address": None,
    "kind": "PRIVATE",
    "industry": "I",
    "staff_count": 12,
}


@pytest.fixture
def act(world):
    """An act of a new enterprise's own account."""
    account = world.enterprise().account
    own = accounts.get(account["enterprise_id"], account["id"])
    assert own is not None
    return Act(own, world.time(), "request-1")


def origin(world):
    """The origin of data that nobody signs in to create."""
    return Origin("test", "test", world.time(), "request-1")


def test_an_enterprise_opened_with_given_data_signs_in_and_leaves_an_audit_entry_and_no_notice(world):
    elements = LicenceElements(**world.elements())
    enterprise = provisioning.open_enterprise(elements, "opened@enterprise.example", PROFILE, PASSWORD, origin(world))
    assert world.sign_in("enterprise", "opened@enterprise.example", PASSWORD).account["id"] == enterprise.id
    assert [entry.action for entry in audit.entries(enterprise.id)] == ["enterprise_provisioned", "signed_in"]
    world.deliver()
    assert world.mails("opened@enterprise.example") == []


def test_a_second_enterprise_of_the_same_uscc_is_refused_and_leaves_nothing(world):
    elements = LicenceElements(**world.elements())
    provisioning.open_enterprise(elements, "first@enterprise.example", PROFILE, PASSWORD, origin(world))
    before = world.table()
    with pytest.raises(AlreadyExists) as refusal:
        provisioning.open_enterprise(elements, "second@enterprise.example", PROFILE, PASSWORD, origin(world))
    assert [(error.field, error.code) for error in refusal.value.errors] == [("uscc", "TAKEN")]
    assert world.table() == before


def test_the_reply_to_remember_is_in_the_transaction_of_the_act(act):
    form = AgentForm(**people.agent())
    key = {"pk": "IDEM#test", "sk": "accepted"}
    agent = agents.add(act, form, lambda agent: [table.put({**key, "reply": agent.account.id})])
    stored = table.get((key["pk"], key["sk"]))
    assert stored is not None
    assert stored["reply"] == agent.account.id
    other = {"pk": "IDEM#test", "sk": "refused"}
    with pytest.raises(AlreadyExists):
        agents.add(act, form, lambda _: [table.put(other)])
    assert table.get((other["pk"], other["sk"])) is None


def test_an_expected_version_of_none_accepts_any_version_and_another_one_none(act):
    agent = agents.add(act, AgentForm(**people.agent()))
    changed = agents.change(act, agent.account.id, AgentChange(name="测试乙乙"))
    assert (changed.name, changed.account.version) == ("测试乙乙", 2)
    with pytest.raises(ContentChanged):
        agents.change(act, agent.account.id, AgentChange(name="测试丙丙"), 1)
    with pytest.raises(ContentChanged):
        enterprise_profile.change(act, EnterpriseChange(staff_count=13), -1)
    assert enterprise_profile.change(act, EnterpriseChange(staff_count=14), 1).profile["staff_count"] == 14


def test_authentication_takes_one_request_and_a_second_one_a_minute_later(world, act):
    session = sessions.new_session(act.actor, world.time())
    table.commit(session.write)

    def requests(now):
        counted = Requests()
        with counted.recording():
            caller = authentication.authenticate(session.token, now)
        assert (caller.account.id, caller.session.id) == (act.actor.id, session.session.id)
        return counted.operations

    assert len(requests(world.time() + timedelta(seconds=59))) == 1
    assert len(requests(world.time() + timedelta(seconds=60))) == 2


def test_a_session_that_a_concurrent_request_ended_is_not_written_again(world, act):
    session = sessions.new_session(act.actor, world.time())
    with pytest.raises(Unauthenticated):
        table.commit(sessions.session_touched(session.session, world.time()))
    with pytest.raises(NotFound):
        sign_in.end_session(act.actor, session.session.id, world.time())


def test_the_recovery_of_a_new_officer_leads_to_the_officer_and_a_disabled_one_gets_none(world):
    origin = Origin("operator", "operator", world.time(), "request-2")
    name = f"officer{people.serial()}"
    form = OfficerForm(office="fao-hunan", username=name, name="测试辛", email=f"{name}@office.example")
    created = officers.create(origin, form)
    assert created.recovery_id is not None
    recovery = recoveries.get(created.recovery_id, world.time())
    assert recovery.way is CodePurpose.RECOVER_BY_OPERATOR
    assert accounts.find(recovery.login_target) == created.officer
    officers.authorize(origin, name, authorized=False)
    with pytest.raises(OfficerDisabled):
        officers.send_code(origin, name)
    with pytest.raises(NotFound):
        officers.send_code(origin, "nobody at all")


def test_an_agent_of_another_enterprise_is_not_found(world, act):
    stranger = agents.new_agent(EnterpriseId("other"), AgentForm(**people.agent()), world.time())
    table.commit(*accounts.account_created(stranger.account))
    with pytest.raises(NotFound):
        agents.delete(act, stranger.account.id)
