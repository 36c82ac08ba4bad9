"""One action is one transaction: the message has the right reader, and a refusal stores nothing (M04)."""

from contextlib import suppress
from typing import Any

import pytest

from chalicelib.repos.accounts import accounts
from chalicelib.repos.applications import applications, history
from chalicelib.repos.mail import outbox
from chalicelib.repos.notices import messages
from chalicelib.repos.table import table
from chalicelib.rules.applications import transitions
from chalicelib.rules.base.errors import OperationInvalid
from chalicelib.rules.base.vocabulary import Action, EnterpriseId, Role
from chalicelib.usecases.applications import transaction
from chalicelib.usecases.notices.mail_relay import Relay
from testing import people
from tests.support import faults, relays, submissions

pytestmark = pytest.mark.usefixtures("cloud_resources")
FAO = submissions.account(Role.OFFICER, id="officer-fao", office="fao-hunan")
LATER = submissions.NOON.replace(hour=5)


@pytest.fixture
def agent(cloud_resources):
    """An agent of an enterprise of its own, who has submitted nothing yet."""
    name = f"agent{people.serial()}"
    account = submissions.account(Role.AGENT, id=name, enterprise_id=EnterpriseId(f"enterprise-of-{name}"))
    table.commit(*accounts.account_created(account))
    return account


@pytest.fixture
def filed(agent):
    """An application that the agent submitted; its messages are read."""
    application = submissions.application(creator=agent, number=applications.next_number(submissions.NOON))
    transaction.commit(application.header, application.history[0], applications.created(application))
    table.commit(messages.all_marked_read(agent, submissions.NOON))
    return applications.get(application.header.number, agent)


def passed(filed):
    """The office passes the application to the consular department."""
    after, event = transitions.change_status(filed, Action.PASS, submissions.act(FAO, LATER), 1)
    transaction.commit(after.header, event, applications.status_changed(filed, after, event))
    return after


def relay(now):
    """One run of the relay with a provider that keeps every letter."""
    run = Relay(now, relays.Mailer())
    while run.deliver(outbox.due(now, 100)):
        pass
    return run


def unread(account_id, partition_owner):
    """Kinds of the unread messages of an account, as stored now."""
    gone = submissions.account(
        Role.AGENT, id=account_id, enterprise_id=partition_owner, messages_read_at=submissions.NOON
    )
    account = accounts.get(partition_owner, account_id) or gone
    found = [message for message in messages.page(account, 10, None).messages if not message.read]
    assert messages.unread_count(account).count == len(found)
    return [message.kind for message in found]


@pytest.mark.accepts("M01", "M04", "H18")
def test_the_message_goes_to_the_agent_who_created_the_application_and_to_nobody_else(agent, filed):
    passed(filed)
    assert unread(agent.id, agent.tenant) == ["status_changed"]
    assert unread(agent.tenant, agent.tenant) == []


@pytest.mark.parametrize("gone", ["revoked", "deleted"])
def test_the_message_goes_to_the_enterprise_when_that_agent_is_gone(agent, filed, gone):
    at = accounts.account_key(agent.tenant, agent.id)
    table.commit(table.delete(at) if gone == "deleted" else table.change(at, assign={"authorized": False}))
    after = passed(filed)
    relay(LATER)
    assert unread(agent.id, agent.tenant) == []
    assert unread(agent.tenant, agent.tenant) == ["status_changed"]
    assert applications.get(filed.header.number, FAO) == after


REVOKED = {"authorized": False}


@pytest.mark.parametrize("moment", ["before the act", "during the act", "before the relay", "during the relay"])
def test_no_message_is_lost_whenever_the_agent_is_revoked(agent, filed, moment):
    def revoke():
        table.commit(table.change(accounts.account_key(agent.tenant, agent.id), assign=REVOKED))

    relay(submissions.NOON)
    if moment == "before the act":
        revoke()
    with faults.meanwhile("dynamodb.TransactWriteItems", revoke if moment == "during the act" else int):
        passed(filed)
    if moment == "before the relay":
        revoke()
    with faults.meanwhile("dynamodb.Query", revoke if moment == "during the relay" else int):
        relay(LATER)
    assert unread(agent.id, agent.tenant) == []
    assert unread(agent.tenant, agent.tenant) == ["status_changed"]


