"""Masks: what people see of personal data, and what of it may come back (H07)."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chalicelib.rules.base import masks

SHOWN = {
    "id_number": (0, 4),
    "passport_number": (1, 3),
    "previous_card_number": (0, 3),
    "phone": (3, 4),
    "username": (0, 3),
}
"""How many first and last characters each mask promises at most."""


@pytest.mark.accepts("H07")
@pytest.mark.parametrize(
    ("field", "value", "shown"),
    [
        ("id_number", "11010519491231002X", "**************002X"),
        ("phone", "13800138000", "138****8000"),
        ("email", "zhangsan@enterprise.example", "****@enterprise.example"),
        ("username", "agent007", "*****007"),
        ("username", "abcd", "*bcd"),
        ("passport_number", "E12345678", "E*****678"),
        ("previous_card_number", "CHN123456", "******456"),
        ("phone", "6668888", "*******"),
    ],
)
def test_a_value_is_shown_like_this(field, value, shown):
    assert masks.MASKS[field](value) == shown


@pytest.mark.parametrize(("name", "shown"), [("测试甲", "测**"), ("测", "*"), ("欧阳测试", "欧***"), ("", "*")])
def test_a_name_shows_its_first_character_and_a_single_one_not_at_all(name, shown):
    assert masks.name(name) == shown


@pytest.mark.parametrize("field", SHOWN)
@given(value=st.text(max_size=40))
@example(value="")
@example(value="𠮷" * 9)
@example(value="e\u0301" * 9)
def test_a_mask_shows_at_most_the_characters_it_promises_and_hides_all_others(field, value):
    head, tail = SHOWN[field]
    shown = masks.MASKS[field](value)
    assert len(shown) == max(len(value), 1)
    hidden = range(head, len(shown) - tail) if len(value) > head + tail else range(len(shown))
    assert all(shown[index] == "*" for index in hidden)
    assert len(hidden) >= 1
    assert all(shown[index] == value[index] for index in range(len(shown)) if index not in hidden)


@given(st.text(max_size=20), st.text(alphabet=st.characters(exclude_characters="@"), max_size=20))
@example("a@b", "enterprise.example")
def test_a_masked_address_is_the_same_for_every_local_part(local, domain):
    assert masks.email(f"{local}@{domain}") == f"****@{domain}"


@given(st.text(alphabet=st.characters(exclude_characters="@")))
def test_what_is_no_address_is_hidden_whole(value):
    assert masks.email(value) == "****"


@given(st.text(max_size=20), st.integers(0, 6), st.integers(0, 6))
def test_no_mask_shows_a_value_whole(value, head, tail):
    shown = masks.mask_middle(value, head, tail)
    assert shown.count("*") >= 1
    if value.strip("*"):
        assert shown != value or "*" in value


@pytest.mark.parametrize("field", sorted(masks.MASKS))
@given(value=st.text(max_size=40))
def test_every_masked_value_is_known_as_masked(field, value):
    assert masks.is_masked(masks.MASKS[field](value))


@given(st.dictionaries(st.sampled_from([*masks.MASKS, "title"]), st.none() | st.booleans() | st.text(max_size=30)))
def test_exactly_the_fields_that_were_masked_are_named(fields):
    shown, named = masks.mask(fields, masks.MASKS)
    filled = [name for name in masks.MASKS if isinstance(fields.get(name), str) and fields[name]]
    assert named == filled
    assert shown == {name: masks.MASKS[name](value) if name in filled else value for name, value in fields.items()}


def test_masking_leaves_the_original_alone():
    fields = {"phone": "13800138000", "title": "经理"}
    shown, named = masks.mask(fields, ["phone", "email"])
    assert shown == {"phone": "138****8000", "title": "经理"}
    assert named == ["phone"]
    assert fields["phone"] == "13800138000"
