"""Waiting days: median, 90th percentile and the minimum number of decisions (docs/domain.md 6.3)."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.rules.applications.statistics import ENOUGH, MONTHS, percentile, shown

DAYS = st.lists(st.integers(0, 400), max_size=200)


def test_no_percentiles_are_shown_for_fewer_than_20_decisions_in_24_months():
    assert (ENOUGH, MONTHS) == (20, 24)
    assert shown({}) == (0, None, None)
    assert shown({30: 19}) == (19, None, None)
    assert shown({30: 20}) == (20, 30, 30)


def test_half_of_the_decisions_come_within_the_median_and_nine_tenths_within_the_90th_percentile():
    assert shown(dict.fromkeys(range(1, 21), 1)) == (20, 10, 18)
    assert shown(dict.fromkeys(range(1, 22), 1)) == (21, 11, 19)
    assert shown({0: 10, 60: 8, 365: 2}) == (20, 0, 60)
    assert shown({0: 9, 60: 8, 365: 3}) == (20, 60, 365)
    assert shown({90: 1000}) == (1000, 90, 90)


def test_there_is_no_percentile_without_decisions():
    assert percentile({}, 0.5) is None
    assert percentile({7: 0}, 0.9) is None


def test_counts_of_zero_are_ignored():
    assert shown({5: 0, 60: 20}) == (20, 60, 60)


@given(DAYS)
def test_a_percentile_is_the_value_at_its_rank_in_the_sorted_days(days):
    counts = Counter(days)
    for tenths in (1, 5, 9, 10):
        rank = -(-len(days) * tenths // 10) - 1
        assert percentile(counts, tenths / 10) == (sorted(days)[rank] if days else None)


@given(DAYS)
def test_the_90th_percentile_is_never_below_the_median(days):
    answers, median, percentile_90 = shown(Counter(days))
    assert answers == len(days)
    assert (median is None) == (percentile_90 is None) == (answers < 20)
    assert median is None or percentile_90 is None or min(days) <= median <= percentile_90 <= max(days)
