"""企业账号注册 over HTTP: the ticket and its scan, the e-mail code, the form (R24-R34)."""

import re
from datetime import UTC, datetime

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.support import people
from tests.support.world import PASSWORD, PLATFORM

TICKET = {"ticket_id": "TICKET"}
CODE = {"email_code": "EMAIL_CODE"}


def start(world, purpose="register"):
    return world.anybody.ok("POST", "/elicence/tickets", {"purpose": purpose})


def poll(world, ticket, secret=None):
    path = f"/elicence/tickets/{ticket['ticket_id']}"
    return world.anybody("GET", path, X_Ticket_Secret=secret or ticket["secret"])


def state(world, ticket):
    return poll(world, ticket).body["state"]


def new_address():
    return f"enterprise{people.serial()}@enterprise.example"


def ask_code(world, email):
    return world.anybody("POST", "/email-codes", {"purpose": "register", "email": email})


def register(world, **changes):
    return world.anybody("POST", "/registrations", world.registration(**changes))


# The whole walk


@pytest.mark.accepts("R25", "R26", "R27", "R28", "R29", "R33")
def test_an_enterprise_registers_by_scanning_its_licence(world):
    ticket, elements = start(world), world.elements()
    assert (state(world, ticket), ticket["poll_after_seconds"]) == ("waiting", 2)
    assert world.scan(ticket, elements, "scan").status == 204
    assert poll(world, ticket).body == {
        "state": "scanned",
        "enterprise": None,
        "holder": {"kind": "legal_representative", "name": "测试戊"},
    }
    assert world.scan(ticket, elements).status == 204
    assert poll(world, ticket).body["enterprise"] == elements
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
    ask_code(world, form["email"])
    session = world.anybody.ok("POST", "/registrations", form | {"email_code": world.code(form["email"])})
    assert session["expires_at"] == "2026-11-21T05:00:00.000Z"
    assert (session["account"]["role"], session["account"]["login"]) == ("enterprise", form["email"])
    me = world.anybody.ok("GET", "/me", Authorization=f"Bearer {session['token']}")
    assert {name: me["enterprise"][name] for name in (*elements, *optional, "phone")} == {
        **elements,
        **optional,
        "phone": "073188888888",
    }


def test_the_optional_fields_of_a_registration_may_be_left_out(world):
    me = world.enterprise().ok("GET", "/me")["enterprise"]
    names = ("region_code", "region", "address", "kind", "industry", "staff_count")
    assert {name: me[name] for name in names} == dict.fromkeys(names)


def test_the_qr_code_holds_the_ticket_and_is_drawn_as_svg(world):
    ticket = start(world)
    assert ticket["expires_at"] == "2026-11-21T04:33:00.000Z"
    assert f"ticket={ticket['ticket_id']}" in ticket["qr_content"]
    assert ticket["secret"] not in ticket["qr_content"]
    assert "<svg" in ticket["qr_svg"]


# Polling


@pytest.mark.parametrize("secret", ["", "wrong", "密"])
def test_a_ticket_is_unknown_without_its_secret(world, secret):
    ticket = start(world)
    path = f"/elicence/tickets/{ticket['ticket_id']}"
    answer = world.anybody("GET", path, X_Ticket_Secret=secret)
    unknown = world.anybody("GET", "/elicence/tickets/unknown", X_Ticket_Secret=ticket["secret"])
    assert (answer.status, answer.code) == (404, "NOT_FOUND")
    assert {**answer.body, "request_id": ""} == {**unknown.body, "request_id": ""}


def test_a_ticket_expires_after_180_seconds(world):
    ticket = start(world)
    world.time.forward(seconds=179)
    assert state(world, ticket) == "waiting"
    world.time.forward(seconds=1)
    assert state(world, ticket) == "expired"
    assert world.scan(ticket, world.elements()).code == "ASSERTION_REFUSED"


def test_a_scan_may_be_cancelled_and_is_then_over(world):
    ticket, elements = start(world), world.elements()
    world.scan(ticket, elements, "scan")
    assert world.scan(ticket, elements, "cancel").status == 204
    assert poll(world, ticket).body["state"] == "cancelled"
    assert world.scan(ticket, elements).code == "ASSERTION_REFUSED"


# The platform's word


STRANGER = Ed25519PrivateKey.generate()


