"""Follow-up applications: outdated and concurrent actions, correction, scope, messages and history (H12-H19, L14)."""

import uuid

import pytest

from testing.follow_ups import (
    applied,
    apply,
    card,
    decided,
    finish,
    made,
    open_to,
    passport,
    seen,
    through,
    waiting,
)
from tests.support.applications import CANCEL, CHANGE, EARLY, REPLACE, act, application_of
from tests.support.offers import actions


def edit(user, number, version='"1"', **content):
    return user("PUT", f"/applications/{number}/service", {"reason": "出差需要", **content}, If_Match=version)


# Outdated and concurrent actions


@pytest.mark.accepts("H12")
def test_applying_with_an_outdated_status_version_is_invalid(world, owner):
    person = waiting(world, owner)
    version = seen(owner, person)["status_version"]
    world.time.forward(minutes=2)
    finish(world, person)
    answer = apply(owner, person, CHANGE, version=version, **passport())
    assert (answer.status, answer.code, answer.body["message"]) == (409, "OPERATION_INVALID", "操作无效")
    assert answer.body["current"] == {
        "status": "ECONOMY_DONE",
        "status_label": "APEC经济体审核完成",
        "status_version": version + 1,
        "changed_at": "2026-11-21T04:32:00.000Z",
        "changed_by": "领事司",
    }
    assert seen(owner, person)["open_service"] is None


@pytest.mark.accepts("H12")
def test_a_second_service_while_one_is_open_is_invalid(world, owner):
    person = waiting(world, owner, approvals=1)
    applied(owner, person, EARLY)
    for service, form in ((CHANGE, passport()), (EARLY, {})):
        assert apply(owner, person, service, **form).code == "OPERATION_INVALID"


@pytest.mark.accepts("H12")
def test_of_eight_concurrent_applications_for_one_person_one_succeeds(world, owner):
    person = waiting(world, owner, approvals=1)
    version = seen(owner, person)["status_version"]
    answers = world.together(*[lambda: apply(owner, person, EARLY, version=version)] * 8)
    assert sorted(answer.status for answer in answers) == [201] + [409] * 7
    assert {answer.body["message"] for answer in answers if answer.status == 409} == {"操作无效"}
    found = owner.ok("POST", "/applications/search", {"service": EARLY, "limit": 100})["items"]
    assert [application["person_number"] for application in found].count(person) == 1


def test_a_repeated_key_returns_the_same_reply_and_creates_one_application(world, owner):
    person, key, form = waiting(world, owner), str(uuid.uuid4()), passport()
    version = seen(owner, person)["status_version"]
    first, second = (apply(owner, person, CHANGE, version=version, key=key, **form) for _ in range(2))
    assert (first.status, second.status, first.body) == (201, 201, second.body)
    other = apply(owner, person, CHANGE, version=version, key=key, **passport())
    assert (other.status, other.code) == (422, "IDEMPOTENCY_KEY_REUSED")


def test_eight_concurrent_requests_with_one_key_create_one_application(world, owner):
    person, key, form = waiting(world, owner), str(uuid.uuid4()), passport()
    version = seen(owner, person)["status_version"]
    answers = world.together(*[lambda: apply(owner, person, CHANGE, version=version, key=key, **form)] * 8)
    assert [answer.status for answer in answers] == [201] * 8
    assert len({answer.raw for answer in answers}) == 1
    assert seen(owner, person)["open_service"] == answers[0].body["number"]


@pytest.mark.accepts("H12")
def test_of_eight_concurrent_card_events_one_succeeds(world, owner):
    person = decided(world, owner)
    version = seen(owner, person)["status_version"]
    answers = world.together(*[lambda: card(world, person, "making", version=version)] * 8)
    assert sorted(answer.status for answer in answers) == [200] + [409] * 7
    assert [event["action"] for event in seen(owner, person)["history"]].count("make_card") == 1


# Returned, corrected, withdrawn, rejected


