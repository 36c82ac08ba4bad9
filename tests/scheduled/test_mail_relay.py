"""The mail relay: digests, send quota, throttling, time limit, and the content of a mail."""

import json
import re
import sys
from contextlib import ExitStack
from datetime import timedelta
from types import SimpleNamespace

import pytest

from chalicelib.config import settings
from chalicelib.repos.mail import outbox
from chalicelib.repos.mail.port import Throttled
from chalicelib.repos.mail.send_quota import SendQuota
from chalicelib.repos.process import deadline
from chalicelib.repos.table import table
from chalicelib.rules.base.vocabulary import AccountId, EnterpriseId
from chalicelib.usecases.notices import mail_relay
from testing import people
from testing.follow_ups import SIXTEEN, waiting
from tests.support import logs
from tests.support.accounts import request_code
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
    """Write `count` notices of different applications, one per second; return their ids, oldest first."""
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


def test_waiting_mails_are_spread_over_the_partitions_of_the_queue_and_due_oldest_first(world, team):
    ids = notices(world, team.owner, 60)
    partitions = {(entry(mail_id) or {})["queue_pk"] for mail_id in ids}
    assert partitions == {f"MAIL#{shard}" for shard in range(8)}
    assert outbox.due(world.time(), 100) == ids
    assert outbox.due(world.time(), 7) == ids[:7]
    world.time.forward(minutes=3)
    assert outbox.oldest(world.time()) == timedelta(minutes=3, seconds=59)
    relay(world, Mailer())


def test_a_mail_stays_in_its_partition_until_it_is_dead_and_when_it_is_sent_again(world, team):
    from chalicelib.repos.mail import dead_letters

    (mail_id,) = notices(world, team.owner, 1)
    place = (entry(mail_id) or {})["queue_pk"]
    relay(world, Mailer(broken=True))
    assert (entry(mail_id) or {})["queue_pk"] == place == outbox.queue_of(mail_id)
    for _ in range(20):
        world.time.forward(days=1)
        relay(world, Mailer(broken=True))
    assert (entry(mail_id) or {})["queue_pk"] == "MAIL#DEAD"
    table.commit(dead_letters.dead_letter_requeued(mail_id, world.time()))
    assert (entry(mail_id) or {})["queue_pk"] == place
    assert relay(world, Mailer())["SENT"] == 1


def test_a_run_without_due_mails_takes_sixteen_requests(world, team):
    world.deliver()
    with world.counting() as requests:
        world.deliver()
    requests.tell("relay without mails")
    assert requests.operations == ["dynamodb.Query"] * 16
    notices(world, team.owner, 1)
    with world.counting() as requests:
        world.deliver()
    assert requests.operations.count("dynamodb.Query") == 3 * 8 + 1


@pytest.mark.accepts("M02")
def test_several_events_for_one_recipient_are_sent_as_one_mail_with_the_oldest_first(world, team):
    notices(world, team.owner, 3)
    mailer = Mailer()
    assert relay(world, mailer) == {"SENT": 3}
    assert sorted(mail.to for mail in mailer.letters) == emails(team)
    for mail in mailer.letters:
        assert mail.subject == "[sandbox] 您有3条新动态"
        assert re.findall(r"申请单(APEC\d+)已提交", mail.text) == [f"APEC20261121{number:06d}" for number in range(3)]
        for number in range(3):
            assert f"http://127.0.0.1:8001/applications/APEC20261121{number:06d}" in mail.text
            assert f'href="http://127.0.0.1:8001/applications/APEC20261121{number:06d}"' in mail.html


