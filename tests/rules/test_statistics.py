"""Waiting days: the product-limit estimate of open and answered waits, and forecasts (docs/domain.md 6.3)."""

import math
import random
from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.rules.applications.statistics import (
    ENOUGH,
    MEDIAN,
    MONTHS,
    NINTH_DECILE,
    SHARE,
    Figures,
    Forecast,
    Waits,
    forecast,
    percentile,
    shown,
)
from tests.support.assurance import figure

CASES = st.lists(st.tuples(st.integers(0, 60), st.booleans()), max_size=120)
"""Days of a wait, and whether an answer ended it."""


def waits_of(cases):
    """The waits that the cases are."""
    answered = Counter(days for days, is_answered in cases if is_answered)
    return Waits(answered, Counter(days for days, is_answered in cases if not is_answered))


def redistributed(cases, share):
    """The percentile by another way: each open wait gives its weight to those that last longer, in equal parts.

    (Efron's redistribution to the right, which equals the product-limit estimate.)
    """
    # An open wait of a day may still be answered on that day: it comes before the answers of the day.
    line = sorted(cases)
    weights = [Fraction(1, len(line)) for _ in line]
    reached, found = Fraction(0), None
    for position, (days, is_answered) in enumerate(line):
        if is_answered:
            reached += weights[position]
        elif after := len(line) - position - 1:
            given_up, weights[position] = weights[position], Fraction(0)
            for other in range(position + 1, len(line)):
                weights[other] += given_up / after
        if is_answered and found is None and reached >= share:
            found = days
    return found


@given(CASES, st.sampled_from([Fraction(tenths, 10) for tenths in (1, 3, 5, 9, 10)]))
def test_a_percentile_equals_that_of_waits_whose_weight_is_redistributed(cases, share):
    assert percentile(waits_of(cases), share) == redistributed(cases, share)


@given(st.lists(st.integers(0, 400), max_size=200))
def test_without_open_waits_a_percentile_is_the_value_at_its_rank_in_the_sorted_days(days):
    for tenths in (1, 5, 9, 10):
        rank = -(-len(days) * tenths // 10) - 1
        expected = sorted(days)[rank] if days else None
        assert percentile(Waits(Counter(days)), Fraction(tenths, 10)) == expected


def test_no_figures_are_shown_for_fewer_than_20_answers_in_24_months():
    assert (ENOUGH, MONTHS) == (20, 24)
    assert shown(Waits()) == Figures()
    assert shown(Waits({30: 19}, {100: 1000})) == Figures(None, None, None, None)
    assert shown(Waits({30: 20})) == Figures(20, 30, 30, 30)


def test_half_of_the_waits_end_within_the_median_and_nine_tenths_within_the_90th_percentile():
    assert shown(Waits(dict.fromkeys(range(1, 21), 1))) == Figures(20, 10, 18, 20)
    assert shown(Waits(dict.fromkeys(range(1, 22), 1))) == Figures(21, 11, 19, 21)
    assert shown(Waits({0: 10, 60: 8, 365: 2})) == Figures(20, 0, 60, 365)
    assert shown(Waits({5: 0, 60: 20})) == Figures(20, 60, 60, 60)


def test_open_waits_lengthen_the_figures_and_a_figure_that_is_not_reached_is_none():
    assert shown(Waits({10: 10, 20: 10}, {15: 10})) == Figures(20, 20, 20, 20)
    assert shown(Waits({10: 20}, {50: 15})) == Figures(20, 10, None, 49)
    assert shown(Waits({10: 20}, {50: 25})) == Figures(20, None, None, 49)
    # Waits that began today say nothing yet.
    assert shown(Waits({10: 20}, {0: 1000})) == Figures(20, 10, 10, 10)


def test_there_is_no_percentile_without_answers():
    assert percentile(Waits(), MEDIAN) is None
    assert percentile(Waits({7: 0}), NINTH_DECILE) is None
    assert percentile(Waits({}, {7: 40}), NINTH_DECILE) is None


# Synthetic portals

TRUE_MEDIAN = 90


def answered_after(chance):
    """The days that one economy takes: log-normal, half of them at most 90."""
    return math.floor(chance.lognormvariate(math.log(TRUE_MEDIAN), 0.4))


def portal(chance, live, people):
    """The waits of a portal that has been live for so many days; persons begin at any time."""
    began = [(chance.randrange(live), answered_after(chance)) for _ in range(people)]
    return waits_of([(days, True) if days < age else (age, False) for age, days in began])


@pytest.mark.parametrize("seed", range(5))
def test_a_young_portal_does_not_promise_short_waits(seed):
    waits = portal(random.Random(seed), live=120, people=3000)
    only_answered = percentile(Waits(waits.answered), MEDIAN)
    estimated = percentile(waits, MEDIAN)
    assert only_answered is not None
    assert estimated is not None
    figure(f"median of 90 days after 120 days: {estimated} estimated, {only_answered} by answers alone")
    assert only_answered < TRUE_MEDIAN - 15
    assert abs(estimated - TRUE_MEDIAN) <= 5
    assert shown(waits).ninth_decile is None


def test_a_forecast_holds_for_80_of_100_unseen_waits():
    chance = random.Random(6)
    waits = portal(chance, live=500, people=3000)
    held = made = 0
    while made < 2000:
        waited, days = chance.randrange(150), answered_after(chance)
        if days < waited or (found := forecast(waits, waited)) is None:
            continue
        made += 1
        held += found.from_days <= days - waited <= found.to_days
    figure(f"forecasts that held: {held} of {made}")
    assert 0.75 <= held / made <= 0.85


def test_a_forecast_counts_from_now_and_names_its_cases():
    waits = Waits(dict.fromkeys(range(1, 101), 1), {20: 5, 90: 2})
    assert Fraction(8, 10) == SHARE
    assert forecast(Waits(dict.fromkeys(range(1, 101), 1)), 51) == Forecast(4, 44, 50)
    found = forecast(waits, 51)
    assert found is not None
    assert found.cases == 52


def test_there_is_no_forecast_from_fewer_than_20_answers_as_late_or_while_most_of_the_late_waits_are_open():
    days = dict.fromkeys(range(1, 101), 1)
    assert forecast(Waits(days), 81) is not None
    assert forecast(Waits(days), 82) is None
    assert forecast(Waits(days, {101: 50}), 50) is None
    assert forecast(Waits(days, {49: 50}), 50) == forecast(Waits(days), 50)
