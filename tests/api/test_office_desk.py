"""The desk of an officer: how much waits at each status, and since when the oldest waits (L14)."""

from typing import Any

import pytest

from testing.follow_ups import applied, card, decided, economy, finish, passport, waiting
from testing.world import START
from tests.support.assurance import figure

QUIET = "fao-qinghai"
"""An office to which nothing else in this module is sent."""


def desk(officer):
    """By status: how many wait, and for how many days the oldest has waited."""
    shown = officer.ok("GET", "/office/desk")["items"]
    assert all(entry["exact"] for entry in shown)
    return {entry["status"]: (entry["count"], entry["oldest_days_waiting"]) for entry in shown}


def counts(officer):
    return {status: count for status, (count, _) in desk(officer).items()}


def sent(world, user, office=QUIET, persons=1):
    content = world.content(user, persons=persons, office=office)
    content["attachments"] = world.attachments(user, "group", office)
    for person in content["persons"]:
        person["attachments"] = world.attachments(user, "person", office)
    return user.ok("POST", "/applications", {"content": content})["number"]


@pytest.mark.accepts("L14")
def test_an_office_sees_how_much_waits_and_since_when_the_oldest_waits(world):
    user = world.enterprise()
    assert desk(world.officer(QUIET)) == {"FAO_REVIEW": (0, None)}
    first, second = sent(world, user), sent(world, user, persons=2)
    world.time.forward(days=3)
    officer = world.officer(QUIET)
    assert desk(officer) == {"FAO_REVIEW": (2, 3)}
    [entry] = officer.ok("GET", "/office/desk")["items"]
    assert entry["status_label"] == "外办审核中"
    assert entry["oldest_since"] == START.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    form = {"decision": "return", "reason": "请补充", "status_version": 1}
    officer.ok("POST", f"/office/applications/{first}/decision", form)
    assert desk(officer) == {"FAO_REVIEW": (1, 3)}
    user = world.sign_in("enterprise", user.account["login"], "correct horse battery")
    user.ok("POST", f"/applications/{first}/resubmit", {"status_version": 2})
    officer.ok("POST", f"/office/applications/{second}/decision", form)
    assert desk(officer) == {"FAO_REVIEW": (1, 0)}
    # A person that is reviewed apart waits by itself.
    officer.ok("POST", f"/office/persons/{first}-01/decision", form | {"status_version": 3})
    user.ok("POST", f"/persons/{first}-01/resubmit", {"status_version": 4})
    assert desk(officer) == {"FAO_REVIEW": (2, 0)}
    assert desk(world.officer("fao-shaanxi")) == {"FAO_REVIEW": (0, None)}


@pytest.mark.accepts("L14")
def test_the_consular_department_sees_reviews_and_every_step_of_a_card(world):
    user, officer = world.enterprise(), world.desk("consular")
    before = counts(officer)
    assert list(before) == ["CONSULAR_REVIEW", "CONSULAR_APPROVED", "ECONOMY_DONE", "CARD_MAKING", "CARD_MADE"]

    def more():
        now = counts(officer)
        return {status: now[status] - before[status] for status in now if now[status] != before[status]}

    number = world.application(user, persons=2)["number"]
    assert more() == {}
    world.decide(world.desk("fao-hunan"), {"number": number})
    assert more() == {"CONSULAR_REVIEW": 1}
    world.decide(officer, {"number": number})
    assert more() == {}
    person = f"{number}-01"
    finish(world, person)
    assert more() == {"ECONOMY_DONE": 1}
    steps: tuple[tuple[str, dict[str, Any], dict[str, int]], ...] = (
        ("making", {}, {"CARD_MAKING": 1}),
        ("made", {"card_number": "CN-4711", "valid_until": "2031-11-20"}, {"CARD_MADE": 1}),
        ("issued", {}, {}),
    )
    for event, form, expected in steps:
        assert card(world, person, event, **form).status == 200
        assert more() == expected


def test_a_follow_up_application_waits_for_its_review_and_its_card(world):
    user, officer = world.enterprise(), world.desk("consular")
    person = waiting(world, user, approvals=1)
    before = counts(officer)
    early = applied(user, person, "early_card")
    world.decide(world.desk("fao-hunan"), early)
    assert counts(officer) == before | {"CONSULAR_REVIEW": before["CONSULAR_REVIEW"] + 1}
    world.decide(officer, early)
    assert counts(officer) == before | {"CONSULAR_APPROVED": before["CONSULAR_APPROVED"] + 1}
    steps: tuple[tuple[str, dict[str, Any], str], ...] = (
        ("making", {}, "CARD_MAKING"),
        ("made", {"card_number": "CN-4712", "valid_until": "2031-11-20"}, "CARD_MADE"),
    )
    for event, form, status in steps:
        assert card(world, person, event, **form).status == 200
        assert counts(officer) == before | {status: before[status] + 1}
    assert card(world, person, "issued").status == 200
    assert counts(officer) == before
    # With the early card in hand nobody waits for another one.
    finish(world, person)
    assert counts(officer) == before


def test_an_application_that_ends_leaves_the_desk(world):
    user, officer = world.enterprise(), world.desk("consular")
    before = counts(officer)
    person = decided(world, user)
    change = applied(user, person, "change_passport", **passport())
    world.decide(world.desk("fao-hunan"), change)
    assert counts(officer) == before | {
        "CONSULAR_REVIEW": before["CONSULAR_REVIEW"] + 1,
        "ECONOMY_DONE": before["ECONOMY_DONE"] + 1,
    }
    world.decide(officer, change)
    economy(world, person, decision="pending")
    assert counts(officer) == before


@pytest.mark.parametrize(("office", "most"), [("fao-hunan", 1), ("consular", 2)])
def test_the_desk_takes_at_most_two_requests(world, office, most):
    for _ in range(3):
        world.application(world.enterprise())
    officer = world.desk(office)
    with world.counting() as asked:
        officer.ok("GET", "/office/desk")
    asked.tell(f"GET /office/desk of {office}")
    figure(f"GET /office/desk of {office}: {len(asked) - 1} requests besides authentication")
    assert asked.operations[1:] == ["dynamodb.Query"] * most


def test_applicants_have_no_desk(world, owner):
    assert owner("GET", "/office/desk").status == 403
