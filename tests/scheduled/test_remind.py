"""提醒 over HTTP: drafts before their purge, passports and cards before they end, returns that nobody corrects."""

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
    """An enterprise, when nothing is left to be told of anybody else."""
    world.run(remind, time="2099-01-01T00:00:00Z")
    return world.enterprise()


def again(world, user):
    return world.sign_in(user.account["role"], user.account["login"], PASSWORD)


def at(world, moment):
    """Run at a moment; what was told, without what was not."""
    told = world.run(remind, time=moment)
    assert told.keys() == NOTHING.keys()
    return {name: count for name, count in told.items() if count}


def reminded(user):
    """Bodies of the reminders of an account, newest first."""
    items = user.ok("GET", "/messages?limit=100")["items"]
    return [each["body"] for each in items if each["kind"].endswith("_reminder")]


def mailed(world, user):
    """The reminders by mail, however many one mail tells."""
    before, world.time.moment = world.time.moment, datetime(2099, 1, 1, tzinfo=UTC)
    while world.deliver():
        pass
    world.time.moment = before
    lines = [line for mail in world.mails(user.account["email"]) for line in mail.text.splitlines()]
    words = ("将自动清理", "自动清理", "到期", "被退回")
    return [line for line in lines if any(word in line for word in words)]


# Drafts


@pytest.mark.accepts("F04", "M01")
def test_a_draft_is_told_of_seven_days_before_its_purge_once_to_its_own_account(world, owner):
    agent = world.agent(owner)
    agent.ok("POST", "/drafts", {"group_name": "测试团组"})
    assert at(world, "2027-05-13T04:29:59Z") == {}
    assert at(world, "2027-05-13T04:30:00Z") == {"drafts": 1}
    assert at(world, "2027-05-13T04:30:00Z") == at(world, "2027-05-14T04:30:00Z") == {}
    body = "您于2026-11-21 12:30:00保存的草稿将于2027-05-20 12:30:00自动清理，如需保留，请继续填写并保存。"
    assert (reminded(agent), reminded(owner)) == ([body], [])
    assert (mailed(world, agent), mailed(world, owner)) == ([body], [])


def test_a_draft_that_is_saved_again_is_told_of_later_and_again(world, owner):
    draft = owner.ok("POST", "/drafts", {})
    assert at(world, "2027-05-14T00:00:00Z") == {"drafts": 1}
    world.time.forward(days=10)
    again(world, owner).ok("PUT", f"/drafts/{draft['id']}", {}, If_Match='"1"')
    assert at(world, "2027-05-22T00:00:00Z") == {}
    assert at(world, "2027-05-23T04:30:00Z") == {"drafts": 1}


def test_a_draft_that_is_gone_or_past_its_date_is_not_told_of(world, owner):
    gone = owner.ok("POST", "/drafts", {})
    owner.ok("POST", "/drafts", {})
    owner.ok("DELETE", f"/drafts/{gone['id']}")
    assert at(world, "2027-05-20T04:30:00Z") == {}
    assert at(world, "2027-05-20T04:29:59Z") == {"drafts": 1}


# Passports and cards


def with_passport(world, user, end, persons=1):
    files = world.attachments(user, "person")
    group = [people.person(passport_expires_on=end, attachments=files) for _ in range(persons)]
    return (
        world.application(user, persons=persons)
        if end is None
        else user.ok("POST", "/applications", {"content": world.content(user) | {"persons": group}})
    )


def test_a_passport_is_told_of_9_6_and_3_months_before_each_once(world, owner):
    number = with_passport(world, owner, "2027-10-31")["number"]
    for day, told in (
        ("2027-01-30", {}),
        ("2027-01-31", {"passports": 1}),
        ("2027-02-01", {}),
        ("2027-04-30", {"passports": 1}),
        ("2027-07-31", {"passports": 1}),
        ("2027-08-01", {}),
        ("2027-10-31", {}),
    ):
        assert at(world, f"{day}T01:00:00Z") == told, day
    body = f"人员申请单{number}-01所用护照将于2027-10-31到期。换领新护照后，请办理相应业务。"
    assert reminded(owner) == [body] * 3
    assert mailed(world, owner) == [body] * 3


def test_days_without_a_run_are_caught_up_with_the_nearest_reminder_only(world, owner):
    with_passport(world, owner, "2027-10-31")
    assert at(world, "2027-09-15T01:00:00Z") == {"passports": 1}
    assert at(world, "2027-09-16T01:00:00Z") == {}
    with_passport(world, owner, "2027-11-30")
    assert at(world, "2027-12-01T01:00:00Z") == {}


def test_an_act_in_between_does_not_make_a_reminder_come_twice(world, owner):
    application = with_passport(world, owner, "2027-10-31")
    assert at(world, "2027-01-31T01:00:00Z") == {"passports": 1}
    for office in ("fao-hunan", "consular"):
        world.decide(world.desk(office), application)
    follow_ups.economy(world, f"{application['number']}-01")
    assert at(world, "2027-02-01T01:00:00Z") == {}
    assert at(world, "2027-05-01T01:00:00Z") == {"passports": 1}


