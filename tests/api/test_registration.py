"""企业账号注册: ticket, scan, e-mail code and form, from the QR code to the session (R24-R34)."""

import re

import pytest

from testing.world import PASSWORD
from tests.support.accounts import new_address, request_code
from tests.support.tickets import new_ticket, poll, ticket_state

# The complete registration


@pytest.mark.accepts("R25", "R26", "R27", "R28", "R29", "R33")
def test_an_enterprise_registers_by_scanning_its_licence(world):
    ticket, elements = new_ticket(world), world.elements()
    assert ticket_state(world, ticket) == "waiting"
    assert ticket["poll_after_seconds"] == 2
    assert world.scan(ticket, elements, "scan").status == 204
    assert poll(world, ticket).body == {
        "state": "scanned",
        "enterprise": None,
        "holder": {"kind": "legal_representative", "name": "测试戊"},
        "registered": None,
    }
    assert world.scan(ticket, elements).status == 204
    assert poll(world, ticket).body["enterprise"] == elements
    assert poll(world, ticket).body["registered"] is False
    optional = {
        "region_code": "430102",
        "address": "测试路1号",
        "kind": "PRIVATE",
        "industry": "I",
        "staff_count": 12,
    }
    form = world.registration(
        ticket_id=ticket["ticket_id"], ticket_secret=ticket["secret"], email=new_address(), **optional
    )
    session = world.anybody.ok("POST", "/registrations", form)
    assert session["expires_at"] == "2026-11-21T05:00:00.000Z"
    assert (session["account"]["role"], session["account"]["login"]) == ("enterprise", form["email"])
    me = world.anybody.ok("GET", "/me", Authorization=f"Bearer {session['token']}")
    assert {name: me["enterprise"][name] for name in (*elements, *optional, "phone")} == {
        **elements,
        **optional,
        "phone": "0731-88888888",
    }


def test_optional_fields_of_a_registration_can_be_omitted(world):
    me = world.enterprise().ok("GET", "/me")["enterprise"]
    names = ("region_code", "region", "address", "kind", "industry", "staff_count")
    assert {name: me[name] for name in names} == dict.fromkeys(names)


def test_the_qr_code_contains_the_ticket_and_is_an_svg_image(world):
    ticket = new_ticket(world)
    assert ticket["expires_at"] == "2026-11-21T04:33:00.000Z"
    assert f"ticket={ticket['ticket_id']}" in ticket["qr_content"]
    assert ticket["secret"] not in ticket["qr_content"]
    assert "<svg" in ticket["qr_svg"]


# Tickets in the form


def unconfirmed(world):
    ticket = new_ticket(world)
    return {"ticket_id": ticket["ticket_id"], "ticket_secret": ticket["secret"]}


def cancelled(world):
    ticket = new_ticket(world)
    world.scan(ticket, world.elements(), "cancel")
    return {"ticket_id": ticket["ticket_id"], "ticket_secret": ticket["secret"]}


def of_another_purpose(world):
    return world.ticket("login", world.elements())


def with_a_wrong_secret(world):
    return {**world.ticket("register", world.elements()), "ticket_secret": "wrong"}


def with_a_name_that_is_too_long(world):
    return world.ticket("register", {**world.elements(), "name": "测" * 201})


def unknown(_):
    return {"ticket_id": "unknown", "ticket_secret": "x"}


@pytest.mark.accepts("R04")
@pytest.mark.parametrize(
    ("ticket", "code"),
    [
        (unconfirmed, "TICKET_UNCONFIRMED"),
        (cancelled, "TICKET_CANCELLED"),
        (of_another_purpose, "TICKET"),
        (with_a_wrong_secret, "TICKET"),
        (unknown, "TICKET"),
        (with_a_name_that_is_too_long, "LICENCE_NAME"),
    ],
)
def test_only_a_confirmed_ticket_of_this_browser_and_purpose_registers(world, ticket, code):
    used, email = ticket(world), new_address()
    form = world.registration(**used, email=email, email_code="000000")
    before = world.table()
    for answer in (request_code(world, email, used), world.anybody("POST", "/registrations", form)):
        assert (answer.status, answer.fields) == (422, {"ticket_id": code})
    assert world.table() == before
    assert world.mails(email) == []


