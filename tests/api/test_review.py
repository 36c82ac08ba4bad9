"""Reviews at both desks: pass, return and reject; outdated actions 操作无效; history (H12, D03, M01)."""

import pytest

from tests.support.applications import act
from tests.support.offers import actions


def review(officer, number, decision, version, **more):
    form = {"decision": decision, "status_version": version, **more}
    return officer("POST", f"/office/applications/{number}/decision", form)


def in_consular_review(world, owner, fao):
    return world.decide(fao, world.application(owner))


def transitions(history):
    return [(event["action"], event["party"], event["origin"], event["to"]) for event in history]


def test_an_application_passed_by_both_desks_is_approved_and_awaits_the_economies(world, owner, fao, consular):
    application = world.application(owner, persons=2)
    number = application["number"]
    passed = review(fao, number, "pass", 1).body
    assert (passed["status"], passed["status_version"], passed["status_label"]) == (
        "CONSULAR_REVIEW",
        2,
        "领事司审核中",
    )
    assert {person["status"] for person in passed["persons"]} == {"CONSULAR_REVIEW"}
    approved = review(consular, number, "pass", 2).body
    assert (approved["status"], approved["status_label"]) == ("CONSULAR_APPROVED", "领事司审核通过")
    assert {person["status_label"] for person in approved["persons"]} == {"APEC经济体审核中"}
    assert actions(approved) == []


@pytest.mark.parametrize("decision", ["return", "reject"])
def test_returning_and_rejecting_require_a_reason(world, owner, fao, decision):
    number = world.application(owner)["number"]
    before = world.table()
    for more in ({}, {"reason": None}, {"reason": "  "}):
        answer = review(fao, number, decision, 1, **more)
        assert (answer.status, list(answer.fields)) == (422, ["reason"])
    assert world.table() == before
    assert review(fao, number, decision, 1, reason="材料不齐").status == 200


@pytest.mark.accepts("H12")
def test_an_action_with_an_outdated_status_version_is_invalid(world, owner, fao):
    number = world.application(owner)["number"]
    world.time.forward(minutes=3)
    review(fao, number, "return", 1, reason="材料不齐")
    before = world.table()
    for answer in (
        review(fao, number, "pass", 1),
        act(owner, number, "withdraw", 1),
        act(owner, number, "resubmit", 1),
    ):
        assert (answer.status, answer.code, answer.body["message"]) == (409, "OPERATION_INVALID", "操作无效")
        assert answer.body["current"] == {
            "status": "FAO_RETURNED",
            "status_label": "外办退回修改",
            "status_version": 2,
            "changed_at": "2026-11-21T04:33:00.000Z",
            "changed_by": "湖南省人民政府外事办公室",
        }
    assert world.table() == before


@pytest.mark.accepts("H12")
def test_of_eight_concurrent_reviews_one_succeeds(world, owner, fao):
    number = world.application(owner)["number"]
    answers = world.together(
        *[lambda: review(fao, number, "pass", 1)] * 4, *[lambda: act(owner, number, "withdraw", 1)] * 4
    )
    assert sorted(answer.status for answer in answers) == [200] + [409] * 7
    assert {answer.body["message"] for answer in answers if answer.status == 409} == {"操作无效"}
    assert len(owner.ok("GET", f"/applications/{number}")["history"]) == 2


def test_the_office_cannot_decide_during_the_consular_review(world, owner, fao):
    number = in_consular_review(world, owner, fao)["number"]
    before = world.table()
    for decision in ("pass", "return", "reject"):
        answer = review(fao, number, decision, 2, reason="x")
        assert (answer.status, answer.code) == (409, "OPERATION_INVALID")
    assert world.table() == before


def test_the_consular_department_cannot_decide_before_the_office(world, owner, consular):
    number = world.application(owner)["number"]
    assert review(consular, number, "pass", 1).code == "OPERATION_INVALID"


def test_another_office_does_not_find_the_application(world, owner):
    number, other = world.application(owner)["number"], world.desk("fao-shaanxi")
    unknown = other("GET", "/office/applications/APEC20261121999999")
    for answer in (other("GET", f"/office/applications/{number}"), review(other, number, "pass", 1)):
        assert answer.status == 404
        assert answer.body | {"request_id": ""} == unknown.body | {"request_id": ""}
    assert other.ok("POST", "/office/search", {"number": number})["items"] == []


