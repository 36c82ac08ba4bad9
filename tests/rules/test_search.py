"""Which applications, and which of their persons, fit the filters of a list."""

from dataclasses import replace
from itertools import combinations
from typing import Any

import pytest

from chalicelib.rules.applications.applications import Answer, Card
from chalicelib.rules.applications.search import SearchCriteria, matches
from chalicelib.rules.base.vocabulary import Decision, Service, Status
from tests.support import submissions

NUMBER = "APEC20261121000001"
NAMES = ("测试甲", "测试乙", "试验丙")
PASSPORTS = ("E10000001", "E10000002", "E10000003")
APPROVED = {"SGP": Answer(Decision.APPROVED, submissions.NOON)}


def group(status="CONSULAR_APPROVED", **changes):
    """Three persons: before the economies with an approval, without one, and returned by itself."""
    filed = submissions.application(3)
    own: tuple[dict[str, Any], ...] = (
        {"own_status": Status.ECONOMY_REVIEW, "economies": APPROVED},
        {"own_status": Status.ECONOMY_REVIEW},
        {"own_status": Status.CONSULAR_RETURNED},
    )
    persons = tuple(
        replace(person, content={**person.content, "name": name, "passport_number": passport}, **state)
        for person, name, passport, state in zip(filed.persons, NAMES, PASSPORTS, own, strict=True)
    )
    return replace(filed, header=replace(filed.header, status=Status(status), **changes), persons=persons)


def follow_up(service=Service.REPLACE_CARD, **content):
    """The file of a follow-up service about the first person."""
    about = {
        "person_name": NAMES[0],
        "person_number": f"{NUMBER}-01",
        "title": "经理",
        "current_passport_number": PASSPORTS[0],
    }
    filed = submissions.application(number="APEC20261121000002")
    return replace(filed, header=replace(filed.header, service=service, content={**about, **content}), persons=())


def found(application, **criteria):
    """The positions of the persons found; None if the application is not among what is looked for."""
    service = criteria.pop("service", application.header.service)
    match = matches(application, SearchCriteria(service, submissions.TODAY, **criteria))
    return None if match is None else [int(person.number[-2:]) for person in match.persons]


@pytest.mark.accepts("L01")
def test_without_filters_an_application_is_found_with_all_its_persons_under_its_service_only():
    assert found(group()) == [1, 2, 3]
    assert found(follow_up()) == []
    for service in set(Service) - {Service.NEW_OR_RENEWAL}:
        assert found(group(), service=service) is None
    for service in set(Service) - {Service.REPLACE_CARD}:
        assert found(follow_up(), service=service) is None


@pytest.mark.parametrize(
    ("number", "persons"),
    [
        (NUMBER, [1, 2, 3]),
        ("APEC", [1, 2, 3]),
        ("APEC20261121", [1, 2, 3]),
        (f"{NUMBER}-02", [2]),
        (f"{NUMBER}-04", None),
        ("apec20261121000001", [1, 2, 3]),
        (f" {NUMBER} ", [1, 2, 3]),
        ("", [1, 2, 3]),
        ("APEC20261121000002", None),
        ("APEC20261122", None),
        ("20261121", None),
    ],
)
def test_a_number_is_looked_for_from_its_beginning_and_a_persons_finds_that_person(number, persons):
    assert found(group(), number=number) == persons


@pytest.mark.parametrize(
    ("name", "persons"),
    [("测试甲", [1]), ("测试", [1, 2]), ("试", [3]), ("试验丙丁", None), ("甲", None), ("", [1, 2, 3])],
)
def test_an_applicant_is_looked_for_by_the_beginning_of_the_name(name, persons):
    assert found(group(), applicant=name) == persons


@pytest.mark.parametrize(
    ("passport", "persons"),
    [("E10000002", [2]), ("e10000002", [2]), (" E10000002 ", [2]), ("E1000000", None), ("E10000009", None)],
)
@pytest.mark.accepts("L11")
def test_a_passport_is_looked_for_as_a_whole(passport, persons):
    assert found(group(), passport=passport) == persons


def test_a_status_finds_the_whole_group_at_it_and_else_the_persons_at_it():
    assert found(group(), status=Status.CONSULAR_APPROVED) == [1, 2, 3]
    assert found(group(), status=Status.ECONOMY_REVIEW) == [1, 2]
    assert found(group(), status=Status.CONSULAR_RETURNED) == [3]
    for status in set(Status) - {Status.CONSULAR_APPROVED, Status.ECONOMY_REVIEW, Status.CONSULAR_RETURNED}:
        assert found(group(), status=status) is None, status


