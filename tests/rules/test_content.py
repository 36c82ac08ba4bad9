"""Content of applications: complete in a submission, incomplete in a draft (docs/domain.md 3.4-3.6)."""

import copy
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.rules.applications import submission
from chalicelib.rules.base.errors import Invalid
from chalicelib.rules.forms import content as rules
from chalicelib.rules.forms.content import DraftContent
from testing import people
from tests.support import submissions


def refusal(persons=1, prefix="", **changes):
    return refusal_of(submissions.content(persons, **changes), prefix)


def refusal_of(content, prefix=""):
    with pytest.raises(Invalid) as caught:
        submission.validate_submission(content, submissions.TODAY, prefix)
    return {error.field: error.code for error in caught.value.errors}


def draft(content):
    return DraftContent.model_validate_json(json.dumps(content))


FULL = submissions.content(2)
REQUIRED = [
    "group_name",
    "office",
    "contact",
    "contact_phone",
    "contact_email",
    "reason",
    "pickup",
    "invoice_profile_id",
]
REQUIRED_OF_PERSON = sorted(people.person().keys() - {"attachments", "surname_pinyin", "given_name_pinyin"})


def test_complete_content_is_returned_unchanged_as_plain_json_values():
    ready = submission.validate_submission(FULL, submissions.TODAY)
    assert json.loads(json.dumps(ready)) == ready
    assert {name: ready["persons"][1][name] for name in FULL["persons"][1]} == FULL["persons"][1]
    assert ready["group_name"] == "测试团组"


@pytest.mark.parametrize("field", REQUIRED)
@pytest.mark.parametrize("empty", [None, "", "left out"])
def test_a_required_field_that_is_null_empty_or_absent_is_missing(field, empty):
    content = copy.deepcopy(FULL)
    content[field] = empty
    if empty == "left out":
        del content[field]
    assert refusal_of(content) == {field: "missing"}


@pytest.mark.parametrize("field", REQUIRED_OF_PERSON)
def test_the_error_for_a_missing_field_of_a_person_has_the_index_of_the_person(field):
    content = copy.deepcopy(FULL)
    content["persons"][1][field] = None
    assert refusal_of(content)[f"persons.1.{field}"] == "missing"
    assert all(name.startswith("persons.1") for name in refusal_of(content))


def test_the_prefix_is_added_to_every_field_path():
    assert refusal(prefix="content.", reason="短", person={"sex": None}) == {
        "content.reason": "string_too_short",
        "content.persons.0.sex": "missing",
    }


def test_all_invalid_fields_are_reported_together():
    assert refusal(
        2, group_name="一", office="consular", contact_email="no", person={"phone": "1", "title": "x" * 21}
    ) == {
        "group_name": "string_too_short",
        "office": "OFFICE",
        "contact_email": "EMAIL",
        "persons.0.phone": "MOBILE",
        "persons.0.title": "string_too_long",
    }


@pytest.mark.parametrize("office", ["fao-hunan", "fao-shaanxi"])
def test_the_office_must_be_a_foreign_affairs_office(office):
    assert submissions.complete(office=office)["office"] == office
    assert refusal(office=office.upper()) == {"office": "OFFICE"}


def test_an_unknown_field_is_refused():
    assert refusal(status="CONSULAR_APPROVED") == {"status": "extra_forbidden"}
    assert refusal(person={"own_status": "ECONOMY_DONE"}) == {"persons.0.own_status": "extra_forbidden"}


def test_the_birth_date_and_the_sex_must_agree_with_the_id_number():
    id_number = "430102190001010015"
    assert submissions.complete(person={"id_number": id_number})
    assert refusal(person={"id_number": id_number, "birth_date": "1900-01-02"}) == {
        "persons.0.id_number": "ID_NUMBER_BIRTH_DATE"
    }
    assert refusal(person={"id_number": id_number, "sex": "female"}) == {"persons.0.id_number": "ID_NUMBER_SEX"}
    assert (
        submissions.complete(person={"id_number": "430102190001010023", "sex": "女"})["persons"][0]["sex"] == "female"
    )


def test_a_birth_date_of_today_or_later_is_refused():
    refused = refusal(person={"birth_date": "2026-11-21", "id_number": "430102202611210016"})
    assert refused["persons.0.birth_date"] == "BIRTH_DATE"


@pytest.mark.parametrize("number", ["id_number", "passport_number"])
def test_the_same_person_twice_in_an_application_is_refused(number):
    content = copy.deepcopy(FULL)
    content["persons"][1][number] = content["persons"][0][number].lower()
    assert refusal_of(content) == {f"persons.1.{number}": "DUPLICATE_PERSON"}


def test_an_application_has_1_to_90_persons():
    assert len(submissions.complete(90)["persons"]) == 90
    assert refusal(91) == {"persons": "too_long"}
    assert refusal_of({**FULL, "persons": []}) == {"persons": "too_short"}
    assert refusal_of({name: value for name, value in FULL.items() if name != "persons"}) == {"persons": "missing"}


def test_a_renewal_requires_the_number_and_the_expiry_date_of_the_previous_card():
    card = {"previous_card_number": "CHN1234567", "previous_card_expires_on": "2026-12-31"}
    assert submissions.complete(person={"first_time": False, **card})
    for missing in card:
        person = {"first_time": False, **card, missing: None}
        assert refusal(2, person=person) == {"persons.0": "PREVIOUS_CARD"}
    assert refusal(person={"first_time": False}) == {"persons.0": "PREVIOUS_CARD"}


