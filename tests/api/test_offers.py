"""`allowed_actions`: every action that a reply offers is done by the request that it names."""

import re
from dataclasses import dataclass
from typing import Any

import pytest

from chalicelib.handlers.applications import offers
from chalicelib.handlers.http.access import allows
from chalicelib.rules.applications import lifecycle
from chalicelib.rules.applications.lifecycle import Level
from chalicelib.rules.base.vocabulary import Party, Service
from testing import people
from testing.follow_ups import (
    SIXTEEN,
    applied,
    apply,
    card,
    decided,
    economy,
    holder,
    made,
    passport,
    seen,
    through,
    waiting,
)
from tests.support.offers import actions, perform

FAO = "fao-hunan"
CARD = {"valid_until": "2031-11-20"}


def submitted(world, user):
    return world.application(user, persons=2)["number"]


def reviewed(decision, desk=FAO):
    """An application on which this desk has decided."""

    def make(world, user):
        application = world.application(user)
        more = {} if decision == "pass" else {"reason": "请修改"}
        if desk == "consular":
            world.decide(world.desk(FAO), application)
        return world.decide(world.desk(desk), application, decision, **more)["number"]

    return make


def apart(*decisions, desk=FAO):
    """A person on whom this desk has decided apart from its group, and who was then submitted again or not."""

    def make(world, user):
        application = world.application(user, persons=2)
        if desk == "consular":
            world.decide(world.desk(FAO), application)
        person = f"{application['number']}-01"
        for decision in decisions:
            version = seen(user, person)["status_version"]
            if decision == "resubmit":
                user.ok("POST", f"/persons/{person}/resubmit", {"status_version": version})
            else:
                form = {"decision": decision, "reason": "请修改", "status_version": version}
                world.desk(desk).ok("POST", f"/office/persons/{person}/decision", form)
        return person

    return make


def with_events(*events):
    """A person whose own card has taken these steps."""

    def make(world, user):
        person = decided(world, user)
        for event in events:
            more = {"card_number": f"CN{people.serial():06d}", **CARD} if event == "made" else {}
            assert card(world, person, event, None, **more).status == 200
        return person

    return make


def refused_by_all(world, user):
    person = waiting(world, user)
    for code in SIXTEEN:
        economy(world, person, code, "refused")
    return person


def closed(world, user):
    person = refused_by_all(world, user)
    version = seen(user, person)["status_version"]
    form = {"decision": "reject", "reason": "均未批准", "status_version": version}
    world.desk("consular").ok("POST", f"/office/persons/{person}/decision", form)
    return person


def with_early_card(world, user):
    person = waiting(world, user, approvals=1)
    through(world, user, person, "early_card")
    made(world, person)
    return person


def submitted_follow_up(world, user):
    return applied(user, waiting(world, user), "change_passport", **passport())["number"]


def returned_follow_up(world, user):
    follow_up = applied(user, waiting(world, user), "change_passport", **passport())
    return world.decide(world.desk(FAO), follow_up, "return", reason="请修改")["number"]


def follow_up_with(*events):
    """An early card that both desks have passed, and that has taken these steps."""

    def make(world, user):
        person = waiting(world, user, approvals=1)
        number = through(world, user, person, "early_card")["number"]
        for event in events:
            more = {"card_number": f"CN{people.serial():06d}", **CARD} if event == "made" else {}
            assert card(world, person, event, None, **more).status == 200
        return number

    return make


def rejected_follow_up(world, user):
    follow_up = applied(user, waiting(world, user), "change_passport", **passport())
    return world.decide(world.desk(FAO), follow_up, "reject", reason="不符合条件")["number"]


