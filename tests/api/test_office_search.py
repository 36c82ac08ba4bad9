"""Officers find applications and persons: by passport, name, enterprise, stage and service, in either order (L14)."""

from types import SimpleNamespace
from typing import Any

import pytest

from testing.follow_ups import applied, card, decided, finish, passport, waiting

HUNAN, SHAANXI = "fao-hunan", "fao-shaanxi"


@pytest.fixture(scope="module")
def desks(portal):
    """Officers of two offices and of the consular department."""
    return SimpleNamespace(hunan=portal.desk(HUNAN), shaanxi=portal.desk(SHAANXI), consular=portal.desk("consular"))


@pytest.fixture(scope="module")
def sent(portal):
    """Two enterprises: one has sent a group to each office, the other one to Hunan."""
    first, second = portal.enterprise(), portal.enterprise()
    return SimpleNamespace(
        first=first,
        second=second,
        hunan=submitted(portal, first, HUNAN, "欧阳明", "李海"),
        shaanxi=submitted(portal, first, SHAANXI, "欧阳华"),
        other=submitted(portal, second, HUNAN, "欧阳明月", "王海"),
    )


def submitted(world, user, office, *names):
    """The number of a group with persons of these names, and their passports."""
    content = world.content(user, persons=len(names), office=office)
    content["attachments"] = world.attachments(user, "group", office)
    for person, name in zip(content["persons"], names, strict=True):
        person |= {"name": name, "attachments": world.attachments(user, "person", office)}
    number = user.ok("POST", "/applications", {"content": content})["number"]
    return SimpleNamespace(number=number, passports=[person["passport_number"] for person in content["persons"]])


