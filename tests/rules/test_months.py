"""Addition of calendar months, also at the end of a month and in leap years."""

from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chalicelib.rules.base.months import add_months

DAYS = st.dates(date(2020, 1, 1), date(2090, 12, 31))


@pytest.mark.parametrize(
    ("day", "months", "before"),
    [
        (date(2027, 5, 31), 3, date(2027, 2, 28)),
        (date(2028, 5, 31), 3, date(2028, 2, 29)),
        (date(2027, 8, 31), 9, date(2026, 11, 30)),
        (date(2027, 1, 1), 6, date(2026, 7, 1)),
        (date(2027, 12, 31), 0, date(2027, 12, 31)),
    ],
)
def test_subtracting_months_stops_at_the_end_of_the_month(day, months, before):
    assert add_months(day, -months) == before


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2027, 8, 31), 6, date(2028, 2, 29)),
        (date(2026, 10, 31), 6, date(2027, 4, 30)),
        (date(2028, 2, 29), 60, date(2033, 2, 28)),
        (date(2026, 11, 21), 6, date(2027, 5, 21)),
    ],
)
def test_adding_months_stops_at_the_end_of_the_month(day, months, later):
    assert add_months(day, months) == later


@given(DAYS, st.integers(0, 36))
@example(date(2024, 2, 29), 12)
def test_subtracting_months_gives_the_expected_month_and_no_later_day_of_the_month(day, months):
    before = add_months(day, -months)
    assert (before.year * 12 + before.month) == (day.year * 12 + day.month) - months
    assert before.day <= day.day
