"""Checks before the real call: the same errors and warnings, what is lost, and nothing written."""

import pytest

from scheduled.look_up_persons import look_up_persons
from testing import people
from testing.counting import Requests
from testing.follow_ups import applied, apply, economy, holder, passport, seen, waiting

READS = {"GetItem", "BatchGetItem", "Query"}


def check(user, body, **headers):
    return user.ok("POST", "/applications/check", body, **headers)


def check_service(user, person, service, **form):
    return user("POST", f"/persons/{person}/services/check", body_of(user, person, service, **form))


def body_of(user, person, service, **form):
    version = seen(user, person)["status_version"]
    return {"service": service, "status_version": version, "reason": "出差需要", **form}


def unwritten(world, call):
    """The result of a call that writes nothing, counted in the requests and compared in the tables."""
    before, counted = world.table(), Requests()
    with counted.recording():
        result = call()
    assert set(counted.of("dynamodb")) <= READS, counted.operations
    assert set(counted.of("s3")) <= {"ListObjectsV2"}, counted.operations
    assert world.table() == before
    return result


WRONG = [
    {"group_name": None, "office": "nowhere"},
    {"contact_phone": "1", "reason": "短"},
    {"invoice_profile_id": "0123456789abcdef0123"},
    {"attachments": []},
    {"attachments": ["unknown"]},
    {"persons": []},
]
OF_PERSON = [
    {"id_number": "430102190001010016"},
    {"passport_expires_on": "2026-11-21", "title": "经"},
    {"passport_number": "E*****001"},
    {"attachments": []},
    {"first_time": False},
]


@pytest.mark.parametrize("changes", WRONG)
def test_a_check_names_the_errors_of_a_submission(world, owner, changes):
    body = {"content": world.content(owner) | changes}
    checked = unwritten(world, lambda: check(owner, body))
    assert checked == {"errors": owner("POST", "/applications", body).body["errors"], "warnings": [], "losses": []}
    assert checked["errors"]


@pytest.mark.parametrize("changes", OF_PERSON)
def test_a_check_names_the_errors_of_persons(world, owner, changes):
    content = world.content(owner, persons=3)
    content["persons"][2] |= changes
    checked = unwritten(world, lambda: check(owner, {"content": content}))
    assert checked["errors"] == owner("POST", "/applications", {"content": content}).body["errors"]
    assert {error["field"].split(".")[2] for error in checked["errors"]} == {"2"}


def test_the_errors_of_a_check_and_of_a_submission_name_fields_as_the_form_does(world, owner):
    content = world.content(owner) | {"reason": None, "pickup": None}
    check = owner.ok("POST", "/applications/check", {"content": content})["errors"]
    assert [error["message"] for error in check] == ["申请事由：必填", "取卡方式：必填"]
    refused = owner("POST", "/applications", {"content": content})
    assert refused.body["errors"] == check


def test_a_check_of_neither_draft_nor_content_names_both(owner):
    assert {error["field"] for error in check(owner, {})["errors"]} == {"draft_id", "content"}


def test_a_check_names_the_warnings_of_the_submission_in_the_language_of_the_request(world, owner):
    persons = [
        people.person(passport_expires_on=end, title=title, attachments=world.attachments(owner, "person"))
        for end, title in (("2028-11-20", "销售部经理"), ("2031-11-20", "财务部经理"))
    ]
    body = {"content": world.content(owner) | {"persons": persons}}
    for language in ("zh", "en"):
        checked = unwritten(world, lambda: check(owner, body, Accept_Language=language))  # noqa: B023
        submitted = owner.ok("POST", "/applications", body, Accept_Language=language)
        assert checked["errors"] == []
        # The check looks up at once that another application has the persons, the submission within a minute.
        own = [one for one in checked["warnings"] if one["code"] != "PERSON_ELSEWHERE"]
        assert submitted["warnings"] == own
        assert (own == checked["warnings"]) == (language == "zh")
        world.run(look_up_persons)
        shown = owner.ok("GET", f"/applications/{submitted['number']}", Accept_Language=language)
        assert shown["warnings"] == checked["warnings"]
        assert {"PASSPORT_SHORT", "CARD_CUT", "TITLE_DOUBTFUL"} <= {one["code"] for one in checked["warnings"]}


