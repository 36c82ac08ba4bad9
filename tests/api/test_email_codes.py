"""邮箱验证码: six digits, valid for ten minutes, one a minute, ten a day, five attempts (docs/domain.md 5.5)."""

import pytest

from testing.world import PASSWORD
from tests.support import faults
from tests.support.accounts import new_address, request_change_code, request_code, wrong_code

REFUSED = {"email_code": "EMAIL_CODE"}


def register(world, form, **changes):
    return world.anybody("POST", "/registrations", form | changes)


def test_a_wrong_code_is_refused_and_the_right_one_still_works(world):
    form = world.registration()
    wrong = register(world, form, email_code=wrong_code(form["email_code"]))
    assert (wrong.status, wrong.fields) == (422, REFUSED)
    assert register(world, form).status == 201


def test_the_code_of_another_address_is_refused(world):
    form, other = world.registration(), world.registration()
    assert register(world, form, email_code=other["email_code"]).fields == REFUSED


@pytest.mark.parametrize(("seconds", "status"), [(599, 201), (600, 422)])
def test_a_code_is_valid_for_ten_minutes(world, seconds, status):
    form = world.registration()
    world.time.forward(seconds=seconds)
    assert register(world, form).status == status


def test_the_right_code_is_refused_after_five_wrong_attempts(world):
    form = world.registration()
    for _ in range(5):
        assert register(world, form, email_code=wrong_code(form["email_code"])).fields == REFUSED
    assert register(world, form).fields == REFUSED
    world.time.forward(seconds=60)
    request_code(world, form["email"], form)
    assert register(world, form, email_code=world.code(form["email"])).status == 201


def test_a_new_code_replaces_the_previous_one(world):
    form = world.registration()
    world.time.forward(seconds=60)
    assert request_code(world, form["email"], form).status == 202
    new = world.code(form["email"])
    if new != form["email_code"]:
        assert register(world, form).fields == REFUSED
    assert register(world, form, email_code=new).status == 201


@pytest.mark.parametrize(("passed", "wait"), [(0, "60"), (59, "1")])
def test_a_second_code_within_a_minute_is_throttled(world, passed, wait):
    email, ticket = new_address(), world.ticket("register", world.elements())
    assert request_code(world, email, ticket).status == 202
    world.time.forward(seconds=passed)
    again = request_code(world, email.upper(), ticket)
    assert (again.status, again.code, again.headers["retry-after"]) == (429, "TOO_MANY_REQUESTS", wait)
    assert len(world.mails(email)) == 1


def test_the_eleventh_code_of_an_account_in_a_day_in_china_is_throttled_until_midnight(world):
    owner = world.enterprise()
    for _ in range(10):
        assert request_change_code(owner, new_address()).status == 202
        owner = world.sign_in("enterprise", owner.account["email"], PASSWORD)
        world.time.forward(hours=1)
        owner = world.sign_in("enterprise", owner.account["email"], PASSWORD)
    assert world.time().isoformat() == "2026-11-21T14:30:00+00:00"
    refused = request_change_code(owner, new_address())
    assert (refused.status, refused.headers["retry-after"]) == (429, "5400")
    world.time.forward(seconds=5_400)
    owner = world.sign_in("enterprise", owner.account["email"], PASSWORD)
    assert request_change_code(owner, new_address()).status == 202


def test_the_reply_is_the_same_for_a_registered_address(world):
    owner = world.enterprise()
    world.time.forward(minutes=5)
    known, unknown = request_code(world, owner.account["email"]), request_code(world, new_address())
    assert (known.status, known.body) == (unknown.status, unknown.body)
    mail = world.mails(owner.account["email"])[0]
    assert mail.subject == "[sandbox] 该邮箱已注册"
    assert not any(character.isdigit() for character in mail.text.partition("\n")[0])


def test_no_code_registers_an_address_a_second_time(world):
    owner = world.enterprise()
    world.time.forward(minutes=5)
    answer = register(world, world.registration(), email=owner.account["email"])
    assert (answer.status, answer.fields) == (422, REFUSED)


def test_an_address_that_is_registered_despite_a_valid_code_is_refused(world):
    from chalicelib.repos.accounts import email_codes
    from chalicelib.repos.table import table
    from chalicelib.rules.accounts.code_purposes import CodePurpose

    owner = world.enterprise()
    world.time.forward(minutes=5)
    address = owner.account["email"].upper()
    ticket = world.ticket("register", world.elements())
    code, part = email_codes.issue_code(CodePurpose.REGISTER, ticket["ticket_id"], address, world.time())
    table.commit(part)
    form = world.registration(**ticket, email=address, email_code=code)
    before = world.table()
    answer = register(world, form)
    assert (answer.status, answer.code) == (409, "ALREADY_EXISTS")
    assert world.table() == before


@pytest.mark.parametrize(
    "email", ["", "a", "a@", "@b.example", "a b@c.example", "a@b", "a@b\nc.example", "****@b.example"]
)
def test_a_malformed_address_is_refused(world, email):
    answer = request_code(world, email)
    assert answer.status == 422
    assert list(answer.fields) == ["email"]


def test_a_mail_that_cannot_be_sent_is_sent_later_from_the_outbox(world):
    email = new_address()
    with faults.down("sesv2"):
        assert request_code(world, email).status == 202
    assert world.mails(email) == []
    world.time.forward(minutes=1)
    world.deliver()
    assert len(world.mails(email)) == 1


def test_a_code_is_accepted_even_if_marking_its_mail_as_sent_is_throttled(world):
    email = new_address()
    with faults.refused("dynamodb.UpdateItem"):
        assert request_code(world, email).status == 202
    world.deliver()
    assert len(world.mails(email)) == 1
