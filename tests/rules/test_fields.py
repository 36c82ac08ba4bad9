"""Formats of single fields, with the test vectors of their standards (docs/domain.md 4)."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from chalicelib.rules.forms import fields
from chalicelib.rules.forms.accounts import EmailCode
from chalicelib.rules.values import codes, telephones
from testing import people

FULL_WIDTH = str.maketrans({chr(code): chr(code + 0xFEE0) for code in range(0x21, 0x7F)})


def accepted(kind, value):
    return TypeAdapter(kind).validate_json(TypeAdapter(str).dump_json(value))


def refused(kind, value):
    with pytest.raises(ValidationError) as caught:
        accepted(kind, value)
    return caught.value.errors()[0]["type"]


# Unified social credit code (统一社会信用代码), docs/domain.md 4.1

USCCS = [
    "91370104MA3N1HWC7M",
    "91430100MA4L00003Q",
    "91430100MA4L00097E",
    "92430102MA4L123467",
    "124300004000000187",
]


@pytest.mark.parametrize("code", USCCS)
def test_a_uscc_with_a_correct_check_digit_is_accepted(code):
    assert accepted(fields.Uscc, code) == code


@pytest.mark.parametrize(
    "code",
    ["91350100M000100Y4Z", "91370104MA3N1HWC7N", "9301fvfdwer3423fs32", "91370104MI3N1HWC7M", "", "91370104MA3N1HWC7"],
)
def test_a_uscc_with_a_wrong_check_digit_alphabet_or_length_is_refused(code):
    assert refused(fields.Uscc, code) == "USCC"


@pytest.mark.parametrize("code", USCCS)
def test_a_uscc_with_any_other_check_character_is_refused(code):
    for last in "0123456789ABCDEFGHJKLMNPQRTUWXY".replace(code[-1], ""):
        assert refused(fields.Uscc, code[:-1] + last) == "USCC"


def test_a_uscc_is_stored_in_upper_case_half_width_without_spaces():
    assert accepted(fields.Uscc, " 91370104ma3n1hwc7m ") == "91370104MA3N1HWC7M"
    assert accepted(fields.Uscc, "91370104　MA3N 1HWC7M".translate(FULL_WIDTH)) == "91370104MA3N1HWC7M"


@pytest.mark.parametrize("hyphen", "-－‐‑‒–—―−﹣")
def test_a_uscc_is_stored_without_hyphens_of_any_kind(hyphen):
    assert accepted(fields.Uscc, f"91370104{hyphen}MA3N1HWC7{hyphen}M") == "91370104MA3N1HWC7M"
    assert accepted(fields.TaxNumber, f"91370104{hyphen}ma3n1hwc7m") == "91370104MA3N1HWC7M"


# ID card number (居民身份证), docs/domain.md 4.1

ID_NUMBERS = ["34052419800101001X", "11010519491231002X", "430102190001010015", "430102190001010023"]


@pytest.mark.parametrize("number", ID_NUMBERS)
def test_an_id_number_with_a_correct_check_digit_is_accepted(number):
    assert accepted(fields.IdNumber, number) == number


@pytest.mark.parametrize("number", ID_NUMBERS)
def test_an_id_number_with_any_other_check_character_is_refused(number):
    for last in "0123456789X".replace(number[-1], ""):
        assert refused(fields.IdNumber, number[:-1] + last) == "ID_NUMBER"


@pytest.mark.parametrize("number", ["430102200102290016", "430102190013010012"])
def test_an_id_number_with_an_invalid_date_is_refused_even_with_a_correct_check_digit(number):
    assert refused(fields.IdNumber, number) == "ID_NUMBER"


@pytest.mark.parametrize(
    "number", ["340524800101001", "34052419800101001", "34052419800101001XX", "3405241980010100１X٣"]
)
def test_an_id_number_with_another_length_or_non_ascii_digits_is_refused(number):
    assert refused(fields.IdNumber, number) == "ID_NUMBER"


def test_an_id_number_is_stored_in_upper_case_half_width_without_spaces():
    assert accepted(fields.IdNumber, "34052419800101001x") == "34052419800101001X"
    assert accepted(fields.IdNumber, " 340524 19800101 001x\t") == "34052419800101001X"
    assert accepted(fields.IdNumber, "34052419800101001x".translate(FULL_WIDTH)) == "34052419800101001X"
    assert accepted(fields.IdNumber, "\u202d340524\u200b19800101\u00a0001X\u202c") == "34052419800101001X"
    assert accepted(fields.PassportNumber, " e12 34\u200b5678\ufeff") == "E12345678"


def test_an_agent_with_a_birth_date_in_the_future_is_refused(world):
    """The ID number alone gives the date of birth: the form of an agent has no such field (docs/domain.md 4.1)."""
    answer = world.enterprise()("POST", "/agents", people.agent(id_number="43010229990101001X"))
    assert (answer.status, answer.fields) == (422, {"id_number": "ID_NUMBER"})


# Telephone and e-mail, docs/domain.md 4.2


@pytest.mark.parametrize("phone", ["13000000000", "13800138000", "19999999999", "16600000000"])
def test_a_mobile_number_is_accepted_as_a_telephone_number(phone):
    assert accepted(fields.Mobile, phone) == accepted(fields.Phone, phone) == phone


@pytest.mark.parametrize(
    "phone",
    ["66688888", "6668888", "010-66688888", "0731-88888888", "0731-8888888-8", "4008108888", "0731-88888888-123456"],
)
def test_a_landline_number_is_refused_as_a_mobile_number(phone):
    assert accepted(fields.Phone, phone) == phone
    assert refused(fields.Mobile, phone) == "MOBILE"


@pytest.mark.parametrize(
    "phone",
    [
        "",
        "12000000000",
        "1380013800",
        "138001380000",
        "+8513800138000",
        "666888",
        "95588",
        "+852 9123 4567",
        "0731-88888888-1234567",
        "1380013800٣",
    ],
)
def test_a_number_that_is_neither_mobile_nor_landline_is_refused(phone):
    assert refused(fields.Phone, phone) == "PHONE"
    assert refused(fields.Mobile, phone) == "MOBILE"


@pytest.mark.parametrize(
    "typed",
    [
        " 13800138000 ", "138 0013 8000", "138-0013-8000", "１３８００１３８０００", "+86 138 0013 8000",
        "+8613800138000", "008613800138000", "8613800138000", "86-13800138000", "(+86)13800138000",
        "（+86）138—0013—8000", "\u202d13800138000\u202c", "138\u200b00138000\ufeff", "138\u00a00013\u00a08000",
        "1380013\n8000",
    ],
)  # fmt: skip
def test_a_mobile_number_is_understood_as_people_write_it_and_stored_in_one_form(typed):
    assert accepted(fields.Mobile, typed) == accepted(fields.Phone, typed) == "13800138000"


@pytest.mark.parametrize(
    ("stored", "typed"),
    [
        ("010-66688888", ["01066688888", "010 6668 8888", "(010)66688888", "（010）6668－8888", "+86 10 66688888"]),
        ("0731-88888888", ["073188888888", "0731-8888-8888", "+86 (0731) 88888888", "+86(0)731-88888888"]),
        ("0731-88888888", ["86-731-88888888", "86 0731 88888888"]),
        ("0731-8888888", ["07318888888", "0731-888-8888"]),
        ("66688888", ["6668-8888", "6668 8888"]),
        ("4008108888", ["400-810-8888", "400-8108-888", "400 810 8888", "４００－８１０－８８８８"]),
        ("8008108888", ["800-810-8888"]),
        ("4008108888-1", ["400-810-8888-1", "400-810-8888转1"]),
        ("0731-88888888-123", ["0731-88888888转123", "0731-88888888 转 123", "0731-88888888*123", "0731-88888888#123"]),
        ("0731-88888888-123", ["0731-88888888ext123", "0731-88888888 Ext. 123", "0731-88888888（转123）"]),
        ("0731-88888888-123", ["0731-88888888分机123", "0731－88888888—123", "0731-8888-8888-123", "073188888888-123"]),
        ("0731-8888888-8", ["0731-8888888转8", "0731-888-8888-8"]),
        ("66688888-12", ["66688888转12", "6668-8888*12"]),
    ],
)  # fmt: skip
def test_a_landline_is_understood_as_people_write_it_and_stored_in_one_form(stored, typed):
    assert {accepted(fields.Phone, spelling) for spelling in [stored, *typed]} == {stored}


def test_a_mobile_number_has_no_extension():
    for typed in ("13800138000-1", "13800138000*1", "13800138000转1"):
        assert refused(fields.Mobile, typed) in ("MOBILE", "MASKED_VALUE")
        assert refused(fields.Phone, typed) in ("PHONE", "MASKED_VALUE")


@given(st.text(alphabet="0123456789012345678986+-*# ()转ext", max_size=22))
def test_the_stored_form_of_a_telephone_number_is_stable_and_keeps_every_digit(typed):
    stored = telephones.telephone(typed)
    if stored is not None:
        assert telephones.telephone(stored) == stored
        digits, kept = (re.sub(r"[^0-9]", "", text) for text in (typed, stored))
        assert kept in (digits, "0" + digits.removeprefix("86"), digits.removeprefix("0086"), digits.removeprefix("86"))


def test_the_domain_of_an_email_address_is_lower_cased_and_the_local_part_is_unchanged():
    assert accepted(fields.Email, "Zhang.San+abtc@Enterprise.EXAMPLE") == "Zhang.San+abtc@enterprise.example"


@pytest.mark.parametrize(
    "address", ["", "zhang", "zhang@", "@enterprise.example", "a b@enterprise.example", "a@b@c.example", "a@-b.example"]
)
def test_an_invalid_email_address_is_refused(address):
    assert refused(fields.Email, address) == "EMAIL"


def test_an_email_address_has_at_most_254_characters():
    labels = ".".join(["d" * 60, "d" * 60, "d" * 58, "example"])
    longest = "l" * (254 - 1 - len(labels)) + "@" + labels
    assert len(longest) == 254
    assert accepted(fields.Email, longest) == longest
    assert refused(fields.Email, "l" + longest) == "string_too_long"


@pytest.mark.parametrize(
    "typed", ["a＠enterprise.example", "\u200ba@enterprise.example\ufeff", "ａ@enterprise．example"]
)
def test_an_email_address_is_understood_in_full_width_and_with_format_characters(typed):
    assert accepted(fields.Email, typed) == "a@enterprise.example"


# Taxpayer number (纳税人识别号), docs/domain.md 4.1, and user name (用户名), docs/domain.md 3.2


@pytest.mark.parametrize(
    "number", ["123456789054321", "91370104MA3N1HWC7M", "91370104MA3N1HWC7N", "1" * 17, "1234567890123456789A"]
)
def test_a_tax_number_has_15_17_18_or_20_characters_and_no_check_digit(number):
    assert accepted(fields.TaxNumber, number) == number


@pytest.mark.parametrize("number", ["", "1" * 14, "1" * 16, "1" * 19, "1" * 21, "12345678905432/", "12345678905432一"])
def test_a_tax_number_of_another_length_or_alphabet_is_refused(number):
    assert refused(fields.TaxNumber, number) == "TAX_NUMBER"


def test_a_tax_number_is_stored_in_upper_case_half_width_without_spaces():
    assert accepted(fields.TaxNumber, "９１370104 ma3n1hwc7m") == "91370104MA3N1HWC7M"


@pytest.mark.accepts("H04")
@pytest.mark.parametrize("name", ["abcd", "1234", "Agent007", "a" * 20, "9" * 20])
def test_a_user_name_of_4_to_20_letters_and_digits_is_accepted(name):
    assert accepted(fields.Username, name) == name


@pytest.mark.parametrize(
    "typed", [" agent1", "agent 1", "agent\u200b1", "ａｇｅｎｔ１", "agent1\u3000", "\ufeffagent1"]
)
def test_a_user_name_is_understood_with_blanks_and_in_full_width(typed):
    assert accepted(fields.Username, typed) == accepted(fields.LoginName, typed) == "agent1"


@pytest.mark.parametrize("typed", ["123 456", "１２３４５６", " 123456\u200b", "123\u00a0456"])
def test_a_code_from_a_mail_is_understood_with_blanks_and_in_full_width(typed):
    assert accepted(EmailCode, typed) == "123456"


@pytest.mark.accepts("H04")
@pytest.mark.parametrize("name", ["", "abc", "a" * 21, "agent_1", "agent-1", "经办人一号", "agentа"])
def test_any_other_user_name_is_refused(name):
    assert refused(fields.Username, name) == "USERNAME"


# Text and masks


@pytest.mark.parametrize("control", ["\x00", "\x07", "\x0b", "\x1b", "\x7f", "\x85", "\u2028", "\u2029", "\u202e"])
def test_text_with_a_control_character_is_refused(control):
    assert refused(fields.text(2, 50), f"测试{control}甲") == "CONTROL_CHARACTER"
    assert refused(fields.Mobile, f"138{control}00138000") == "CONTROL_CHARACTER"
    assert refused(fields.Phone, f"0731-8888{control}8888") == "CONTROL_CHARACTER"


def test_text_is_trimmed_before_its_length_is_checked():
    assert accepted(fields.text(2, 4), "　 测试甲 ") == "测试甲"
    assert refused(fields.text(2, 4), " 测 ") == "string_too_short"
    assert refused(fields.text(2, 4), "测试甲乙丙") == "string_too_long"


@given(st.text())
def test_accepted_text_contains_no_control_character(value):
    try:
        text = accepted(fields.text(0, 200), value)
    except (ValidationError, UnicodeEncodeError):
        return
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]", text)


@pytest.mark.parametrize(
    ("kind", "shown"),
    [
        (fields.IdNumber, "**************001X"),
        (fields.IdNumber, "＊＊＊＊＊＊＊＊＊＊＊＊＊＊001X"),
        (fields.PassportNumber, "E*****001"),
        (fields.PreviousCard, "*****001"),
        (fields.Mobile, "138****8000"),
        (fields.Phone, "073*****8888"),
        (fields.Email, "****@enterprise.example"),
        (fields.Username, "*****007"),
    ],
)
def test_a_masked_value_is_refused_as_input(kind, shown):
    assert refused(kind, shown) == "MASKED_VALUE"


@given(st.text(alphabet=st.characters(min_codepoint=0x20, max_codepoint=0xFFFF, exclude_categories=["Cs"])))
def test_normalisation_of_numbers_is_idempotent(value):
    once = codes.normalise(value)
    assert codes.normalise(once) == once
    assert not re.search(r"\s", once)


# Invisible characters

INVISIBLE = {
    "soft hyphen": "\u00ad",
    "Arabic letter mark": "\u061c",
    "Hangul fillers": "\u115f\u1160\u3164\uffa0",
    "Mongolian vowel separator": "\u180e",
    "zero width": "\u200b\u200d\u2060\ufeff",
    "directions": "\u200e\u200f\u202a\u202e\u2066\u2069\u206a\u206f",
    "annotations": "\ufff9\ufffa\ufffb",
    "tags": "\U000e0000\U000e0041\U000e007f",
    "no characters": "\ufdd0\ufdef\ufffe\uffff\U0001fffe\U0001ffff\U0010ffff",
}


@pytest.mark.parametrize("characters", INVISIBLE.values(), ids=list(INVISIBLE))
@pytest.mark.parametrize("kind", [fields.text(2, 50), fields.paragraphs(2, 50)], ids=["text", "paragraphs"])
def test_text_with_an_invisible_character_is_refused(kind, characters):
    for character in characters:
        assert refused(kind, f"测{character}试") == "CONTROL_CHARACTER"


@pytest.mark.parametrize("name", ["葛\U000e0100城", "龥\ufe00龥", "𠮷野家", "阿卜杜拉·买买提", "﨑山", "Ünal"])
def test_a_name_with_rare_characters_or_variation_selectors_is_accepted(name):
    assert accepted(fields.text(2, 50), name) == name


# Dates


@pytest.mark.parametrize("kind", [fields.Day, fields.CalendarDay], ids=["Day", "CalendarDay"])
@pytest.mark.parametrize(
    ("day", "code"),
    [
        ("20300101", "date_parsing"),
        ("2030-W01-1", "date_parsing"),
        ("1700006400", "date_parsing"),
        ("2030-1-1", "date_parsing"),
        ("0001-01-01", "YEAR"),
        ("1899-12-31", "YEAR"),
        ("2201-01-01", "YEAR"),
        ("9999-12-31", "YEAR"),
    ],
)
def test_a_date_has_the_form_yyyy_mm_dd_and_a_year_from_1900_to_2200(kind, day, code):
    assert refused(kind, day) == code
    assert str(accepted(kind, "1900-01-01")) == "1900-01-01"
    assert str(accepted(kind, "2200-12-31")) == "2200-12-31"