def test_a_draft_is_checked_and_stays(world, owner):
    draft = owner.ok("POST", "/drafts", world.content(owner, persons=2))["id"]
    checked = unwritten(world, lambda: check(owner, {"draft_id": draft}))
    assert checked["errors"] == []
    owner.ok("PUT", f"/drafts/{draft}", world.content(owner, reason=""), If_Match='"1"')
    errors = unwritten(world, lambda: check(owner, {"draft_id": draft}))["errors"]
    assert errors == owner("POST", "/applications", {"draft_id": draft}).body["errors"]
    assert [error["field"] for error in errors] == ["reason"]
    assert owner("GET", f"/drafts/{draft}").status == 200
    assert world.enterprise()("POST", "/applications/check", {"draft_id": draft}).status == 404


def test_a_deleted_invoice_profile_is_an_error_although_the_enterprise_may_have_unnamed_ones(world, owner):
    profile = owner.ok("POST", "/invoice-profiles", people.invoice_profile())["id"]
    body = {"content": world.content(owner, invoice_profile_id=profile)}
    assert check(owner, body)["errors"] == []
    owner.ok("DELETE", f"/invoice-profiles/{profile}")
    (error,) = unwritten(world, lambda: check(owner, body))["errors"]
    assert (error["field"], error["code"]) == ("content.invoice_profile_id", "INVOICE_PROFILE")


def test_a_file_that_was_not_inspected_yet_is_pending_and_stays_so(world, owner):
    """The submission itself would inspect a few files at once."""
    late = world.upload(owner, "business_licence")
    content = world.content(owner)
    content["attachments"] = [*content["attachments"], late]
    (error,) = unwritten(world, lambda: check(owner, {"content": content}))["errors"]
    assert (error["field"], error["code"]) == (
        f"content.attachments.{len(content['attachments']) - 1}",
        "ATTACHMENT_PENDING",
    )
    owner.ok("POST", "/applications", {"content": content})


def test_a_check_takes_four_requests_and_two_for_each_person(world, owner):
    content = world.content(owner, persons=90)
    counted = Requests()
    with counted.recording():
        assert check(owner, {"content": content})["errors"] == []
    assert len(counted) <= 4 + 2 * 90, counted.operations


def test_a_submission_names_what_is_lost_and_the_cheaper_order(world, owner):
    held = {"first_time": False, "previous_card_number": "CN123", "previous_card_expires_on": "2028-01-01"}
    person = people.person(passport_expires_on="2029-05-31", attachments=world.attachments(owner, "person"), **held)
    body = {"content": world.content(owner) | {"persons": [person]}}
    assert check(owner, body)["losses"] == [
        {
            "field": "persons.0.passport_expires_on",
            "code": "PASSPORT_CUTS_CARD",
            "message": "护照于2029-05-31到期，旅行卡有效期将截至该日，不足5年；此后换发护照须另行付费换卡",
            "cheaper_order": "PASSPORT_FIRST",
            "cheaper_order_text": "请先换发护照，再以新护照申请",
        },
        {
            "field": "persons.0.previous_card_expires_on",
            "code": "VALIDITY_LEFT",
            "message": "原卡有效期至2028-01-01，剩余有效期不计入新卡",
            "cheaper_order": "RENEW_LATER",
            "cheaper_order_text": "请在原卡有效期最后6个月内申请续办",
        },
    ]
    english = check(owner, body, Accept_Language="en")["losses"][1]
    assert english["cheaper_order_text"] == "Apply for the renewal in the last 6 months of the previous card."


