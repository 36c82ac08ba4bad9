"""忘记密码: starting a recovery by scan, by typed data or by an agent's user name and mailbox (P02-P04)."""

import re

import pytest

from testing import people
from testing.world import PASSWORD, User
from tests.support.accounts import NEW_PASSWORD, elements_of
from tests.support.recovery import (
    REFUSED_TOKEN,
    begin,
    begun,
    mistyped,
    password_status,
    scanned,
    set_password,
    typed,
    verify,
)

pytestmark = pytest.mark.usefixtures("own_source")


def of_agent(agent, **changes):
    return {"username": agent.account["login"], "email": agent.account["email"], **changes}


# The ways to start


def by_hand(_, owner):
    return typed(owner)


def by_hand_in_lower_case(_, owner):
    return typed(owner, uscc=f" {elements_of(owner)['uscc'].lower()} ", email=owner.account["email"].upper())


@pytest.mark.accepts("P02", "P03", "P04")
@pytest.mark.parametrize(
    "way", [scanned, by_hand, by_hand_in_lower_case], ids=["by_scan", "by_hand", "by_hand_in_lower_case"]
)
def test_an_enterprise_sets_a_new_password_by_a_mailed_code(world, way):
    owner = world.enterprise()
    answer = begin(world, way(world, owner))
    recovery_id = answer.body["recovery_id"]
    hint = "****@enterprise.example"
    seen = [{"role": "enterprise", "login": hint, "mail_status": "ok"}] if way is scanned else []
    times = {"reset_token": None, "resend_after": 60, "expires_at": "2026-11-21T04:40:00.000Z"}
    assert answer.status == 202
    assert answer.body == {"recovery_id": recovery_id, "email_hint": hint, "accounts": seen, **times}
    assert re.search(r"您找回密码的验证码为：\d{6}，10分钟内有效", world.mails(owner.account["email"])[0].text)
    checked = verify(world, recovery_id, world.code(owner.account["email"]))
    assert (checked.status, list(checked.body)) == (200, ["reset_token"])
    assert set_password(world, recovery_id, checked.body["reset_token"]).status == 204
    assert (password_status(world, owner, PASSWORD), password_status(world, owner, NEW_PASSWORD)) == (401, 201)


def test_an_enterprise_is_recovered_in_another_spelling_of_its_names(world):
    elements = world.elements() | {"legal_representative": "玉素甫·买买提"}
    elements["name"] = f"{elements['name']}（中国）有限公司"
    form = world.registration(**world.ticket("register", elements))
    world.anybody.ok("POST", "/registrations", form)
    name, person = elements["name"].replace("（", " (").replace("）", ") "), "玉素甫•买买 提"
    typed_form = {"name": name, "uscc": elements["uscc"], "legal_representative": person, "email": form["email"]}
    recovery_id, code = begun(world, typed_form, form["email"])
    assert verify(world, recovery_id, code).body["reset_token"]


def test_an_agent_sets_a_new_password_by_user_name_and_mailed_code(world):
    agent = world.agent(world.enterprise())
    form = of_agent(agent, username=agent.account["login"].upper())
    recovery_id, code = begun(world, form, agent.account["email"])
    token = verify(world, recovery_id, code).body["reset_token"]
    assert set_password(world, recovery_id, token).status == 204
    assert (password_status(world, agent, "correct horse"), password_status(world, agent, NEW_PASSWORD)) == (401, 201)


# Unmatched recoveries reveal no account


def wrong_name(_, owner):
    return mistyped(owner)


def wrong_uscc(_, owner):
    return typed(owner, uscc=people.make_uscc())


def wrong_legal_representative(_, owner):
    return typed(owner, legal_representative="测试癸")


def wrong_mailbox(_, owner):
    return typed(owner, email=f"nobody{people.serial()}@enterprise.example")


def unknown_agent(world, owner):
    return of_agent(world.agent(owner), username=f"nobody{people.serial()}")


def wrong_mailbox_of_an_agent(world, owner):
    return of_agent(world.agent(owner), email=f"nobody{people.serial()}@enterprise.example")


def enterprise_as_agent(_, owner):
    return {"username": owner.account["email"], "email": owner.account["email"]}


def revoked_agent(world, owner):
    agent = world.agent(owner)
    owner.ok("PUT", f"/agents/{agent.account['id']}/authorization", {"authorized": False})
    return of_agent(agent)


@pytest.fixture(scope="module")
def known(portal):
    """The reply and the requests of a recovery that matches an account."""
    owner = portal.enterprise()
    form = typed(owner)
    with portal.counting() as requests:
        answer = begin(portal, form)
    requests.tell("recovery, known")
    assert len(portal.mails(owner.account["email"])) == 2, "one for the registration, one now"
    return answer, requests.operations


