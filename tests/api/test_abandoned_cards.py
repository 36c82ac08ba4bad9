"""Cards that cannot be made are abandoned, and no card is made without an approval (docs/domain.md 2.1-2.6, 7.1)."""

import pytest

from scheduled.expire_cards import expire_cards
from testing.follow_ups import (
    SIXTEEN,
    applied,
    apply,
    card,
    economy,
    finish,
    made,
    passport,
    seen,
    through,
    waiting,
)
from testing.world import PASSWORD
from tests.support.offers import actions


@pytest.fixture
def applicant(world):
    """A new enterprise; officers get new sessions too."""
    world.forget_desks()
    return world.enterprise()


def later(world, user, **by):
    """Let time pass; the same account with a new session. Officers get new sessions too."""
    world.time.forward(**by)
    world.forget_desks()
    return world.sign_in(user.account["role"], user.account["login"], PASSWORD)


def ending_soon(world, user):
    """An approved person whose passport expires in three months."""
    content = world.content(user)
    content["persons"][0]["passport_expires_on"] = "2027-03-01"
    application = user.ok("POST", "/applications", {"content": content})
    for desk in ("fao-hunan", "consular"):
        world.decide(world.desk(desk), application)
    return f"{application['number']}-01"


def refused_by_all(world, person):
    for code in SIXTEEN:
        economy(world, person, code, "refused")


def offered(world, person):
    return actions(world.desk("consular").ok("GET", f"/office/persons/{person}"))


def reject(world, follow_up, **form):
    officer = world.desk("consular")
    shown = officer.ok("GET", f"/office/applications/{follow_up['number']}")
    form = {"decision": "reject", "status_version": shown["status_version"], **form}
    return officer("POST", f"/office/applications/{follow_up['number']}/decision", form)


def test_an_abandoned_card_can_be_made_with_a_new_passport(world, applicant):
    person = ending_soon(world, applicant)
    finish(world, person)
    assert card(world, person, "making").status == 200
    applicant = later(world, applicant, days=120)
    refused = card(world, person, "made", card_number="CN900001", valid_until="2031-11-20")
    assert (refused.status, list(refused.fields)) == (422, ["valid_until"])
    assert card(world, person, "cancelled").fields == {"reason": "REASON_REQUIRED"}
    given_up = card(world, person, "cancelled", reason="护照已到期，无法制卡").body
    assert (given_up["status"], given_up["history"][0]["reason"]) == ("ECONOMY_DONE", "护照已到期，无法制卡")
    told = applicant.ok("GET", "/messages?limit=1")["items"][0]["body"]
    assert "护照已到期，无法制卡" in told
    assert seen(applicant, person)["card"] is None
    through(world, applicant, person, "change_passport", **passport(passport_issued_on="2027-03-02"))
    made(world, person, "2031-11-20")
    assert seen(applicant, person)["status"] == "CARD_ISSUED"


def test_an_abandoned_card_waits_for_an_economy_that_is_pending_again(world, applicant):
    person = waiting(world, applicant)
    finish(world, person)
    card(world, person, "making")
    economy(world, person, "SGP", "pending")
    assert card(world, person, "cancelled", reason="无法制卡").body["status"] == "ECONOMY_REVIEW"
    assert "make_card" not in offered(world, person)
    economy(world, person, "SGP", "approved")
    assert "make_card" in offered(world, person)


@pytest.mark.parametrize("begun", [False, True])
def test_rejecting_a_follow_up_application_abandons_its_card(world, applicant, begun):
    person = ending_soon(world, applicant)
    economy(world, person)
    follow_up = through(world, applicant, person, "early_card")
    if begun:
        card(world, person, "making")
    applicant = later(world, applicant, days=120)
    assert reject(world, follow_up).fields == {"reason": "REASON_REQUIRED"}
    assert reject(world, follow_up, reason="护照已到期").body["status"] == "CONSULAR_REJECTED"
    after = seen(applicant, person)
    assert (after["open_service"], after["status"]) == (None, "ECONOMY_REVIEW")
    assert "change_passport" in after["available_services"]
    assert reject(world, follow_up, reason="再次").code == "OPERATION_INVALID"


def test_no_card_is_made_after_the_last_approval_was_withdrawn(world, applicant):
    person = waiting(world, applicant)
    refused_by_all(world, person)
    economy(world, person, "SGP", "approved")
    card(world, person, "making")
    economy(world, person, "SGP", "refused")
    assert "card_made" not in offered(world, person)
    assert card(world, person, "made", card_number="CN900002", valid_until="2031-11-20").code == "OPERATION_INVALID"
    assert card(world, person, "cancelled", reason="无法制卡").body["status"] == "ECONOMY_DONE"


@pytest.mark.parametrize("service", ["early_card", "replace_card"])
def test_no_card_of_a_follow_up_service_is_made_without_an_approval(world, applicant, service):
    person = waiting(world, applicant, approvals=1)
    approving = next(iter(SIXTEEN)) if isinstance(SIXTEEN, dict) else SIXTEEN[0]
    if service == "replace_card":
        through(world, applicant, person, "early_card")
        made(world, person)
    through(world, applicant, person, service, **({"case": "lost"} if service == "replace_card" else {}))
    refused_by_all(world, person)
    assert card(world, person, "making").code == "OPERATION_INVALID"
    economy(world, person, approving, "approved")
    assert card(world, person, "making").status == 200


