"""消息中心 and its mails over HTTP: who is told, what is read, what is retried (M01, M02, M04, H18, H19)."""

import json
from datetime import timedelta
from types import SimpleNamespace

import pytest

from tests.support.logs import recorded
from tests.support.relays import Mailer, relay


@pytest.fixture
def team(world):
    """An enterprise with its own account and agents of both scopes, nobody with a message yet."""
    owner = world.enterprise()
    return SimpleNamespace(
        enterprise=owner,
        everything=world.agent(owner),
        own=world.agent(owner, scope="own"),
        other_own=world.agent(owner, scope="own"),
    )


def messages(user, query=""):
    return user.ok("GET", f"/messages{query}")["items"]


def unread(user):
    return user.ok("GET", "/me")["unread_messages"]


def got_message(team):
    return {name for name, user in vars(team).items() if unread(user)}


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
def test_the_creator_gets_the_message_and_followers_the_mail(world, team, creator):
    sent = len(world.mails(team.enterprise.account["email"]))
    number = world.application(getattr(team, creator))["number"]
    assert got_message(team) == {creator}
    assert got_mail(world, team) == CREATED_BY[creator]
    assert len(world.mails(team.enterprise.account["email"])) == sent + 1
    (message,) = messages(getattr(team, creator))
    assert (message["application_number"], message["kind"], message["read"]) == (number, "submitted", False)
    assert message["body"] == f"申请单{number}已提交，当前状态为“外办审核中”。请等待外办审核。"


@pytest.mark.accepts("M02", "H19")
@pytest.mark.parametrize("off", ["everything", "own"])
def test_who_switched_mail_off_gets_none_whatever_the_role(world, team, off):
    world.switch_mail(getattr(team, off), False)
    world.application(team.own)
    assert got_mail(world, team) == {"enterprise", "everything", "own"} - {off}
    assert got_message(team) == {"own"}


def test_the_switch_counts_when_the_mail_is_sent(world, team):
    world.application(team.own)
    world.switch_mail(team.own, False)
    assert got_mail(world, team) == {"enterprise", "everything"}


def test_messages_for_a_revoked_creator_go_to_the_enterprise(world, team):
    application = world.application(team.own)
    world.deliver()
    before = len(world.mails(team.own.account["email"]))
    world.revoke(team.own)
    world.decide(world.desk("fao-hunan"), application, "return", reason="请补充")
    (message,) = messages(team.enterprise)
    assert (message["kind"], message["application_number"]) == ("status_changed", application["number"])
    assert "由“外办审核中”变更为“外办退回修改”。原因：请补充。" in message["body"]
    world.deliver()
    assert len(world.mails(team.own.account["email"])) == before
    assert application["number"] in world.mails(team.everything.account["email"])[0].text


def test_an_officer_has_no_messages(world):
    assert world.desk("fao-hunan")("GET", "/messages").code == "FORBIDDEN"


# Mail that does not go out


@pytest.fixture
def reader(world):
    return world.enterprise()


def several(world, user, count):
    """So many messages, one a second."""
    content = world.content(user)
    for _ in range(count):
        world.time.forward(seconds=1)
        user.ok("POST", "/applications", {"content": content})


@pytest.fixture
def quiet(world):
    """Ten minutes later: nothing waits in the outbox any more."""
    world.time.forward(minutes=10)
    world.deliver()


def test_mail_that_was_not_sent_is_tried_again_after_growing_waits_until_it_is_dead(world, quiet, reader):
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


def test_the_last_try_comes_within_two_days(world):
    from chalicelib.rules.base import limits

    assert sum(limits.MAIL_WAITS, timedelta()) <= timedelta(hours=48)


def test_mail_goes_out_once_the_provider_is_back(world, quiet, reader):
    world.application(reader)
    mailer = Mailer(broken=True)
    relay(world, mailer)
    mailer.broken = False
    world.time.forward(minutes=1)
    assert relay(world, mailer) == {"SENT": 1}
    assert relay(world, mailer) == {}
    assert [letter.to for letter in mailer.letters] == [reader.account["email"]]


def test_two_relays_at_once_send_each_mail_once(world, quiet, reader):
    several(world, reader, 5)
    mailer = Mailer()
    outcomes = world.together(*[lambda: relay(world, mailer)] * 4)
    assert sum(outcome.get("SENT", 0) for outcome in outcomes) == 5
    assert len(mailer.notified()) == len(set(mailer.notified())) == 5


def test_one_id_leads_from_the_request_to_the_history_and_to_the_letter(world, team):
    number = world.application(team.own)["number"]
    world.deliver()
    form = {"decision": "pass", "status_version": 1}
    answer = world.desk("fao-hunan")("POST", f"/office/applications/{number}/decision", form)
    request_id = answer.headers["x-request-id"]
    assert team.own.ok("GET", f"/applications/{number}")["history"][-1]["request_id"] == request_id
    with recorded() as log:
        world.deliver()
    told = [json.loads(line) for line in log.getvalue().splitlines()]
    letters = [each for each in told if each["event"] == "letter_sent" and request_id in each["request_ids"]]
    assert len(letters) == 3
    assert team.own.account["email"] not in log.getvalue()
