"""Counts of approval days by economy and month: added with each answer, corrected with each correction."""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.repos.applications import statistics
from chalicelib.repos.table import table
from chalicelib.rules.applications.applications import Answer
from chalicelib.rules.base import limits
from chalicelib.rules.base.vocabulary import Decision, PersonNumber
from tests.support import faults, submissions

ASKED = submissions.NOON
"""When the economies were asked: 2026-11-21."""


@pytest.fixture
def counts(cloud_resources):
    """The counts for Singapore, emptied before each test."""
    for item in statistics.items():
        table.commit(table.delete((item["pk"], item["sk"])))

    def read(now=ASKED + timedelta(days=300)):
        return {days: count for days, count in statistics.of_last_months(now)["SGP"].items() if count}

    return read


def person(days=None, decision=Decision.APPROVED, valid_until=None, number=None):
    """A person with an answer of Singapore `days` after the request."""
    first = submissions.application().persons[0]
    answer = None if days is None else Answer(decision, ASKED + timedelta(days=days), valid_until)
    economies = {} if answer is None else {"SGP": answer}
    return replace(first, economies_since=ASKED, economies=economies, number=number or first.number)


def record_answers(*states):
    """Record successive answers for one person, each in its own transaction."""
    for before, after in zip((person(), *states), states, strict=False):
        if writes := statistics.answer_counted(before, after, "SGP"):  # none where the days stay the same
            table.commit(*writes)


def test_an_answer_is_counted_with_its_days(counts):
    record_answers(person(60))
    record_answers(person(60))
    record_answers(person(2))
    assert counts() == {60: 2, 2: 1}


@pytest.mark.parametrize("days", [0, 5, 61], ids=["same day", "same month", "another month"])
def test_a_corrected_answer_is_counted_once_with_the_days_of_the_correction(counts, days):
    record_answers(person(3), person(3 + days, Decision.REFUSED))
    assert counts() == {3 + days: 1}


@pytest.mark.parametrize("days", [0, 5, 61], ids=["same day", "same month", "another month"])
def test_an_answer_reset_to_pending_is_not_counted_after_any_number_of_corrections(counts, days):
    record_answers(
        person(3), person(3 + days, Decision.REFUSED), person(3 + days, Decision.REFUSED, "2028-01-01"), person()
    )
    assert counts() == {}


def test_an_answer_for_a_person_without_a_request_is_not_counted(counts):
    nobody = replace(person(), economies_since=None)
    assert statistics.answer_counted(nobody, replace(person(3), economies_since=None), "SGP") == []


def test_only_answers_of_the_last_24_months_are_counted(counts):
    record_answers(person(0))
    record_answers(person(40))
    assert counts(ASKED + timedelta(days=730)) == {0: 1, 40: 1}
    assert counts(ASKED + timedelta(days=765)) == {40: 1}
    assert counts(ASKED + timedelta(days=1000)) == {}


# Counters and totals


def answered(count, days):
    """Count so many answers, each of another person."""
    for position in range(count):
        number = PersonNumber(f"APEC20261121{position:06d}-01")
        table.commit(*statistics.answer_counted(person(number=number), person(days, number=number), "SGP"))


def stored(partition):
    return [item for item in statistics.items() if item["pk"].startswith(partition)]


def add_up():
    return statistics.add_up(lambda: False)


def test_answers_about_different_persons_are_spread_over_the_counters(counts):
    answered(256, 5)
    written = [item["writes"] for item in stored("STATISTICS#")]
    assert (sum(written), len(written) > 56, max(written) < 16) == (256, True, True)
    assert len({item["pk"] for item in stored("STATISTICS#")}) == 16
    assert counts() == {5: 256}


def test_the_nightly_run_adds_the_counters_to_one_total_and_changes_no_figure(counts):
    answered(90, 5)
    answered(30, 7)
    counters = stored("STATISTICS#")
    assert add_up() == (len(counters), False)
    (total,) = statistics.items()
    assert (total["pk"], total["sk"], total["days_5"], total["days_7"]) == ("STATISTICS", "202611#SGP", 90, 30)
    answered(1, 9)
    assert counts() == {5: 90, 7: 30, 9: 1}
    assert add_up() == (1, False)
    assert (counts(), len(statistics.items())) == ({5: 90, 7: 30, 9: 1}, 1)
    assert add_up() == (0, False)


def test_a_correction_after_the_nightly_run_is_subtracted_from_the_total(counts):
    before, after = person(3), person(10)
    record_answers(before)
    add_up()
    table.commit(*statistics.answer_counted(before, after, "SGP"))
    assert counts() == {10: 1}
    add_up()
    assert counts() == {10: 1}
    table.commit(*statistics.answer_counted(after, person(), "SGP"))
    add_up()
    assert counts() == {}


def test_an_answer_that_is_counted_during_the_nightly_run_is_neither_lost_nor_doubled(counts):
    answered(3, 5)
    with faults.meanwhile("dynamodb.GetItem", lambda: answered(3, 6)):
        added, is_left = add_up()
    assert (added, is_left, counts()) == (0, True, {5: 3, 6: 3})
    add_up()
    assert counts() == {5: 3, 6: 3}


def test_two_nightly_runs_add_each_counter_once(counts):
    answered(3, 5)
    with faults.meanwhile("dynamodb.TransactWriteItems", add_up):
        assert add_up() == (0, True)
    assert counts() == {5: 3}


def test_a_nightly_run_that_is_killed_at_any_call_loses_no_answer(counts):
    answered(5, 5)
    for position in range(20):
        answered(1, 6)
        with suppress(faults.Killed), faults.killed_after(position):
            add_up()
        assert counts() == {5: 5, 6: position + 1}
    add_up()
    assert counts() == {5: 5, 6: 20}


def test_the_nightly_run_stops_before_its_deadline(counts):
    answered(3, 5)
    assert statistics.add_up(lambda: True) == (0, True)
    assert counts() == {5: 3}


def test_every_counter_of_a_month_fits_into_the_transaction_that_adds_it():
    assert statistics.SHARDS + 1 <= limits.TRANSACTION_ACTIONS
