"""Rows of officers' lists: how long something waits, how many persons fit, and what a correction has changed (L14)."""

from datetime import timedelta
from types import SimpleNamespace

import pytest

from testing.follow_ups import CARD_END, applied, card, decided, economy, passport, waiting
from testing.world import START

HUNAN = "fao-hunan"


@pytest.fixture
def work(world):
    """An enterprise and the officers of this moment."""
    return SimpleNamespace(user=world.enterprise(), hunan=world.officer(HUNAN), consular=world.officer("consular"))


def row(officer, wanted, /, **filters):
    """The row of an application in a list of its enterprise or a narrower one."""
    cursor = None
    while True:
        page = officer.ok("POST", "/office/search", {"limit": 100, "cursor": cursor, **filters})
        found = [shown for shown in page["items"] if shown["number"] == wanted]
        if found or page["next_cursor"] is None:
            [only] = found
            return only
        cursor = page["next_cursor"]


def review(officer, number, decision, version, **more):
    form = {"decision": decision, "status_version": version, **more}
    kind = "persons" if "-" in number else "applications"
    officer.ok("POST", f"/office/{kind}/{number}/decision", form)


def edited(user, path, content, version, part="content"):
    user.ok("PUT", f"{path}/{part}", content, If_Match=f'"{version}"')


def resubmitted(user, path, version):
    user.ok("POST", f"{path}/resubmit", {"status_version": version})


# Waiting


@pytest.mark.accepts("L14")
def test_a_row_says_since_when_and_for_how_many_days_an_application_has_waited(world, work):
    number = world.application(work.user, persons=3)["number"]
    shown = row(work.hunan, number)
    assert (shown["status_since"], shown["days_waiting"]) == (START.strftime("%Y-%m-%dT%H:%M:%S.000Z"), 0)
    assert (shown["person_count"], shown["matching_persons"], shown["persons"]) == (3, 3, [])
    world.time.forward(hours=11)
    # Half past eleven in the evening in China; half an hour later the next day has begun.
    assert row(world.officer(HUNAN), number)["days_waiting"] == 0
    world.time.forward(hours=1)
    assert row(world.officer(HUNAN), number)["days_waiting"] == 1
    world.time.forward(days=41)
    officer = world.officer(HUNAN)
    assert row(officer, number)["days_waiting"] == 42
    review(officer, number, "return", 1, reason="请补充")
    shown = row(officer, number, status="FAO_RETURNED")
    moment = world.time().strftime("%Y-%m-%dT%H:%M:%S.000Z")
    assert (shown["status_since"], shown["days_waiting"]) == (moment, 0)


def test_nobody_waits_at_a_closed_application(world, work):
    number = world.application(work.user)["number"]
    review(work.hunan, number, "reject", 1, reason="材料不符")
    world.time.forward(days=2)
    assert row(world.officer(HUNAN), number, status="FAO_REJECTED")["days_waiting"] is None


def test_persons_wait_by_their_own_status_and_only_those_that_fit_are_counted(world, work):
    number = world.application(work.user, persons=3)["number"]
    world.time.forward(days=4)
    review(world.officer(HUNAN), f"{number}-02", "return", 1, reason="请补充")
    world.time.forward(days=3)
    officer = world.officer(HUNAN)
    whole = row(officer, number, status="FAO_REVIEW")
    assert (whole["matching_persons"], whole["days_waiting"], whole["persons"]) == (3, 7, [])
    apart = row(officer, number, status="FAO_RETURNED")
    assert apart["matching_persons"] == 1
    assert [(person["number"][-2:], person["days_waiting"]) for person in apart["persons"]] == [("02", 3)]
    since = START + timedelta(days=4)
    assert apart["persons"][0]["status_since"] == since.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    everybody = row(officer, number, number=number)
    assert everybody["matching_persons"] == 3
    assert [person["days_waiting"] for person in everybody["persons"]] == [7, 3, 7]


def test_a_list_of_persons_counts_those_of_the_name(world, work):
    content = world.content(work.user, persons=3)
    for person, name in zip(content["persons"], ("上官甲", "上官乙", "测试丙"), strict=True):
        person["name"] = name
    number = work.user.ok("POST", "/applications", {"content": content})["number"]
    for filters, expected in (({"applicant": "上官"}, 2), ({"applicant": "上官甲"}, 1)):
        for more in ({}, {"number": number}, {"status": "FAO_REVIEW"}):
            shown = row(work.hunan, number, **filters, **more)
            assert (shown["matching_persons"], len(shown["persons"])) == (expected, expected)


def test_a_follow_up_application_is_about_one_person(world, work):
    person = decided(world, work.user)
    number = applied(work.user, person, "change_passport", **passport())["number"]
    shown = row(work.hunan, number)
    assert (shown["matching_persons"], shown["days_waiting"], shown["correction"]) == (1, 0, None)
    assert [(one["number"], one["days_waiting"], one["corrected"]) for one in shown["persons"]] == [(person, 0, None)]


# What a person's row needs for the acts on it