def test_officers_cannot_act_as_applicants_nor_applicants_as_officers(world, owner, fao):
    number = world.application(owner)["number"]
    for answer in (fao("GET", f"/applications/{number}"), owner("GET", f"/office/applications/{number}")):
        assert (answer.status, answer.code) == (403, "FORBIDDEN")
    assert review(owner, number, "pass", 1).code == "FORBIDDEN"


def returned(world, owner, fao, persons=2):
    application = world.application(owner, persons=persons)
    world.decide(fao, application, "return", reason="请补充人员", fields=["persons.0.title"])
    return application["number"]


@pytest.mark.parametrize(
    "field", ["reason", "pickup.address", "persons.1.title", "persons.89.attachments.19", "attachments.0", "photo"]
)
def test_an_officer_names_fields_and_attachments_for_correction(world, owner, fao, field):
    number = world.application(owner)["number"]
    assert review(fao, number, "return", 1, reason="请修改", fields=[field]).status == 200
    assert owner.ok("GET", f"/applications/{number}")["history"][-1]["fields"] == [field]


@pytest.mark.parametrize(
    "field",
    [
        "测试甲的护照号有误",
        "passport E00000001",
        "ceshijia",
        "persons.0.ceshijia",
        "persons.430102.title",
        "43.01.02",
        "persons.0.title.attachments.0",
        "reason.",
        "reason\n",
        "",
        "reason" * 11,
    ],
)
@pytest.mark.parametrize("level", ["applications", "persons"])
def test_an_unknown_field_name_in_a_return_is_refused(world, owner, fao, level, field):
    application = world.application(owner)
    number = application["number"] if level == "applications" else application["persons"][0]["number"]
    before = world.table()
    form = {"decision": "return", "status_version": 1, "reason": "请修改", "fields": ["reason", field]}
    answer = fao("POST", f"/office/{level}/{number}/decision", form)
    assert (answer.status, list(answer.fields)) == (422, ["fields.1"])
    assert world.table() == before


def edit(user, number, content, version='"1"'):
    headers = {"If_Match": version} if version else {}
    return user("PUT", f"/applications/{number}/content", content, **headers)


def test_editing_a_returned_application_requires_the_version_that_was_opened(world, owner, fao):
    number, content = returned(world, owner, fao), world.content(owner)
    missing = edit(owner, number, content, version=None)
    assert (missing.status, missing.code) == (428, "PRECONDITION_REQUIRED")
    assert edit(owner, number, content).headers["etag"] == '"2"'
    stale = edit(owner, number, content)
    assert (stale.status, stale.code) == (412, "CONTENT_CHANGED")


def test_a_returned_application_is_edited_and_resubmitted_under_its_number(world, owner, fao):
    number = returned(world, owner, fao)
    assert actions(owner.ok("GET", f"/applications/{number}")) == ["edit", "resubmit", "withdraw"]
    edited = edit(owner, number, world.content(owner, persons=3, group_name="改过的团组")).body
    assert (edited["status"], edited["status_version"], edited["version"]) == ("FAO_RETURNED", 2, 2)
    world.time.forward(minutes=10)
    resubmitted = act(owner, number, "resubmit", 2).body
    assert (resubmitted["number"], resubmitted["status"]) == (number, "FAO_REVIEW")
    assert (resubmitted["title"], resubmitted["person_count"]) == ("改过的团组", 3)
    assert resubmitted["submitted_at"] == "2026-11-21T04:40:00.000Z"
    assert resubmitted["created_at"] == "2026-11-21T04:30:00.000Z"


@pytest.mark.parametrize("persons", [1, 4])
def test_editing_can_remove_and_add_persons(world, owner, fao, persons):
    number = returned(world, owner, fao)
    content = world.content(owner, persons=persons)
    assert edit(owner, number, content).status == 200
    seen = owner.ok("GET", f"/applications/{number}")
    assert [person["number"] for person in seen["persons"]] == [f"{number}-{nn:02d}" for nn in range(1, persons + 1)]
    for person, given in zip(seen["persons"], content["persons"], strict=True):
        assert person["passport_number"][-3:] == given["passport_number"][-3:]
    removed = owner("GET", f"/persons/{number}-{persons + 1:02d}")
    assert removed.status == 404


