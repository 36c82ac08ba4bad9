"""Counts of approval days by economy and month: added with each answer, corrected with each correction."""

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
    """The counts for Singapore, emptied before each test."""
    for item in table.query_all(statistics.PARTITION):
        table.commit(table.delete((item["pk"], item["sk"])))

    def read(now=ASKED + timedelta(days=300)):
        return {days: count for days, count in statistics.of_last_months(now)["SGP"].items() if count}

    return read


def person(days=None, decision=Decision.APPROVED, valid_until=None):
    """A person with an answer of Singapore `days` after the request."""
    answer = None if days is None else Answer(decision, ASKED + timedelta(days=days), valid_until)
    economies = {} if answer is None else {"SGP": answer}
    return replace(submissions.application().persons[0], economies_since=ASKED, economies=economies)


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