def test_a_returned_follow_up_application_is_corrected_and_resubmitted_to_its_desk(world, owner, fao, consular):
    person = waiting(world, owner)
    follow_up = applied(owner, person, CHANGE, **passport())
    world.decide(fao, follow_up)
    world.decide(consular, follow_up, "return", reason="护照号有误", fields=["passport_number"])
    number, new = follow_up["number"], passport(reason="护照遗失")
    assert actions(application_of(owner, number)) == ["edit", "resubmit", "withdraw"]
    missing = owner("PUT", f"/applications/{number}/service", new)
    assert (missing.status, missing.code) == (428, "PRECONDITION_REQUIRED")
    edited = edit(owner, number, **new)
    assert (edited.status, edited.headers["etag"]) == (200, '"2"')
    assert edited.body["content"]["passport_number"] == new["passport_number"]
    stale = edit(owner, number, **passport())
    assert (stale.status, stale.code) == (412, "CONTENT_CHANGED")
    assert act(owner, number, "resubmit", 3).body["status"] == "CONSULAR_REVIEW"
    world.decide(consular, follow_up)
    assert seen(owner, person)["passport_number"] == new["passport_number"]
    assert application_of(owner, number)["content"]["reason"] == "护照遗失"


def test_a_correction_is_validated_like_the_application_and_requires_a_return(world, owner, fao):
    follow_up = applied(owner, waiting(world, owner), CHANGE, **passport())
    number = follow_up["number"]
    assert edit(owner, number, **passport()).code == "OPERATION_INVALID"
    world.decide(fao, follow_up, "return", reason="请更正")
    before = world.table()
    shown = fao.ok("GET", f"/office/applications/{number}")["content"]["passport_number"]
    for changes, fields in (
        ({"passport_number": shown}, {"passport_number": "MASKED_VALUE"}),
        ({"passport_place": None}, {"passport_place": "missing"}),
        ({"reason": "x"}, {"reason": "string_too_short"}),
        ({"service": CANCEL}, {"service": "extra_forbidden"}),
        ({"attachments": ["unknown"]}, {"attachments.0": "ATTACHMENT"}),
    ):
        answer = edit(owner, number, **passport(**changes))
        assert (answer.status, answer.fields) == (422, fields)
    assert world.table() == before


def test_group_and_follow_up_routes_refuse_each_others_applications(world, owner, fao):
    group = world.application(owner)
    world.decide(fao, group, "return", reason="请更正")
    assert edit(owner, group["number"]).code == "OPERATION_INVALID"
    follow_up = applied(owner, waiting(world, owner), CHANGE, **passport())
    world.decide(fao, follow_up, "return", reason="请更正")
    answer = owner("PUT", f"/applications/{follow_up['number']}/content", world.content(owner), If_Match='"1"')
    assert answer.code == "OPERATION_INVALID"


def ended_by(world, owner, ending):
    person = waiting(world, owner, approvals=1)
    follow_up = applied(owner, person, EARLY)
    if ending == "withdrawn":
        assert act(owner, follow_up["number"], "withdraw", 1).body["status"] == "WITHDRAWN"
    if ending == "withdrawn after a return":
        world.decide(world.desk("fao-hunan"), follow_up, "return", reason="请更正")
        assert act(owner, follow_up["number"], "withdraw", 2).body["status"] == "WITHDRAWN"
    if ending == "rejected by the office":
        world.decide(world.desk("fao-hunan"), follow_up, "reject", reason="不符合条件")
    if ending == "rejected by the second desk":
        world.decide(world.desk("fao-hunan"), follow_up)
        world.decide(world.desk("consular"), follow_up, "reject", reason="不符合条件")
    return person, follow_up["number"]


@pytest.mark.parametrize(
    "ending", ["withdrawn", "withdrawn after a return", "rejected by the office", "rejected by the second desk"]
)
def test_a_service_that_ended_without_result_makes_services_available_again(world, owner, ending):
    person, number = ended_by(world, owner, ending)
    after = seen(owner, person)
    assert (after["status"], after["open_service"], after["card"]) == ("ECONOMY_REVIEW", None, None)
    assert after["available_services"] == [EARLY, CHANGE]
    assert actions(application_of(owner, number)) == []
    assert apply(owner, person, EARLY).status == 201


# Access by other accounts