def test_a_confirmed_ticket_is_valid_for_thirty_more_minutes(world):
    form = world.registration()
    world.time.forward(minutes=33)
    assert world.anybody("POST", "/registrations", form).fields == {"ticket_id": "TICKET_EXPIRED"}


def test_a_ticket_registers_only_once(world):
    form = world.registration()
    world.anybody.ok("POST", "/registrations", form)
    other = new_address()
    request_code(world, other)
    again = world.anybody("POST", "/registrations", form | {"email": other, "email_code": world.code(other)})
    assert again.fields == {"ticket_id": "TICKET_USED"}


def test_the_code_mail_has_six_digits_and_their_validity(world):
    email = new_address()
    assert request_code(world, email).body == {"expires_at": "2026-11-21T04:40:00.000Z", "resend_after": 60}
    assert re.search(r"您的注册验证码为：\d{6}，10分钟内有效", world.mails(email)[0].text)


@pytest.mark.accepts("R28", "R32", "R33")
@pytest.mark.parametrize(
    "left_out", ["phone", "email", "email_code", "password", "password_confirmation", "accept_terms"]
)
def test_required_fields_of_a_registration_must_be_given(world, left_out):
    form = world.registration()
    del form[left_out]
    answer = world.anybody("POST", "/registrations", form)
    assert (answer.status, answer.fields) == (422, {left_out: "missing"})


@pytest.mark.accepts("R33")
def test_a_registration_without_consent_is_refused(world):
    form = world.registration(accept_terms=False)
    before = world.table()
    answer = world.anybody("POST", "/registrations", form)
    assert (answer.status, answer.fields) == (422, {"accept_terms": "TERMS"})
    assert world.table() == before


@pytest.mark.parametrize(
    ("password", "confirmation", "fields"),
    [
        ("seven77", "seven77", {"password": "PASSWORD_SHORT"}),
        ("x1" * 65, "x1" * 65, {"password": "PASSWORD_LONG"}),
        ("Password123", "Password123", {"password": "PASSWORD_COMMON"}),
        ("aaaaaaaaaa", "aaaaaaaaaa", {"password": "PASSWORD_REPEATED"}),
        (PASSWORD, "another one", {"password_confirmation": "PASSWORD_CONFIRMATION"}),
    ],
    ids=["short", "long", "common", "one letter", "not confirmed"],
)
def test_a_weak_password_is_refused_without_using_up_code_or_ticket(world, password, confirmation, fields):
    form = world.registration()
    typed = {"password": password, "password_confirmation": confirmation}
    before = world.table()
    answer = world.anybody("POST", "/registrations", form | typed)
    assert (answer.status, answer.fields) == (422, fields)
    assert world.table() == before
    world.anybody.ok("POST", "/registrations", form)


def test_the_address_and_the_enterprises_name_are_refused_as_a_password(world):
    email, elements = new_address(), {**world.elements(), "name": "测试企业有限责任公司"}
    for password in (email.upper(), elements["name"]):
        form = world.registration(**world.ticket("register", elements), email=email)
        answer = world.anybody(
            "POST", "/registrations", form | {"password": password, "password_confirmation": password}
        )
        assert answer.fields == {"password": "PASSWORD_COMMON"}


def test_an_enterprise_can_register_only_once(world):
    elements = world.elements()
    world.anybody.ok("POST", "/registrations", world.registration(**world.ticket("register", elements)))
    form = world.registration(**world.ticket("register", elements))
    before = world.table()
    answer = world.anybody("POST", "/registrations", form)
    assert (answer.status, answer.code) == (409, "ALREADY_EXISTS")
    assert world.table() == before
