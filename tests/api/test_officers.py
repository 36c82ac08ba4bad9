"""Officers: work queues, separation of the offices, card events, and outdated actions (H12, L03, L14)."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from testing.follow_ups import SIXTEEN, applied, card, decided, economy, finish, holder, passport, seen, waiting
from tests.support import submissions

HUNAN, SHAANXI = "fao-hunan", "fao-shaanxi"


@pytest.fixture(scope="module")
def hunan(portal):
    return portal.desk(HUNAN)


@pytest.fixture(scope="module")
def shaanxi(portal):
    return portal.desk(SHAANXI)


def sent_to(world, user, office, persons=1):
    """Submit an application to an office, one second after the previous one; its number."""
    world.time.forward(seconds=1)
    content = world.content(user, persons=persons, office=office)
    content["attachments"] = world.attachments(user, "group", office)
    for person in content["persons"]:
        person["attachments"] = world.attachments(user, "person", office)
    return user.ok("POST", "/applications", {"content": content})["number"]


def queue(officer, limit=100, **filters):
    """All entries of an officer's list, read page by page."""
    found, cursor = [], None
    while True:
        page = officer.ok("POST", "/office/search", {"limit": limit, "cursor": cursor, **filters})
        found += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            return found


def numbers(officer, **filters):
    return [application["number"] for application in queue(officer, **filters)]


def review(officer, path, decision, version):
    form = {"decision": decision, "status_version": version, "reason": "请补充材料"}
    return officer("POST", f"/office/{path}/decision", form)


def with_separate_persons(world, user, officer, persons=1):
    """Submit a group whose first persons are returned and resubmitted separately, and pass the group; its number."""
    number = sent_to(world, user, officer.account["office"], persons=persons + 1)
    for position in range(1, persons + 1):
        person = f"{number}-{position:02d}"
        returned = review(officer, f"persons/{person}", "return", 1).body
        user.ok("POST", f"/persons/{person}/resubmit", {"status_version": returned["status_version"]})
    assert review(officer, f"applications/{number}", "pass", 1).status == 200
    return number


def separate_all(world, user, number):
    """Store all persons of a group with an own status at the office, without HTTP."""
    from chalicelib.repos.applications import applications
    from chalicelib.repos.table import table
    from chalicelib.rules.base.vocabulary import Status

    application = applications.get(number, submissions.officer("consular"))
    alone = {"own_status": Status.FAO_REVIEW, "status_since": world.time(), "status_by": SHAANXI, "version": 2}
    table.commit(
        *(
            applications.person_replaced(application.header, person, replace(person, **alone))
            for person in application.persons
        )
    )


# Queues


@pytest.mark.parametrize("limit", [1, 2, 100])
def test_a_desk_lists_applications_and_separate_persons_oldest_first(world, shaanxi, limit):
    user = world.enterprise()
    already = numbers(shaanxi)
    first = sent_to(world, user, SHAANXI)
    second = with_separate_persons(world, user, shaanxi)
    third = sent_to(world, user, SHAANXI)
    waiting_entries = [application for application in queue(shaanxi, limit) if application["number"] not in already]
    assert [application["number"] for application in waiting_entries] == [first, second, third]
    assert [[person["number"] for person in application["persons"]] for application in waiting_entries] == [
        [],
        [f"{second}-01"],
        [],
    ]
    assert [application["status"] for application in waiting_entries] == ["FAO_REVIEW", "CONSULAR_REVIEW", "FAO_REVIEW"]
    assert waiting_entries[1]["persons"][0]["status"] == "FAO_REVIEW"


def test_a_queue_of_more_than_a_hundred_separate_persons_is_listed_in_full(world, shaanxi):
    user = world.enterprise()
    groups = [sent_to(world, user, SHAANXI, persons=51) for _ in range(2)]
    for number in groups:
        separate_all(world, user, number)
        assert review(shaanxi, f"applications/{number}", "pass", 1).status == 200
    for limit in (10, 100):
        waiting_entries = [application for application in queue(shaanxi, limit) if application["number"] in groups]
        shown = [person["number"] for application in waiting_entries for person in application["persons"]]
        assert shown == [f"{number}-{position:02d}" for number in groups for position in range(1, 52)]


