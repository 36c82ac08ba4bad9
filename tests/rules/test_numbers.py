"""Numbers of applications and persons (docs/domain.md 1.7), and the file name of the progress export (10.3)."""

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.rules.base import numbers
from chalicelib.rules.base.china_time import day_of
from chalicelib.rules.base.vocabulary import ApplicationNumber, PersonNumber

MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2999, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001
EVENING = datetime(2026, 11, 21, 15, 59, 59, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 21, 16, 0, tzinfo=UTC)


def test_an_application_number_is_apec_with_the_date_in_china_and_six_digits():
    assert numbers.application_number(EVENING, 1) == "APEC20261121000001"
    assert numbers.application_number(MIDNIGHT, 123456) == "APEC20261122123456"


def test_a_person_number_is_the_application_number_with_the_position():
    assert numbers.person_number(ApplicationNumber("APEC20261121000001"), 1) == "APEC20261121000001-01"
    assert numbers.person_number(ApplicationNumber("APEC20261121000001"), 90) == "APEC20261121000001-90"
    assert numbers.split_person_number(PersonNumber("APEC20261121000001-07")) == ("APEC20261121000001", "07")


@given(MOMENTS, st.integers(1, 999_999), st.integers(1, 90))
def test_generated_numbers_are_valid_and_can_be_split(moment, sequence, position):
    application = numbers.application_number(moment, sequence)
    person = numbers.person_number(application, position)
    assert numbers.is_application_number(application)
    assert numbers.is_person_number(person)
    assert numbers.split_person_number(person) == (application, f"{position:02d}")
    assert not numbers.is_application_number(person)
    assert not numbers.is_person_number(application)


@given(st.tuples(MOMENTS, st.integers(1, 999_999)), st.tuples(MOMENTS, st.integers(1, 999_999)))
def test_numbers_sort_by_date_and_then_by_sequence(first, second):
    earlier, later = sorted([first, second], key=lambda pair: (day_of(pair[0]), pair[1]))
    assert numbers.application_number(*earlier) <= numbers.application_number(*later)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "APEC",
        "APEC2026112100001",
        "APEC202611210000011",
        "apec20261121000001",
        " APEC20261121000001",
        "APEC20261121000001\n",
        "APEC2026112100000١",
        "APEC２０２６１１２１００００００",
    ],
)
def test_other_texts_are_not_valid_numbers(text):
    assert not numbers.is_application_number(text)
    assert not numbers.is_person_number(f"{text}-01")


@pytest.mark.parametrize("end", ["", "-1", "-001", "-0a", "-01\n", "-0١", "_01"])
def test_a_person_number_ends_with_a_dash_and_two_digits(end):
    assert not numbers.is_person_number(f"APEC20261121000001{end}")


@pytest.mark.accepts("D09")
def test_the_file_name_of_the_export_has_the_application_number_and_the_time_in_china():
    name = numbers.progress_filename(
        ApplicationNumber("APEC20230531000004"), datetime(2023, 7, 1, 3, 30, 59, tzinfo=UTC)
    )
    assert name == "人员进度APEC20230531000004_202307011130.xlsx"
    assert re.fullmatch(r"人员进度 ?APEC\d{14}_\d{12}\.xlsx", name)
