"""Reminders (提醒): drafts before their purge, passports and cards before they expire, uncorrected returns."""

import importlib
import itertools
from datetime import UTC, datetime, timedelta

import pytest

from operations import rotate_keys
from sandbox import portal_page
from scheduled.remind import remind
from testing import follow_ups, people
from testing.world import PASSWORD
from tests.support import faults, items, logs, operating

NOTHING = {"drafts": 0, "passports": 0, "cards": 0, "returns": 0, "moved": 0, "failed": 0, "unfinished": False}


@pytest.fixture
def owner(world):
    """An enterprise, when no reminder of any other account is due."""
    world.run(remind, time="2099-01-01T00:00:00Z")
    return world.enterprise()


def signed_in_again(world, user):
    return world.sign_in(user.account["role"], user.account["login"], PASSWORD)


def run_at(world, moment):
    """Run the function at this time; return its nonzero counts."""
    counts = world.run(remind, time=moment)
    assert counts.keys() == NOTHING.keys()
    return {name: count for name, count in counts.items() if count}


def reminded(user):
    """Bodies of the reminders of an account, newest first."""
    messages = user.ok("GET", "/messages?limit=100")["items"]
    return [message["body"] for message in messages if message["kind"].endswith("_reminder")]


def mailed(world, user):
    """The reminders sent by mail; one mail may contain several."""
    before, world.time.moment = world.time.moment, datetime(2099, 1, 1, tzinfo=UTC)
    while world.deliver():
        pass
    world.time.moment = before
    lines = [line for mail in world.mails(user.account["email"]) for line in mail.text.splitlines()]
    words = ("将自动清理", "自动清理", "到期", "被退回")
    return [line for line in lines if any(word in line for word in words)]


# Drafts


@pytest.mark.accepts("F04", "M01")
def test_the_account_of_a_draft_is_reminded_once_seven_days_before_the_purge(world, owner):
    agent = world.agent(owner)
    agent.ok("POST", "/drafts", {"group_name": "测试团组"})
    assert run_at(world, "2027-05-13T04:29:59Z") == {}
    assert run_at(world, "2027-05-13T04:30:00Z") == {"drafts": 1}
    assert run_at(world, "2027-05-13T04:30:00Z") == run_at(world, "2027-05-14T04:30:00Z") == {}
    body = "您于2026-11-21 12:30:00保存的草稿将于2027-05-20 12:30:00自动清理，如需保留，请继续填写并保存。"
    assert (reminded(agent), reminded(owner)) == ([body], [])
    # The mail addresses nobody: it goes to the enterprise while the agent's mailbox is not confirmed.
    assert (mailed(world, agent), mailed(world, owner)) == ([body.removeprefix("您于")], [])


def test_a_draft_saved_after_its_reminder_gets_a_new_reminder_later(world, owner):
    draft = owner.ok("POST", "/drafts", {})
    assert run_at(world, "2027-05-14T00:00:00Z") == {"drafts": 1}
    world.time.forward(days=10)
    signed_in_again(world, owner).ok("PUT", f"/drafts/{draft['id']}", {}, If_Match='"1"')
    assert run_at(world, "2027-05-22T00:00:00Z") == {}
    assert run_at(world, "2027-05-23T04:30:00Z") == {"drafts": 1}


def test_a_deleted_draft_or_a_draft_past_its_purge_date_gets_no_reminder(world, owner):
    deleted = owner.ok("POST", "/drafts", {})
    owner.ok("POST", "/drafts", {})
    owner.ok("DELETE", f"/drafts/{deleted['id']}")
    assert run_at(world, "2027-05-20T04:30:00Z") == {}
    assert run_at(world, "2027-05-20T04:29:59Z") == {"drafts": 1}


# Passports and cards


def with_passport(world, user, end, persons=1):
    files = world.attachments(user, "person")
    persons_content = [people.person(passport_expires_on=end, attachments=files) for _ in range(persons)]
    return (
        world.application(user, persons=persons)
        if end is None
        else user.ok("POST", "/applications", {"content": world.content(user) | {"persons": persons_content}})
    )