def test_a_decided_application_leaves_the_queue_for_the_next_desk(world, owner, hunan, consular):
    number = sent_to(world, owner, HUNAN)
    assert number in numbers(hunan)
    assert number not in numbers(consular)
    review(hunan, f"applications/{number}", "pass", 1)
    assert number not in numbers(hunan)
    assert number in numbers(consular)
    review(consular, f"applications/{number}", "return", 2)
    assert number not in numbers(consular)


@pytest.mark.accepts("L03")
def test_applications_are_listed_by_status_and_service_oldest_first(world, hunan, consular):
    user = world.enterprise()
    at_office, returned, approved = sent_to(world, user, HUNAN), sent_to(world, user, HUNAN), waiting(world, user)
    review(hunan, f"applications/{returned}", "return", 1)
    follow_up = applied(user, approved, "change_passport", **passport())["number"]
    ours = {at_office, returned, approved[:18], follow_up}
    for officer in (hunan, consular):
        for filters, expected in (
            ({"status": "FAO_REVIEW"}, [at_office, follow_up]),
            ({"status": "FAO_RETURNED"}, [returned]),
            ({"status": "CONSULAR_APPROVED"}, [approved[:18]]),
            ({"status": "FAO_REVIEW", "service": "change_passport"}, [follow_up]),
            ({"status": "CONSULAR_REVIEW"}, []),
            ({"number": follow_up}, [follow_up]),
            ({"number": follow_up, "service": "new_or_renewal"}, []),
            ({"number": follow_up, "status": "DONE"}, []),
        ):
            assert [number for number in numbers(officer, **filters) if number in ours] == expected, filters
    assert [number for number in numbers(hunan, service="change_passport") if number in ours] == [follow_up]


# Separation of the offices


@pytest.mark.accepts("L14")
def test_applications_of_another_office_are_not_listed_and_not_found(world, owner, hunan, shaanxi):
    number, unknown = sent_to(world, owner, HUNAN), "APEC20261121999999"
    before = world.table()
    for call in (
        lambda number: shaanxi("GET", f"/office/applications/{number}"),
        lambda number: shaanxi("GET", f"/office/persons/{number}-01"),
        lambda number: review(shaanxi, f"applications/{number}", "pass", 1),
        lambda number: review(shaanxi, f"persons/{number}-01", "return", 1),
    ):
        one, other = call(number), call(unknown)
        assert (one.status, one.without_id) == (404, other.without_id)
    assert world.table() == before
    for filters in ({}, {"status": "FAO_REVIEW"}, {"number": number}, {"service": "new_or_renewal"}):
        assert number not in numbers(shaanxi, **filters)
        assert number in numbers(hunan, **filters)


@pytest.mark.accepts("L14")
def test_the_consular_department_sees_the_applications_of_every_office(world, owner, consular):
    sent = [sent_to(world, owner, office) for office in (HUNAN, SHAANXI)]
    assert [number for number in numbers(consular, status="FAO_REVIEW") if number in sent] == sent
    for number in sent:
        assert consular.ok("GET", f"/office/applications/{number}")["number"] == number
        assert consular.ok("GET", f"/office/persons/{number}-01")["status"] == "FAO_REVIEW"
        assert numbers(consular, number=number) == [number]


def test_an_office_cannot_record_decisions_of_economies_or_card_events(world, owner, hunan):
    person = waiting(world, owner)
    for method, path, body in (
        ("PUT", f"/office/persons/{person}/economies/SGP", {"decision": "approved"}),
        ("POST", "/office/economies/import", {"rows": [{}]}),
        ("POST", f"/office/persons/{person}/card", {"event": "making", "status_version": 3}),
        ("PUT", f"/office/persons/{person}/foreign-number", {"number": "A1"}),
    ):
        assert hunan(method, path, body).code == "FORBIDDEN"


# Cards


