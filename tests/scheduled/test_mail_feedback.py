"""Bounces and complaints: which addresses get no more mail, where that shows, and what is dropped."""

import threading
from types import SimpleNamespace

import pytest

from scheduled.mail_feedback import mail_feedback
from testing import mail_events, people
from testing.mail_events import FORMS, bounce, complaint
from tests.support import logs
from tests.support.relays import Mailer, relay


def tell(message):
    """SNS brings an event."""
    return mail_feedback(mail_events.sns(message), None)


@pytest.fixture
def team(world):
    owner = world.enterprise()
    return SimpleNamespace(owner=owner, agent=world.agent(owner), own=world.agent(owner, scope="own"))


@pytest.fixture
def quiet(world):
    world.time.forward(minutes=10)
    world.deliver()


def status(user):
    return user.ok("GET", "/me")["account"]["mail_status"]


def entries(world):
    return [item["state"]["S"] for (pk, sk), item in world.table().items() if sk == "MAIL" and pk.startswith("MAIL#")]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("event", "told"), [(bounce, "bounced"), (complaint, "complained")])
def test_the_state_of_an_address_shows_wherever_its_account_does(world, team, form, event, told):
    assert status(team.agent) == "ok"
    address = team.agent.account["email"]
    assert tell(event(address, form=form)) == {
        "kind": event.__name__.title(),
        "addresses": 1,
        "accounts": 1,
    }
    assert (status(team.agent), status(team.own), status(team.owner)) == (told, "ok", "ok")
    assert team.agent.ok("PUT", "/me/mail-preference", {"receives_mail": True})["mail_status"] == told
    listed = {each["id"]: each["mail_status"] for each in team.owner.ok("GET", "/agents")["items"]}
    assert listed == {team.agent.account["id"]: told, team.own.account["id"]: "ok"}
    assert team.owner.ok("GET", f"/agents/{team.agent.account['id']}")["mail_status"] == told
    detail = world.desk("consular").ok("GET", f"/office/enterprises/{team.owner.account['enterprise_id']}")
    assert {each["id"]: each["mail_status"] for each in detail["agents"]} == listed


def test_the_reported_address_may_have_a_name_and_other_letter_case(world, team):
    address = team.agent.account["email"]
    assert tell(bounce(f"Somebody <{address.upper()}>"))["accounts"] == 1
    assert status(team.agent) == "bounced"


@pytest.mark.accepts("M02")
def test_notices_go_to_nobody_whose_address_bounced_or_complained(world, quiet, team):
    tell(bounce(team.agent.account["email"]))
    tell(complaint(team.owner.account["email"]))
    world.application(team.own)
    mailer = Mailer()
    assert relay(world, mailer) == {"SENT": 1}
    assert [letter.to for letter in mailer.letters] == [team.own.account["email"]]
    world.application(team.agent)
    assert relay(world, mailer) == {"SUPPRESSED": 1}
    assert len(mailer.letters) == 1
    world.time.forward(days=3)
    assert relay(world, mailer) == {}


def test_another_address_is_a_new_start_and_a_known_one_is_not(world, team):
    address = team.agent.account["email"]
    tell(bounce(address))
    path = f"/agents/{team.agent.account['id']}"
    assert team.owner.ok("PATCH", path, {"email": f"new-{address}"})["mail_status"] == "ok"
    assert tell(bounce(address))["accounts"] == 0
    assert status(team.agent) == "ok"
    assert team.owner.ok("PATCH", path, {"email": address})["mail_status"] == "bounced"
    second = world.agent(team.owner, email=address)
    assert status(second) == "bounced"


def test_a_bounce_stops_security_mail_too_and_a_complaint_does_not(world):
    for event, arrives in ((complaint, True), (bounce, False)):
        address = f"{event.__name__}@enterprise.example"
        tell(event(address))
        answer = world.anybody("POST", "/email-codes", {"purpose": "register", "email": address})
        assert answer.status == 202
        assert bool(world.mails(address)) == arrives
    assert "SUPPRESSED" in entries(world)


def test_what_is_told_twice_or_later_and_weaker_changes_nothing(world, team):
    address = team.agent.account["email"]
    assert [tell(bounce(address))["accounts"] for _ in range(2)] == [1, 0]
    before = world.table()
    tell(bounce(address))
    assert tell(complaint(address))["accounts"] == 0
    assert world.table() == before
    assert status(team.agent) == "bounced"


def test_a_bounce_after_a_complaint_is_the_stronger(world, team):
    tell(complaint(team.agent.account["email"]))
    tell(bounce(team.agent.account["email"]))
    assert status(team.agent) == "bounced"


@pytest.mark.parametrize(
    "message",
    [
        lambda address: bounce(address, "Transient"),
        lambda address: bounce(address, "Undetermined"),
        lambda address: complaint(address, "not-spam"),
        lambda address: {"eventType": "Delivery", "mail": {"destination": [address]}},
        lambda address: {"notificationType": "AmazonSnsSubscriptionSucceeded", "message": "hello"},
    ],
)
def test_what_passes_by_itself_suppresses_nobody(world, team, message):
    before = world.table()
    assert tell(message(team.agent.account["email"]))["addresses"] == 0
    assert world.table() == before


@pytest.mark.parametrize(
    "message",
    [
        "no json",
        "[]",
        '"text"',
        "{}",
        {"eventType": "Bounce", "bounce": {"bounceType": "Permanent"}},
        {"eventType": "Bounce", "bounce": {"bounceType": "Permanent", "bouncedRecipients": [{"emailAddress": 5}]}},
        {"eventType": "Complaint", "complaint": []},
    ],
)
def test_what_cannot_be_read_is_logged_and_dropped(world, message):
    before = world.table()
    with logs.recorded() as lines:
        assert tell(message) == {"addresses": 0, "accounts": 0, "unreadable": True}
    assert '"unreadable": true' in lines.getvalue()
    assert world.table() == before


def test_neither_log_nor_table_names_the_address(world, team):
    with logs.recorded() as lines:
        tell(bounce("canary-address@enterprise.example"))
    assert "canary" not in lines.getvalue()
    assert "canary" not in str(world.table())


def test_the_sandbox_plays_a_bounce_to_whom_it_may(world, team, monkeypatch):
    from chalicelib.repos.process import aws
    from sandbox import feedback

    played = []
    events = aws.client("sesv2").meta.events
    monkeypatch.setattr(events, "register", lambda _, handler: played.append(handler))
    monkeypatch.setattr(threading.Thread, "start", lambda thread: thread.run())
    feedback.play(mail_feedback)
    for kind, told in (("bounce", "bounced"), ("complaint", "complained"), ("agent", "ok")):
        agent = world.agent(team.owner, email=f"{kind}+{people.serial()}@enterprise.example")
        played[0]({"Destination": {"ToAddresses": [agent.account["email"]]}})
        assert status(agent) == told