def test_a_first_application_requires_no_previous_card():
    ready = submissions.complete(person={"first_time": True})
    assert (ready["persons"][0]["previous_card_number"], ready["persons"][0]["previous_card_expires_on"]) == (
        None,
        None,
    )


@pytest.mark.parametrize("pinyin", ["ZHANG", "OU YANG", "LYU"])
def test_pinyin_is_stored_in_upper_case(pinyin):
    assert submissions.complete(person={"surname_pinyin": pinyin})
    assert (
        submissions.complete(person={"surname_pinyin": f" {pinyin.lower()} "})["persons"][0]["surname_pinyin"] == pinyin
    )


@pytest.mark.parametrize("pinyin", ["张", "ZHANG1", "ZHANG-SAN", "É"])
def test_pinyin_with_other_characters_is_refused(pinyin):
    assert refusal(person={"surname_pinyin": pinyin}) == {"persons.0.surname_pinyin": "PINYIN"}


def test_more_than_20_attachments_of_a_person_or_an_application_are_refused():
    assert submissions.complete(person={"attachments": ["a"] * 20}, attachments=["a"] * 20)
    refused = refusal(person={"attachments": ["a"] * 21}, attachments=["a"] * 21)
    assert refused == {"persons.0.attachments": "too_long", "attachments": "too_long"}


def test_attachments_may_be_given_as_ids_or_as_objects_of_a_response():
    ready = submissions.complete(attachments=[{"id": "a1", "kind": "letter"}, "a2"])
    assert ready["attachments"] == ["a1", "a2"]


# Card collection (取卡方式)


def test_collection_in_person_may_name_a_collection_point():
    assert submissions.complete(pickup={"method": "self"})["pickup"] == {"method": "self", "point": None}
    assert submissions.complete(pickup={"method": "self", "point": "长沙"})["pickup"]["point"] == "长沙"
    assert refusal(pickup={"method": "self", "address": "测试路1号"}) == {"pickup.address": "extra_forbidden"}


def test_delivery_by_post_requires_recipient_phone_and_address():
    post = {"method": "post", "recipient": "测试甲", "phone": "13800138000", "address": "测试路1号"}
    assert submissions.complete(pickup=post)["pickup"] == post
    assert refusal(pickup={"method": "post"}) == {
        "pickup.recipient": "missing",
        "pickup.phone": "missing",
        "pickup.address": "missing",
    }


def test_any_other_collection_method_is_refused():
    assert refusal(pickup={"method": "pigeon"}) == {"pickup": "union_tag_invalid"}
    assert refusal(pickup={}) == {"pickup": "union_tag_not_found"}


# Drafts


def thinned(value, draw):
    """Content with random parts left out, emptied or truncated, as `draw` decides."""
    if isinstance(value, dict):
        return {name: thinned(part, draw) for name, part in value.items() if draw(st.booleans())}
    if isinstance(value, list):
        return [thinned(part, draw) for part in value if draw(st.booleans())]
    if isinstance(value, str):
        return draw(st.sampled_from([value, value[:2], "", None]))
    return draw(st.sampled_from([value, None]))


@given(st.data())
def test_a_draft_accepts_incomplete_content_and_stores_it_unchanged(data):
    content = thinned({**FULL, "attachments": []}, data.draw)
    stored = draft(content).model_dump()
    assert {name: stored[name] for name in content if name not in ("persons", "pickup")} == {
        name: value for name, value in content.items() if name not in ("persons", "pickup")
    }
    assert [rules.without_blanks(person).keys() - {"attachments"} for person in stored["persons"]] == [
        rules.without_blanks(person).keys() - {"attachments"} for person in content.get("persons", [])
    ]


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=2000))
def test_a_draft_accepts_any_text_in_a_field(typed):
    assert draft({"persons": [{"id_number": typed}]}).persons[0].id_number == typed


def test_a_complete_draft_is_valid_for_submission_without_changes():
    stored = json.loads(json.dumps(draft(FULL).model_dump()))
    assert submission.validate_submission(stored, submissions.TODAY) == submission.validate_submission(
        FULL, submissions.TODAY
    )


@pytest.mark.parametrize(
    "content",
    [
        {"status": "CONSULAR_APPROVED"},
        {"persons": [{"economies": {}}]},
        {"pickup": {"price": "1"}},
        {"contact": "x" * 2001},
    ],
)
def test_a_draft_with_unknown_fields_or_oversized_text_is_refused(content):
    with pytest.raises(ValueError):
        draft(content)


@pytest.mark.parametrize("field", rules.MASKED)
def test_the_error_for_a_masked_value_in_a_draft_has_the_index_of_the_person(field):
    rules.refuse_masked(draft(FULL))
    masked = draft({"persons": [{}, {field: "E*****001"}]})
    with pytest.raises(Invalid) as caught:
        rules.refuse_masked(masked)
    assert [(error.field, error.code) for error in caught.value.errors] == [(f"persons.1.{field}", "MASKED_VALUE")]
    assert refusal(2, person={field: "E*****001"})[f"persons.0.{field}"] == "MASKED_VALUE"