def test_a_passport_gets_one_reminder_each_9_6_and_3_months_before_it_expires(world, owner):
    number = with_passport(world, owner, "2027-10-31")["number"]
    for day, expected in (
        ("2027-01-30", {}),
        ("2027-01-31", {"passports": 1}),
        ("2027-02-01", {}),
        ("2027-04-30", {"passports": 1}),
        ("2027-07-31", {"passports": 1}),
        ("2027-08-01", {}),
        ("2027-10-31", {}),
    ):
        assert run_at(world, f"{day}T01:00:00Z") == expected, day
    body = f"人员申请单{number}-01（测试甲）所用护照将于2027-10-31到期。换领新护照后，请办理相应业务。"
    assert reminded(owner) == [body] * 3
    assert mailed(world, owner) == [body] * 3


def test_only_the_latest_due_reminder_is_sent_after_days_without_a_run(world, owner):
    with_passport(world, owner, "2027-10-31")
    assert run_at(world, "2027-09-15T01:00:00Z") == {"passports": 1}
    assert run_at(world, "2027-09-16T01:00:00Z") == {}
    with_passport(world, owner, "2027-11-30")
    assert run_at(world, "2027-12-01T01:00:00Z") == {}


def test_a_status_change_after_a_reminder_does_not_repeat_the_reminder(world, owner):
    application = with_passport(world, owner, "2027-10-31")
    assert run_at(world, "2027-01-31T01:00:00Z") == {"passports": 1}
    for office in ("fao-hunan", "consular"):
        world.decide(world.desk(office), application)
    follow_ups.economy(world, f"{application['number']}-01")
    assert run_at(world, "2027-02-01T01:00:00Z") == {}
    assert run_at(world, "2027-05-01T01:00:00Z") == {"passports": 1}


@pytest.mark.parametrize("ending", ["reject", "withdraw"])
def test_a_rejected_or_withdrawn_application_gets_no_passport_reminder(world, owner, ending):
    application = with_passport(world, owner, "2027-10-31", persons=2)
    if ending == "reject":
        world.decide(world.desk("fao-hunan"), application, "reject", reason="不符合条件")
    else:
        owner.ok("POST", f"/applications/{application['number']}/withdraw", {"status_version": 1})
    assert run_at(world, "2027-01-31T01:00:00Z") == {}
    assert run_at(world, "2027-07-31T01:00:00Z") == {}


def test_a_change_of_passport_reschedules_the_reminders(world, owner):
    number = f"{with_passport(world, owner, '2027-10-31')['number']}"
    for office in ("fao-hunan", "consular"):
        world.decide(world.desk(office), {"number": number})
    new = follow_ups.passport(passport_expires_on="2036-09-30")
    follow_ups.through(world, owner, f"{number}-01", "change_passport", **new)
    assert run_at(world, "2027-09-15T01:00:00Z") == {}
    assert run_at(world, "2036-01-01T01:00:00Z") == {"passports": 1}


def test_a_card_gets_reminders_until_it_is_replaced_or_cancelled(world, owner):
    unchanged, replaced, cancelled = (follow_ups.holder(world, owner, "2029-10-31") for _ in range(3))
    assert run_at(world, "2029-01-31T01:00:00Z") == {"cards": 3}
    follow_ups.through(world, owner, replaced, "replace_card", case="damaged")
    follow_ups.made(world, replaced, "2031-10-31")
    assert follow_ups.card(world, cancelled, "cancelled").status == 200
    assert run_at(world, "2029-04-30T01:00:00Z") == {"cards": 1}
    body = f"人员申请单{unchanged}（测试甲）的旅行卡将于2029-10-31到期，有效期最后6个月内可以申请续办。"
    assert reminded(owner).count(body) == 2
    assert run_at(world, "2031-02-01T01:00:00Z") == {"cards": 1}


# Returns


