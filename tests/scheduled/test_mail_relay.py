"""The relay: digests, quota, throttling, running out of time; what a mail looks like."""

import json
import re
import sys
from contextlib import ExitStack
from datetime import timedelta
from types import SimpleNamespace

import pytest

from chalicelib.repos.mail import outbox
from chalicelib.repos.mail.port import Throttled
from chalicelib.repos.mail.send_quota import SendQuota
from chalicelib.repos.process import deadline
from chalicelib.repos.table import table
from chalicelib.rules.base.vocabulary import AccountId, EnterpriseId
from chalicelib.usecases.notices import mail_relay
from testing import people
from tests.support import logs
from tests.support.faults import refused
from tests.support.relays import Mailer, relay

WAIT = timedelta(minutes=1)


@pytest.fixture
def team(world):
    world.time.forward(minutes=10)
    world.deliver()
    owner = world.enterprise()
    return SimpleNamespace(owner=owner, agent=world.agent(owner))


def notices(world, owner, count, **values):
    """So many notices of an application each, one a second; their ids, oldest first."""
    enterprise = EnterpriseId(owner.account["enterprise_id"])
    ids = []
    for number in range(count):
        world.time.forward(seconds=1)
        facts = {"number": f"APEC20261121{number:06d}", "new": "FAO_REVIEW", **values}
        part = outbox.followers_notified("submitted", enterprise, AccountId(enterprise), facts, world.time())
        table.commit(part)
        ids.append(part.request["Item"]["pk"]["S"].removeprefix("MAIL#"))
    return ids


def emails(team):
    return sorted(user.account["email"] for user in vars(team).values())


def entry(mail_id):
    return table.get(outbox.key(mail_id))


@pytest.mark.accepts("M02")
def test_several_events_for_a_reader_are_one_mail_oldest_first(world, team):
    notices(world, team.owner, 3)
    mailer = Mailer()
    assert relay(world, mailer) == {"SENT": 3}
    assert sorted(letter.to for letter in mailer.letters) == emails(team)
    for letter in mailer.letters:
        assert letter.subject == "[sandbox] 您有3条新动态"
        assert re.findall(r"申请单(APEC\d+)已提交", letter.text) == [f"APEC20261121{each:06d}" for each in range(3)]
        for number in range(3):
            assert f"http://127.0.0.1:8001/applications/APEC20261121{number:06d}" in letter.text
            assert f'href="http://127.0.0.1:8001/applications/APEC20261121{number:06d}"' in letter.html


def test_a_single_event_keeps_its_own_subject_and_tells_when_in_china(world, team):
    notices(world, team.owner, 1)
    mailer = Mailer()
    relay(world, mailer)
    assert {letter.subject for letter in mailer.letters} == {"[sandbox] 申请单APEC20261121000000已提交"}
    assert all("2026-11-21 12:40:01（北京时间）" in letter.text for letter in mailer.letters)


def test_a_digest_holds_no_more_than_one_transaction_notes(world, team):
    notices(world, team.owner, 70)
    mailer = Mailer()
    assert relay(world, mailer) == {"SENT": 70}
    subjects = [letter.subject for letter in mailer.letters if letter.to == team.owner.account["email"]]
    assert subjects == ["[sandbox] 您有50条新动态", "[sandbox] 您有20条新动态"]


def test_security_mails_are_never_digested_and_go_first(world, team):
    notices(world, team.owner, 2)
    address = team.owner.account["email"]
    for _ in range(2):
        table.commit(outbox.address_notified("password_changed_notice", address, {"time": "now"}, world.time())[1])
    mailer = Mailer()
    relay(world, mailer)
    assert [letter.subject for letter in mailer.letters[:3]] == [
        "[sandbox] 密码已修改",
        "[sandbox] 密码已修改",
        "[sandbox] 您有2条新动态",
    ]


@pytest.mark.accepts("M05")
def test_a_notice_says_where_mail_is_switched_off_and_a_security_mail_does_not(world, team):
    notices(world, team.owner, 1)
    table.commit(
        outbox.address_notified("password_changed_notice", "a@enterprise.example", {"time": "now"}, world.time())[1]
    )
    mailer = Mailer()
    relay(world, mailer)
    security, notice, _ = mailer.letters
    assert (security.unsubscribe, notice.unsubscribe) == (None, "http://127.0.0.1:8001/messages")
    for form in ("text", "html"):
        assert "是否接收邮件" in getattr(notice, form)
        assert "是否接收邮件" not in getattr(security, form)
        assert "非官方" in getattr(notice, form)


