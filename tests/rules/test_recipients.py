"""Recipients of messages and mail about an application (docs/domain.md 8.1; M02, M04, H18, H19)."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.rules.base.vocabulary import AccountId, Role, Scope
from chalicelib.rules.notices import recipients
from tests.support import submissions

ENTERPRISE = submissions.account()
ALL = submissions.account(Role.AGENT, id="agent-all", scope=Scope.ALL)
OWN = submissions.account(Role.AGENT, id="agent-own", scope=Scope.OWN)
OTHER_ALL = submissions.account(Role.AGENT, id="other-all", scope=Scope.ALL)
OTHER_OWN = submissions.account(Role.AGENT, id="other-own", scope=Scope.OWN)
EVERYBODY = [ENTERPRISE, ALL, OWN, OTHER_ALL, OTHER_OWN]


def mailed(creator, accounts):
    return {account.id for account in recipients.mail_recipients(creator.id, accounts)}


def changed(account, **changes):
    return [replace(other, **changes) if other.id == account.id else other for other in EVERYBODY]


@pytest.mark.accepts("M02", "M04", "H18", "H19")
@pytest.mark.parametrize(
    ("creator", "message", "mail"),
    [
        (ENTERPRISE, ENTERPRISE, [ENTERPRISE, ALL, OTHER_ALL]),
        (ALL, ALL, [ENTERPRISE, ALL, OTHER_ALL]),
        (OWN, OWN, [ENTERPRISE, OWN, ALL, OTHER_ALL]),
    ],
    ids=["enterprise", "agent with scope all", "agent with scope own"],
)
def test_the_creator_gets_the_message_and_enterprise_creator_and_agents_with_scope_all_get_mail(creator, message, mail):
    assert recipients.message_recipient(creator.id, submissions.ENTERPRISE, EVERYBODY) == message.id
    assert mailed(creator, EVERYBODY) == {account.id for account in mail}


@pytest.mark.accepts("M05", "H09")
@pytest.mark.parametrize("off", [ENTERPRISE, ALL, OWN, OTHER_ALL])
def test_switching_mail_off_removes_only_that_account_from_the_recipients(off):
    before = mailed(OWN, EVERYBODY)
    assert mailed(OWN, changed(off, receives_mail=False)) == before - {off.id}


@pytest.mark.parametrize("revoked", [ALL, OWN, OTHER_ALL])
def test_an_agent_whose_authorisation_was_withdrawn_gets_no_mail(revoked):
    assert mailed(revoked, changed(revoked, authorized=False)) == mailed(revoked, EVERYBODY) - {revoked.id}


@pytest.mark.parametrize("creator", [OWN, ALL])
def test_the_message_of_a_revoked_or_deleted_agent_goes_to_the_enterprise_account(creator):
    revoked = changed(creator, authorized=False)
    deleted = [account for account in EVERYBODY if account.id != creator.id]
    for accounts in (revoked, deleted):
        assert recipients.message_recipient(creator.id, submissions.ENTERPRISE, accounts) == ENTERPRISE.id


def test_an_agent_with_scope_own_gets_no_mail_about_applications_of_others():
    for creator in (ENTERPRISE, ALL, OWN, OTHER_ALL):
        assert OTHER_OWN.id not in mailed(creator, EVERYBODY)


def test_a_change_of_scope_takes_effect_with_the_next_mail():
    assert OWN.id in mailed(ENTERPRISE, changed(OWN, scope=Scope.ALL))
    assert OTHER_ALL.id not in mailed(ENTERPRISE, changed(OTHER_ALL, scope=Scope.OWN))


AGENTS = st.builds(
    lambda number, **choice: submissions.account(Role.AGENT, id=f"agent-{number}", **choice),
    st.integers(0, 9),
    scope=st.sampled_from(Scope),
    receives_mail=st.booleans(),
    authorized=st.booleans(),
)
ENTERPRISES = st.builds(lambda on: replace(ENTERPRISE, receives_mail=on), st.booleans())
AGENT_LISTS = st.lists(AGENTS, max_size=8, unique_by=lambda agent: agent.id)


@given(
    ENTERPRISES, AGENT_LISTS, st.sampled_from([ENTERPRISE.id, *(AccountId(f"agent-{number}") for number in range(10))])
)
def test_mail_recipients_agree_with_the_rule_for_arbitrary_accounts(enterprise, agents, creator_id):
    expected = {enterprise.id} if enterprise.receives_mail else set()
    for agent in agents:
        if agent.authorized and agent.receives_mail and (agent.scope == "all" or agent.id == creator_id):
            expected.add(agent.id)
    found = recipients.mail_recipients(creator_id, [enterprise, *agents])
    assert {account.id for account in found} == expected
    assert len(found) == len(expected)
    assert all(account.authorized for account in found)