@pytest.mark.parametrize("ending", ["reject", "withdraw"])
def test_nobody_is_told_of_what_was_rejected_or_withdrawn(world, owner, ending):
    application = with_passport(world, owner, "2027-10-31", persons=2)
    if ending == "reject":
        world.decide(world.desk("fao-hunan"), application, "reject", reason="不符合条件")
    else:
        owner.ok("POST", f"/applications/{application['number']}/withdraw", {"status_version": 1})
    assert at(world, "2027-01-31T01:00:00Z") == {}
    assert at(world, "2027-07-31T01:00:00Z") == {}


def test_a_new_passport_moves_the_reminders(world, owner):
    number = f"{with_passport(world, owner, '2027-10-31')['number']}"
    for office in ("fao-hunan", "consular"):
        world.decide(world.desk(office), {"number": number})
    new = follow_ups.passport(passport_expires_on="2036-09-30")
    follow_ups.through(world, owner, f"{number}-01", "change_passport", **new)
    assert at(world, "2027-09-15T01:00:00Z") == {}
    assert at(world, "2036-01-01T01:00:00Z") == {"passports": 1}


def test_a_card_is_told_of_until_it_is_replaced_or_cancelled(world, owner):
    kept, replaced, cancelled = (follow_ups.holder(world, owner, "2029-10-31") for _ in range(3))
    assert at(world, "2029-01-31T01:00:00Z") == {"cards": 3}
    follow_ups.through(world, owner, replaced, "replace_card", case="damaged")
    follow_ups.made(world, replaced, "2031-10-31")
    assert follow_ups.card(world, cancelled, "cancelled").status == 200
    assert at(world, "2029-04-30T01:00:00Z") == {"cards": 1}
    body = f"人员申请单{kept}的旅行卡将于2029-10-31到期，有效期最后6个月内可以申请续办。"
    assert reminded(owner).count(body) == 2
    assert at(world, "2031-02-01T01:00:00Z") == {"cards": 1}


# Returns


@pytest.mark.accepts("M01", "M03")
def test_a_returned_file_is_told_of_after_7_and_21_days_until_it_is_submitted_again(world, owner):
    stays, goes = world.application(owner), world.application(owner)
    for each in (stays, goes):
        world.decide(world.desk("fao-hunan"), each, "return", reason="请补充")
    assert at(world, "2026-11-28T04:29:59Z") == {}
    assert at(world, "2026-11-28T04:30:00Z") == {"returns": 2}
    owner.ok("POST", f"/applications/{goes['number']}/resubmit", {"status_version": 2})
    assert at(world, "2026-12-12T04:29:59Z") == {}
    assert at(world, "2026-12-12T04:30:00Z") == {"returns": 1}
    assert at(world, "2027-01-12T04:30:00Z") == {}
    newest = owner.ok("GET", "/messages?limit=1")["items"][0]
    assert (newest["title"], newest["application_number"]) == ("申请单等待修改", stays["number"])
    assert newest["body"] == f"申请单{stays['number']}被退回修改已满21天，请尽快修改并重新提交，或撤回申请。"


def test_a_file_returned_a_second_time_is_told_of_anew(world, owner):
    application = world.application(owner)
    officer = world.desk("fao-hunan")
    world.decide(officer, application, "return", reason="请补充")
    assert at(world, "2026-11-29T00:00:00Z") == {"returns": 1}
    world.time.forward(minutes=1)
    owner.ok("POST", f"/applications/{application['number']}/resubmit", {"status_version": 2})
    world.decide(officer, application, "return", reason="仍缺材料")
    assert at(world, "2026-11-29T04:31:00Z") == {"returns": 1}


def test_a_person_returned_by_itself_and_a_returned_service_are_told_of(world, owner):
    application = world.application(owner, persons=2)
    person = f"{application['number']}-02"
    form = {"decision": "return", "status_version": 1, "reason": "照片不合格"}
    world.desk("fao-hunan").ok("POST", f"/office/persons/{person}/decision", form)
    waiting = follow_ups.waiting(world, owner)
    file = follow_ups.applied(owner, waiting, "change_passport", **follow_ups.passport())
    world.decide(world.desk("fao-hunan"), file, "return", reason="请补充")
    assert at(world, "2026-11-28T04:30:00Z") == {"returns": 2}
    told = " ".join(reminded(owner))
    assert f"申请单{person}被退回" in told
    assert f"申请单{file['number']}被退回" in told


# Who


