"""消息中心 and mail: recipients, the mail switch, and retries of the relay (M01, M02, M04, H18, H19)."""

import json
from datetime import timedelta

import pytest

from tests.support.logs import recorded
from tests.support.messages import messages_of, submit_several, unread_count
from tests.support.relays import Mailer, relay


def got_message(team):
    return {name for name, user in vars(team).items() if unread_count(user)}


def got_mail(world, team):
    world.deliver()
    return {name for name, user in vars(team).items() if world.mails(user.account["email"])}


CREATED_BY = {
    "enterprise": {"enterprise", "everything"},
    "everything": {"enterprise", "everything"},
    "own": {"enterprise", "everything", "own"},
}


@pytest.mark.accepts("M01", "M02", "M04", "H18", "H19")
@pytest.mark.parametrize("creator", CREATED_BY)
def test_the_creator_gets_the_message_and_all_followers_get_the_mail(world, team, creator):
    sent = len(world.mails(team.enterprise.account["email"]))
    number = world.application(getattr(team, creator))["number"]
    assert got_message(team) == {creator}
    assert got_mail(world, team) == CREATED_BY[creator]
    assert len(world.mails(team.enterprise.account["email"])) == sent + 1
    (message,) = messages_of(getattr(team, creator))
    assert (message["application_number"], message["kind"], message["read"]) == (number, "submitted", False)
    assert message["body"] == f"申请单{number}已提交，当前状态为“外办审核中”。请等待外办审核。"


@pytest.mark.accepts("M02", "H19")
@pytest.mark.parametrize("off", ["everything", "own"])
def test_an_account_with_the_mail_switch_off_gets_no_mail(world, team, off):
    world.switch_mail(getattr(team, off), False)
    world.application(team.own)
    assert got_mail(world, team) == {"enterprise", "everything", "own"} - {off}
    assert got_message(team) == {"own"}


def test_the_mail_switch_is_read_when_the_mail_is_sent(world, team):
    world.application(team.own)
    world.switch_mail(team.own, False)
    assert got_mail(world, team) == {"enterprise", "everything"}


def test_messages_for_a_revoked_creator_go_to_the_enterprise(world, team):
    application = world.application(team.own)
    world.deliver()
    before = len(world.mails(team.own.account["email"]))
    world.revoke(team.own)
    world.decide(world.desk("fao-hunan"), application, "return", reason="请补充")
    world.deliver()
    (message,) = messages_of(team.enterprise)
    assert unread_count(team.enterprise) == 1
    assert (message["kind"], message["application_number"]) == ("status_changed", application["number"])
    assert "由“外办审核中”变更为“外办退回修改”。原因：请补充。" in message["body"]
    assert len(world.mails(team.own.account["email"])) == before
    assert application["number"] in world.mails(team.everything.account["email"])[0].text


def test_an_officer_has_no_messages(world):
    assert world.desk("fao-hunan")("GET", "/messages").code == "FORBIDDEN"


# Mail that cannot be sent


@pytest.fixture
def empty_outbox(world):
    """Empty the outbox: ten minutes pass and the relay runs."""
    world.time.forward(minutes=10)
    world.deliver()


def test_a_failed_mail_is_retried_with_growing_delays_and_then_given_up(world, empty_outbox, reader):
    world.application(reader)
    broken = Mailer(broken=True)
    assert relay(world, broken) == {"WAITING": 1}
    for minutes in (1, 2, 5, 15, 30, 60, 120, 240, 480, 720):
        world.time.forward(minutes=minutes, seconds=-1)
        assert relay(world, broken) == {}
        world.time.forward(seconds=1)
        assert relay(world, broken) == {"WAITING": 1}
    world.time.forward(minutes=1440)
    assert relay(world, broken) == {"DEAD": 1}
    world.time.forward(days=7)
    assert relay(world, Mailer()) == {}


def test_the_last_attempt_is_made_within_two_days(world):
    from chalicelib.rules.base import limits

    assert sum(limits.MAIL_WAITS, timedelta()) <= timedelta(hours=48)


def test_a_mail_is_sent_when_the_provider_recovers(world, empty_outbox, reader):
    world.application(reader)
    mailer = Mailer(broken=True)
    relay(world, mailer)
    mailer.broken = False
    world.time.forward(minutes=1)
    assert relay(world, mailer) == {"SENT": 1}
    assert relay(world, mailer) == {}
    assert [letter.to for letter in mailer.letters] == [reader.account["email"]]


def test_concurrent_relays_send_each_mail_once(world, empty_outbox, reader):
    submit_several(world, reader, 5)
    mailer = Mailer()
    outcomes = world.together(*[lambda: relay(world, mailer)] * 4)
    assert sum(outcome.get("SENT", 0) for outcome in outcomes) == 5
    assert len(mailer.notified()) == len(set(mailer.notified())) == 5


def test_history_and_mail_log_share_the_request_id(world, team):
    number = world.application(team.own)["number"]
    world.deliver()
    form = {"decision": "pass", "status_version": 1}
    answer = world.desk("fao-hunan")("POST", f"/office/applications/{number}/decision", form)
    request_id = answer.headers["x-request-id"]
    assert team.own.ok("GET", f"/applications/{number}")["history"][-1]["request_id"] == request_id
    with recorded() as log:
        world.deliver()
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    letters = [line for line in lines if line["event"] == "letter_sent" and request_id in line["request_ids"]]
    assert len(letters) == 3
    assert team.own.account["email"] not in log.getvalue()
