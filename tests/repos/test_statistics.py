"""Counts of waits by economy and month: they begin, are answered, corrected, opened again and left."""

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.repos.applications import statistics
from chalicelib.repos.table import table
from chalicelib.rules.applications.applications import Answer
from chalicelib.rules.base import limits
from chalicelib.rules.base.vocabulary import Decision, PersonNumber, Status
from tests.support import faults, submissions

ASKED = submissions.NOON
"""When the economies were asked: 2026-11-21."""


@pytest.fixture
def counts(cloud_resources):
    """The counts for Singapore, emptied before each test."""
    for item in statistics.items():
        table.commit(table.delete((item["pk"], item["sk"])))

    def read(now=ASKED + timedelta(days=300)):
        return statistics.of_last_months(now)["SGP"].answered

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
        if writes := statistics.waits_counted([before], [after]):  # none where the days stay the same
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
    assert statistics.waits_counted([nobody], [replace(person(3), economies_since=None)]) == []


def test_only_waits_that_began_in_the_last_24_months_are_counted(counts):
    record_answers(person(0))
    record_answers(person(40))
    assert counts(ASKED + timedelta(days=738)) == {0: 1, 40: 1}
    assert counts(ASKED + timedelta(days=750)) == {}


# Open waits


@pytest.fixture
def unanswered(counts):
    """The days of the waits for Singapore that have no answer; emptied before each test."""
    return lambda days=50: statistics.of_last_months(ASKED + timedelta(days=days))["SGP"].unanswered


def begin(*persons):
    """The review by the economies begins for persons of one application."""
    table.commit(*statistics.waits_counted([replace(one, economies_since=None) for one in persons], persons))


def group(size):
    return [person(number=PersonNumber(f"APEC20261121000001-{position:02d}")) for position in range(1, size + 1)]


def test_a_wait_is_open_from_its_beginning_to_its_answer(counts, unanswered):
    begin(person())
    assert (unanswered(0), unanswered(50), counts()) == ({0: 1}, {50: 1}, {})
    record_answers(person(60))
    assert (unanswered(70), counts()) == ({}, {60: 1})


def test_a_group_of_90_begins_in_one_write(counts, unanswered):
    persons = group(90)
    before = [replace(one, economies_since=None) for one in persons]
    assert len(statistics.waits_counted(before, persons)) == 1
    begin(*persons)
    assert unanswered(7) == {7: 90}
    table.commit(*statistics.waits_counted(persons[:1], [replace(persons[0], economies=person(3).economies)]))
    assert (unanswered(7), counts()) == ({7: 89}, {3: 1})


def test_an_answer_that_is_withdrawn_opens_the_wait_again(counts, unanswered):
    begin(person())
    record_answers(person(60), person(70, Decision.REFUSED), person())
    assert (unanswered(80), counts()) == ({80: 1}, {})


def test_a_person_whose_card_is_cancelled_has_waited_until_then(counts, unanswered):
    begin(person())
    cancelled = replace(person(), own_status=Status.CANCELLED, status_since=ASKED + timedelta(days=30))
    table.commit(*statistics.waits_counted([person()], [cancelled]))
    assert (unanswered(80), counts()) == ({30: 1}, {})


def test_days_are_calendar_days_in_china(counts, unanswered):
    began = replace(person(), economies_since=datetime(2026, 11, 21, 15, 59, tzinfo=UTC))  # 23:59 in China
    begin(began)
    answer = Answer(Decision.APPROVED, datetime(2026, 11, 21, 16, 1, tzinfo=UTC))
    assert statistics.of_last_months(answer.decided_at)["SGP"].unanswered == {1: 1}
    table.commit(*statistics.waits_counted([began], [replace(began, economies={"SGP": answer})]))
    assert (counts(), unanswered()) == ({1: 1}, {})


@pytest.mark.parametrize("step", range(4))
def test_the_nightly_run_changes_no_open_wait_wherever_it_is_killed(counts, unanswered, step):
    begin(*group(3))
    record_answers(person(9, number=group(1)[0].number))
    before = unanswered()
    assert before == {50: 2}
    with suppress(faults.Killed), faults.killed_after(step):
        add_up()
    assert (unanswered(), counts()) == (before, {9: 1})
    add_up()
    assert (unanswered(), counts(), {item["pk"] for item in statistics.items()}) == (before, {9: 1}, {"STATISTICS"})


# Counters and totals


def answered(count, days):
    """Count so many answers, each of another person."""
    for position in range(count):
        number = PersonNumber(f"APEC20261121{position:06d}-01")
        table.commit(*statistics.waits_counted([person(number=number)], [person(days, number=number)]))


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
    table.commit(*statistics.waits_counted([before], [after]))
    assert counts() == {10: 1}
    add_up()
    assert counts() == {10: 1}
    table.commit(*statistics.waits_counted([after], [person()]))
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