@pytest.mark.accepts("M02")
def test_answers_about_one_person_are_one_paragraph_with_what_is_left(world, team):
    persons = [waiting(world, team.owner, approvals=0), waiting(world, team.owner, approvals=0)]
    relay(world, Mailer())
    consular = world.desk("consular")
    for person, code, decision in (
        (persons[0], "SGP", "approved"),
        (persons[1], "SGP", "approved"),
        (persons[0], "CHL", "refused"),
        (persons[0], "JPN", "approved"),
        (persons[0], "CHL", "approved"),
    ):
        world.time.forward(minutes=1)
        consular.ok("PUT", f"/office/persons/{person}/economies/{code}", {"decision": decision})
    mailer = Mailer()
    relay(world, mailer)
    mail = next(mail for mail in mailer.letters if mail.to == team.owner.account["email"])
    assert mail.subject == "[sandbox] 您有2条新动态"
    summary = f"人员申请单{persons[0]}（测试甲）新增批准：新加坡、智利、日本；尚余13个经济体审批中。"
    assert summary in mail.text
    assert mail.text.index(summary) < mail.text.index(f"【新加坡】已批准：人员申请单{persons[1]}（测试甲）。")
    assert mail.text.count(f"/persons/{persons[0]}") == 1


def test_the_last_answer_about_a_person_says_that_none_is_left(world, team):
    person = waiting(world, team.owner, approvals=14)
    relay(world, Mailer())
    for code in SIXTEEN[14:]:
        world.time.forward(seconds=1)
        world.desk("consular").ok("PUT", f"/office/persons/{person}/economies/{code}", {"decision": "refused"})
    mailer = Mailer()
    relay(world, mailer)
    (letter,) = {letter.to: letter for letter in mailer.letters if letter.to == team.owner.account["email"]}.values()
    assert letter.subject == f"[sandbox] 人员申请单{person}：APEC经济体审核完成"
    assert (
        f"人员申请单{person}（测试甲）新增拒签：泰国、越南；各经济体均已有结果，状态由“APEC经济体审核中”变更为"
        in letter.text
    )


def test_a_single_event_keeps_its_own_subject_and_states_its_time_in_china(world, team):
    notices(world, team.owner, 1)
    mailer = Mailer()
    relay(world, mailer)
    assert {mail.subject for mail in mailer.letters} == {"[sandbox] 申请单APEC20261121000000已提交"}
    assert all("2026-11-21 12:40:01（北京时间）" in mail.text for mail in mailer.letters)


def test_a_digest_contains_at_most_as_many_events_as_one_transaction_can_record(world, team):
    notices(world, team.owner, 70)
    mailer = Mailer()
    assert relay(world, mailer) == {"SENT": 70}
    subjects = [mail.subject for mail in mailer.letters if mail.to == team.owner.account["email"]]
    assert subjects == ["[sandbox] 您有50条新动态", "[sandbox] 您有20条新动态"]


def test_security_mails_are_sent_first_and_never_combined_into_a_digest(world, team):
    notices(world, team.owner, 2)
    address = team.owner.account["email"]
    for _ in range(2):
        table.commit(outbox.address_notified("password_changed_notice", address, {"time": "now"}, world.time())[1])
    mailer = Mailer()
    relay(world, mailer)
    assert [mail.subject for mail in mailer.letters[:3]] == [
        "[sandbox] 密码已修改",
        "[sandbox] 密码已修改",
        "[sandbox] 您有2条新动态",
    ]


@pytest.mark.accepts("M05")
def test_a_notice_states_where_mail_can_be_switched_off_and_a_security_mail_does_not(world, team):
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


def test_accounts_that_share_an_address_receive_one_mail(world, team):
    world.agent(team.owner, email=team.owner.account["email"].upper())
    (mail_id,) = notices(world, team.owner, 1)
    mailer = Mailer()
    assert relay(world, mailer) == {"SENT": 1}
    assert len(mailer.letters) == 2
    assert len(entry(mail_id)["reached"]) == 3


def test_a_refused_address_does_not_delay_mail_to_other_recipients(world, team):
    ids = notices(world, team.owner, 2)
    mailer = Mailer(refusing=(team.owner.account["email"],))
    assert relay(world, mailer) == {"WAITING": 2}
    assert [mail.to for mail in mailer.letters] == [team.agent.account["email"]]
    assert {entry(mail_id)["reason"] for mail_id in ids} == {"broken"}
    mailer.refusing = ()
    world.time.forward(minutes=1)
    assert relay(world, mailer) == {"SENT": 2}
    assert [mail.to for mail in mailer.letters[1:]] == [team.owner.account["email"]]