def test_accounts_that_share_an_address_get_one_mail(world, team):
    world.agent(team.owner, email=team.owner.account["email"].upper())
    (mail_id,) = notices(world, team.owner, 1)
    mailer = Mailer()
    assert relay(world, mailer) == {"SENT": 1}
    assert len(mailer.letters) == 2
    assert len(entry(mail_id)["reached"]) == 3


def test_one_address_that_is_refused_keeps_nobody_else_waiting(world, team):
    ids = notices(world, team.owner, 2)
    mailer = Mailer(refusing=(team.owner.account["email"],))
    assert relay(world, mailer) == {"WAITING": 2}
    assert [letter.to for letter in mailer.letters] == [team.agent.account["email"]]
    assert {entry(each)["reason"] for each in ids} == {"broken"}
    mailer.refusing = ()
    world.time.forward(minutes=1)
    assert relay(world, mailer) == {"SENT": 2}
    assert [letter.to for letter in mailer.letters[1:]] == [team.owner.account["email"]]


@pytest.mark.parametrize("code", ["TooManyRequestsException", "LimitExceededException", "Throttling"])
def test_throttling_pauses_the_run_and_uses_up_no_try(world, team, code):
    ids = notices(world, team.owner, 3)
    with refused("sesv2.SendEmail", code), logs.recorded() as lines:
        assert world.deliver() == {"released": 3}
    line = json.loads(lines.getvalue().splitlines()[-1])
    assert (line["event"], line["released"], line["letters"], line["throttled"]) == ("deliver_mail", 3, 0, 1)
    assert {entry(each)["tries"] for each in ids} == {0}
    assert world.deliver() == {"SENT": 3}


class Busy(Mailer):
    """Takes so many letters, then no more."""

    def __init__(self, most):
        super().__init__()
        self.most = most

    def send(self, letter):
        if len(self.letters) == self.most:
            raise Throttled("TooManyRequestsException")
        super().send(letter)


def test_a_throttled_run_goes_on_where_it_stopped(world, team):
    notices(world, team.owner, 3)
    busy = Busy(1)
    assert relay(world, busy) == {"released": 3}
    busy.most = 10
    assert relay(world, busy) == {"SENT": 3}
    assert sorted(letter.to for letter in busy.letters) == emails(team)


def test_a_run_that_is_short_of_time_leaves_the_rest_to_the_next(world, team):
    ids = notices(world, team.owner, 3)
    mailer = Mailer()
    short = mail_relay.Relay(world.time(), mailer, is_short=lambda: len(mailer.letters) == 1)
    assert short.deliver(ids) == 3
    assert (short.outcome, short.letters, short.stopped) == ({"released": 3}, 1, "time")
    assert {entry(each)["tries"] for each in ids} == {0}
    assert relay(world, mailer) == {"SENT": 3}
    assert len(mailer.letters) == 2


def test_the_time_is_short_when_the_lambda_says_so_or_the_run_is_long_enough():
    left = 10_000
    context = SimpleNamespace(get_remaining_time_in_millis=lambda: left)
    assert not deadline.is_short(context)()
    left = 9_999
    assert deadline.is_short(context)()
    assert not deadline.is_short(None)()
    assert not deadline.is_short(None, timedelta(hours=1))()
    assert deadline.is_short(None, timedelta(0))()


class Wall:
    """Time that passes only while somebody sleeps."""

    def __init__(self):
        self.seconds = 1_000_000.0
        self.sent = []

    def sleep(self, seconds):
        assert seconds > 0
        self.seconds += seconds


@pytest.mark.parametrize(("per_second", "relays"), [(10, 1), (10, 3), (1, 2), (7, 4)])
def test_all_relays_together_stay_below_the_quota_of_each_second(cloud_resources, per_second, relays):
    wall = Wall()
    wall.seconds += 1000 * per_second + 100 * relays
    paces = [SendQuota(per_second, lambda: wall.seconds, wall.sleep) for _ in range(relays)]
    for number in range(40):
        paces[number % relays].wait(ahead=40 - number)
        wall.sent.append(int(wall.seconds))
    counted = [wall.sent.count(second) for second in sorted(set(wall.sent))]
    sys.stdout.write(f"{relays} relays, {per_second} a second: {counted}\n")
    assert max(counted) <= per_second
    assert sum(counted) == 40


