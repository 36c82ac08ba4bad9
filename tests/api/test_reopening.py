"""A rejection in error is taken back by the desk that rejected, within seven days (docs/domain.md 1.5)."""

import pytest

from testing.follow_ups import SIXTEEN, applied, economy, passport, seen, waiting
from testing.world import PASSWORD
from tests.support.offers import actions

FAO, CONSULAR = "fao-hunan", "consular"
REASON = "误操作，恢复审核"


@pytest.fixture
def applicant(world):
    """A new enterprise; officers get new sessions too."""
    world.forget_desks()
    return world.enterprise()


def later(world, days):
    world.time.forward(days=days)
    world.forget_desks()


def decided(world, desk, kind, number, decision, **form):
    officer = world.desk(desk)
    version = officer.ok("GET", f"/office/{kind}/{number}")["status_version"]
    body = {"decision": decision, "status_version": version, **form}
    return officer("POST", f"/office/{kind}/{number}/decision", body)


def rejected(world, user, desk, persons=1):
    """The number of an application that this desk has rejected."""
    number = world.application(user, persons=persons)["number"]
    if desk == CONSULAR:
        world.decide(world.desk(FAO), {"number": number})
    assert decided(world, desk, "applications", number, "reject", reason="材料不符").status == 200
    return number


@pytest.mark.parametrize(("desk", "status"), [(FAO, "FAO_REVIEW"), (CONSULAR, "CONSULAR_REVIEW")])
def test_the_desk_that_rejected_an_application_reopens_it_with_a_reason(world, applicant, desk, status):
    number = rejected(world, applicant, desk, persons=2)
    later(world, 7)
    other = CONSULAR if desk == FAO else FAO
    assert decided(world, other, "applications", number, "reopen", reason=REASON).code == "OPERATION_INVALID"
    assert "reopen" in actions(world.desk(desk).ok("GET", f"/office/applications/{number}"))
    assert decided(world, desk, "applications", number, "reopen").fields == {"reason": "REASON_REQUIRED"}
    after = decided(world, desk, "applications", number, "reopen", reason=REASON).body
    assert (after["status"], [person["status"] for person in after["persons"]]) == (status, [status] * 2)
    assert (after["history"][0]["action"], after["history"][0]["reason"]) == ("reopen", REASON)
    user = world.sign_in(applicant.account["role"], applicant.account["login"], PASSWORD)
    told = user.ok("GET", "/messages?limit=1")["items"][0]["body"]
    assert REASON in told
    assert "审核中" in told
    waits = world.desk(desk).ok("POST", "/office/search", {"limit": 100})["items"]
    assert number in [application["number"] for application in waits]
    assert decided(world, desk, "applications", number, "pass").status == 200


def test_after_seven_days_a_rejection_is_final(world, applicant):
    number = rejected(world, applicant, FAO)
    later(world, 8)
    assert "reopen" not in actions(world.desk(FAO).ok("GET", f"/office/applications/{number}"))
    assert decided(world, FAO, "applications", number, "reopen", reason=REASON).code == "OPERATION_INVALID"


def test_one_rejected_person_is_reopened_while_its_group_goes_on(world, applicant):
    number = world.application(applicant, persons=2)["number"]
    person = f"{number}-02"
    assert decided(world, FAO, "persons", person, "reject", reason="不符合条件").status == 200
    world.decide(world.desk(FAO), {"number": number})
    assert decided(world, FAO, "persons", person, "reopen").fields == {"reason": "REASON_REQUIRED"}
    assert decided(world, FAO, "persons", person, "reopen", reason=REASON).body["status"] == "FAO_REVIEW"
    assert decided(world, FAO, "persons", person, "pass").body["status"] == "CONSULAR_REVIEW"
    assert decided(world, CONSULAR, "persons", person, "reject", reason="不符合条件").status == 200
    assert decided(world, CONSULAR, "persons", person, "reopen", reason=REASON).body["status"] == "CONSULAR_REVIEW"


def test_a_person_of_a_rejected_group_is_reopened_after_its_group(world, applicant):
    number = world.application(applicant, persons=2)["number"]
    person = f"{number}-02"
    assert decided(world, FAO, "persons", person, "return", reason="请更正").status == 200
    assert decided(world, FAO, "applications", number, "reject", reason="材料不符").status == 200
    assert seen(applicant, person)["status"] == "FAO_REJECTED"
    assert decided(world, FAO, "persons", person, "reopen", reason=REASON).code == "OPERATION_INVALID"
    assert decided(world, FAO, "applications", number, "reopen", reason=REASON).body["status"] == "FAO_REVIEW"
    assert seen(applicant, person)["status"] == "FAO_REJECTED"
    assert decided(world, FAO, "persons", person, "reopen", reason=REASON).body["status"] == "FAO_REVIEW"


def test_a_person_closed_without_an_approval_is_reopened(world, applicant):
    person = waiting(world, applicant)
    for code in SIXTEEN:
        economy(world, person, code, "refused")
    assert decided(world, CONSULAR, "persons", person, "reject", reason="均未批准").body["status"] == "REFUSED"
    assert decided(world, CONSULAR, "persons", person, "reopen", reason=REASON).body["status"] == "ECONOMY_DONE"
    assert economy(world, person, "SGP", "approved")["economies"][13]["decision"] == "approved"


def test_a_reopened_follow_up_application_is_under_way_again(world, applicant):
    person = waiting(world, applicant)
    number = applied(applicant, person, "change_passport", **passport())["number"]
    assert decided(world, FAO, "applications", number, "reject", reason="材料不符").status == 200
    assert seen(applicant, person)["open_service"] is None
    assert decided(world, FAO, "applications", number, "reopen", reason=REASON).body["status"] == "FAO_REVIEW"
    shown = seen(applicant, person)
    assert (shown["open_service"], shown["available_services"]) == (number, [])
    assert [follow_up["number"] for follow_up in shown["follow_ups"]] == [number]


def test_a_follow_up_application_is_not_reopened_while_another_is_under_way(world, applicant):
    person = waiting(world, applicant)
    number = applied(applicant, person, "change_passport", **passport())["number"]
    assert decided(world, FAO, "applications", number, "reject", reason="材料不符").status == 200
    other = applied(applicant, person, "change_passport", **passport())["number"]
    before = world.table()
    assert decided(world, FAO, "applications", number, "reopen", reason=REASON).code == "OPERATION_INVALID"
    assert world.table() == before
    assert seen(applicant, person)["open_service"] == other