@pytest.mark.parametrize(("ends", "status"), [("2026-11-20", "EXPIRED"), ("2026-11-21", "CARD_ISSUED")])
def test_a_person_whose_card_has_ended_is_found_as_expired_and_no_longer_as_issued(ends, status):
    filed = group()
    issued = replace(filed.persons[0], own_status=Status.CARD_ISSUED, card=Card("1111", ends, issued=True))
    filed = replace(filed, persons=(issued, *filed.persons[1:]))
    for each in (Status.EXPIRED, Status.CARD_ISSUED):
        assert found(filed, status=each) == ([1] if each == status else None)


@pytest.mark.accepts("L09")
def test_an_available_service_finds_whoever_it_is_open_to():
    assert found(group(), available=Service.EARLY_CARD) == [1]
    assert found(group(), available=Service.CHANGE_PASSPORT) == [1, 2]
    assert found(group(), available=Service.REPLACE_CARD) is None
    assert found(group(), available=Service.CANCEL_CARD) is None
    filed = group()
    busy = replace(filed, persons=tuple(replace(each, open_service="APEC20261121000002") for each in filed.persons))
    assert found(busy, available=Service.CHANGE_PASSPORT) is None


def test_an_available_service_is_that_of_today_and_not_of_the_day_it_was_written():
    filed = group()
    issued = replace(filed.persons[0], own_status=Status.CARD_ISSUED, card=Card("1111", "2026-11-20", issued=True))
    filed = replace(filed, persons=(issued,))
    assert found(filed, available=Service.REPLACE_CARD) is None
    assert found(filed, available=Service.CANCEL_CARD) == [1]


def test_a_creator_finds_what_that_account_created():
    assert found(group(creator_id="agent-1"), creator_id="agent-1") == [1, 2, 3]
    assert found(group(creator_id="agent-1"), creator_id="agent-2") is None
    assert found(follow_up(), creator_id="agent-2") is None


FILTERS = {
    "number": (f"{NUMBER}-01", {1}),
    "applicant": ("测试", {1, 2}),
    "status": (Status.ECONOMY_REVIEW, {1, 2}),
    "passport": (PASSPORTS[0], {1}),
    "available": (Service.CHANGE_PASSPORT, {1, 2}),
    "creator_id": ("agent-1", {1, 2, 3}),
}
"""Each filter with the persons that it finds by itself."""
NOTHING = {
    "number": f"{NUMBER}-03",
    "applicant": "试验",
    "status": Status.CONSULAR_RETURNED,
    "passport": PASSPORTS[2],
    "available": Service.CANCEL_CARD,
    "creator_id": "agent-2",
}
"""Each filter so that it leaves none of the persons that the others find."""


@pytest.mark.accepts("L03")
@pytest.mark.parametrize("many", range(1, 7))
def test_filters_combined_find_whoever_meets_them_all(many):
    filed = group(creator_id="agent-1")
    for names in combinations(FILTERS, many):
        criteria = {name: FILTERS[name][0] for name in names}
        assert found(filed, **criteria) == sorted(set.intersection(*(FILTERS[name][1] for name in names))), names
        for name in names if many > 1 else ():
            others = set.intersection(*(FILTERS[other][1] for other in names if other != name))
            if others <= {1, 2}:
                assert found(filed, **{**criteria, name: NOTHING[name]}) is None, names


def test_persons_that_carry_their_groups_status_are_found_by_it():
    filed = submissions.application(2)
    assert found(filed, status=Status.FAO_REVIEW) == [1, 2]
    assert found(filed, status=Status.ECONOMY_REVIEW) is None
    assert found(filed, available=Service.CHANGE_PASSPORT) is None


@pytest.mark.parametrize(
    ("criteria", "is_found"),
    [
        ({"number": "APEC20261121000002"}, True),
        ({"number": "APEC20261121"}, True),
        ({"number": NUMBER}, False),
        ({"applicant": "测试"}, True),
        ({"applicant": "试验"}, False),
        ({"passport": PASSPORTS[0]}, True),
        ({"passport": "e20000001"}, True),
        ({"passport": PASSPORTS[1]}, False),
        ({"status": Status.FAO_REVIEW}, True),
        ({"status": Status.DONE}, False),
        ({"available": Service.CANCEL_CARD}, False),
        ({"status": Status.FAO_REVIEW, "applicant": "测试甲", "passport": PASSPORTS[0]}, True),
        ({"status": Status.DONE, "applicant": "测试甲", "passport": PASSPORTS[0]}, False),
    ],
)
def test_a_follow_up_file_is_found_by_its_number_its_person_and_both_of_its_passports(criteria, is_found):
    filed = follow_up(passport_number="E20000001")
    assert (found(filed, **criteria) is not None) is is_found
