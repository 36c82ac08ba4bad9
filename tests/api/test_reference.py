"""`GET /reference`: everything that forms, filters and labels need, in agreement with the rules."""

import pytest

from chalicelib import data
from chalicelib.rules.applications import lifecycle
from chalicelib.rules.base import vocabulary


@pytest.fixture(scope="module")
def reference(portal):
    return portal.anybody.ok("GET", "/reference")


def codes(entries):
    return [entry["code"] for entry in entries]


@pytest.mark.parametrize(
    ("name", "enum"),
    [
        ("statuses", vocabulary.Status),
        ("services", vocabulary.Service),
        ("actions", vocabulary.Action),
        ("decisions", vocabulary.Decision),
        ("scopes", vocabulary.Scope),
        ("parties", vocabulary.Party),
        ("payment_states", vocabulary.PaymentState),
        ("mail_statuses", vocabulary.MailStatus),
    ],
)
def test_every_value_of_an_enum_has_a_name(reference, name, enum):
    assert set(codes(reference[name])) == set(enum)


def test_the_statuses_of_each_level_and_service_are_those_of_the_lifecycle(reference):
    for row in lifecycle.TABLE:
        (found,) = [
            entry["statuses"]
            for entry in reference["statuses_of"]
            if (entry["level"], entry["service"]) == (row.level, row.service)
        ]
        assert {row.status, row.to} <= set(found)
    of = {(entry["level"], entry["service"]): entry["statuses"] for entry in reference["statuses_of"]}
    assert len(of) == 6
    assert "ECONOMY_REVIEW" not in of["application", "new_or_renewal"]
    assert "DONE" in of["application", "cancel_card"]
    assert "DONE" not in of["application", "early_card"]
    assert of["person", "new_or_renewal"][-1] == "EXPIRED"


def test_a_status_says_what_its_reader_does_next(reference):
    (returned,) = [entry for entry in reference["statuses"] if entry["code"] == "FAO_RETURNED"]
    assert (returned["name"], returned["next_step"]) == ("外办退回修改", "请按原因修改后重新提交。")


def test_every_office_but_the_consular_department_can_be_chosen_in_a_form(world, owner, reference):
    assert [entry["code"] for entry in reference["offices"] if not entry["choosable"]] == ["consular"]
    answer = owner("POST", "/applications", {"content": world.content(owner) | {"office": "consular"}})
    assert answer.fields == {"content.office": "OFFICE"}


def test_an_office_has_its_region_telephone_and_points(reference):
    offices = {entry["code"]: entry for entry in reference["offices"]}
    hunan = offices["fao-hunan"]
    assert (hunan["region_code"], hunan["region"], hunan["telephone"]) == ("430000", "湖南省", "0731-00000000")
    assert [set(point) for point in hunan["points"]] == [{"name", "address", "telephone"}] * 2
    assert (offices["fao-yunnan"]["telephone"], offices["fao-yunnan"]["points"]) == (None, [])


def checklist(reference, office, service, case=None, level="service"):
    (found,) = [
        entry["items"]
        for entry in reference["checklists"]
        if office in entry["offices"] and (entry["service"], entry["case"], entry["level"]) == (service, case, level)
    ]
    return {item["kind"]: item["required"] for item in found}


def test_the_checklist_of_a_new_application_is_what_a_submission_requires(world, owner, reference):
    required = checklist(reference, "fao-hunan", "new_or_renewal", level="person")
    assert set(required.values()) == {True}
    content = world.content(owner)
    content["persons"][0]["attachments"] = []
    answer = owner("POST", "/applications", {"content": content})
    refused = [error["field"] for error in answer.body["errors"]]
    assert refused == ["content.persons.0.attachments"] * len(required)


