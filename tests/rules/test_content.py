"""What an enterprise fills in: complete for a submission, at any stage for a draft (domain 3.2-3.5)."""

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
REQUIRED_OF_PERSON = sorted(people.person().keys() - {"attachments"})


def test_complete_content_comes_back_as_it_was_with_plain_json_values():
    ready = submission.validate_submission(FULL, submissions.TODAY)
    assert json.loads(json.dumps(ready)) == ready
    assert {name: ready["persons"][1][name] for name in FULL["persons"][1]} == FULL["persons"][1]
    assert ready["group_name"] == "测试团组"


@pytest.mark.parametrize("field", REQUIRED)
@pytest.mark.parametrize("nothing", [None, "", "left out"])
def test_a_required_field_that_says_nothing_is_missing(field, nothing):
    content = copy.deepcopy(FULL)
    content[field] = nothing
    if nothing == "left out":
        del content[field]
    assert refusal_of(content) == {field: "missing"}


@pytest.mark.parametrize("field", REQUIRED_OF_PERSON)
def test_a_missing_field_of_a_person_is_named_with_the_persons_index(field):
    content = copy.deepcopy(FULL)
    content["persons"][1][field] = None
    assert refusal_of(content)[f"persons.1.{field}"] == "missing"
    assert all(name.startswith("persons.1") for name in refusal_of(content))


def test_the_place_in_the_body_is_put_before_every_path():
    assert refusal(prefix="content.", reason="短", person={"sex": None}) == {
        "content.reason": "string_too_short",
        "content.persons.0.sex": "missing",
    }


def test_every_wrong_field_is_named_at_once():
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
def test_the_office_is_one_that_receives_applications(office):
    assert submissions.complete(office=office)["office"] == office
    assert refusal(office=office.upper()) == {"office": "OFFICE"}


def test_an_unknown_field_is_refused():
    assert refusal(status="CONSULAR_APPROVED") == {"status": "extra_forbidden"}
    assert refusal(person={"own_status": "ECONOMY_DONE"}) == {"persons.0.own_status": "extra_forbidden"}


def test_the_id_number_tells_the_birth_date_and_the_sex():
    id_number = "430102190001010015"
    assert submissions.complete(person={"id_number": id_number})
    assert refusal(person={"id_number": id_number, "birth_date": "1900-01-02"}) == {
        "persons.0.id_number": "ID_NUMBER_BIRTH_DATE"
    }
    assert refusal(person={"id_number": id_number, "sex": "female"}) == {"persons.0.id_number": "ID_NUMBER_SEX"}
    assert (
        submissions.complete(person={"id_number": "430102190001010023", "sex": "女"})["persons"][0]["sex"] == "female"
    )


def test_nobody_is_born_today_or_later():
    refused = refusal(person={"birth_date": "2026-11-21", "id_number": "430102202611210016"})
    assert refused["persons.0.birth_date"] == "BIRTH_DATE"


@pytest.mark.parametrize("number", ["id_number", "passport_number"])
def test_nobody_stands_twice_in_a_group(number):
    content = copy.deepcopy(FULL)
    content["persons"][1][number] = content["persons"][0][number].lower()
    assert refusal_of(content) == {f"persons.1.{number}": "DUPLICATE_PERSON"}


def test_a_group_has_1_to_90_persons():
    assert len(submissions.complete(90)["persons"]) == 90
    assert refusal(91) == {"persons": "too_long"}
    assert refusal_of({**FULL, "persons": []}) == {"persons": "too_short"}
    assert refusal_of({name: value for name, value in FULL.items() if name != "persons"}) == {"persons": "missing"}


def test_a_renewal_names_the_previous_card_and_its_end():
    card = {"previous_card_number": "CHN1234567", "previous_card_expires_on": "2026-12-31"}
    assert submissions.complete(person={"first_time": False, **card})
    for missing in card:
        person = {"first_time": False, **card, missing: None}
        assert refusal(2, person=person) == {"persons.0": "PREVIOUS_CARD"}
    assert refusal(person={"first_time": False}) == {"persons.0": "PREVIOUS_CARD"}


def test_a_first_application_needs_no_card():
    ready = submissions.complete(person={"first_time": True})
    assert (ready["persons"][0]["previous_card_number"], ready["persons"][0]["previous_card_expires_on"]) == (
        None,
        None,
    )