STATES = {
    "submitted": submitted,
    "returned": reviewed("return"),
    "rejected": reviewed("reject"),
    "passed": reviewed("pass"),
    "approved": reviewed("pass", "consular"),
    "returned by the consular department": reviewed("return", "consular"),
    "rejected by the consular department": reviewed("reject", "consular"),
    "returned apart": apart("return"),
    "rejected apart": apart("reject"),
    "submitted again apart": apart("return", "resubmit"),
    "returned apart by the consular department": apart("return", desk="consular"),
    "submitted again apart to the consular department": apart("return", "resubmit", desk="consular"),
    "at the economies": waiting,
    "decided": decided,
    "refused by all": refused_by_all,
    "closed": closed,
    "early card": with_early_card,
    "making": with_events("making"),
    "made": with_events("making", "made"),
    "issued": holder,
    "follow-up submitted": submitted_follow_up,
    "follow-up returned": returned_follow_up,
    "follow-up rejected": rejected_follow_up,
    "follow-up approved": follow_up_with(),
    "follow-up making": follow_up_with("making"),
    "follow-up made": follow_up_with("making", "made"),
}
"""How to bring an application or a person into each state; each returns a number."""


@dataclass(frozen=True)
class Performed:
    """One offered action and the status of the reply to its request."""

    state: str
    subject: offers.Subject
    offer: dict[str, Any]
    status: int


def read(world, user, party, number):
    """The object as a party reads it, and the reader."""
    reader = {Party.APPLICANT: user, Party.FAO: world.desk(FAO), Party.CONSULAR: world.desk("consular")}[party]
    start = "" if party is Party.APPLICANT else "/office"
    level = "persons" if "-" in number else "applications"
    return reader, reader.ok("GET", f"{start}/{level}/{number}")


def subject(shown):
    if "application_number" in shown:
        return offers.Subject.PERSON
    return offers.subject_of(Service(shown["service"]))


def content_for(world, user, offer):
    """What the applicant sends to correct a file."""
    if offer["path"].endswith("/service"):
        return {"reason": "护照到期", **passport()}
    return world.travellers(user)[0] if offer["path"].startswith("/persons") else world.content(user)


def performed_in(world, user, state):
    """Every action offered to any party in this state, on a new object after each that changed what is offered."""
    number, done = STATES[state](world, user), []
    for party in (Party.APPLICANT, Party.FAO, Party.CONSULAR):
        before = read(world, user, party, number)[1]
        for action in actions(before):
            reader, shown = read(world, user, party, number)
            (offer,) = [offer for offer in shown["allowed_actions"] if offer["action"] == action]
            answer = perform(reader, offer, content_for(world, user, offer))
            done.append(Performed(state, subject(shown), offer, answer.status))
            if answer.status != 200 or actions(answer.body) != actions(before):
                number = STATES[state](world, user)
    return done


@pytest.fixture(scope="module")
def performed(portal):
    """Every action offered to any party in any state."""
    user = portal.enterprise()
    return [one for state in STATES for one in performed_in(portal, user, state)]


def test_every_offered_action_succeeds_by_the_request_that_it_names(performed):
    assert [one for one in performed if one.status != 200] == []
    assert len(performed) > 60


def test_every_action_of_the_lifecycle_was_offered_and_done(performed):
    expected = {
        (offers.Subject.PERSON if row.level is Level.PERSON else offers.subject_of(row.service), row.action.value)
        for row in lifecycle.TABLE
        if row.party is not Party.PORTAL
    }
    assert {(one.subject, one.offer["action"]) for one in performed} == expected


def test_every_request_of_the_table_is_a_route_that_its_party_may_call(world, routes, owner, fao, consular):
    parties = {Party.APPLICANT: owner, Party.FAO: fao, Party.CONSULAR: consular}
    from chalicelib.repos.accounts import accounts

    declared = {(route.method, re.sub(r"{\w+}", "{}", route.path)): route for route in routes}
    for row in lifecycle.TABLE:
        if row.party is Party.PORTAL:
            continue
        about = offers.Subject.PERSON if row.level is Level.PERSON else offers.subject_of(row.service)
        request = offers.REQUESTS[about][row.action]
        route = declared[request.method, "/v1" + re.sub(r"{+\w+}+", "{}", request.path)]
        account = parties[row.party].account
        stored = accounts.get(account["enterprise_id"] or accounts.OFFICERS, account["id"])
        assert stored is not None
        assert allows(route.access, stored), (row, route.name)
        assert route.versioned is (request.guard is offers.Guard.VERSION)
        known = set(route.body.model_fields)
        assert {*request.required, *(request.fixed or ())} <= known, (row, route.name)
        assert ("status_version" in known) is (request.guard is offers.Guard.STATUS_VERSION)