def close(world, person, **form):
    officer = world.desk("consular")
    version = officer.ok("GET", f"/office/persons/{person}")["status_version"]
    form = {"decision": "reject", "status_version": version, **form}
    return officer("POST", f"/office/persons/{person}/decision", form)


def test_a_person_whom_no_economy_approved_is_closed_with_a_reason(world, applicant):
    person = waiting(world, applicant)
    assert close(world, person, reason="经济体均拒签").code == "OPERATION_INVALID"
    refused_by_all(world, person)
    economy(world, person, "SGP", "approved")
    assert "reject" not in offered(world, person)
    assert close(world, person, reason="经济体均拒签").code == "OPERATION_INVALID"
    economy(world, person, "SGP", "locked")
    assert "reject" in offered(world, person)
    assert close(world, person).fields == {"reason": "REASON_REQUIRED"}
    closed = close(world, person, reason="十六个经济体均未批准").body
    assert (closed["status"], closed["status_label"], actions(closed)) == (
        "REFUSED",
        "经济体均未批准",
        ["reopen"],
    )
    shown = seen(applicant, person)
    assert (shown["status"], shown["available_services"], actions(shown)) == ("REFUSED", [], [])
    assert "十六个经济体均未批准" in applicant.ok("GET", "/messages?limit=1")["items"][0]["body"]
    listed = applicant.ok("POST", "/applications/search", {"service": "new_or_renewal", "status": "REFUSED"})["items"]
    assert [application["number"] for application in listed] == [person[:-3]]


def test_a_person_with_a_service_under_way_or_an_early_card_is_not_closed(world, applicant):
    person = waiting(world, applicant, approvals=1)
    through(world, applicant, person, "early_card")
    made(world, person)
    refused_by_all(world, person)
    assert close(world, person, reason="均未批准").code == "OPERATION_INVALID"
    other = waiting(world, applicant)
    refused_by_all(world, other)
    applied(applicant, other, "change_passport", **passport())
    assert close(world, other, reason="均未批准").code == "OPERATION_INVALID"


def test_an_early_card_made_after_the_last_decision_is_not_marked_as_early(world, applicant):
    person = waiting(world, applicant, approvals=1)
    through(world, applicant, person, "early_card")
    finish(world, person)
    made(world, person)
    after = seen(applicant, person)
    assert (after["status"], after["card"]["early"]) == ("CARD_ISSUED", False)


def test_a_replacement_that_expired_before_it_is_issued_leaves_the_person_expired(world, applicant):
    person = waiting(world, applicant)
    finish(world, person)
    made(world, person, "2027-02-01")
    applied_for = applied(applicant, person, "replace_card", case="damaged")
    for desk in ("fao-hunan", "consular"):
        world.decide(world.desk(desk), applied_for)
    card(world, person, "making")
    card(world, person, "made", card_number="CN900003", valid_until="2027-01-01")
    applicant = later(world, applicant, days=60)
    world.run(expire_cards)
    assert card(world, person, "issued").status == 200
    assert seen(applicant, person)["status"] == "EXPIRED"
    for status, found in (("EXPIRED", 1), ("CARD_ISSUED", 0)):
        listed = applicant.ok("POST", "/applications/search", {"service": "new_or_renewal", "status": status})["items"]
        assert len(listed) == found


def test_a_corrected_follow_up_application_is_validated_as_at_its_submission(world, applicant):
    person = waiting(world, applicant)
    follow_up = applied(applicant, person, "change_passport", **passport())
    world.decide(world.desk("fao-hunan"), follow_up, "return", reason="请更正")
    form = {"fields": ["passport_number"], "reason": "核对护照"}
    own = applicant.ok("POST", f"/persons/{person}/reveal", form)["fields"]["passport_number"]
    same = {"reason": "出差需要", **passport(passport_number=own)}
    answer = applicant("PUT", f"/applications/{follow_up['number']}/service", same, If_Match='"1"')
    assert answer.fields == {"passport_number": "PASSPORT_SAME"}
    other = {"reason": "出差需要", **passport()}
    assert applicant("PUT", f"/applications/{follow_up['number']}/service", other, If_Match='"1"').status == 200
    assert apply(applicant, person, "early_card").code == "OPERATION_INVALID"


def test_a_card_event_by_the_status_version_of_an_ended_service_is_invalid(world, applicant):
    """Otherwise a card for the service would be made for the person's own application."""
    person = waiting(world, applicant, approvals=1)
    follow_up = through(world, applicant, person, "early_card")
    finish(world, person)
    shown = world.desk("consular").ok("GET", f"/office/persons/{person}")["status_version"]
    assert reject(world, follow_up, reason="已全部批复").status == 200
    assert card(world, person, "making", version=shown).code == "OPERATION_INVALID"
    assert card(world, person, "making").status == 200


def test_a_changed_passport_must_differ_from_those_of_the_other_persons(world, applicant):
    number = world.approved(applicant, persons=2)["number"]
    form = {"fields": ["passport_number"], "reason": "核对护照"}
    theirs = applicant.ok("POST", f"/persons/{number}-02/reveal", form)["fields"]["passport_number"]
    answer = apply(applicant, f"{number}-01", "change_passport", **passport(passport_number=theirs))
    assert answer.fields == {"passport_number": "DUPLICATE_PERSON"}