@pytest.mark.accepts("L14")
def test_foreign_persons_and_follow_up_applications_are_answered_like_unknown_ones(world, owner):
    person, stranger = waiting(world, owner), world.enterprise()
    number = applied(owner, person, CHANGE, **passport())["number"]
    before = world.table()
    for path, known, unknown in (
        (lambda number: apply(stranger, number, CHANGE, version=3, **passport()), person, "APEC20261121999999-01"),
        (lambda number: edit(stranger, number, **passport()), number, "APEC20261121999999"),
        (lambda number: stranger("GET", f"/applications/{number}"), number, "APEC20261121999999"),
        (lambda number: act(stranger, number, "withdraw", 1), number, "APEC20261121999999"),
    ):
        one, other = path(known), path(unknown)
        assert (one.status, one.without_id) == (404, other.without_id)
    assert world.table() == before


@pytest.mark.accepts("H17", "L14")
def test_an_agent_of_narrow_scope_applies_only_for_persons_of_its_own_applications(world, team):
    own, others = waiting(world, team.own), waiting(world, team.other_own)
    answer = apply(team.own, others, CHANGE, version=3, **passport())
    assert (answer.status, answer.code) == (404, "NOT_FOUND")
    follow_up = applied(team.own, own, CHANGE, **passport())
    assert follow_up["creator_id"] == team.own.account["id"]
    assert team.other_own("GET", f"/applications/{follow_up['number']}").status == 404
    for user in (team.own, team.everything, team.enterprise):
        assert application_of(user, follow_up["number"])["status"] == "FAO_REVIEW"


@pytest.mark.accepts("H16")
def test_an_agent_of_wide_scope_applies_for_every_person_of_the_enterprise(world, team):
    person = waiting(world, team.own)
    follow_up = applied(team.everything, person, CHANGE, **passport())
    assert follow_up["creator_id"] == team.everything.account["id"]
    assert team.own("GET", f"/applications/{follow_up['number']}").status == 404
    # The agent may not see the file of the service: that there is one is said, not which.
    shown = seen(team.own, person)
    assert (shown["open_service"], shown["has_open_service"]) == (None, True)
    assert seen(team.everything, person)["open_service"] == follow_up["number"]


# Messages and history


def bodies(user, count):
    return [message["body"] for message in user.ok("GET", f"/messages?limit={count}")["items"]][::-1]


def mailed(world, user):
    """The number of events in all mails to the user; a digest mail has several."""
    while world.deliver():
        pass
    return sum(
        mail.text.count("/applications/") + mail.text.count("/persons/") for mail in world.mails(user.account["email"])
    )


@pytest.mark.accepts("M01", "M02", "M04", "H18", "H19")
def test_each_transition_of_a_service_creates_one_message_and_mails_to_followers(world, team, fao, consular):
    person = waiting(world, team.own, approvals=1)
    waited = {name: mailed(world, user) for name, user in vars(team).items()}
    unread = {name: user.ok("GET", "/me")["unread_messages"] for name, user in vars(team).items()}
    world.time.forward(seconds=1)
    follow_up = applied(team.own, person, EARLY)
    number = follow_up["number"]
    for step in (
        lambda: world.decide(fao, follow_up, "return", reason="请补充"),
        lambda: act(team.own, number, "resubmit", 2),
        lambda: world.decide(fao, follow_up),
        lambda: world.decide(consular, follow_up),
        lambda: made(world, person),
    ):
        world.time.forward(seconds=1)
        step()
    assert bodies(team.own, 8) == [
        f"申请单{number}（测试甲）已提交，当前状态为“外办审核中”。请等待外办审核。",
        f"申请单{number}（测试甲）的状态由“外办审核中”变更为“外办退回修改”。原因：请补充。请按原因修改后重新提交。",
        f"申请单{number}（测试甲）的状态由“外办退回修改”变更为“外办审核中”。请等待外办审核。",
        f"申请单{number}（测试甲）的状态由“外办审核中”变更为“领事司审核中”。请等待领事司审核。",
        f"申请单{number}（测试甲）的状态由“领事司审核中”变更为“领事司审核通过”。请等待制卡。",
        f"申请单{number}（测试甲）的状态由“领事司审核通过”变更为“制卡中”。请等待制卡。",
        f"申请单{number}（测试甲）的状态由“制卡中”变更为“已制卡（待领取）”。请按所选取卡方式领取。",
        f"申请单{number}（测试甲）的状态由“已制卡（待领取）”变更为“已发卡”。请核对卡面信息，并与申请所用护照一并使用。",
    ]
    more = {name: user.ok("GET", "/me")["unread_messages"] - unread[name] for name, user in vars(team).items()}
    assert more == {"enterprise": 0, "everything": 0, "own": 8, "other_own": 0}
    sent = {name: mailed(world, user) - waited[name] for name, user in vars(team).items()}
    assert sent == {"enterprise": 8, "everything": 8, "own": 8, "other_own": 0}


