"""Who can travel with the card: holders of mainland identity cards and of passports that can exist (4.1, 4.3)."""

import json
from pathlib import Path

import pytest
from stdnum.cn import ric

from chalicelib import data
from chalicelib.rules.applications import follow_ups
from chalicelib.rules.base.errors import Invalid
from chalicelib.rules.base.vocabulary import Service
from testing import people
from tests.support import submissions

REGIONS = json.loads((Path(data.__file__).parent / "id_regions.json").read_text(encoding="utf-8"))["prefectures"]


def identity(region: str) -> str:
    """The number of a man born on 1900-01-01, by the first six digits."""
    body = f"{region}19000101001"
    return body + ric.calc_check_digit(body + "0")


def refusal(**person: str) -> dict[str, str]:
    with pytest.raises(Invalid) as caught:
        submissions.complete(person=person)
    return {error.field.removeprefix("persons.0."): error.code for error in caught.value.errors}


@pytest.mark.parametrize("region", ["430102", "110101", "110229", "432401", "510201", "460300", "659001", "330114"])
def test_a_number_of_a_present_or_former_region_of_the_mainland_is_accepted(region):
    number = identity(region)
    assert submissions.complete(person={"id_number": number})["persons"][0]["id_number"] == number
    assert data.is_id_region(region)


@pytest.mark.parametrize(
    ("region", "code"),
    [
        ("810000", "ID_RESIDENCE_PERMIT"),
        ("820000", "ID_RESIDENCE_PERMIT"),
        ("830000", "ID_RESIDENCE_PERMIT"),
        ("710000", "ID_RESIDENCE_PERMIT"),
        ("911156", "ID_FOREIGN"),
        ("431156", "ID_REGION_UNKNOWN"),
        ("439901", "ID_REGION"),
        ("000000", "ID_REGION"),
        ("990101", "ID_FOREIGN"),
        ("160101", "ID_REGION"),
    ],
)
def test_other_identity_numbers_are_refused_with_advice_or_only_warned_of(region, code):
    if code == "ID_REGION_UNKNOWN":  # a county that no list has may still be printed on a card
        assert submissions.complete(person={"id_number": identity(region)})
        assert not data.is_id_region(region)
    else:
        assert refusal(id_number=identity(region)) == {"id_number": code}


def test_every_present_district_of_the_mainland_is_known_as_a_region_of_identity_cards():
    present = [code for code in data._districts() if code < "700000"]
    assert len(present) > 2_800
    assert [code for code in present if not data.has_id_prefecture(code[:4])] == []
    assert [prefecture for prefecture in REGIONS if prefecture >= "7"] == []


def test_a_passport_is_valid_for_ten_years_at_most():
    assert submissions.complete(person={"passport_issued_on": "2024-01-02", "passport_expires_on": "2034-01-02"})
    assert refusal(passport_issued_on="2024-01-02", passport_expires_on="2034-01-03") == {
        "passport_expires_on": "PASSPORT_YEARS"
    }


def test_a_passport_is_not_issued_before_its_holder_is_born():
    body = "43010220240102001"
    born_later = {"birth_date": "2024-01-02", "id_number": body + ric.calc_check_digit(body + "0")}
    assert refusal(**born_later, passport_issued_on="2024-01-01")["passport_issued_on"] == "PASSPORT_BEFORE_BIRTH"
    assert submissions.complete(person=born_later | {"passport_issued_on": "2024-01-02"})


def test_a_new_passport_is_not_issued_before_its_holder_is_born():
    holder = submissions.application().persons[0]
    new = {
        "reason": "护照到期",
        "case": None,
        "passport_kind": "ordinary",
        "passport_number": people.make_passport(),
        "passport_issued_on": "1899-12-31",
        "passport_expires_on": "1909-12-31",
        "passport_place": "湖南",
    }
    with pytest.raises(Invalid) as caught:
        follow_ups.check_edit(Service.CHANGE_PASSPORT, holder, new)
    assert [(error.field, error.code) for error in caught.value.errors] == [
        ("passport_issued_on", "PASSPORT_BEFORE_BIRTH")
    ]
    follow_ups.check_edit(Service.CHANGE_PASSPORT, holder, new | {"passport_issued_on": "1900-01-01"})