def forged(claims):
    return jwt.encode(claims, STRANGER, algorithm="EdDSA", headers={"kid": "test"})


def of_unknown_key(claims):
    return PLATFORM.sign(claims, kid="other")


def unsigned(claims):
    return jwt.encode(claims, "", algorithm="none", headers={"kid": "test"})


def signed_with_the_public_key(claims):
    public = PLATFORM.key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return jwt.encode(claims, public.ljust(32, b"\0"), algorithm="HS256", headers={"kid": "test"})


def altered(claims):
    head, _, signature = PLATFORM.sign(claims).split(".")
    payload = PLATFORM.sign({**claims, "action": "cancel"}).split(".")[1]
    return f"{head}.{payload}.{signature}"


@pytest.mark.parametrize("sign", [forged, of_unknown_key, unsigned, signed_with_the_public_key, altered])
def test_an_assertion_that_the_platform_did_not_sign_is_refused(world, sign):
    ticket = start(world)
    claims = jwt.decode(
        world.assertion(ticket, world.elements(), "confirm"), options={"verify_signature": False, "verify_iat": False}
    )
    answer = world.anybody("POST", "/elicence/callback", {"assertion": sign(claims)})
    assert (answer.status, answer.code) == (401, "ASSERTION_REFUSED")
    assert state(world, ticket) == "waiting"


@pytest.mark.parametrize("assertion", ["x", "a.b.c", "测试", "." * 100, "e30.e30.e30"])
def test_what_is_no_assertion_at_all_is_refused(world, assertion):
    answer = world.anybody("POST", "/elicence/callback", {"assertion": assertion})
    assert (answer.status, answer.code) == (401, "ASSERTION_REFUSED")