@pytest.mark.accepts("M01", "M03")
def test_a_returned_application_gets_reminders_after_7_and_21_days_until_it_is_resubmitted(world, owner):
    unchanged, resubmitted = world.application(owner), world.application(owner)
    for application in (unchanged, resubmitted):
        world.decide(world.desk("fao-hunan"), application, "return", reason="请补充")
    assert run_at(world, "2026-11-28T04:29:59Z") == {}
    assert run_at(world, "2026-11-28T04:30:00Z") == {"returns": 2}
    owner.ok("POST", f"/applications/{resubmitted['number']}/resubmit", {"status_version": 2})
    assert run_at(world, "2026-12-12T04:29:59Z") == {}
    assert run_at(world, "2026-12-12T04:30:00Z") == {"returns": 1}
    assert run_at(world, "2027-01-12T04:30:00Z") == {}
    newest = owner.ok("GET", "/messages?limit=1")["items"][0]
    assert (newest["title"], newest["application_number"]) == ("申请单等待修改", unchanged["number"])
    assert newest["body"] == f"申请单{unchanged['number']}被退回修改已满21天，请尽快修改并重新提交，或撤回申请。"


def test_an_application_returned_a_second_time_gets_a_new_reminder(world, owner):
    application = world.application(owner)
    officer = world.desk("fao-hunan")
    world.decide(officer, application, "return", reason="请补充")
    assert run_at(world, "2026-11-29T00:00:00Z") == {"returns": 1}
    world.time.forward(minutes=1)
    owner.ok("POST", f"/applications/{application['number']}/resubmit", {"status_version": 2})
    world.decide(officer, application, "return", reason="仍缺材料")
    assert run_at(world, "2026-11-29T04:31:00Z") == {"returns": 1}


def test_a_person_returned_alone_and_a_returned_follow_up_application_get_reminders(world, owner):
    application = world.application(owner, persons=2)
    person = f"{application['number']}-02"
    form = {"decision": "return", "status_version": 1, "reason": "照片不合格"}
    world.desk("fao-hunan").ok("POST", f"/office/persons/{person}/decision", form)
    waiting = follow_ups.waiting(world, owner)
    follow_up = follow_ups.applied(owner, waiting, "change_passport", **follow_ups.passport())
    world.decide(world.desk("fao-hunan"), follow_up, "return", reason="请补充")
    assert run_at(world, "2026-11-28T04:30:00Z") == {"returns": 2}
    bodies = " ".join(reminded(owner))
    assert f"申请单{person}（测试甲）被退回" in bodies
    assert f"申请单{follow_up['number']}（测试甲）被退回" in bodies


# Recipients


@pytest.mark.accepts("H18", "M04")
def test_the_creator_is_reminded_or_the_enterprise_if_the_creator_is_revoked_or_deleted(world, owner):
    agents = [world.agent(owner, scope="own") for _ in range(3)]
    for agent in agents:
        with_passport(world, agent, "2027-10-31")
    world.revoke(agents[1])
    owner.ok("DELETE", f"/agents/{agents[2].account['id']}")
    assert run_at(world, "2027-01-31T01:00:00Z") == {"passports": 3}
    assert [len(mailed(world, user)) for user in (owner, *agents)] == [3, 1, 0, 0]
    assert (len(reminded(agents[0])), len(reminded(owner))) == (1, 2)


# Concurrent, interrupted and repeated runs


def test_concurrent_runs_send_each_reminder_once(world, owner):
    with_passport(world, owner, "2027-10-31", persons=3)
    owner.ok("POST", "/drafts", {})
    counts = world.together(*[lambda: world.run(remind, time="2027-05-14T01:00:00Z")] * 3)
    assert sum(result["passports"] for result in counts) == 3
    assert sum(result["drafts"] for result in counts) == 1
    assert len(reminded(owner)) == 4