@pytest.mark.accepts("H18", "M04")
def test_the_creator_is_told_and_the_enterprise_once_the_creator_is_gone(world, owner):
    agents = [world.agent(owner, scope="own") for _ in range(3)]
    for agent in agents:
        with_passport(world, agent, "2027-10-31")
    world.revoke(agents[1])
    owner.ok("DELETE", f"/agents/{agents[2].account['id']}")
    assert at(world, "2027-01-31T01:00:00Z") == {"passports": 3}
    assert (len(reminded(agents[0])), len(reminded(owner))) == (1, 2)
    assert [len(mailed(world, user)) for user in (owner, *agents)] == [3, 1, 0, 0]


# Runs that meet, and runs that end


def test_two_runs_at_once_tell_each_once(world, owner):
    with_passport(world, owner, "2027-10-31", persons=3)
    owner.ok("POST", "/drafts", {})
    counts = world.together(*[lambda: world.run(remind, time="2027-05-14T01:00:00Z")] * 3)
    assert sum(each["passports"] for each in counts) == 3
    assert sum(each["drafts"] for each in counts) == 1
    assert len(reminded(owner)) == 4


def test_one_person_that_cannot_be_read_keeps_nobody_else_uninformed(world, owner):
    first, second = with_passport(world, owner, "2027-10-31"), with_passport(world, owner, "2027-10-31")
    kept = items.damaged(f"{first['number']}-01")
    try:
        with logs.recorded() as log:
            assert at(world, "2027-05-14T01:00:00Z") == {"passports": 1, "failed": 1}
    finally:
        items.put_back(*kept)
    assert '"event": "not_reminded"' in log.getvalue()
    assert len(reminded(owner)) == 1
    assert at(world, "2027-05-14T01:00:00Z") == {"passports": 1}
    assert len(reminded(owner)) == 2
    assert first["number"] != second["number"]


def test_a_reminder_never_writes_back_what_was_sealed_anew_meanwhile(world, owner):
    """The run has read the person; then everything is put under a new key and the old one is destroyed."""
    from chalicelib.repos.keys import keyring
    from chalicelib.repos.keys.keyring import KeyPurpose

    filed = with_passport(world, owner, "2027-10-31")
    old = keyring.current(KeyPurpose.FIELD).id
    desk = operating.Desk(world)
    world.time.moment = datetime(2027, 5, 14, 1, tzinfo=UTC)

    def new_key():
        rotate_keys.new_field_key(desk.terminal)
        rotate_keys.reseal(desk.terminal, pace=1000)
        rotate_keys.retire(desk.terminal, old)

    with faults.meanwhile("dynamodb.TransactWriteItems", new_key):
        assert at(world, "2027-05-14T01:00:00Z") == {"moved": 1}
    assert at(world, "2027-05-14T01:00:00Z") == {"passports": 1}
    keyring.forget()
    assert again(world, owner)("GET", f"/persons/{filed['number']}-01").status == 200


def test_a_run_killed_at_any_call_and_run_again_tells_everything_once(world, owner):
    for moment, position in itertools.product(("before-call", "after-call"), range(8)):
        user = world.enterprise()
        with_passport(world, user, "2027-10-31", persons=2)
        user.ok("POST", "/drafts", {})
        with faults.killed_at(moment, position):
            world.run(remind, time="2027-05-14T01:00:00Z")
        world.run(remind, time="2027-05-14T01:00:00Z")
        assert len(reminded(user)) == 3, (moment, position)


def test_many_are_told_in_few_requests_without_a_scan(world, owner):
    with_passport(world, owner, "2027-10-31", persons=90)
    with world.counting() as requests:
        assert at(world, "2027-01-31T01:00:00Z") == {"passports": 90}
    requests.tell("90 reminders of one group")
    assert len(requests) <= 16
    assert set(requests.operations) == {"dynamodb.Query", "dynamodb.BatchGetItem", "dynamodb.TransactWriteItems"}
    with world.counting() as requests:
        assert at(world, "2027-01-31T01:00:00Z") == {}
    assert requests.operations == ["dynamodb.Query"] * 2


def test_a_run_whose_time_is_short_leaves_the_rest_to_the_next(world, owner):
    class Context:
        def get_remaining_time_in_millis(self):
            return 9_000

    owner.ok("POST", "/drafts", {})
    event = {"version": "0", "account": "0", "region": "x", "detail": {}, "detail-type": "x", "source": "aws.events"}
    event |= {"time": "2027-05-14T01:00:00Z", "id": "x", "resources": []}
    assert remind(event, Context()) == {**NOTHING, "unfinished": True}
    assert at(world, "2027-05-14T01:00:00Z") == {"drafts": 1}


@pytest.mark.parametrize("moment", [portal_page.EARLIEST, portal_page.LATEST - timedelta(seconds=1)], ids=str)
def test_every_function_can_count_from_the_earliest_and_the_latest_time_that_the_sandbox_takes(world, moment):
    world.application(world.enterprise())
    world.time.moment = moment
    for name in ("remind", "purge_drafts", "expire_cards", "deliver_mail"):
        world.run(getattr(importlib.import_module(f"scheduled.{name}"), name))