def found(officer, **filters):
    """Every application of a list with the positions of the persons shown."""
    shown, cursor = [], None
    while True:
        page = officer.ok("POST", "/office/search", {"limit": 100, "cursor": cursor, **filters})
        assert page["partial"] is False
        shown += [(group["number"], [person["number"][-2:] for person in group["persons"]]) for group in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            return shown


def numbers(officer, **filters):
    return [number for number, _ in found(officer, **filters)]


@pytest.mark.accepts("L14")
def test_a_person_is_found_by_the_whole_passport_number_within_the_office(desks, sent):
    number, [_, wanted] = sent.hunan.number, sent.hunan.passports
    for typed in (wanted, wanted.lower(), f" {wanted[0]} {wanted[1:]} "):
        for officer in (desks.hunan, desks.consular):
            assert found(officer, passport_number=typed) == [(number, ["02"])]
        assert found(desks.shaanxi, passport_number=typed) == []
    for nothing in (wanted[:-1], wanted[1:], "*"):
        assert found(desks.consular, passport_number=nothing) == []


@pytest.mark.accepts("L14")
def test_persons_are_found_by_the_beginning_of_their_name_within_the_office(desks, sent):
    ours = [(sent.hunan.number, ["01"]), (sent.other.number, ["01"])]
    assert found(desks.hunan, applicant="欧阳") == ours
    assert found(desks.shaanxi, applicant="欧阳") == [(sent.shaanxi.number, ["01"])]
    everywhere = numbers(desks.consular, applicant="欧阳")
    assert everywhere == sorted([sent.hunan.number, sent.shaanxi.number, sent.other.number])
    assert found(desks.consular, applicant="欧阳明") == ours
    assert found(desks.consular, applicant="欧阳明月") == [(sent.other.number, ["01"])]
    assert found(desks.consular, applicant="欧阳明月亮") == []
    assert found(desks.consular, applicant="阳明") == []


@pytest.mark.accepts("L14")
def test_applications_are_found_by_enterprise_within_the_office(desks, sent):
    first, second = (user.account["enterprise_id"] for user in (sent.first, sent.second))
    assert numbers(desks.hunan, enterprise_id=first) == [sent.hunan.number]
    assert numbers(desks.shaanxi, enterprise_id=first) == [sent.shaanxi.number]
    assert numbers(desks.consular, enterprise_id=first) == sorted([sent.hunan.number, sent.shaanxi.number])
    uscc = sent.second.ok("GET", "/me")["enterprise"]["uscc"]
    for typed in (uscc, uscc.lower()):
        assert numbers(desks.consular, uscc=typed) == [sent.other.number]
        assert numbers(desks.consular, uscc=typed, enterprise_id=second) == [sent.other.number]
        assert numbers(desks.consular, uscc=typed, enterprise_id=first) == []
    for nothing in ({"uscc": "91430100MA4L99999X"}, {"enterprise_id": "unknown"}):
        assert numbers(desks.consular, **nothing) == []


def test_filters_combine(desks, sent):
    first = sent.first.account["enterprise_id"]
    for filters, expected in (
        ({"applicant": "欧阳", "enterprise_id": first, "status": "FAO_REVIEW"}, [sent.hunan.number]),
        ({"applicant": "欧阳", "status": "FAO_RETURNED"}, []),
        ({"applicant": "欧阳", "service": "early_card"}, []),
        ({"applicant": "欧阳", "passport_number": sent.other.passports[0]}, [sent.other.number]),
        ({"applicant": "李海", "passport_number": sent.other.passports[0]}, []),
        ({"enterprise_id": first, "status": "FAO_REVIEW"}, [sent.hunan.number]),
        ({"enterprise_id": first, "status": "CONSULAR_REVIEW"}, []),
        ({"number": sent.hunan.number, "applicant": "欧阳"}, [sent.hunan.number]),
        ({"number": sent.hunan.number, "applicant": "王海"}, []),
        ({"passport_number": sent.hunan.passports[0], "status": "DONE"}, []),
    ):
        assert numbers(desks.hunan, **filters) == expected, filters
    assert found(desks.hunan, number=sent.hunan.number, applicant="李海") == [(sent.hunan.number, ["02"])]


def test_a_surname_alone_is_refused(desks, sent):
    for name in ("欧", " 李 "):
        answer = desks.consular("POST", "/office/search", {"applicant": name})
        assert (answer.status, answer.fields) == (422, {"applicant": "string_too_short"})
    assert numbers(desks.hunan, applicant="") == numbers(desks.hunan)


def test_a_list_is_read_from_either_end(desks, sent):
    oldest_first = numbers(desks.hunan)
    assert oldest_first == sorted(oldest_first)
    assert {sent.hunan.number, sent.other.number} <= set(oldest_first)
    assert numbers(desks.hunan, order="newest") == oldest_first[::-1]
    for order in ("oldest", "newest"):
        assert numbers(desks.hunan, limit=1, order=order) == numbers(desks.hunan, order=order)
    cursor = desks.hunan.ok("POST", "/office/search", {"limit": 1})["next_cursor"]
    answer = desks.hunan("POST", "/office/search", {"limit": 1, "cursor": cursor, "order": "newest"})
    assert (answer.status, answer.code) == (400, "MALFORMED")


def test_persons_are_listed_at_the_stage_where_they_stand(world, desks):
    user = world.enterprise()
    person = waiting(world, user, approvals=1)
    number, everybody = person[:18], (desks.consular, desks.hunan)

    def stages():
        for officer in everybody:
            assert number not in numbers(desks.shaanxi, status="ECONOMY_DONE")
            yield [
                status
                for status in ("ECONOMY_REVIEW", "ECONOMY_DONE", "CARD_MAKING", "CARD_MADE", "CARD_ISSUED")
                if (number, ["01"]) in found(officer, status=status)
            ]

    assert list(stages()) == [["ECONOMY_REVIEW"]] * 2
    finish(world, person)
    assert list(stages()) == [["ECONOMY_DONE"]] * 2
    events: tuple[tuple[str, dict[str, Any], str], ...] = (
        ("making", {}, "CARD_MAKING"),
        ("made", {"card_number": "CN-4601", "valid_until": "2031-11-20"}, "CARD_MADE"),
        ("issued", {}, "CARD_ISSUED"),
    )
    for event, more, status in events:
        assert card(world, person, event, **more).status == 200
        assert list(stages()) == [[status]] * 2


def test_cards_of_follow_up_applications_are_in_the_same_lists(world, desks):
    user = world.enterprise()
    person = waiting(world, user, approvals=1)
    early = applied(user, person, "early_card")
    for officer in (desks.hunan, desks.consular):
        world.decide(officer, early)
    assert card(world, person, "making").status == 200
    for officer in (desks.hunan, desks.consular):
        assert early["number"] in numbers(officer, status="CARD_MAKING")
        assert early["number"] in numbers(officer, status="CARD_MAKING", service="early_card")
        assert early["number"] not in numbers(officer, status="CARD_MAKING", service="new_or_renewal")


def test_a_follow_up_application_is_found_by_its_person_and_both_passports(world, desks):
    user = world.enterprise()
    person = decided(world, user)
    old = user.ok("POST", f"/persons/{person}/reveal", {"fields": ["passport_number"], "reason": "核对"})["fields"]
    new = passport()
    number = applied(user, person, "change_passport", **new)["number"]
    for filters in (
        {"passport_number": old["passport_number"]},
        {"passport_number": new["passport_number"]},
        {"applicant": "测试"},
    ):
        for officer in (desks.hunan, desks.consular):
            assert numbers(officer, service="change_passport", **filters).count(number) == 1
        assert number not in numbers(desks.shaanxi, service="change_passport", **filters)
    assert numbers(desks.hunan, passport_number=old["passport_number"]) == sorted([person[:18], number])
    assert numbers(desks.hunan, passport_number=old["passport_number"], limit=1, order="newest") == sorted(
        [person[:18], number], reverse=True
    )