def test_a_message_written_during_a_run_that_has_read_the_accounts_before_is_moved(agent, filed):
    run = Relay(LATER, relays.Mailer())
    while run.deliver(outbox.due(LATER, 100)):
        pass
    table.commit(table.change(accounts.account_key(agent.tenant, agent.id), assign=REVOKED))
    passed(filed)
    assert run.deliver(outbox.due(LATER, 100)) == 1
    assert unread(agent.tenant, agent.tenant) == ["status_changed"]


def test_a_message_that_the_agent_could_read_when_the_relay_ran_stays_there(agent, filed):
    passed(filed)
    relay(LATER)
    table.commit(table.change(accounts.account_key(agent.tenant, agent.id), assign=REVOKED))
    relay(LATER.replace(hour=6))
    assert unread(agent.id, agent.tenant) == ["status_changed"]
    assert unread(agent.tenant, agent.tenant) == []


def test_a_message_is_moved_once_and_is_in_one_place_whenever_the_relay_is_killed(agent, filed):
    relay(submissions.NOON)
    passed(filed)
    table.commit(table.change(accounts.account_key(agent.tenant, agent.id), assign=REVOKED))
    for position in range(12):
        now = LATER.replace(minute=3 * position)
        with suppress(faults.Killed), faults.killed_after(position):
            relay(now)
        assert len(unread(agent.id, agent.tenant) + unread(agent.tenant, agent.tenant)) == 1
    relay(LATER.replace(hour=7))
    assert unread(agent.tenant, agent.tenant) == ["status_changed"]


def test_two_relays_move_a_message_once(agent, filed):
    passed(filed)
    at = accounts.account_key(agent.tenant, agent.id)
    table.commit(table.change(at, assign=REVOKED))
    message = table.query_all(f"ACC#{agent.id}", prefix="MSG#")[-1]
    table.commit(*messages.message_moved(message, agent.tenant))
    with pytest.raises(messages.MessageMoved):
        table.commit(*messages.message_moved(message, agent.tenant))
    assert unread(agent.tenant, agent.tenant) == ["status_changed"]


def test_an_act_writes_and_checks_nothing_of_the_creators_account(agent, filed):
    touched: list[dict[str, Any]] = []

    def note(params, **_):
        touched.extend(next(iter(action.values())) for action in params["TransactItems"])

    with faults.beside("dynamodb.TransactWriteItems", note):
        passed(filed)
    keys = {(write.get("Item") or write["Key"])["pk"]["S"] for write in touched}
    assert {key.partition("#")[0] for key in keys} == {"ACC", "APP", "HISTORY", "MAIL"}


def test_an_action_stores_status_history_message_and_mail_together(agent, filed):
    before = len(outbox.due(LATER, 100))
    after = passed(filed)
    assert applications.get(filed.header.number, agent) == after
    assert [entry.event.action for entry in history.entries(filed.header.number)] == ["submit", "pass"]
    assert len(outbox.due(LATER, 100)) == before + 1


def test_a_stale_action_stores_no_history_no_message_and_no_mail(agent, filed):
    after = passed(filed)
    mails = outbox.due(LATER, 100)
    late, event = transitions.change_status(filed, Action.WITHDRAW, submissions.act(agent, LATER), 1)
    with pytest.raises(OperationInvalid) as caught:
        transaction.commit(late.header, event, applications.status_changed(filed, late, event))
    assert caught.value.current == after.header.current
    assert applications.get(filed.header.number, agent) == after
    assert unread(agent.id, agent.tenant) == ["status_changed"]
    assert outbox.due(LATER, 100) == mails


def test_the_return_of_one_person_is_invalid_once_its_group_has_another_status(cloud_resources):
    filed = submissions.application(2, number="APEC20261121000777")
    transaction.commit(filed.header, filed.history[0], applications.created(filed))
    filed = applications.get(filed.header.number, submissions.account())
    fao, number = submissions.act(submissions.officer("fao-hunan")), filed.persons[0].number
    returned, event = transitions.change_person_status(filed, number, Action.RETURN, fao, 1, "理由")
    withdrawn, withdrawing = transitions.change_status(filed, Action.WITHDRAW, submissions.act(), 1)
    transaction.commit(withdrawn.header, withdrawing, applications.status_changed(filed, withdrawn, withdrawing))
    writes = applications.person_changed(filed.header, filed.persons[0], returned.person(number), event)
    with pytest.raises(OperationInvalid) as caught:
        transaction.commit(filed.header, event, writes)
    assert caught.value.current
    assert (caught.value.current.status, caught.value.current.status_version) == ("WITHDRAWN", 2)
    assert applications.get(filed.header.number, submissions.account()).persons == filed.persons
