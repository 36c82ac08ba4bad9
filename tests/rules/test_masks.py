"""Masks of personal data (docs/domain.md 5.6; H07)."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chalicelib.rules.base import masks
from chalicelib.rules.base.personal_numbers import mask_numbers
from chalicelib.rules.base.vocabulary import Party
from chalicelib.rules.forms.content import MASKED

SHOWN = {
    "id_number": (0, 4),
    "passport_number": (1, 3),
    "previous_card_number": (0, 3),
    "phone": (3, 4),
    "username": (0, 4),
}
"""The number of first and last characters that each mask shows at most."""


@pytest.mark.accepts("H07")
@pytest.mark.parametrize(
    ("field", "value", "shown"),
    [
        ("id_number", "11010519491231002X", "**************002X"),
        ("phone", "13800138000", "138****8000"),
        ("email", "zhangsan@enterprise.example", "********@enterprise.example"),
        ("email", "li@enterprise.example", "**@enterprise.example"),
        ("username", "agent007", "****t007"),
        ("username", "abcde", "*bcde"),
        ("username", "abcd", "****"),
        ("passport_number", "E12345678", "E*****678"),
        ("previous_card_number", "CHN123456", "******456"),
        ("phone", "6668888", "*******"),
    ],
)
def test_a_value_is_masked_in_the_format_of_its_field(field, value, shown):
    assert masks.MASKS[field](value) == shown


@pytest.mark.parametrize(("name", "shown"), [("测试甲", "测**"), ("测", "*"), ("欧阳测试", "欧***"), ("", "*")])
def test_a_masked_name_shows_its_first_character_unless_it_has_only_one(name, shown):
    assert masks.name(name) == shown


@pytest.mark.parametrize("field", SHOWN)
@given(value=st.text(max_size=40))
@example(value="")
@example(value="𠮷" * 9)
@example(value="e\u0301" * 9)
def test_a_mask_hides_all_but_the_stated_first_and_last_characters(field, value):
    head, tail = SHOWN[field]
    shown = masks.MASKS[field](value)
    assert len(shown) == max(len(value), 1)
    hidden = range(head, len(shown) - tail) if len(value) > head + tail else range(len(shown))
    assert all(shown[index] == "*" for index in hidden)
    assert len(hidden) >= 1
    assert all(shown[index] == value[index] for index in range(len(shown)) if index not in hidden)


@given(st.text(max_size=20), st.text(alphabet=st.characters(exclude_characters="@"), max_size=20))
@example("a@b", "enterprise.example")
def test_a_masked_email_address_shows_only_its_domain(local, domain):
    assert masks.email(f"{local}@{domain}") == "*" * max(len(local), 1) + f"@{domain}"


@pytest.mark.parametrize("local", ["a", "zhangsan", "a@b", ""])
def test_a_hint_does_not_say_how_long_the_address_is(local):
    assert masks.email_hint(f"{local}@enterprise.example") == "****@enterprise.example"
    assert masks.email_hint("zhangsan") == "****"


@given(st.text(alphabet=st.characters(exclude_characters="@")))
def test_a_value_that_is_no_email_address_is_hidden_completely(value):
    assert masks.email(value) == "*" * max(len(value), 1)


@given(st.text(max_size=20), st.integers(0, 6), st.integers(0, 6))
def test_no_mask_shows_a_complete_value(value, head, tail):
    shown = masks.mask_middle(value, head, tail)
    assert shown.count("*") >= 1
    if value.strip("*"):
        assert shown != value or "*" in value


@pytest.mark.parametrize("field", sorted(masks.MASKS))
@given(value=st.text(max_size=40))
def test_every_masked_value_is_recognised_as_masked(field, value):
    assert masks.is_masked(masks.MASKS[field](value))


@given(st.dictionaries(st.sampled_from([*masks.MASKS, "title"]), st.none() | st.booleans() | st.text(max_size=30)))
def test_the_names_of_exactly_the_masked_fields_are_returned(fields):
    shown, named = masks.mask(fields, masks.MASKS)
    filled = [name for name in masks.MASKS if isinstance(fields.get(name), str) and fields[name]]
    assert named == filled
    assert shown == {name: masks.MASKS[name](value) if name in filled else value for name, value in fields.items()}


def test_masking_does_not_change_its_input():
    fields = {"phone": "13800138000", "title": "经理"}
    shown, named = masks.mask(fields, ["phone", "email"])
    assert shown == {"phone": "138****8000", "title": "经理"}
    assert named == ["phone"]
    assert fields["phone"] == "13800138000"


@pytest.mark.parametrize(
    ("party", "shown"),
    [
        (Party.APPLICANT, {"passport_number", "card_number"}),
        (Party.FAO, set()),
        (Party.CONSULAR, {"card_number"}),
        (Party.PORTAL, set(masks.MASKED_FOR)),
    ],
)
def test_each_party_sees_only_its_own_fields_in_clear(party, shown):
    assert set(masks.MASKED_FOR) - set(masks.masked_for(party)) == shown
    assert set(MASKED) | {"card_number"} == set(masks.MASKED_FOR)


@pytest.mark.parametrize(
    "number",
    [
        *("13800138000", "138 0013 8000", "138.0013.8000", "138-0013-8000", "138·0013·8000", "+86 138 0013 8000"),
        *("１３８００１３８０００", "1 3 8 0 0 1 3 8 0 0 0", "138－0013－8000", "138　0013　8000", "138 - 0013 - 8000"),
        *("110101199001010010", "110101 19900101 0010", "1101 0119 9001 0100 10", "110101-1990-01-01-001X"),
        *("１１０１０１１９９００１０１００１Ｘ", "110101.19900101.001x", "110101900101001", "110101 900101 001"),
        *("E12345678", "Ｅ１２３４５６７８", "E 12345678", "E-1234-5678", "EA1234567", "E A 123 4567", "ｅａ．1234567"),
    ],
)
def test_personal_numbers_are_hidden_in_sentences_however_they_are_written(number):
    hidden = mask_numbers(f"请核对{number}，再提交。")
    assert hidden == f"请核对{'*' * len(number)}，再提交。"
    assert mask_numbers(number) == "*" * len(number)


@pytest.mark.parametrize(
    "sentence",
    [
        "申请单APEC20261121000001-01的材料不全。",
        "请于2026-11-21 12:30前补充，有效期2026.11.21-2026.12.01。",
        "See page 12, hand it in by 2026-11-21 at the latest.",
        "2026-11-21 2026-12-1",
        "共90人，第1-90项，费用720元。",
        "第12.3.4.5条",
    ],
)
def test_application_numbers_days_and_amounts_stay_readable_in_sentences(sentence):
    assert mask_numbers(sentence) == sentence