# Follow-up services


def lost(answer):
    assert answer.status == 200, answer.raw.decode()
    assert answer.body["errors"] == []
    return [loss["code"] for loss in answer.body["losses"]]


def test_a_service_names_what_is_lost_before_it_is_applied_for(world, owner):
    person = waiting(world, owner, approvals=2)
    checked = unwritten(world, lambda: check_service(owner, person, "early_card"))
    assert lost(checked) == ["CARD_PAID_TWICE"]
    assert checked.body["losses"][0]["field"] is None
    assert lost(check_service(owner, person, "change_passport", **passport())) == []
    card = holder(world, owner)
    assert lost(check_service(owner, card, "replace_card", case="damaged")) == ["CARD_ENDS"]
    assert lost(check_service(owner, card, "replace_card", case="lost")) == []
    assert lost(check_service(owner, card, "replace_card", case="new_passport", **passport())) == []
    assert lost(unwritten(world, lambda: check_service(owner, card, "cancel_card"))) == ["APPROVALS_END"]


@pytest.mark.parametrize(
    ("service", "form"),
    [
        ("change_passport", {}),
        ("change_passport", {**passport(), "passport_place": None}),
        ("change_passport", {**passport(), "passport_expires_on": "2026-11-21"}),
        ("change_passport", {**passport(), "attachments": ["unknown"]}),
        ("early_card", {"case": "lost"}),
        ("early_card", {"reason": ""}),
    ],
)
def test_a_check_names_the_errors_of_a_service(world, owner, service, form):
    person = waiting(world, owner, approvals=1)
    checked = unwritten(world, lambda: check_service(owner, person, service, **form))
    assert checked.body["errors"] == apply(owner, person, service, **form).body["errors"]
    assert checked.body["errors"]


def test_a_check_of_a_wrong_form_for_an_unknown_person_says_that_there_is_no_such_person(world, owner):
    form = {"service": "change_passport", "status_version": 1, "reason": "出差需要", "case": "lost"}
    for number in ("nobody", "APEC20261121999999-01", seen(owner, waiting(world, owner))["number"]):
        stranger = world.enterprise()
        for path in (f"/persons/{number}/services/check", f"/persons/{number}/services"):
            assert stranger("POST", path, form).status == 404


def test_a_check_names_the_warnings_of_a_service(world, owner):
    person = waiting(world, owner, approvals=1)
    form = passport(attachments=[world.attach(owner, "passport_page")])
    checked = unwritten(world, lambda: check_service(owner, person, "change_passport", **form)).body
    assert checked["warnings"] == applied(owner, person, "change_passport", **form)["warnings"]
    assert [(warning["field"], warning["code"]) for warning in checked["warnings"]] == [
        ("attachments", "FILE_WANTED")
    ] * 2
    assert ["原护照信息页" in checked["warnings"][0]["message"], "情况说明" in checked["warnings"][1]["message"]] == [
        True,
        True,
    ]


def test_refusals_that_are_about_no_field_are_those_of_the_real_call(world, owner):
    person = waiting(world, owner)
    for service, version in (("early_card", None), ("change_passport", 1), ("cancel_card", None)):
        body = body_of(owner, person, service, **(passport() if service == "change_passport" else {}))
        body["status_version"] = version or body["status_version"]
        checked = unwritten(world, lambda: owner("POST", f"/persons/{person}/services/check", body))  # noqa: B023
        real = owner("POST", f"/persons/{person}/services", body)
        assert (checked.status, checked.code) == (real.status, real.code) == (409, "OPERATION_INVALID")
        assert checked.body["current"] == real.body["current"]
    economy(world, person)
    assert check_service(owner, person, "early_card").status == 200
    stranger, body = world.enterprise(), body_of(owner, person, "early_card")
    assert stranger("POST", f"/persons/{person}/services/check", body).status == 404
