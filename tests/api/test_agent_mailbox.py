"""The mailbox of an agent gets notices only after a code that was mailed there has come back (decision 0067)."""

import pytest

from chalicelib.repos.accounts import accounts
from chalicelib.repos.table import table
from chalicelib.rules.base import limits
from scheduled.remind import remind
from testing import people
from tests.support.accounts import AGENT_PASSWORD, NEW_PASSWORD, agent_path, change_password, wrong_code


@pytest.fixture
def enterprise(world):
    return world.enterprise()


@pytest.fixture
def agent(world, enterprise):
    """A new agent whose mailbox is not confirmed."""
    return world.agent(enterprise, confirmed=False)


def confirmed(user):
    return user.ok("GET", "/me")["account"]["mailbox_confirmed"]


def subjects(world, user):
    return [mail.subject for mail in world.mails(user.account["email"])]


def code_sent(world, agent):
    assert agent.ok("POST", "/me/mailbox/email-codes") == {
        "expires_at": "2026-11-21T04:40:00.000Z",
        "resend_after": 60,
    }
    return world.code(agent.account["email"])


def texts(world, user):
    return "".join(mail.text for mail in world.mails(user.account["email"]))


def decided(world, agent):
    """An application of the agent that its office has returned; due mails are delivered."""
    application = world.application(agent)
    world.decide(world.desk("fao-hunan"), application, "return", reason="请补充材料")
    world.deliver()
    return application["number"]


def test_notices_go_to_the_enterprise_until_the_agent_has_confirmed_its_mailbox(world, enterprise, agent):
    other = world.agent(enterprise, confirmed=False)
    number = decided(world, agent)
    assert subjects(world, agent) == subjects(world, other) == []
    assert number in texts(world, enterprise)
    assert agent.ok("GET", "/messages")["items"][0]["application_number"] == number
    code = code_sent(world, agent)
    assert agent.ok("PUT", "/me/mailbox", {"email_code": code})["mailbox_confirmed"] is True
    number = decided(world, agent)
    assert number in texts(world, agent)
    assert number not in texts(world, other)


def test_the_code_confirms_once_and_leaves_an_audit_entry(world, enterprise, agent):
    code = code_sent(world, agent)
    assert (confirmed(agent), enterprise.ok("GET", "/agents")["items"][0]["mailbox_confirmed"]) == (False, False)
    agent.ok("PUT", "/me/mailbox", {"email_code": code})
    assert (confirmed(agent), enterprise.ok("GET", "/agents")["items"][0]["mailbox_confirmed"]) == (True, True)
    entry = enterprise.ok("GET", "/audit")["items"][0]
    assert (entry["action"], entry["subject"]) == ("mailbox_confirmed", agent.account["id"])
    for again in (agent("PUT", "/me/mailbox", {"email_code": code}), agent("POST", "/me/mailbox/email-codes")):
        assert (again.status, again.fields) == (422, {"email": "MAILBOX_CONFIRMED"})


def test_a_wrong_an_old_and_a_foreign_code_confirm_nothing(world, enterprise, agent):
    other = world.agent(enterprise, confirmed=False)
    code, foreign = code_sent(world, agent), code_sent(world, other)
    enterprise.ok("POST", "/me/email-codes", {"email": agent.account["email"]})
    for email_code in (wrong_code(code), foreign, world.code(agent.account["email"])):
        if email_code != code:
            answer = agent("PUT", "/me/mailbox", {"email_code": email_code})
            assert (answer.status, answer.fields) == (422, {"email_code": "EMAIL_CODE"})
    world.time.forward(seconds=limits.EMAIL_CODE_LIFE.total_seconds())
    assert agent("PUT", "/me/mailbox", {"email_code": code}).status == 422
    assert confirmed(agent) is False


def test_five_wrong_codes_void_the_code(world, agent):
    code = code_sent(world, agent)
    for _ in range(limits.EMAIL_CODE_TRIES):
        assert agent("PUT", "/me/mailbox", {"email_code": wrong_code(code)}).status == 422
    assert agent("PUT", "/me/mailbox", {"email_code": code}).status == 422
    assert confirmed(agent) is False


def test_a_changed_address_must_be_confirmed_anew_and_a_code_for_the_old_one_is_void(world, enterprise, agent):
    code = code_sent(world, agent)
    at = agent_path(agent)
    enterprise.ok("PATCH", at, {"email": f"changed{people.serial()}@enterprise.example"})
    assert agent("PUT", "/me/mailbox", {"email_code": code}).fields == {"email_code": "EMAIL_CODE"}
    world.time.forward(minutes=1)
    agent.account = agent.ok("GET", "/me")["account"]
    agent.ok("POST", "/me/mailbox/email-codes")
    agent.ok("PUT", "/me/mailbox", {"email_code": world.code(agent.account["email"])})
    # Letter case and other fields are no change of the address.
    enterprise.ok("PATCH", at, {"email": agent.account["email"].upper(), "phone": "13700000009"})
    assert confirmed(agent) is True
    enterprise.ok("PATCH", at, {"email": f"changed{people.serial()}@enterprise.example"})
    assert confirmed(agent) is False