def test_every_office_has_one_checklist_for_each_service_and_case(reference):
    expected = {("new_or_renewal", None, "person"), ("new_or_renewal", None, "group")}
    expected |= {("replace_card", case["code"], "service") for case in reference["replace_cases"]}
    expected |= {(service, None, "service") for service in ("early_card", "change_passport", "cancel_card")}
    for office in data.offices().values():
        own = [
            (entry["service"], entry["case"], entry["level"])
            for entry in reference["checklists"]
            if office.code in entry["offices"]
        ]
        assert sorted(own, key=str) == (sorted(expected, key=str) if office.kind == "fao" else []), office.code


def test_the_checklist_of_a_follow_up_service_depends_on_its_case(reference):
    assert checklist(reference, "fao-hunan", "replace_card", "lost") == {"loss_proof": False, "explanation": False}
    assert "old_card" in checklist(reference, "fao-hunan", "replace_card", "damaged")


def test_terms_have_text_version_and_address(reference):
    assert codes(reference["terms"]) == ["user_agreement", "privacy_policy", "application_notes"]
    for terms in reference["terms"]:
        assert (terms["version"], terms["address"]) == ("2026-11", f"/terms/{terms['code']}")
        assert len(terms["text"]) > 50


def test_an_everyday_word_leads_to_its_industry(reference):
    (industry,) = [entry for entry in reference["industries"] if "通讯服务" in entry["aliases"]]
    assert (industry["code"], industry["name"]) == ("I", "信息传输、软件和信息技术服务业")
    words = [word for entry in reference["industries"] for word in entry["aliases"]]
    assert len(words) == len(set(words)) > 50


def test_decisions_say_whether_the_economy_has_answered(reference):
    states = {entry["code"]: entry["state"] for entry in reference["decisions"]}
    assert states == {"approved": "decided", "refused": "decided", "locked": "decided", "pending": "pending"}
    assert {entry["code"]: entry["name"] for entry in reference["decision_states"]} == {
        "decided": "已批复",
        "pending": "审批中",
    }


def test_limits_are_those_that_refuse(owner, reference):
    assert (reference["limits"]["persons"], reference["limits"]["drafts"], reference["limits"]["page"]) == (90, 20, 100)
    too_many = owner("POST", "/drafts", {"persons": [{}] * 91})
    assert too_many.fields == {"persons": "too_long"}
    assert owner("GET", "/messages?limit=101").status == 422


# Usual texts of officers


def test_every_field_that_a_return_can_name_has_usual_texts(portal, reference):
    """The workbook of an import is no part of an application."""
    from chalicelib.rules.forms import field_paths

    texts = {entry["field"]: entry["phrases"] for entry in reference["phrases"]["fields"]}
    assert set(texts) == field_paths._nameable() - {"persons_workbook"}
    assert all(phrases and len(set(phrases)) == len(phrases) for phrases in texts.values())
    assert texts["photo"] == ["不清晰，请重新上传", "背景须为白色", "非近期正面免冠照片"]


def test_rejections_have_usual_texts_and_all_texts_exist_in_english(portal, reference):
    english = portal.anybody.ok("GET", "/reference", Accept_Language="en")["phrases"]
    assert len(reference["phrases"]["reject"]) == len(english["reject"]) > 3
    of = {entry["field"]: entry["phrases"] for entry in english["fields"]}
    for entry in reference["phrases"]["fields"]:
        assert len(of[entry["field"]]) == len(entry["phrases"])
    texts = [text for phrases in (*of.values(), english["reject"]) for text in phrases]
    assert all(text.isascii() for text in texts)
    assert "the background must be white" in of["photo"]


def test_a_usual_text_is_accepted_as_the_reason_of_the_decision_that_it_is_for(world, owner, fao, reference):
    phrases = reference["phrases"]
    returned = world.application(owner)
    fields = ["reason", "persons.0.photo", "persons.0.attachments.0", "pickup.point"]
    reason = "；".join(text for entry in phrases["fields"] for text in entry["phrases"] if entry["field"] == "photo")
    assert world.decide(fao, returned, "return", reason=reason, fields=fields)["status"] == "FAO_RETURNED"
    rejected = world.decide(fao, world.application(owner), "reject", reason=phrases["reject"][0])
    assert rejected["status"] == "FAO_REJECTED"