def test_the_recovery_of_an_agent_takes_the_same_requests_as_that_of_an_enterprise(world, known):
    form = of_agent(world.agent(world.enterprise()))
    with world.counting() as requests:
        answer = begin(world, form)
    assert (answer.status, sorted(answer.body)) == (known[0].status, sorted(known[0].body))
    assert len(requests) == len(known[1])


@pytest.mark.parametrize(
    "way",
    [
        wrong_name,
        wrong_uscc,
        wrong_legal_representative,
        wrong_mailbox,
        unknown_agent,
        wrong_mailbox_of_an_agent,
        enterprise_as_agent,
        revoked_agent,
    ],
)
def test_an_unmatched_recovery_has_the_same_reply_and_requests_and_mails_no_code(world, known, way):
    form = way(world, world.enterprise())
    before = len(world.mails(form["email"]))
    with world.counting() as requests:
        answer = begin(world, form)
    requests.tell(f"recovery, {way.__name__}")
    known_answer, operations = known
    assert (answer.status, len(answer.raw)) == (202, len(known_answer.raw))
    assert answer.body == known_answer.body | {"recovery_id": answer.body["recovery_id"]}
    assert len(requests) == len(operations)
    mails = world.mails(form["email"])
    assert len(mails) == before + 1
    assert mails[0].subject == "[sandbox] 找回密码申请"
    assert not re.search(r"\d{6}", mails[0].text)


def test_a_recovery_without_an_account_sets_no_password_even_with_its_code(world):
    from chalicelib.repos.accounts import email_codes
    from chalicelib.repos.table import table
    from chalicelib.rules.accounts.code_purposes import CodePurpose

    owner = world.enterprise()
    recovery_id = begin(world, mistyped(owner)).body["recovery_id"]
    now = world.time.forward(seconds=60)
    code, part = email_codes.issue_code(CodePurpose.RECOVER_BY_HAND, recovery_id, "", now)
    table.commit(part)
    token = verify(world, recovery_id, code).body["reset_token"]
    assert set_password(world, recovery_id, token).fields == REFUSED_TOKEN
    assert password_status(world, owner, PASSWORD) == 201


def test_no_code_is_sent_to_a_lookalike_of_the_registered_address(world):
    email = f"spring{people.serial()}@enterprise.example"
    form = world.registration(email=email)
    session = world.anybody.ok("POST", "/registrations", form)
    owner = User(world, session["token"], session["account"])
    lookalike = "\N{LATIN SMALL LETTER LONG S}" + email[1:]
    world.time.forward(minutes=5)
    begin(world, typed(owner, email=lookalike))
    assert [mail.subject for mail in world.mails() if mail.to == lookalike and re.search(r"\d{6}", mail.text)] == []


# By scan


def test_a_scan_of_an_unregistered_licence_is_refused_as_not_registered(world):
    ticket = world.ticket("recover", world.elements())
    before = world.table()
    answer = begin(world, ticket)
    assert (answer.status, answer.fields) == (422, {"ticket_id": "NOT_REGISTERED"})
    assert answer.body["errors"][0]["message"] == "扫码编号：该企业尚未注册，请先注册"
    assert world.table() == before


def test_the_same_ticket_sends_another_code_of_the_same_recovery(world):
    owner = world.enterprise()
    ticket = scanned(world, owner)
    first = begin(world, ticket)
    old = world.code(owner.account["email"])
    again = begin(world, ticket)
    assert (again.status, again.headers["retry-after"]) == (429, "60")
    world.time.forward(minutes=1)
    again = begin(world, ticket)
    recovery_id = first.body["recovery_id"]
    assert (again.status, again.body["recovery_id"]) == (202, recovery_id)
    code = world.code(owner.account["email"])
    if code != old:
        assert verify(world, recovery_id, old).fields == {"email_code": "EMAIL_CODE"}
    token = verify(world, recovery_id, code).body["reset_token"]
    assert set_password(world, recovery_id, token).status == 204
    assert begin(world, ticket).fields == {"ticket_id": "TICKET_USED"}


def test_a_ticket_of_another_purpose_starts_no_recovery(world):
    owner = world.enterprise()
    assert begin(world, world.ticket("login", elements_of(owner))).fields == {"ticket_id": "TICKET"}


@pytest.mark.parametrize(
    ("form", "fields"),
    [
        ({}, {"name": "missing", "uscc": "missing", "legal_representative": "missing", "email": "missing"}),
        ({"name": "测试企业", "legal_representative": "测试戊", "email": "a@b.example"}, {"uscc": "missing"}),
        ({"username": "agent1"}, {"email": "missing"}),
        ({"uscc": "91350100M000100Y4Z"}, {"uscc": "USCC"}),
        ({"ticket_id": "unknown", "ticket_secret": "x"}, {"ticket_id": "TICKET"}),
    ],
    ids=str,
)
def test_missing_and_invalid_fields_are_named(world, form, fields):
    answer = begin(world, form)
    assert (answer.status, answer.fields) == (422, fields)