def test_codes_to_one_mailbox_are_limited_whoever_asks(world, enterprise):
    victim = f"victim{people.serial()}@enterprise.example"
    statuses = []
    for number in range(limits.CONFIRMATION_CODES_MAILBOX + 2):
        agent = world.agent(enterprise, confirmed=False, email=victim.replace("@", f"+{number}@"))
        statuses.append(agent("POST", "/me/mailbox/email-codes").status)
    assert statuses == [202] * limits.CONFIRMATION_CODES_MAILBOX + [429] * 2


def test_another_code_waits_a_minute(world, agent):
    code_sent(world, agent)
    answer = agent("POST", "/me/mailbox/email-codes")
    assert (answer.status, answer.headers["retry-after"]) == (429, "60")


def test_the_accounts_of_enterprises_need_no_confirmation(world, enterprise):
    assert confirmed(enterprise) is True
    assert enterprise("POST", "/me/mailbox/email-codes").fields == {"email": "MAILBOX_CONFIRMED"}
    assert enterprise("PUT", "/me/mailbox", {"email_code": "123456"}).fields == {"email": "MAILBOX_CONFIRMED"}
    assert world.desk("fao-hunan")("PUT", "/me/mailbox", {"email_code": "123456"}).status == 403


def test_security_notices_of_the_agent_go_to_the_enterprise_with_its_name(world, enterprise, agent):
    change_password(agent, AGENT_PASSWORD, NEW_PASSWORD)
    world.deliver()
    assert subjects(world, agent) == []
    mail = world.mails(enterprise.account["email"])[0]
    assert "经办人密码已修改" in mail.subject
    assert "测试丁" in mail.text
    # An unconfirmed mailbox is not told that another one takes its place.
    enterprise.ok("PATCH", agent_path(agent), {"email": f"changed{people.serial()}@enterprise.example"})
    world.deliver()
    assert subjects(world, agent) == []


def test_a_recovery_by_the_code_of_the_mailbox_confirms_it(world, agent):
    form = {"username": agent.account["login"], "email": agent.account["email"]}
    recovery = world.anybody.ok("POST", "/recoveries", form)["recovery_id"]
    code = {"email_code": world.code(agent.account["email"])}
    token = world.anybody.ok("POST", f"/recoveries/{recovery}/verification", code)["reset_token"]
    passwords = {"password": NEW_PASSWORD, "password_confirmation": NEW_PASSWORD}
    world.anybody.ok("PUT", f"/recoveries/{recovery}/password", {"reset_token": token, **passwords})
    assert confirmed(world.sign_in("agent", agent.account["login"], NEW_PASSWORD)) is True
    world.deliver()
    assert "密码已修改" in subjects(world, agent)[0]


def test_a_reminder_of_an_agents_draft_goes_to_the_enterprise_while_its_mail_is_on(world, enterprise, agent):
    agent.ok("POST", "/drafts", {"group_name": "草稿"})
    world.time.forward(days=173)
    world.run(remind)
    world.deliver()
    assert subjects(world, agent) == []
    assert any("草稿即将清理" in subject for subject in subjects(world, enterprise))


@pytest.mark.parametrize("role", ["agent", "enterprise"])
def test_accounts_of_the_first_form_are_read_and_written_in_the_new_one(world, enterprise, agent, role):
    user = {"agent": agent, "enterprise": enterprise}[role]
    at = accounts.account_key(user.account["enterprise_id"], user.account["id"])
    table.commit(table.change(at, assign={"schema": 1}, drop=["mailbox_confirmed"]))
    assert confirmed(user) is (role == "enterprise")
    user.ok("PUT", "/me/mail-preference", {"receives_mail": True})
    item = table.get(at)
    assert item is not None
    assert (item["schema"], item["mailbox_confirmed"]) == (2, role == "enterprise")
    assert confirmed(user) is (role == "enterprise")


def test_only_one_of_two_concurrent_confirmations_takes_effect(world, enterprise, agent):
    code = code_sent(world, agent)
    answers = world.together(*[lambda: agent("PUT", "/me/mailbox", {"email_code": code}) for _ in range(4)])
    assert sorted(answer.status for answer in answers)[0] == 200
    entries = [entry for entry in enterprise.ok("GET", "/audit")["items"] if entry["action"] == "mailbox_confirmed"]
    assert len(entries) == 1


def test_an_enterprise_that_adds_and_deletes_agents_cannot_flood_mailboxes(world, enterprise, monkeypatch):
    monkeypatch.setattr(limits, "CONFIRMATION_CODES_ENTERPRISE", 4)
    statuses = []
    for _ in range(6):
        agent = world.agent(enterprise, confirmed=False)
        statuses.append(agent("POST", "/me/mailbox/email-codes").status)
        enterprise.ok("DELETE", agent_path(agent))
    assert statuses == [202] * 4 + [429] * 2
