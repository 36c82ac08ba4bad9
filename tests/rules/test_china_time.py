"""Dates and times in China, and the format of times in the API and the table."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.rules.base import china_time

MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2999, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001
EVENING = datetime(2026, 11, 21, 15, 59, 59, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 21, 16, 0, tzinfo=UTC)


@pytest.mark.accepts("F09")
def test_displayed_times_are_in_chinese_time():
    assert china_time.china_time(EVENING) == "2026-11-21 23:59:59"
    assert china_time.china_time(MIDNIGHT) == "2026-11-22 00:00:00"
    assert china_time.day_of(EVENING) == "20261121"
    assert china_time.day_of(MIDNIGHT) == "20261122"
    assert china_time.china_day(EVENING) == date(2026, 11, 21)
    assert china_time.china_day(MIDNIGHT) == date(2026, 11, 22)


def test_a_day_in_china_begins_at_16_00_utc_of_the_previous_day():
    assert china_time.china_midnight(date(2026, 11, 22)) == MIDNIGHT


@pytest.mark.parametrize(
    ("moment", "seconds"),
    [
        (MIDNIGHT, 86_400),
        (EVENING, 1),
        (EVENING + timedelta(milliseconds=1), 1),
        (EVENING - timedelta(milliseconds=1), 2),
        (datetime(2026, 11, 21, 4, 0, tzinfo=UTC), 43_200),
    ],
)
def test_seconds_to_the_next_chinese_midnight_are_rounded_up(moment, seconds):
    assert china_time.seconds_to_midnight(moment) == seconds


@given(MOMENTS)
def test_the_next_day_in_china_has_begun_after_the_seconds_to_midnight(moment):
    seconds = china_time.seconds_to_midnight(moment)
    assert 1 <= seconds <= 86_400
    tomorrow = china_time.china_day(moment) + timedelta(days=1)
    assert china_time.china_day(moment + timedelta(seconds=seconds)) == tomorrow


def test_a_time_is_formatted_in_utc_with_milliseconds():
    china = timezone(timedelta(hours=8))
    assert china_time.rfc3339(datetime(2026, 11, 21, 12, 30, 0, 1999, tzinfo=china)) == "2026-11-21T04:30:00.001Z"


def test_a_time_with_any_offset_is_converted_to_utc():
    assert china_time.parse_time("2026-11-21T12:30:00+08:00") == datetime(2026, 11, 21, 4, 30, tzinfo=UTC)
    assert china_time.parse_time("2026-11-21T04:30:00Z").tzinfo is UTC


@pytest.mark.parametrize("text", ["2026-11-21T04:30:00", "2026-11-21", "now", ""])
def test_a_time_without_an_offset_is_refused(text):
    with pytest.raises(ValueError):
        china_time.parse_time(text)


@given(MOMENTS)
def test_a_formatted_time_parses_to_the_same_millisecond(moment):
    to_the_millisecond = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    assert china_time.parse_time(china_time.rfc3339(moment)) == to_the_millisecond


@given(MOMENTS, MOMENTS, st.integers(-12, 14))
def test_formatted_times_sort_as_text_in_chronological_order(first, second, hours):
    in_another_zone = second.astimezone(timezone(timedelta(hours=hours)))
    if first <= second:
        assert china_time.rfc3339(first) <= china_time.rfc3339(in_another_zone)
