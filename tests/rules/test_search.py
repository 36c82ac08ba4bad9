"""Filters of the lists of applications and persons (docs/domain.md 10.1)."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import combinations
from typing import Any

import pytest

from chalicelib.rules.applications.applications import Answer, Card
from chalicelib.rules.applications.search import OfficeCriteria, SearchCriteria, matches, matches_for_officer
from chalicelib.rules.base.vocabulary import Decision, Service, Status
from tests.support import submissions

NUMBER = "APEC20261121000001"
NAMES = ("测试甲", "测试乙", "试验丙")
PASSPORTS = ("E10000001", "E10000002", "E10000003")
APPROVED = {"SGP": Answer(Decision.APPROVED, submissions.NOON)}


def group(status="CONSULAR_APPROVED", **changes):
    """Three persons: in the economy review with an approval, without one, and returned separately."""
    application = submissions.application(3)
    own: tuple[dict[str, Any], ...] = (
        {"own_status": Status.ECONOMY_REVIEW, "economies": APPROVED},
        {"own_status": Status.ECONOMY_REVIEW},
        {"own_status": Status.CONSULAR_RETURNED},
    )
    persons = tuple(
        replace(person, content={**person.content, "name": name, "passport_number": passport}, **state)
        for person, name, passport, state in zip(application.persons, NAMES, PASSPORTS, own, strict=True)
    )
    return replace(application, header=replace(application.header, status=Status(status), **changes), persons=persons)


def follow_up(service=Service.REPLACE_CARD, **content):
    """A follow-up application about the first person."""
    about = {
        "person_name": NAMES[0],
        "person_number": f"{NUMBER}-01",
        "title": "经理",
        "current_passport_number": PASSPORTS[0],
    }
    application = submissions.application(number="APEC20261121000002")
    return replace(
        application, header=replace(application.header, service=service, content={**about, **content}), persons=()
    )


def found(application, **criteria):
    """The positions of the persons found; None if the application does not match."""
    service = criteria.pop("service", application.header.service)
    match = matches(application, SearchCriteria(service, submissions.TODAY, **criteria))
    return None if match is None else [int(person.number[-2:]) for person in match.persons]


@pytest.mark.accepts("L01")
def test_without_filters_an_application_is_found_with_all_persons_and_only_by_its_service():
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
def test_the_number_filter_matches_a_prefix_and_a_person_number_matches_that_person(number, persons):
    assert found(group(), number=number) == persons


@pytest.mark.parametrize(
    ("name", "persons"),
    [("测试甲", [1]), ("测试", [1, 2]), ("试", [3]), ("试验丙丁", None), ("甲", None), ("", [1, 2, 3])],
)
def test_the_applicant_filter_matches_a_prefix_of_the_name(name, persons):
    assert found(group(), applicant=name) == persons


@pytest.mark.parametrize(
    ("passport", "persons"),
    [("E10000002", [2]), ("e10000002", [2]), (" E10000002 ", [2]), ("E1000000", None), ("E10000009", None)],
)
@pytest.mark.accepts("L11")
def test_the_passport_filter_matches_the_complete_number(passport, persons):
    assert found(group(), passport=passport) == persons


def test_the_status_filter_matches_the_application_or_single_persons():
    assert found(group(), status=Status.CONSULAR_APPROVED) == [1, 2, 3]
    assert found(group(), status=Status.ECONOMY_REVIEW) == [1, 2]
    assert found(group(), status=Status.CONSULAR_RETURNED) == [3]
    for status in set(Status) - {Status.CONSULAR_APPROVED, Status.ECONOMY_REVIEW, Status.CONSULAR_RETURNED}:
        assert found(group(), status=status) is None, status


@pytest.mark.parametrize(("ends", "status"), [("2026-11-20", "EXPIRED"), ("2026-11-21", "CARD_ISSUED")])
def test_a_person_whose_card_has_ended_is_found_only_by_the_status_expired(ends, status):
    application = group()
    issued = replace(application.persons[0], own_status=Status.CARD_ISSUED, card=Card("1111", ends, issued=True))
    application = replace(application, persons=(issued, *application.persons[1:]))
    for criterion in (Status.EXPIRED, Status.CARD_ISSUED):
        assert found(application, status=criterion) == ([1] if criterion == status else None)


@pytest.mark.accepts("L09")
def test_the_available_service_filter_matches_persons_who_can_apply_for_it():
    assert found(group(), available=Service.EARLY_CARD) == [1]
    assert found(group(), available=Service.CHANGE_PASSPORT) == [1, 2]
    assert found(group(), available=Service.REPLACE_CARD) is None
    assert found(group(), available=Service.CANCEL_CARD) is None
    application = group()
    busy = replace(
        application, persons=tuple(replace(person, open_service="APEC20261121000002") for person in application.persons)
    )
    assert found(busy, available=Service.CHANGE_PASSPORT) is None


def test_available_services_are_computed_for_today():
    application = group()
    issued = replace(
        application.persons[0], own_status=Status.CARD_ISSUED, card=Card("1111", "2026-11-20", issued=True)
    )
    application = replace(application, persons=(issued,))
    assert found(application, available=Service.REPLACE_CARD) is None
    assert found(application, available=Service.CANCEL_CARD) == [1]


def test_the_creator_filter_matches_the_applications_of_that_account():
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
"""Each filter with the persons that it matches alone."""
EXCLUDING = {
    "number": f"{NUMBER}-03",
    "applicant": "试验",
    "status": Status.CONSULAR_RETURNED,
    "passport": PASSPORTS[2],
    "available": Service.CANCEL_CARD,
    "creator_id": "agent-2",
}
"""Each filter with a value that excludes the persons that the other filters match."""


@pytest.mark.accepts("L03")
@pytest.mark.parametrize("count", range(1, 7))
def test_combined_filters_match_the_persons_that_meet_all_of_them(count):
    application = group(creator_id="agent-1")
    for names in combinations(FILTERS, count):
        criteria = {name: FILTERS[name][0] for name in names}
        assert found(application, **criteria) == sorted(set.intersection(*(FILTERS[name][1] for name in names))), names
        for name in names if count > 1 else ():
            others = set.intersection(*(FILTERS[other][1] for other in names if other != name))
            if others <= {1, 2}:
                assert found(application, **{**criteria, name: EXCLUDING[name]}) is None, names


def test_persons_without_a_status_of_their_own_are_found_by_the_status_of_their_application():
    application = submissions.application(2)
    assert found(application, status=Status.FAO_REVIEW) == [1, 2]
    assert found(application, status=Status.ECONOMY_REVIEW) is None
    assert found(application, available=Service.CHANGE_PASSPORT) is None


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
def test_a_follow_up_application_is_found_by_its_number_its_person_and_both_passport_numbers(criteria, is_found):
    application = follow_up(passport_number="E20000001")
    assert (found(application, **criteria) is not None) is is_found


# Lists of officers


def found_for_officer(application, **criteria):
    """The positions of the persons found by an officer; None if the application does not match."""
    match = matches_for_officer(application, OfficeCriteria(submissions.TODAY, **criteria))
    return None if match is None else [int(person.number[-2:]) for person in match.persons]


@pytest.mark.parametrize(
    ("criteria", "persons"),
    [
        ({}, [1, 2, 3]),
        ({"status": Status.CONSULAR_APPROVED}, []),
        ({"status": Status.ECONOMY_REVIEW}, [1, 2]),
        ({"status": Status.CONSULAR_RETURNED}, [3]),
        ({"status": Status.FAO_REVIEW}, None),
        ({"applicant": "测试"}, [1, 2]),
        ({"applicant": "测试", "status": Status.CONSULAR_APPROVED}, [1, 2]),
        ({"applicant": "测试", "status": Status.CONSULAR_RETURNED}, None),
        ({"passport": "e10000003"}, [3]),
        ({"passport": "E10000009"}, None),
        ({"enterprise_id": submissions.ENTERPRISE}, [1, 2, 3]),
        ({"enterprise_id": "another"}, None),
        ({"service": Service.EARLY_CARD}, None),
        ({"enterprise": "测试"}, [1, 2, 3]),
        ({"enterprise": "另一"}, None),
        ({"number": "APEC20261121"}, [1, 2, 3]),
        ({"number": "APEC20261122"}, None),
        ({"first_day": date(2026, 11, 21), "last_day": date(2026, 11, 21)}, [1, 2, 3]),
        ({"first_day": date(2026, 11, 22)}, None),
        ({"last_day": date(2026, 11, 20)}, None),
    ],
)
def test_an_officers_list_has_applications_and_persons_that_stand_there(criteria, persons):
    assert found_for_officer(group(), **criteria) == persons


@pytest.mark.parametrize(("days", "positions"), [(0, [1, 2, 3]), (1, [1, 2, 3]), (2, [1, 3]), (3, [1]), (4, None)])
def test_whoever_waits_longer_than_so_many_days_is_found(days, positions):
    """The first one waits for 4 days, the second one for 2, the third one, with the status of its group, for 3."""
    ages = (timedelta(days=4), timedelta(days=2))
    own = Status.CONSULAR_RETURNED
    waiting = group("CONSULAR_REVIEW", status_since=submissions.NOON - timedelta(days=3))
    first, second, third = waiting.persons
    persons = [
        replace(person, own_status=own, status_since=submissions.NOON - age)
        for person, age in zip((first, second), ages, strict=True)
    ]
    application = replace(waiting, persons=(*persons, replace(third, own_status=None)))
    assert found_for_officer(application, waiting_longer_than=days) == positions


def test_nobody_waits_where_everything_is_closed():
    closed = group("WITHDRAWN", status_since=submissions.NOON - timedelta(days=9))
    closed = replace(closed, persons=tuple(replace(person, own_status=None) for person in closed.persons))
    assert found_for_officer(closed, waiting_longer_than=0) is None
    assert found_for_officer(closed) == [1, 2, 3]


def test_an_officer_finds_a_card_past_its_last_day_by_the_status_expired_only():
    issued = replace(group().persons[0], own_status=Status.CARD_ISSUED, card=Card("1111", "2026-11-20", issued=True))
    application = replace(group(), persons=(issued,))
    assert found_for_officer(application, status=Status.EXPIRED) == [1]
    assert found_for_officer(application, status=Status.CARD_ISSUED) is None


@pytest.mark.parametrize(
    ("criteria", "is_found"),
    [
        ({"applicant": "测试"}, True),
        ({"applicant": "试验"}, False),
        ({"passport": PASSPORTS[0]}, True),
        ({"passport": "E20000001"}, True),
        ({"passport": PASSPORTS[1]}, False),
        ({"status": Status.FAO_REVIEW, "service": Service.REPLACE_CARD}, True),
        ({"status": Status.DONE, "applicant": "测试"}, False),
    ],
)
def test_an_officer_finds_a_follow_up_application_by_its_person(criteria, is_found):
    assert (found_for_officer(follow_up(passport_number="E20000001"), **criteria) is not None) is is_found