def test_an_offer_says_what_to_send(world, owner):
    number = world.application(owner)["number"]
    (offer,) = owner.ok("GET", f"/applications/{number}", Accept_Language="en")["allowed_actions"]
    assert offer == {
        "action": "withdraw",
        "label": "Withdraw",
        "method": "POST",
        "path": f"/applications/{number}/withdraw",
        "if_match": None,
        "body": {"status_version": 1},
        "required": [],
    }
    shown = world.desk(FAO).ok("GET", f"/office/applications/{number}")
    assert [(offer["label"], offer["body"], offer["required"]) for offer in shown["allowed_actions"]] == [
        ("审核通过", {"decision": "pass", "status_version": 1}, []),
        ("退回修改", {"decision": "return", "status_version": 1}, ["reason"]),
        ("审核不通过", {"decision": "reject", "status_version": 1}, ["reason"]),
    ]


def test_the_page_of_a_person_offers_the_next_step_of_an_open_follow_up_card(world, owner):
    person = waiting(world, owner, approvals=1)
    number = through(world, owner, person, "early_card")["number"]
    consular = world.desk("consular")
    shown = consular.ok("GET", f"/office/persons/{person}")
    assert "make_card" not in actions(shown)
    (follow_up,) = shown["follow_ups"]
    offer = follow_up["allowed_actions"][0]
    assert (offer["action"], offer["path"]) == ("make_card", f"/office/applications/{number}/card")
    after = perform(consular, offer, None).body
    assert (after["number"], after["status"], actions(after)) == (number, "CARD_MAKING", ["reject", "card_made"])
    assert seen(owner, person)["follow_ups"][0]["allowed_actions"] == []


def test_a_step_of_a_card_names_the_status_version_of_its_follow_up_application(world, owner):
    person = waiting(world, owner, approvals=1)
    number = through(world, owner, person, "early_card")["number"]
    consular, path = world.desk("consular"), f"/office/applications/{number}/card"
    outdated = consular("POST", path, {"event": "making", "status_version": 2})
    assert (outdated.status, outdated.code) == (409, "OPERATION_INVALID")
    assert (outdated.body["current"]["status"], outdated.body["current"]["status_version"]) == ("CONSULAR_APPROVED", 3)
    assert consular("POST", path, {"event": "issued", "status_version": 3}).code == "OPERATION_INVALID"
    assert consular("POST", path, {"event": "cancelled", "status_version": 3}).fields == {"event": "literal_error"}
    assert consular("POST", path, {"event": "made", "status_version": 3}).fields == {
        "card_number": "missing",
        "valid_until": "missing",
    }
    assert consular.ok("POST", path, {"event": "making", "status_version": 3})["status"] == "CARD_MAKING"


def test_a_group_and_an_ended_follow_up_application_have_no_card_step(world, owner):
    group = world.approved(owner)
    consular = world.desk("consular")
    answer = consular(
        "POST",
        f"/office/applications/{group['number']}/card",
        {"event": "making", "status_version": group["status_version"]},
    )
    assert answer.code == "OPERATION_INVALID"
    person = waiting(world, owner, approvals=1)
    number = through(world, owner, person, "early_card")["number"]
    made(world, person)
    assert apply(owner, person, "replace_card", case="damaged").status == 201
    ended = consular.ok("GET", f"/office/applications/{number}")
    form = {"event": "making", "status_version": ended["status_version"]}
    assert (ended["status"], actions(ended)) == ("CARD_ISSUED", [])
    assert consular("POST", f"/office/applications/{number}/card", form).code == "OPERATION_INVALID"
