"""What the counts of days say: median, 90th percentile, and when there are too few answers to say anything."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.rules.applications.statistics import ENOUGH, MONTHS, percentile, shown

DAYS = st.lists(st.integers(0, 400), max_size=200)


def test_nothing_is_shown_below_20_answers_of_the_last_24_months():
    assert (ENOUGH, MONTHS) == (20, 24)
    assert shown({}) == (0, None, None)
    assert shown({30: 19}) == (19, None, None)
    assert shown({30: 20}) == (20, 30, 30)


def test_median_and_ninth_decile_are_days_within_which_half_and_nine_tenths_had_answered():
    assert shown(dict.fromkeys(range(1, 21), 1)) == (20, 10, 18)
    assert shown(dict.fromkeys(range(1, 22), 1)) == (21, 11, 19)
    assert shown({0: 10, 60: 8, 365: 2}) == (20, 0, 60)
    assert shown({0: 9, 60: 8, 365: 3}) == (20, 60, 365)
    assert shown({90: 1000}) == (1000, 90, 90)


def test_without_answers_there_is_no_percentile():
    assert percentile({}, 0.5) is None
    assert percentile({7: 0}, 0.9) is None


def test_counts_that_were_taken_back_to_nothing_are_no_answers():
    assert shown({5: 0, 60: 20}) == (20, 60, 60)


@given(DAYS)
def test_a_percentile_is_the_day_at_its_place_in_the_sorted_answers(days):
    counts = Counter(days)
    for tenths in (1, 5, 9, 10):
        place = -(-len(days) * tenths // 10) - 1
        assert percentile(counts, tenths / 10) == (sorted(days)[place] if days else None)


@given(DAYS)
def test_what_is_shown_never_falls_from_median_to_ninth_decile(days):
    answers, median, decile = shown(Counter(days))
    assert answers == len(days)
    assert (median is None) == (decile is None) == (answers < 20)
    assert median is None or decile is None or min(days) <= median <= decile <= max(days)