@pytest.mark.parametrize("code", ["TooManyRequestsException", "LimitExceededException", "Throttling"])
def test_throttling_releases_the_mails_without_counting_a_delivery_attempt(world, team, code):
    ids = notices(world, team.owner, 3)
    with refused("sesv2.SendEmail", code), logs.recorded() as lines:
        assert world.deliver() == {"released": 3}
    line = json.loads(lines.getvalue().splitlines()[-1])
    assert (line["event"], line["released"], line["letters"], line["throttled"]) == ("deliver_mail", 3, 0, 1)
    assert {entry(mail_id)["tries"] for mail_id in ids} == {0}
    assert world.deliver() == {"SENT": 3}


class Busy(Mailer):
    """Accepts a limited number of mails, then throttles."""

    def __init__(self, limit):
        super().__init__()
        self.most = limit

    def send(self, mail):
        if len(self.letters) == self.most:
            raise Throttled("TooManyRequestsException")
        super().send(mail)


def test_the_run_after_a_throttled_run_sends_only_the_remaining_mails(world, team):
    notices(world, team.owner, 3)
    busy = Busy(1)
    assert relay(world, busy) == {"released": 3}
    busy.most = 10
    assert relay(world, busy) == {"SENT": 3}
    assert sorted(mail.to for mail in busy.letters) == emails(team)


def test_a_run_short_of_time_releases_the_remaining_mails_for_the_next_run(world, team):
    ids = notices(world, team.owner, 3)
    mailer = Mailer()
    short = mail_relay.Relay(world.time(), mailer, is_deadline_near=lambda: len(mailer.letters) == 1)
    assert short.deliver(ids) == 3
    assert (short.outcome, short.letters, short.stopped) == ({"released": 3}, 1, "time")
    assert {entry(mail_id)["tries"] for mail_id in ids} == {0}
    assert relay(world, mailer) == {"SENT": 3}
    assert len(mailer.letters) == 2


def test_time_is_short_below_10_seconds_left_in_lambda_or_after_the_given_duration():
    left = 10_000
    context = SimpleNamespace(get_remaining_time_in_millis=lambda: left)
    assert not deadline.is_deadline_near(context)()
    left = 9_999
    assert deadline.is_deadline_near(context)()
    assert not deadline.is_deadline_near(None)()
    assert not deadline.is_deadline_near(None, timedelta(hours=1))()
    assert deadline.is_deadline_near(None, timedelta(0))()


class Wall:
    """A clock that advances only in `sleep`."""

    def __init__(self):
        self.seconds = 1_000_000.0
        self.sent = []

    def sleep(self, seconds):
        assert seconds > 0
        self.seconds += seconds


@pytest.mark.parametrize(("per_second", "relays"), [(10, 1), (10, 3), (1, 2), (7, 4)])
def test_all_relays_together_stay_within_the_send_quota_of_each_second(cloud_resources, per_second, relays):
    wall = Wall()
    wall.seconds += 1000 * per_second + 100 * relays
    quotas = [SendQuota(per_second, lambda: wall.seconds, wall.sleep) for _ in range(relays)]
    for number in range(40):
        quotas[number % relays].wait(ahead=40 - number)
        wall.sent.append(int(wall.seconds))
    counted = [wall.sent.count(second) for second in sorted(set(wall.sent))]
    sys.stdout.write(f"{relays} relays, {per_second} mails per second: sent per second {counted}\n")
    assert max(counted) <= per_second
    assert sum(counted) == 40


def test_one_request_reserves_half_of_the_send_quota_of_a_second(world, cloud_resources):
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
    assert all("证件***" in mail.text and "APEC20261121000009" in mail.text for mail in mailer.letters)
    digits = re.sub(r"\D", "", number)[-8:]
    assert not any(digits in text for mail in mailer.letters for text in (mail.text, mail.html, mail.subject))


def test_html_in_an_officers_reason_is_escaped_in_the_html_mail(world, team):
    reason = '<script>alert("1")</script> & <b>'
    facts = {"number": "APEC20261121000009", "old": "FAO_REVIEW", "new": "FAO_RETURNED", "reason": reason}
    enterprise = EnterpriseId(team.owner.account["enterprise_id"])
    table.commit(outbox.followers_notified("status_changed", enterprise, AccountId(enterprise), facts, world.time()))
    mailer = Mailer()
    relay(world, mailer)
    assert reason in mailer.letters[0].text
    assert "<script" not in mailer.letters[0].html
    assert "&lt;script&gt;" in mailer.letters[0].html