@pytest.mark.parametrize("pinyin", ["ZHANG", "OU YANG", "LYU"])
def test_pinyin_is_capital_letters_as_in_the_passport(pinyin):
    assert submissions.complete(person={"surname_pinyin": pinyin})
    assert (
        submissions.complete(person={"surname_pinyin": f" {pinyin.lower()} "})["persons"][0]["surname_pinyin"] == pinyin
    )


@pytest.mark.parametrize("pinyin", ["张", "ZHANG1", "ZHANG-SAN", "LÜ"])
def test_other_characters_are_no_pinyin(pinyin):
    assert refusal(person={"surname_pinyin": pinyin}) == {"persons.0.surname_pinyin": "PINYIN"}


def test_more_than_twenty_attachments_of_one_holder_are_refused():
    assert submissions.complete(person={"attachments": ["a"] * 20}, attachments=["a"] * 20)
    refused = refusal(person={"attachments": ["a"] * 21}, attachments=["a"] * 21)
    assert refused == {"persons.0.attachments": "too_long", "attachments": "too_long"}


def test_attachments_are_taken_as_the_api_shows_them():
    ready = submissions.complete(attachments=[{"id": "a1", "kind": "letter"}, "a2"])
    assert ready["attachments"] == ["a1", "a2"]


# 取卡方式


def test_a_card_that_is_fetched_may_name_the_point():
    assert submissions.complete(pickup={"method": "self"})["pickup"] == {"method": "self", "point": None}
    assert submissions.complete(pickup={"method": "self", "point": "长沙"})["pickup"]["point"] == "长沙"
    assert refusal(pickup={"method": "self", "address": "测试路1号"}) == {"pickup.address": "extra_forbidden"}


def test_a_card_that_is_posted_needs_recipient_phone_and_address():
    post = {"method": "post", "recipient": "测试甲", "phone": "13800138000", "address": "测试路1号"}
    assert submissions.complete(pickup=post)["pickup"] == post
    assert refusal(pickup={"method": "post"}) == {
        "pickup.recipient": "missing",
        "pickup.phone": "missing",
        "pickup.address": "missing",
    }


def test_there_is_no_third_way_to_get_a_card():
    assert refusal(pickup={"method": "pigeon"}) == {"pickup": "union_tag_invalid"}
    assert refusal(pickup={}) == {"pickup": "union_tag_not_found"}


# Drafts


def thinned(value, keep):
    """The content with anything left out, emptied or cut short, as `keep` draws it."""
    if isinstance(value, dict):
        return {name: thinned(part, keep) for name, part in value.items() if keep(st.booleans())}
    if isinstance(value, list):
        return [thinned(part, keep) for part in value if keep(st.booleans())]
    if isinstance(value, str):
        return keep(st.sampled_from([value, value[:2], "", None]))
    return keep(st.sampled_from([value, None]))


@given(st.data())
def test_a_draft_takes_the_content_at_any_completeness_and_keeps_what_it_says(data):
    content = thinned({**FULL, "attachments": []}, data.draw)
    kept = draft(content).model_dump()
    assert {name: kept[name] for name in content if name not in ("persons", "pickup")} == {
        name: value for name, value in content.items() if name not in ("persons", "pickup")
    }
    assert [rules.without_blanks(person).keys() - {"attachments"} for person in kept["persons"]] == [
        rules.without_blanks(person).keys() - {"attachments"} for person in content.get("persons", [])
    ]


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=2000))
def test_a_draft_takes_any_half_typed_text(typed):
    assert draft({"persons": [{"id_number": typed}]}).persons[0].id_number == typed


def test_a_complete_draft_can_be_submitted_as_it_was_saved():
    kept = json.loads(json.dumps(draft(FULL).model_dump()))
    assert submission.validate_submission(kept, submissions.TODAY) == submission.validate_submission(
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
def test_a_draft_holds_nothing_but_the_forms_own_fields(content):
    with pytest.raises(ValueError):
        draft(content)


@pytest.mark.parametrize("field", rules.MASKED)
def test_a_masked_value_in_a_draft_is_refused_with_the_persons_index(field):
    rules.refuse_masked(draft(FULL))
    masked = draft({"persons": [{}, {field: "E*****001"}]})
    with pytest.raises(Invalid) as caught:
        rules.refuse_masked(masked)
    assert [(error.field, error.code) for error in caught.value.errors] == [(f"persons.1.{field}", "MASKED_VALUE")]
    assert refusal(2, person={field: "E*****001"})[f"persons.0.{field}"] == "MASKED_VALUE"
