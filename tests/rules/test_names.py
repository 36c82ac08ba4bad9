"""Names as people type and paste them, in the one form that is stored (docs/domain.md 4.2)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.rules.applications import submission
from chalicelib.rules.base.errors import Invalid
from chalicelib.rules.forms import fields
from chalicelib.rules.values import names
from testing import people
from tests.rules.test_fields import accepted, refused
from tests.support import submissions

NAME = fields.person_name(2, 50)


@pytest.mark.parametrize("dot", "•・‧∙．･·⋅·")
def test_every_dot_of_a_name_becomes_the_one_of_passports(dot):
    assert accepted(NAME, f"阿卜杜拉{dot}买买提") == accepted(NAME, f"阿卜杜拉 {dot} 买买提") == "阿卜杜拉·买买提"


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("测 试", "测试"),
        ("测　试\u00a0甲", "测试甲"),
        (" Anna   Maria ", "Anna Maria"),
        ("⽅⽴⼈", "方立人"),
        ("\ue863测", "䶮测"),
        ("\ue816\ue864", "\U00020087\u9fbb"),
        ("A B测 试", "A B测试"),
    ],
)
def test_blanks_between_chinese_characters_go_and_radicals_and_gbk_characters_become_real_ones(typed, stored):
    assert accepted(NAME, typed) == stored


@pytest.mark.parametrize(
    "name", ["葛\U000e0100城", "龥\ufe00龥", "𠮷野家", "﨑山", "Ünal", "𬭎测", "\U00031350测", "䶮测", "测々"]
)
def test_variants_and_extensions_of_characters_stay_as_they_are(name):
    assert accepted(NAME, name) == name


@pytest.mark.parametrize("typed", ["\ue000测", "测\uf8ff", "测\U000f0000"])
def test_a_character_of_the_senders_own_font_is_refused(typed):
    assert refused(NAME, typed) == "NAME_PRIVATE"


@pytest.mark.parametrize("typed", ["\u2800\u2800", "··", "12", "--", "\ufe00\ufe00", "。。"])
def test_a_name_has_at_least_one_letter_or_chinese_character(typed):
    assert refused(NAME, typed) == "NAME_LETTERS"


@given(st.text(max_size=30))
def test_the_stored_form_of_a_name_is_stable(typed):
    once = names.normalise(typed)
    assert names.normalise(once) == once


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("示例（中国）有限公司", "示例(中国) 有限公司"),
        ("ＡＢＣ示例公司", "abc示例公司"),
        ("示例【长沙】公司", "示例（长沙）公司"),
    ],
)
def test_names_of_enterprises_are_compared_without_width_case_blanks_and_kinds_of_brackets(one, other):
    assert names.comparable(one) == names.comparable(other)
    assert names.comparable(one) != names.comparable(f"{other}甲")


def person(**changes):
    return {name: value for name, value in (people.person() | changes).items() if value is not None}


def codes(**changes):
    try:
        submission.validate_person(person(**changes), submissions.TODAY)
    except Invalid as refusal:
        return {error.field: error.code for error in refusal.errors}
    return {}


def test_a_passport_with_one_part_of_the_name_only_is_accepted():
    assert codes(surname_pinyin=None) == codes(given_name_pinyin=None) == {}
    assert codes(surname_pinyin=None, given_name_pinyin=None) == {"given_name_pinyin": "PINYIN_MISSING"}
    assert codes(surname_pinyin="1", given_name_pinyin=None) == {"surname_pinyin": "PINYIN"}


def test_pinyin_in_full_width_and_with_double_blanks_is_narrowed():
    ready = submission.validate_person(
        person(surname_pinyin="ｃｅ　ｓｈｉ", given_name_pinyin=" jia   yi\u200b"), submissions.TODAY
    )
    assert (ready["surname_pinyin"], ready["given_name_pinyin"]) == ("CE SHI", "JIA YI")


@pytest.mark.parametrize("typed", ["LÜ", "lü", "LU\u0308"])
def test_an_umlaut_is_told_to_be_written_as_in_the_passport(typed):
    assert codes(surname_pinyin=typed) == {"surname_pinyin": "PINYIN_UMLAUT"}
    for written in ("LYU", "LU", "LV"):
        assert codes(surname_pinyin=written) == {}
