"""Numbers and times that people read."""

import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.rules.base import numbers
from chalicelib.rules.base.vocabulary import ApplicationNumber, PersonNumber

MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2999, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001
EVENING = datetime(2026, 11, 21, 15, 59, 59, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 21, 16, 0, tzinfo=UTC)


def test_an_application_number_is_apec_the_chinese_day_and_six_digits():
    assert numbers.application_number(EVENING, 1) == "APEC20261121000001"
    assert numbers.application_number(MIDNIGHT, 123456) == "APEC20261122123456"


def test_a_persons_number_is_the_groups_and_its_position():
    assert numbers.person_number(ApplicationNumber("APEC20261121000001"), 1) == "APEC20261121000001-01"
    assert numbers.person_number(ApplicationNumber("APEC20261121000001"), 90) == "APEC20261121000001-90"
    assert numbers.split_person_number(PersonNumber("APEC20261121000001-07")) == ("APEC20261121000001", "07")


@given(MOMENTS, st.integers(1, 999_999), st.integers(1, 90))
def test_numbers_made_are_known_by_their_form_and_come_apart_again(moment, sequence, position):
    application = numbers.application_number(moment, sequence)
    person = numbers.person_number(application, position)
    assert numbers.is_application_number(application)
    assert numbers.is_person_number(person)
    assert numbers.split_person_number(person) == (application, f"{position:02d}")
    assert not numbers.is_application_number(person)
    assert not numbers.is_person_number(application)


@given(st.tuples(MOMENTS, st.integers(1, 999_999)), st.tuples(MOMENTS, st.integers(1, 999_999)))
def test_numbers_sort_by_day_and_then_as_they_were_given(one, other):
    earlier, later = sorted([one, other], key=lambda given: (numbers.day_of(given[0]), given[1]))
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
def test_what_is_no_number_is_not_taken_for_one(text):
    assert not numbers.is_application_number(text)
    assert not numbers.is_person_number(f"{text}-01")


@pytest.mark.parametrize("end", ["", "-1", "-001", "-0a", "-01\n", "-0١", "_01"])
def test_a_persons_number_ends_with_a_dash_and_two_digits(end):
    assert not numbers.is_person_number(f"APEC20261121000001{end}")


@pytest.mark.accepts("F09")
def test_the_time_of_day_is_chinas():
    assert numbers.china_time(EVENING) == "2026-11-21 23:59:59"
    assert numbers.china_time(MIDNIGHT) == "2026-11-22 00:00:00"
    assert numbers.day_of(EVENING) == "20261121"
    assert numbers.day_of(MIDNIGHT) == "20261122"


@pytest.mark.accepts("D09")
def test_the_export_is_named_after_the_group_and_the_minute_in_china():
    name = numbers.progress_filename(
        ApplicationNumber("APEC20230531000004"), datetime(2023, 7, 1, 3, 30, 59, tzinfo=UTC)
    )
    assert name == "人员进度APEC20230531000004_202307011130.xlsx"
    assert re.fullmatch(r"人员进度 ?APEC\d{14}_\d{12}\.xlsx", name)


def test_a_time_is_written_in_utc_to_the_millisecond():
    china = timezone(timedelta(hours=8))
    assert numbers.rfc3339(datetime(2026, 11, 21, 12, 30, 0, 1999, tzinfo=china)) == "2026-11-21T04:30:00.001Z"


def test_a_time_with_any_offset_is_read_as_utc():
    assert numbers.parse_time("2026-11-21T12:30:00+08:00") == datetime(2026, 11, 21, 4, 30, tzinfo=UTC)
    assert numbers.parse_time("2026-11-21T04:30:00Z").tzinfo is UTC


@pytest.mark.parametrize("text", ["2026-11-21T04:30:00", "2026-11-21", "now", ""])
def test_a_time_without_an_offset_is_refused(text):
    with pytest.raises(ValueError):
        numbers.parse_time(text)


@given(MOMENTS)
def test_a_time_is_read_as_it_was_written(moment):
    to_the_millisecond = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    assert numbers.parse_time(numbers.rfc3339(moment)) == to_the_millisecond


@given(MOMENTS, MOMENTS, st.integers(-12, 14))
def test_written_times_sort_as_text(one, other, hours):
    elsewhere = other.astimezone(timezone(timedelta(hours=hours)))
    if one <= other:
        assert numbers.rfc3339(one) <= numbers.rfc3339(elsewhere)