def test_ses_receives_the_unsubscribe_header_and_the_configuration_set(world, team, monkeypatch):
    from chalicelib.config import settings
    from chalicelib.repos.process import aws

    monkeypatch.setenv("ABTC_MAIL_CONFIGURATION_SET", "PortalMail")
    settings.cache_clear()
    notices(world, team.owner, 1)
    seen = []
    with ExitStack() as stack:
        stack.callback(settings.cache_clear)
        events = aws.client("sesv2").meta.events

        def record(params, **_):
            seen.append(params)

        events.register("before-parameter-build.sesv2.SendEmail", record)
        stack.callback(events.unregister, "before-parameter-build.sesv2.SendEmail", record)
        assert world.deliver() == {"SENT": 1}
    settings.cache_clear()
    header = {"Name": "List-Unsubscribe", "Value": "<http://127.0.0.1:8001/messages>"}
    assert [params["Content"]["Simple"]["Headers"] for params in seen] == [[header]] * 2
    assert {params["ConfigurationSetName"] for params in seen} == {"PortalMail"}


def test_links_have_the_prefix_that_pages_have_in_china(world, team, monkeypatch):
    monkeypatch.setenv("ABTC_PAGE_PREFIX", "/#")
    settings.cache_clear()
    try:
        notices(world, team.owner, 1)
        world.deliver()
        mail = submission_mails(world, team.owner)[0]
    finally:
        monkeypatch.undo()
        settings.cache_clear()
    links = re.findall(r"http://127\.0\.0\.1:8001\S*", mail.text)
    assert links
    assert all(link.startswith("http://127.0.0.1:8001/#/") for link in links)


def submission_mails(world, owner):
    return [mail for mail in world.mails(owner.account["email"]) if "已提交" in mail.subject]


def test_an_unreadable_account_does_not_stop_mail_to_other_accounts(world):
    damaged, other = world.enterprise(), world.enterprise()
    key = (f"ENT#{damaged.account['enterprise_id']}", f"ACCOUNT#{damaged.account['id']}")
    stored = table.get(key)
    assert stored
    for owner in (damaged, other):
        world.application(owner)
    table.commit(table.put(stored | {"email": stored["email"][:-1] + bytes([stored["email"][-1] ^ 1])}))
    try:
        with logs.recorded() as log:
            assert world.deliver()["failed"] == 1
    finally:
        table.commit(table.put(stored))
    assert '"event": "mail_unreadable"' in log.getvalue()
    assert len(submission_mails(world, other)) == 1
    world.time.forward(minutes=3)
    world.deliver()
    assert len(submission_mails(world, damaged)) == 1


def test_an_expired_email_code_is_not_sent(world):
    address = f"late{people.serial()}@enterprise.example"
    with refused("sesv2.*", "MessageRejected"):
        assert request_code(world, address).status == 202
    world.time.forward(minutes=11)
    assert world.deliver()["DEAD"] == 1
    assert world.mails(address) == []


def test_mail_that_the_allow_list_does_not_let_out_is_logged_without_its_address(world, monkeypatch):
    monkeypatch.setenv("ABTC_MAIL_ALLOWLIST", "@allowed.example")
    settings.cache_clear()
    try:
        with logs.recorded() as caught:
            for address in ("somebody@allowed.example", "nobody@refused.example"):
                assert request_code(world, address).status == 202
            world.deliver()
    finally:
        monkeypatch.undo()
        settings.cache_clear()
    lines = [json.loads(line) for line in caught.getvalue().splitlines()]
    assert [line["event"] for line in lines if line["event"] in ("letter_sent", "mail_not_allowed")] == [
        *("letter_sent", "mail_not_allowed")
    ]
    (refused_mail,) = [line for line in lines if line["event"] == "mail_not_allowed"]
    assert refused_mail["kind"] == "email_code_register"
    assert refused_mail["mail"]
    assert "refused.example" not in caught.getvalue()