def test_the_quota_costs_one_request_for_half_of_it(world, cloud_resources):
    wall = Wall()
    wall.seconds += 500_000
    quota = SendQuota(20, lambda: wall.seconds, wall.sleep)
    with world.counting() as requests:
        for number in range(20):
            quota.wait(ahead=20 - number)
    assert requests.of("dynamodb") == ["TransactWriteItems"] * 2


NUMBERS = (
    "430102190001010015",
    "E00000001",
    "13800000000",
    "+86 138-0000-0000",
    "４３０１０２１９０００１０１００１５",
)


@pytest.mark.parametrize("number", NUMBERS)
def test_personal_numbers_in_an_officers_reason_are_not_mailed(world, team, number):
    notices(world, team.owner, 1, reason=f"证件{number}与附件不一致，见APEC20261121000009-01")
    table.commit(
        outbox.followers_notified(
            "status_changed",
            EnterpriseId(team.owner.account["enterprise_id"]),
            AccountId(team.owner.account["id"]),
            {"number": "APEC20261121000009", "old": "FAO_REVIEW", "new": "FAO_RETURNED", "reason": f"证件{number}"},
            world.time(),
        )
    )
    mailer = Mailer()
    relay(world, mailer)
    assert all("证件***" in letter.text and "APEC20261121000009" in letter.text for letter in mailer.letters)
    digits = re.sub(r"\D", "", number)[-8:]
    assert not any(digits in each for letter in mailer.letters for each in (letter.text, letter.html, letter.subject))


def test_what_officers_write_is_text_in_the_html(world, team):
    reason = '<script>alert("1")</script> & <b>'
    facts = {"number": "APEC20261121000009", "old": "FAO_REVIEW", "new": "FAO_RETURNED", "reason": reason}
    enterprise = EnterpriseId(team.owner.account["enterprise_id"])
    table.commit(outbox.followers_notified("status_changed", enterprise, AccountId(enterprise), facts, world.time()))
    mailer = Mailer()
    relay(world, mailer)
    assert reason in mailer.letters[0].text
    assert "<script" not in mailer.letters[0].html
    assert "&lt;script&gt;" in mailer.letters[0].html


def test_ses_gets_the_header_and_the_configuration_set(world, team, monkeypatch):
    from chalicelib.config import settings
    from chalicelib.repos.process import aws

    monkeypatch.setenv("ABTC_MAIL_CONFIGURATION_SET", "PortalMail")
    settings.cache_clear()
    notices(world, team.owner, 1)
    seen = []
    with ExitStack() as stack:
        stack.callback(settings.cache_clear)
        events = aws.client("sesv2").meta.events

        def look(params, **_):
            seen.append(params)

        events.register("before-parameter-build.sesv2.SendEmail", look)
        stack.callback(events.unregister, "before-parameter-build.sesv2.SendEmail", look)
        assert world.deliver() == {"SENT": 1}
    settings.cache_clear()
    header = {"Name": "List-Unsubscribe", "Value": "<http://127.0.0.1:8001/messages>"}
    assert [each["Content"]["Simple"]["Headers"] for each in seen] == [[header]] * 2
    assert {each["ConfigurationSetName"] for each in seen} == {"PortalMail"}


def told(world, owner):
    return [mail for mail in world.mails(owner.account["email"]) if "已提交" in mail.subject]


def test_an_account_that_cannot_be_read_keeps_nobody_elses_mail(world):
    damaged, other = world.enterprise(), world.enterprise()
    at = (f"ENT#{damaged.account['enterprise_id']}", f"ACCOUNT#{damaged.account['id']}")
    kept = table.get(at)
    assert kept
    for owner in (damaged, other):
        world.application(owner)
    table.commit(table.put(kept | {"email": kept["email"][:-1] + bytes([kept["email"][-1] ^ 1])}))
    try:
        with logs.recorded() as log:
            assert world.deliver()["failed"] == 1
    finally:
        table.commit(table.put(kept))
    assert '"event": "mail_unreadable"' in log.getvalue()
    assert len(told(world, other)) == 1
    world.time.forward(minutes=3)
    world.deliver()
    assert len(told(world, damaged)) == 1


def test_a_code_that_nobody_can_use_any_more_is_not_sent(world):
    address = f"late{people.serial()}@enterprise.example"
    with refused("sesv2.*", "MessageRejected"):
        world.anybody.ok("POST", "/email-codes", {"purpose": "register", "email": address})
    world.time.forward(minutes=11)
    assert world.deliver()["DEAD"] == 1
    assert world.mails(address) == []
