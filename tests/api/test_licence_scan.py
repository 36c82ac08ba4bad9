"""电子营业执照: the ticket of a QR code, its polling, and verification of assertions (R13-R18, R25)."""

from datetime import UTC, datetime

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from testing.world import PLATFORM
from tests.support.accounts import elements_of
from tests.support.tickets import new_ticket, poll, ticket_state

# Polling


@pytest.mark.parametrize("secret", ["", "wrong", "密"])
def test_a_ticket_without_its_secret_is_not_found(world, secret):
    ticket = new_ticket(world)
    path = f"/elicence/tickets/{ticket['ticket_id']}"
    answer = world.anybody("GET", path, X_Ticket_Secret=secret)
    unknown = world.anybody("GET", "/elicence/tickets/unknown", X_Ticket_Secret=ticket["secret"])
    assert (answer.status, answer.code) == (404, "NOT_FOUND")
    assert {**answer.body, "request_id": ""} == {**unknown.body, "request_id": ""}


def test_a_ticket_expires_after_180_seconds(world):
    ticket = new_ticket(world)
    world.time.forward(seconds=179)
    assert ticket_state(world, ticket) == "waiting"
    world.time.forward(seconds=1)
    assert ticket_state(world, ticket) == "expired"
    assert world.scan(ticket, world.elements()).code == "ASSERTION_REFUSED"


def test_a_cancelled_scan_cannot_be_confirmed(world):
    ticket, elements = new_ticket(world), world.elements()
    world.scan(ticket, elements, "scan")
    assert world.scan(ticket, elements, "cancel").status == 204
    assert poll(world, ticket).body["state"] == "cancelled"
    assert world.scan(ticket, elements).code == "ASSERTION_REFUSED"


def test_a_confirmed_scan_says_at_once_whether_the_enterprise_is_registered_already(world):
    owner = world.enterprise()
    for elements, whether in ((elements_of(owner), True), (world.elements(), False)):
        ticket = new_ticket(world)
        world.scan(ticket, elements, "scan")
        assert poll(world, ticket).body["registered"] is None
        world.scan(ticket, elements)
        assert poll(world, ticket).body["registered"] is whether


def test_after_the_scan_nobody_else_confirms_or_cancels_it(world):
    ticket, elements = new_ticket(world), world.elements()
    assert world.scan(ticket, elements, "scan").status == 204
    for action in ("confirm", "cancel"):
        other = world.scan(ticket, world.elements(), action)
        colleague = world.scan(ticket, elements, action, holder={"kind": "manager", "name": "测试庚"})
        assert (other.code, colleague.code) == ("ASSERTION_REFUSED", "ASSERTION_REFUSED")
    assert ticket_state(world, ticket) == "scanned"
    assert world.scan(ticket, elements).status == 204
    assert ticket_state(world, ticket) == "confirmed"


def test_the_code_states_the_purpose_that_the_phone_shows_and_signs(world):
    ticket = world.anybody.ok("POST", "/elicence/tickets", {"purpose": "register"})
    assert "&purpose=register&" in ticket["qr_content"]
    # Somebody made the code look like one for a sign-in.
    shown = ticket | {"qr_content": ticket["qr_content"].replace("purpose=register", "purpose=login")}
    assert world.scan(shown, world.elements()).code == "ASSERTION_REFUSED"
    assert ticket_state(world, ticket) == "waiting"


# Assertions


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
    ticket = new_ticket(world)
    claims = jwt.decode(
        world.assertion(ticket, world.elements(), "confirm"), options={"verify_signature": False, "verify_iat": False}
    )
    answer = world.anybody("POST", "/elicence/callback", {"assertion": sign(claims)})
    assert (answer.status, answer.code) == (401, "ASSERTION_REFUSED")
    assert ticket_state(world, ticket) == "waiting"


@pytest.mark.parametrize("assertion", ["x", "a.b.c", "测试", "." * 100, "e30.e30.e30"])
def test_a_malformed_assertion_is_refused(world, assertion):
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
        {"purpose": "recover"},
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
def test_an_assertion_that_is_outdated_or_for_another_ticket_is_refused(world, claims):
    ticket = new_ticket(world)
    answer = world.scan(ticket, world.elements(), **claims)
    assert (answer.status, answer.code) == (401, "ASSERTION_REFUSED")
    assert ticket_state(world, ticket) == "waiting"


def test_an_assertion_of_two_minutes_is_accepted(world):
    assert world.scan(new_ticket(world), world.elements(), iat=NOW - 120).status == 204


@pytest.mark.parametrize("action", ["scan", "confirm"])
def test_a_replayed_assertion_is_refused(world, action):
    ticket = new_ticket(world)
    body = {"assertion": world.assertion(ticket, world.elements(), action)}
    assert world.anybody("POST", "/elicence/callback", body).status == 204
    again = world.anybody("POST", "/elicence/callback", body)
    assert (again.status, again.code) == (401, "ASSERTION_REFUSED")


def test_a_licence_that_is_not_active_is_refused(world):
    revoked = {**world.elements(), "status": "revoked"}
    assert world.scan(new_ticket(world), world.elements(), enterprise=revoked).code == "ASSERTION_REFUSED"


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
    assert world.scan(new_ticket(world), world.elements(), holder=DELEGATE, authorization=given).status == 204


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
    answer = world.scan(new_ticket(world), world.elements(), holder=DELEGATE, authorization=given)
    assert (answer.status, answer.code) == (401, "ASSERTION_REFUSED")


def test_an_authorisation_is_checked_against_the_date_in_china(world):
    world.time.moment = datetime(2026, 11, 21, 16, 30, tzinfo=UTC)
    from_the_22nd = authorization(starts_on="2026-11-22", ends_on="2026-11-22")
    assert world.scan(new_ticket(world), world.elements(), holder=DELEGATE, authorization=from_the_22nd).status == 204
