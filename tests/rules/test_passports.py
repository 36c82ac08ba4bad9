"""Passport numbers by kind (docs/domain.md 4.3)."""

import pytest

from chalicelib.rules.base.errors import Invalid
from tests.support import submissions

KINDS = {
    "ordinary": ["E12345678", "EA1234567", "EZ1234567", "EH7654321", "G12345678", "141234567", "151234567"],
    "public_affairs": ["PE1234567", "P1234567", "P.1234567"],
    "service": ["SE1234567", "S1234567", "S12345678"],
}
EVERY_NUMBER = [(kind, number) for kind, numbers in KINDS.items() for number in numbers]


def refusal(**person):
    with pytest.raises(Invalid) as caught:
        submissions.complete(person=person)
    return {error.field: error.code for error in caught.value.errors}


@pytest.mark.parametrize(("kind", "number"), EVERY_NUMBER)
def test_a_passport_number_that_fits_its_kind_is_accepted(kind, number):
    ready = submissions.complete(person={"passport_kind": kind, "passport_number": number})
    assert ready["persons"][0]["passport_number"] == number.replace(".", "")


@pytest.mark.parametrize(("kind", "number"), [pair for pair in EVERY_NUMBER if "." not in pair[1]])
def test_a_passport_number_of_another_kind_is_refused_with_the_code_passport_kind(kind, number):
    for other in KINDS.keys() - {kind}:
        assert refusal(passport_kind=other, passport_number=number) == {"persons.0.passport_number": "PASSPORT_KIND"}


@pytest.mark.parametrize("number", ["K12345678", "KJ0123456", "H12345678", "MA1234567", "M12345678", "123456789"])
def test_passports_of_hong_kong_macao_and_taiwan_are_refused_with_their_own_code(number):
    assert refusal(passport_number=number) == {"persons.0.passport_number": "PASSPORT_NOT_MAINLAND"}


@pytest.mark.parametrize(
    "number",
    [
        "DE1234567",
        "E1234567",
        "E123456789",
        "EI1234567",
        "EO1234567",
        "EAB123456",
        "PE123456",
        "SE12345678",
        "1312345678",
    ],
)
def test_diplomatic_passports_wrong_lengths_and_the_letters_i_and_o_are_refused(number):
    assert refusal(passport_number=number) == {"persons.0.passport_number": "PASSPORT_NUMBER"}


@pytest.mark.parametrize("number", ["E١٢٣٤٥٦٧٨", "E१२३४५६७८", "E𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖"])
def test_a_passport_number_with_digits_of_other_scripts_is_refused(number):
    """A search for the number as printed in the passport would not find them."""
    assert refusal(passport_number=number) == {"persons.0.passport_number": "PASSPORT_NUMBER"}


@pytest.mark.parametrize("typed", [" e12345678 ", "E 1234 5678", "Ｅ１２３４５６７８", "e　1234　5678"])
def test_a_passport_number_is_stored_in_upper_case_half_width_without_spaces(typed):
    ready = submissions.complete(person={"passport_number": typed})
    assert ready["persons"][0]["passport_number"] == "E12345678"


@pytest.mark.parametrize("label", ["普通护照", "ordinary"])
def test_the_passport_kind_may_be_given_by_its_label(label):
    ready = submissions.complete(person={"passport_kind": label, "passport_number": "E12345678"})
    assert ready["persons"][0]["passport_kind"] == "ordinary"


def test_an_unknown_passport_kind_causes_errors_at_the_kind_and_the_number_only():
    refused = refusal(passport_kind="外交护照", passport_number="DE1234567")
    assert refused["persons.0.passport_kind"] == "enum"
    assert set(refused) == {"persons.0.passport_kind", "persons.0.passport_number"}


def test_a_passport_must_be_issued_by_today_and_expire_after_today():
    assert submissions.complete(person={"passport_issued_on": "2026-11-21", "passport_expires_on": "2026-11-22"})
    assert refusal(passport_issued_on="2026-11-22") == {"persons.0.passport_issued_on": "PASSPORT_ISSUED_LATER"}
    assert refusal(passport_expires_on="2026-11-21") == {"persons.0.passport_expires_on": "PASSPORT_EXPIRED"}


def test_a_date_that_does_not_exist_is_refused():
    assert refusal(passport_expires_on="2027-02-29") == {"persons.0.passport_expires_on": "date_parsing"}