def test_a_removed_person_is_emptied_and_unlisted_but_no_item_is_deleted(world, owner, fao):
    number = returned(world, owner, fao)
    before = {key for key in world.table() if key[0] == f"APP#{number}"}
    removed = owner.ok("GET", f"/applications/{number}")["persons"][1]["number"]
    assert edit(owner, number, world.content(owner, persons=1)).status == 200
    after = {key: item for key, item in world.table().items() if key[0] == f"APP#{number}"}
    # The copy of what was returned is not emptied: officers read the removed person in the changes.
    assert set(after) - before == {(f"APP#{number}", "RETURNED#HEADER")}
    assert before <= set(after)
    emptied = [item for key, item in after.items() if key[1].endswith("PERSON#02")]
    assert [sorted(item) for item in emptied] == [
        ["enterprise_id", "head", "kind", "last_seen_at", "number", "pk", "sk"]
    ]
    found = owner.ok("POST", "/applications/search", {"service": "new_or_renewal", "number": number})
    assert [person["number"] for person in found["items"][0]["persons"]] == [f"{number}-01"]
    assert owner("GET", f"/persons/{removed}").status == 404
    assert edit(owner, number, world.content(owner, persons=3), '"2"').status == 200
    assert len(owner.ok("GET", f"/applications/{number}")["persons"]) == 3


def test_an_edit_is_validated_like_a_submission_and_cannot_change_the_office(world, owner, fao):
    number = returned(world, owner, fao)
    before = world.table()
    content = world.content(owner)
    assert edit(owner, number, content | {"office": "fao-shaanxi"}).fields == {"office": "OFFICE_FIXED"}
    content["persons"][0]["phone"] = "138****0000"
    assert edit(owner, number, content).fields == {"persons.0.phone": "MASKED_VALUE"}
    content = world.content(owner, attachments=["unknown"])
    assert edit(owner, number, content).fields["attachments.0"] == "ATTACHMENT"
    content = world.content(owner, invoice_profile_id="unknown")
    assert edit(owner, number, content).fields == {"invoice_profile_id": "INVOICE_PROFILE"}
    assert world.table() == before


def test_only_a_returned_application_can_be_edited(world, owner):
    number = world.application(owner)["number"]
    assert edit(owner, number, world.content(owner)).code == "OPERATION_INVALID"


def test_an_application_can_be_withdrawn_during_the_office_review_and_after_a_return(world, owner, fao, consular):
    first = world.application(owner)["number"]
    assert act(owner, first, "withdraw", 1).body["status"] == "WITHDRAWN"
    second = returned(world, owner, fao)
    assert act(owner, second, "withdraw", 2).body["status"] == "WITHDRAWN"
    third = in_consular_review(world, owner, fao)["number"]
    assert act(owner, third, "withdraw", 2).code == "OPERATION_INVALID"
    review(consular, third, "return", 2, reason="请补充")
    assert act(owner, third, "withdraw", 3).body["status"] == "WITHDRAWN"
    assert act(owner, third, "withdraw", 4).code == "OPERATION_INVALID"


def test_an_application_returned_by_the_consular_department_is_resubmitted_to_it(world, owner, fao, consular):
    number = in_consular_review(world, owner, fao)["number"]
    review(consular, number, "return", 2, reason="请补充")
    assert act(owner, number, "resubmit", 3).body["status"] == "CONSULAR_REVIEW"


def test_the_history_is_complete_ordered_and_has_request_ids(world, owner, fao, consular):
    application = world.application(owner)
    number = application["number"]
    replies = []
    for step in (
        lambda: review(fao, number, "return", 1, reason="请补充人员", fields=["persons.0.title"]),
        lambda: edit(owner, number, world.content(owner)),
        lambda: act(owner, number, "resubmit", 2),
        lambda: review(fao, number, "pass", 3),
        lambda: review(consular, number, "reject", 4, reason="不符合条件"),
    ):
        world.time.forward(minutes=1)
        replies.append(step())
    assert [reply.status for reply in replies] == [200] * 5
    history = owner.ok("GET", f"/applications/{number}")["history"]
    assert transitions(history) == [
        ("submit", "applicant", None, "FAO_REVIEW"),
        ("return", "fao", "FAO_REVIEW", "FAO_RETURNED"),
        ("edit", "applicant", "FAO_RETURNED", "FAO_RETURNED"),
        ("resubmit", "applicant", "FAO_RETURNED", "FAO_REVIEW"),
        ("pass", "fao", "FAO_REVIEW", "CONSULAR_REVIEW"),
        ("reject", "consular", "CONSULAR_REVIEW", "CONSULAR_REJECTED"),
    ]
    assert [event["request_id"] for event in history[1:]] == [reply.headers["x-request-id"] for reply in replies]
    assert (history[1]["reason"], history[1]["fields"]) == ("请补充人员", ["persons.0.title"])
    assert [event["at"][14:19] for event in history] == ["30:00", "31:00", "32:00", "33:00", "34:00", "35:00"]