def test_an_unreadable_person_does_not_prevent_other_reminders(world, owner):
    first, second = with_passport(world, owner, "2027-10-31"), with_passport(world, owner, "2027-10-31")
    originals = items.damaged(f"{first['number']}-01")
    try:
        with logs.recorded() as log:
            assert run_at(world, "2027-05-14T01:00:00Z") == {"passports": 1, "failed": 1}
    finally:
        items.put_back(*originals)
    assert '"event": "not_reminded"' in log.getvalue()
    assert len(reminded(owner)) == 1
    assert run_at(world, "2027-05-14T01:00:00Z") == {"passports": 1}
    assert len(reminded(owner)) == 2
    assert first["number"] != second["number"]


def test_a_reminder_does_not_overwrite_a_person_reencrypted_during_the_run(world, owner):
    """After the run has read the person, everything is encrypted with a new key and the old key is destroyed."""
    from chalicelib.repos.keys import keyring
    from chalicelib.repos.keys.keyring import KeyPurpose

    application = with_passport(world, owner, "2027-10-31")
    old = keyring.current(KeyPurpose.FIELD).id
    desk = operating.Desk(world)
    world.time.moment = datetime(2027, 5, 14, 1, tzinfo=UTC)

    def rotate_key():
        rotate_keys.new_field_key(desk.terminal)
        rotate_keys.reseal(desk.terminal, pace=1000)
        rotate_keys.retire(desk.terminal, old)

    with faults.meanwhile("dynamodb.TransactWriteItems", rotate_key):
        assert run_at(world, "2027-05-14T01:00:00Z") == {"moved": 1}
    assert run_at(world, "2027-05-14T01:00:00Z") == {"passports": 1}
    keyring.forget()
    assert signed_in_again(world, owner)("GET", f"/persons/{application['number']}-01").status == 200


def test_a_run_killed_at_any_aws_call_and_repeated_sends_each_reminder_once(world, owner):
    for moment, position in itertools.product(("before-call", "after-call"), range(8)):
        user = world.enterprise()
        with_passport(world, user, "2027-10-31", persons=2)
        user.ok("POST", "/drafts", {})
        with faults.killed_at(moment, position):
            world.run(remind, time="2027-05-14T01:00:00Z")
        world.run(remind, time="2027-05-14T01:00:00Z")
        assert len(reminded(user)) == 3, (moment, position)


def test_ninety_reminders_take_at_most_16_requests_and_no_scan(world, owner):
    with_passport(world, owner, "2027-10-31", persons=90)
    with world.counting() as requests:
        assert run_at(world, "2027-01-31T01:00:00Z") == {"passports": 90}
    requests.tell("90 reminders of one application")
    assert len(requests) <= 16
    assert set(requests.operations) == {"dynamodb.Query", "dynamodb.BatchGetItem", "dynamodb.TransactWriteItems"}
    with world.counting() as requests:
        assert run_at(world, "2027-01-31T01:00:00Z") == {}
    assert requests.operations == ["dynamodb.Query"] * 2


def test_a_run_short_of_time_leaves_the_remaining_reminders_to_the_next_run(world, owner):
    class Context:
        def get_remaining_time_in_millis(self):
            return 9_000

    owner.ok("POST", "/drafts", {})
    event = {"version": "0", "account": "0", "region": "x", "detail": {}, "detail-type": "x", "source": "aws.events"}
    event |= {"time": "2027-05-14T01:00:00Z", "id": "x", "resources": []}
    assert remind(event, Context()) == {**NOTHING, "unfinished": True}
    assert run_at(world, "2027-05-14T01:00:00Z") == {"drafts": 1}


@pytest.mark.parametrize("moment", [portal_page.EARLIEST, portal_page.LATEST - timedelta(seconds=1)], ids=str)
def test_every_scheduled_function_runs_at_the_earliest_and_the_latest_time_of_the_sandbox(world, moment):
    world.application(world.enterprise())
    world.time.moment = moment
    for name in ("remind", "purge_drafts", "expire_cards", "deliver_mail", "look_up_persons"):
        world.run(getattr(importlib.import_module(f"scheduled.{name}"), name))