def test_the_history_of_a_service_has_its_person_and_every_transition(world, owner):
    person = waiting(world, owner, approvals=1)
    follow_up = applied(owner, person, EARLY)
    world.decide(world.desk("fao-hunan"), follow_up)
    world.decide(world.desk("consular"), follow_up)
    made(world, person)
    steps = [
        (event["action"], event["party"], event["to"])
        for event in application_of(owner, follow_up["number"])["history"]
    ]
    assert steps == [
        ("submit", "applicant", "FAO_REVIEW"),
        ("pass", "fao", "CONSULAR_REVIEW"),
        ("pass", "consular", "CONSULAR_APPROVED"),
        ("make_card", "consular", "CARD_MAKING"),
        ("card_made", "consular", "CARD_MADE"),
        ("issue_card", "consular", "CARD_ISSUED"),
    ]
    assert open_to(owner, person) == [REPLACE, CANCEL]


def test_the_history_of_a_person_combines_its_application_and_its_services(world, owner):
    person = waiting(world, owner, approvals=1)
    early = through(world, owner, person, "early_card")["number"]
    made(world, person)
    cancelled = through(world, owner, person, "cancel_card")["number"]
    shown = seen(owner, person)
    assert [(follow_up["number"], follow_up["service"], follow_up["status"]) for follow_up in shown["follow_ups"]] == [
        (early, "early_card", "CARD_ISSUED"),
        (cancelled, "cancel_card", "DONE"),
    ]
    reviewed = ["submit", "pass", "pass"]
    carded = ["make_card", "card_made", "issue_card"]
    steps = [(person[:18], action) for action in (*reviewed, "decide_economy")]
    steps += [(early, action) for action in (*reviewed, *carded)] + [(cancelled, action) for action in reviewed]
    assert [(event["application_number"], event["action"]) for event in shown["history"]] == steps
    officers = world.desk("consular").ok("GET", f"/office/persons/{person}")
    unnamed = [[event | {"actor": ""} for event in reply["history"]] for reply in (officers, shown)]
    assert unnamed[0] == unnamed[1]
    assert [event["action"] for event in owner.ok("GET", f"/applications/{person[:18]}")["history"]] == [
        action for number, action in steps if number == person[:18]
    ]


@pytest.mark.accepts("H17", "L14")
def test_an_agent_of_narrow_scope_does_not_see_services_applied_for_by_others(world, owner):
    agent = world.agent(owner, scope="own")
    person = waiting(world, agent, approvals=1)
    number = applied(owner, person, "early_card")["number"]
    shown = seen(agent, person)
    assert shown["follow_ups"] == []
    assert number not in {event["application_number"] for event in shown["history"]}
    assert [follow_up["number"] for follow_up in seen(owner, person)["follow_ups"]] == [number]


def test_no_card_can_be_made_while_a_service_is_open_or_a_card_is_valid(world, owner):
    officer = world.desk("consular")
    person = waiting(world, owner, approvals=1)
    through(world, owner, person, "early_card")
    made(world, person)
    finish(world, person)
    assert "make_card" not in actions(officer.ok("GET", f"/office/persons/{person}"))
    assert card(world, person, "making").code == "OPERATION_INVALID"
    through(world, owner, person, "cancel_card")
    assert "make_card" in actions(officer.ok("GET", f"/office/persons/{person}"))
    assert card(world, person, "making").body["status"] == "CARD_MAKING"