def test_each_card_event_changes_the_status_and_creates_a_message(world, consular):
    user = world.enterprise()
    person = decided(world, user)
    labels = []
    details: dict[str, Any] = {"card_number": "cn 20-1", "valid_until": "2031-11-20"}
    events: list[tuple[str, dict[str, Any]]] = [("making", {}), ("made", details), ("issued", {})]
    for event, more in events:
        world.time.forward(seconds=1)
        labels.append(card(world, person, event, **more).body["status_label"])
    assert labels == ["制卡中", "已制卡（待领取）", "已发卡"]
    shown = seen(user, person)["card"]
    made_at, issued_at = (datetime.fromisoformat(shown.pop(name)) for name in ("made_at", "issued_at"))
    assert issued_at - made_at == timedelta(seconds=1)
    assert shown == {
        "number": "CN20-1",
        "valid_until": "2031-11-20",
        "early": False,
        "issued": True,
        "cancelled": False,
        "expired": False,
        "printed": [*SIXTEEN],
    }
    newest = user.ok("GET", "/messages?limit=1")["items"][0]["body"]
    assert newest == (
        f"申请单{person}（测试甲）的状态由“已制卡（待领取）”变更为“已发卡”。请核对卡面信息，并与申请所用护照一并使用。"
    )


def test_a_card_event_out_of_order_is_invalid(world, owner):
    details: dict[str, Any] = {"card_number": "CN-77", "valid_until": "2031-11-20"}
    person = waiting(world, owner, approvals=1)
    for event in ("making", "made", "issued", "cancelled"):
        assert card(world, person, event, **details).code == "OPERATION_INVALID"
    finish(world, person)
    for step, wrong in (
        (None, ("made", "issued", "cancelled")),
        ("making", ("making", "issued")),
        ("made", ("making", "made")),
        ("issued", ("making", "made", "issued")),
    ):
        if step:
            assert card(world, person, step, **details).status == 200
        for event in wrong:
            answer = card(world, person, event, **(details | {"card_number": "CN-78"}))
            assert (answer.status, answer.code) == (409, "OPERATION_INVALID"), (step, event)
            assert answer.body["current"]["status_version"] == seen(owner, person)["status_version"]


@pytest.fixture(scope="module")
def making(portal, owner):
    """The number of a person whose card is being made."""
    person = decided(portal, owner)
    card(portal, person, "making")
    return person


@pytest.mark.parametrize(
    ("form", "fields"),
    [
        ({}, {"card_number": "missing", "valid_until": "missing"}),
        ({"card_number": "CN-1"}, {"valid_until": "missing"}),
        ({"valid_until": "2031-11-20"}, {"card_number": "missing"}),
        ({"card_number": "x", "valid_until": "2031-11-20"}, {"card_number": "CARD_NUMBER"}),
        ({"card_number": "CN-1", "valid_until": "2031-02-29"}, {"valid_until": "date_parsing"}),
        ({"card_number": "CN-1", "valid_until": "2026-11-21"}, {"valid_until": "greater_than"}),
    ],
)
def test_a_made_card_requires_its_number_and_its_last_day(world, making, form, fields):
    answer = card(world, making, "made", **form)
    assert (answer.status, answer.fields) == (422, fields)


# Outdated actions


@pytest.mark.accepts("H12")
@pytest.mark.parametrize("decision", ["pass", "return", "reject"])
def test_a_decided_application_cannot_be_decided_again(world, owner, hunan, decision):
    number = sent_to(world, owner, HUNAN)
    assert review(hunan, f"applications/{number}", decision, 1).status == 200
    before = world.table()
    for again in ("pass", "return", "reject"):
        for version in (1, 2):
            answer = review(hunan, f"applications/{number}", again, version)
            assert (answer.status, answer.body["message"]) == (409, "操作无效")
    assert world.table() == before


@pytest.mark.accepts("H12")
def test_a_card_event_with_an_outdated_status_version_is_invalid(world, owner):
    person = decided(world, owner)
    version = seen(owner, person)["status_version"]
    economy(world, person, "SGP", "pending")
    economy(world, person, "SGP", "approved")
    answer = card(world, person, "making", version=version)
    assert (answer.code, answer.body["current"]["status"]) == ("OPERATION_INVALID", "ECONOMY_DONE")
    assert answer.body["current"]["status_version"] == version + 2


def test_a_card_cannot_be_cancelled_while_a_service_is_open(world, owner):
    person = holder(world, owner)
    applied(owner, person, "replace_card", case="damaged")
    assert card(world, person, "cancelled").code == "OPERATION_INVALID"
    assert seen(owner, person)["status"] == "CARD_ISSUED"
