"""Counts of days by economy and month: kept with each answer, taken back with each correction."""

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.repos.applications import statistics
from chalicelib.repos.table import table
from chalicelib.rules.applications.applications import Answer
from chalicelib.rules.base.vocabulary import Decision
from tests.support import submissions

ASKED = submissions.NOON
"""When the economies were asked: 2026-11-21."""


@pytest.fixture
def counts(cloud_resources):
    """What is counted of Singapore; emptied before each test."""
    for item in table.query_all(statistics.PARTITION):
        table.commit(table.delete((item["pk"], item["sk"])))

    def read(now=ASKED + timedelta(days=300)):
        return {days: count for days, count in statistics.of_last_months(now)["SGP"].items() if count}

    return read


def person(days=None, decision=Decision.APPROVED, valid_until=None):
    """Somebody whom Singapore answered so many days after it was asked."""
    answer = None if days is None else Answer(decision, ASKED + timedelta(days=days), valid_until)
    economies = {} if answer is None else {"SGP": answer}
    return replace(submissions.application().persons[0], economies_since=ASKED, economies=economies)


def walk(*states):
    """Answer after answer for one person, each in an act of its own."""
    for before, after in zip((person(), *states), states, strict=False):
        if writes := statistics.answer_counted(before, after, "SGP"):  # none where the days stay the same
            table.commit(*writes)


def test_an_answer_is_counted_with_its_days(counts):
    walk(person(60))
    walk(person(60))
    walk(person(2))
    assert counts() == {60: 2, 2: 1}


@pytest.mark.parametrize("days", [0, 5, 61], ids=["same day", "same month", "another month"])
def test_an_answer_that_is_corrected_counts_once_with_the_days_of_the_last(counts, days):
    walk(person(3), person(3 + days, Decision.REFUSED))
    assert counts() == {3 + days: 1}


@pytest.mark.parametrize("days", [0, 5, 61], ids=["same day", "same month", "another month"])
def test_an_answer_taken_back_to_pending_leaves_no_count_however_often_it_was_corrected(counts, days):
    walk(person(3), person(3 + days, Decision.REFUSED), person(3 + days, Decision.REFUSED, "2028-01-01"), person())
    assert counts() == {}


def test_an_answer_of_somebody_who_was_never_asked_counts_nothing(counts):
    nobody = replace(person(), economies_since=None)
    assert statistics.answer_counted(nobody, replace(person(3), economies_since=None), "SGP") == []


def test_answers_of_the_last_24_months_count(counts):
    walk(person(0))
    walk(person(40))
    assert counts(ASKED + timedelta(days=730)) == {0: 1, 40: 1}
    assert counts(ASKED + timedelta(days=765)) == {40: 1}
    assert counts(ASKED + timedelta(days=1000)) == {}