def test_the_row_of_a_person_has_its_answers_and_foreign_number(world, work):
    number = world.application(work.user)["number"]
    assert row(work.hunan, number, number=number)["persons"][0]["answers"] is None
    person = waiting(world, work.user)
    economy(world, person, "SGP", valid_until="2030-01-31")
    economy(world, person, "KOR", "refused")
    economy(world, person, "JPN", "locked")
    economy(world, person, "JPN", "pending")
    work.consular.ok("PUT", f"/office/persons/{person}/foreign-number", {"number": "CHN-2026/0001"})
    [shown] = row(work.consular, person[:-3], status="ECONOMY_REVIEW")["persons"]
    assert shown["answers"] == [
        {"code": "SGP", "decision": "approved", "valid_until": "2030-01-31", "warnings": []},
        {"code": "KOR", "decision": "refused", "valid_until": None, "warnings": []},
    ]
    assert (shown["foreign_number"], shown["card"]) == ("CHN-2026/0001", None)
    assert [offer["action"] for offer in shown["allowed_actions"]] == ["decide_economy", "record_foreign_number"]


def test_the_row_of_a_person_has_its_card_masked_for_an_office(world, work):
    person = decided(world, work.user)
    number = person[:-3]
    [shown] = row(work.consular, number, status="ECONOMY_DONE")["persons"]
    assert "make_card" in [offer["action"] for offer in shown["allowed_actions"]]
    card(world, person, "making")
    card(world, person, "made", card_number="CN1234567", valid_until=CARD_END)
    [shown] = row(work.consular, number, status="CARD_MADE")["persons"]
    assert (shown["card"]["number"], shown["card"]["valid_until"]) == ("CN1234567", CARD_END)
    assert "issue_card" in [offer["action"] for offer in shown["allowed_actions"]]
    [shown] = row(work.hunan, number, status="CARD_MADE")["persons"]
    assert shown["card"]["number"] != "CN1234567"
    assert shown["allowed_actions"] == []


# Corrections


@pytest.mark.accepts("L14")
def test_a_corrected_group_names_what_has_changed_since_the_return(world, work):
    content = world.content(work.user, persons=3)
    number = work.user.ok("POST", "/applications", {"content": content})["number"]
    path = f"/applications/{number}"
    assert row(work.hunan, number)["correction"] is None
    review(work.hunan, number, "return", 1, reason="请更正")
    assert row(work.hunan, number, status="FAO_RETURNED")["correction"] is None
    content["reason"] = "赴有关经济体参加展会并签订合同"
    edited(work.user, path, content, 1)
    content["persons"][1]["title"] = "采购部主管"
    del content["persons"][2]
    edited(work.user, path, content, 2)
    resubmitted(work.user, path, 2)
    expected = {"fields": ["reason"], "persons": [f"{number}-02", f"{number}-03"]}
    shown = row(work.hunan, number)
    assert (shown["correction"], shown["person_count"], shown["matching_persons"]) == (expected, 2, 2)
    changes = work.hunan.ok("GET", f"/office/applications/{number}/changes")
    assert [change["field"] for change in changes["fields"]] == expected["fields"]
    assert [person["number"] for person in changes["persons"]] == expected["persons"]
    review(work.hunan, number, "pass", 3)
    assert row(work.consular, number)["correction"] == expected
    review(work.consular, number, "return", 4, reason="请再更正")
    assert row(work.consular, number, status="CONSULAR_RETURNED")["correction"] is None


def test_an_edit_that_is_taken_back_leaves_nothing_changed(world, work):
    content = world.content(work.user)
    number = work.user.ok("POST", "/applications", {"content": content})["number"]
    review(work.hunan, number, "return", 1, reason="请更正")
    path = f"/applications/{number}"
    edited(work.user, path, {**content, "group_name": "另一团组"}, 1)
    assert row(work.hunan, number, status="FAO_RETURNED")["correction"] == {"fields": ["group_name"], "persons": []}
    edited(work.user, path, content, 2)
    resubmitted(work.user, path, 2)
    assert row(work.hunan, number)["correction"] == {"fields": [], "persons": []}


def test_a_person_corrected_apart_names_its_fields_and_its_group_none(world, work):
    content = world.content(work.user, persons=2)
    number = work.user.ok("POST", "/applications", {"content": content})["number"]
    person, path = content["persons"][1], f"/persons/{number}-02"
    review(work.hunan, f"{number}-02", "return", 1, reason="请更正")
    edited(work.user, path, person | {"title": "经理"}, work.user.ok("GET", path)["version"])
    changed = person | {"title": "工程部经理", "passport_place": "长沙"}
    edited(work.user, path, changed, work.user.ok("GET", path)["version"])
    resubmitted(work.user, path, 2)
    shown = row(work.hunan, number, passport_number=person["passport_number"])
    assert [(one["number"], sorted(one["corrected"])) for one in shown["persons"]] == [
        (f"{number}-02", ["passport_place", "title"])
    ]
    assert shown["correction"] is None
    review(work.hunan, f"{number}-02", "return", 3, reason="请再更正")
    shown = row(work.hunan, number, passport_number=person["passport_number"])
    assert shown["persons"][0]["corrected"] is None


def test_a_corrected_follow_up_application_names_its_fields(world, work):
    person = decided(world, work.user)
    form = passport()
    number = applied(work.user, person, "change_passport", **form)["number"]
    review(work.hunan, number, "return", 1, reason="请更正")
    edited(work.user, f"/applications/{number}", {"reason": "护照换发后申请", **form}, 1, "service")
    resubmitted(work.user, f"/applications/{number}", 2)
    assert row(work.hunan, number)["correction"] == {"fields": ["reason"], "persons": []}
