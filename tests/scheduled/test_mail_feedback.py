"""Bounces and complaints: which addresses receive no more mail, where this is shown, which events are dropped."""

import threading
from types import SimpleNamespace

import pytest

from scheduled.mail_feedback import mail_feedback
from testing import mail_events, people
from testing.mail_events import FORMS, bounce, complaint
from tests.support import logs
from tests.support.accounts import request_code
from tests.support.relays import Mailer, relay


def receive(message):
    """Invoke the function with an event from SNS."""
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
@pytest.mark.parametrize(("event", "mail_status"), [(bounce, "bounced"), (complaint, "complained")])
def test_the_mail_status_of_an_address_is_shown_wherever_its_account_is_shown(world, team, form, event, mail_status):
    assert status(team.agent) == "ok"
    address = team.agent.account["email"]
    assert receive(event(address, form=form)) == {
        "kind": event.__name__.title(),
        "addresses": 1,
        "accounts": 1,
    }
    assert (status(team.agent), status(team.own), status(team.owner)) == (mail_status, "ok", "ok")
    assert team.agent.ok("PUT", "/me/mail-preference", {"receives_mail": True})["mail_status"] == mail_status
    listed = {agent["id"]: agent["mail_status"] for agent in team.owner.ok("GET", "/agents")["items"]}
    assert listed == {team.agent.account["id"]: mail_status, team.own.account["id"]: "ok"}
    assert team.owner.ok("GET", f"/agents/{team.agent.account['id']}")["mail_status"] == mail_status
    detail = world.desk("consular").ok("GET", f"/office/enterprises/{team.owner.account['enterprise_id']}")
    assert {agent["id"]: agent["mail_status"] for agent in detail["agents"]} == listed


def test_a_reported_address_is_recognised_with_a_display_name_and_in_any_letter_case(world, team):
    address = team.agent.account["email"]
    assert receive(bounce(f"Somebody <{address.upper()}>"))["accounts"] == 1
    assert status(team.agent) == "bounced"


@pytest.mark.accepts("M02")
def test_no_notice_is_sent_to_an_address_that_bounced_or_complained(world, quiet, team):
    receive(bounce(team.agent.account["email"]))
    receive(complaint(team.owner.account["email"]))
    world.application(team.own)
    mailer = Mailer()
    assert relay(world, mailer) == {"SENT": 1}
    assert [mail.to for mail in mailer.letters] == [team.own.account["email"]]
    world.application(team.agent)
    assert relay(world, mailer) == {"SUPPRESSED": 1}
    assert len(mailer.letters) == 1
    world.time.forward(days=3)
    assert relay(world, mailer) == {}


def test_a_new_address_receives_mail_and_a_bounced_address_stays_suppressed_for_every_account(world, team):
    address = team.agent.account["email"]
    receive(bounce(address))
    path = f"/agents/{team.agent.account['id']}"
    assert team.owner.ok("PATCH", path, {"email": f"new-{address}"})["mail_status"] == "ok"
    assert receive(bounce(address))["accounts"] == 0
    assert status(team.agent) == "ok"
    assert team.owner.ok("PATCH", path, {"email": address})["mail_status"] == "bounced"
    other_agent = world.agent(team.owner, email=address)
    assert status(other_agent) == "bounced"


def test_a_bounce_also_suppresses_security_mail_and_a_complaint_does_not(world):
    for event, arrives in ((complaint, True), (bounce, False)):
        address = f"{event.__name__}@enterprise.example"
        receive(event(address))
        answer = request_code(world, address)
        assert answer.status == 202
        assert bool(world.mails(address)) == arrives
    assert "SUPPRESSED" in entries(world)


def test_a_repeated_bounce_or_a_complaint_after_a_bounce_changes_nothing(world, team):
    address = team.agent.account["email"]
    assert [receive(bounce(address))["accounts"] for _ in range(2)] == [1, 0]
    before = world.table()
    receive(bounce(address))
    assert receive(complaint(address))["accounts"] == 0
    assert world.table() == before
    assert status(team.agent) == "bounced"


def test_a_bounce_replaces_an_earlier_complaint(world, team):
    receive(complaint(team.agent.account["email"]))
    receive(bounce(team.agent.account["email"]))
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
def test_a_temporary_bounce_or_an_event_without_a_failure_suppresses_no_address(world, team, message):
    before = world.table()
    assert receive(message(team.agent.account["email"]))["addresses"] == 0
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
def test_an_unreadable_event_is_logged_and_dropped(world, message):
    before = world.table()
    with logs.recorded() as lines:
        assert receive(message) == {"addresses": 0, "accounts": 0, "unreadable": True}
    assert '"unreadable": true' in lines.getvalue()
    assert world.table() == before


def test_neither_the_log_nor_the_table_contains_the_address_in_clear(world, team):
    with logs.recorded() as lines:
        receive(bounce("canary-address@enterprise.example"))
    assert "canary" not in lines.getvalue()
    assert "canary" not in str(world.table())


def test_the_sandbox_simulates_feedback_for_addresses_that_start_with_bounce_or_complaint(world, team, monkeypatch):
    from chalicelib.repos.process import aws
    from sandbox import feedback

    handlers = []
    events = aws.client("sesv2").meta.events
    monkeypatch.setattr(events, "register", lambda _, handler: handlers.append(handler))
    monkeypatch.setattr(threading.Thread, "start", lambda thread: thread.run())
    feedback.play(mail_feedback)
    for kind, mail_status in (("bounce", "bounced"), ("complaint", "complained"), ("agent", "ok")):
        agent = world.agent(team.owner, email=f"{kind}+{people.serial()}@enterprise.example")
        handlers[0]({"Destination": {"ToAddresses": [agent.account["email"]]}})
        assert status(agent) == mail_status