NOW = int(datetime(2026, 11, 21, 4, 30, tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    "claims",
    [
        {"iat": NOW - 121},
        {"iat": NOW + 121},
        {"iat": "soon"},
        {"nonce": "another"},
        {"ticket": "unknown"},
        {"iss": "somebody"},
        {"aud": "another-portal"},
        {"action": "approve"},
        {"jti": None},
        {"enterprise": None},
        {"holder": {"kind": "passer_by", "name": "测试庚"}},
    ],
    ids=str,
)
def test_an_assertion_that_is_stale_or_not_for_this_ticket_is_refused(world, claims):
    ticket = start(world)
    answer = world.scan(ticket, world.elements(), **claims)
    assert (answer.status, answer.code) == (401, "ASSERTION_REFUSED")
    assert state(world, ticket) == "waiting"


def test_an_assertion_two_minutes_old_is_still_believed(world):
    assert world.scan(start(world), world.elements(), iat=NOW - 120).status == 204


@pytest.mark.parametrize("action", ["scan", "confirm"])
def test_an_assertion_that_comes_again_is_refused(world, action):
    ticket = start(world)
    body = {"assertion": world.assertion(ticket, world.elements(), action)}
    assert world.anybody("POST", "/elicence/callback", body).status == 204
    again = world.anybody("POST", "/elicence/callback", body)
    assert (again.status, again.code) == (401, "ASSERTION_REFUSED")


def test_a_licence_that_is_not_active_is_refused(world):
    revoked = {**world.elements(), "status": "revoked"}
    assert world.scan(start(world), world.elements(), enterprise=revoked).code == "ASSERTION_REFUSED"


def authorization(mode="full", items=(), starts_on="2026-11-01", ends_on="2026-11-30"):
    return {"mode": mode, "items": list(items), "starts_on": starts_on, "ends_on": ends_on}


DELEGATE = {"kind": "delegate", "name": "测试辛"}


@pytest.mark.accepts("R16", "R17")
@pytest.mark.parametrize(
    "given",
    [
        authorization(),
        authorization("precise", ["电子政务—外交—领事服务"]),
        authorization(starts_on="2026-11-21", ends_on="2026-11-21"),
    ],
    ids=["full", "precise", "one day"],
)
def test_a_delegate_whose_authorisation_covers_the_portal_today_may_act(world, given):
    assert world.scan(start(world), world.elements(), holder=DELEGATE, authorization=given).status == 204


@pytest.mark.accepts("R15", "R16", "R17", "R18")
@pytest.mark.parametrize(
    "given",
    [
        None,
        authorization("precise", ["电子政务—税务"]),
        authorization("precise"),
        authorization(starts_on="2026-11-22"),
        authorization(ends_on="2026-11-20"),
    ],
    ids=["none", "other item", "no item", "not yet", "expired"],
)
def test_a_delegate_without_authorisation_for_today_may_not_act(world, given):
    answer = world.scan(start(world), world.elements(), holder=DELEGATE, authorization=given)
    assert (answer.status, answer.code) == (401, "ASSERTION_REFUSED")


def test_the_day_of_an_authorisation_is_the_chinese_day(world):
    world.time.moment = datetime(2026, 11, 21, 16, 30, tzinfo=UTC)
    from_the_22nd = authorization(starts_on="2026-11-22", ends_on="2026-11-22")
    assert world.scan(start(world), world.elements(), holder=DELEGATE, authorization=from_the_22nd).status == 204


# The ticket in the form


def unconfirmed(world):
    ticket = start(world)
    return {"ticket_id": ticket["ticket_id"], "ticket_secret": ticket["secret"]}


def cancelled(world):
    ticket = start(world)
    world.scan(ticket, world.elements(), "cancel")
    return {"ticket_id": ticket["ticket_id"], "ticket_secret": ticket["secret"]}


def of_another_purpose(world):
    return world.ticket("login", world.elements())


def with_a_wrong_secret(world):
    return {**world.ticket("register", world.elements()), "ticket_secret": "wrong"}


def unknown(_):
    return {"ticket_id": "unknown", "ticket_secret": "x"}


@pytest.mark.parametrize("ticket", [unconfirmed, cancelled, of_another_purpose, with_a_wrong_secret, unknown])
def test_only_a_confirmed_ticket_of_this_browser_and_purpose_registers(world, ticket):
    form = world.registration(**ticket(world))
    before = world.table()
    answer = world.anybody("POST", "/registrations", form)
    assert (answer.status, answer.fields) == (422, TICKET)
    assert world.table() == before


def test_a_confirmed_ticket_is_good_for_thirty_minutes_more(world):
    form = world.registration()
    world.time.forward(minutes=33)
    assert world.anybody("POST", "/registrations", form).fields == TICKET


def test_a_ticket_registers_only_once(world):
    form = world.registration()
    world.anybody.ok("POST", "/registrations", form)
    other = new_address()
    ask_code(world, other)
    again = world.anybody("POST", "/registrations", form | {"email": other, "email_code": world.code(other)})
    assert again.fields == TICKET


def test_the_code_mail_holds_six_digits_and_how_long_they_are_good(world):
    email = new_address()
    assert ask_code(world, email).body == {"expires_at": "2026-11-21T04:40:00.000Z", "resend_after": 60}
    assert re.search(r"您的注册验证码为：\d{6}，10分钟内有效", world.mails(email)[0].text)


@pytest.mark.accepts("R33")
def test_without_consent_nobody_registers(world):
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
        ("aaaaaaaaaa", "aaaaaaaaaa", {"password": "PASSWORD_COMMON"}),
        (PASSWORD, "another one", {"password_confirmation": "PASSWORD_CONFIRMATION"}),
    ],
    ids=["short", "long", "common", "one letter", "not confirmed"],
)
def test_a_weak_password_is_refused_and_nothing_is_used_up(world, password, confirmation, fields):
    form = world.registration()
    before = world.table()
    answer = world.anybody("POST", "/registrations", form | dict(password=password, password_confirmation=confirmation))
    assert (answer.status, answer.fields) == (422, fields)
    assert world.table() == before
    world.anybody.ok("POST", "/registrations", form)


def test_the_e_mail_address_or_the_enterprises_name_is_no_password(world):
    email, elements = new_address(), {**world.elements(), "name": "测试企业有限责任公司"}
    for password in (email.upper(), elements["name"]):
        form = world.registration(**world.ticket("register", elements), email=email)
        answer = world.anybody(
            "POST", "/registrations", form | {"password": password, "password_confirmation": password}
        )
        assert answer.fields == {"password": "PASSWORD_COMMON"}


def test_an_enterprise_registers_once_whoever_scans(world):
    elements = world.elements()
    world.anybody.ok("POST", "/registrations", world.registration(**world.ticket("register", elements)))
    form = world.registration(**world.ticket("register", elements))
    before = world.table()
    answer = world.anybody("POST", "/registrations", form)
    assert (answer.status, answer.code) == (409, "ALREADY_EXISTS")
    assert world.table() == before
