"""提醒: which there are, when each is due, and that of several only the nearest is told."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.rules.applications.applications import Card
from chalicelib.rules.base.vocabulary import Status
from chalicelib.rules.notices import reminders
from tests.support import submissions

DAYS = st.dates(date(2020, 1, 1), date(2090, 12, 31))


def applied(end="2027-10-31", **changes):
    application = submissions.application(person={"passport_expires_on": end})
    return replace(application.persons[0], **changes), application.header


def stages(found):
    return sorted((each.kind.removesuffix("_reminder"), each.stage) for each in found)


def test_a_passport_is_told_of_9_6_and_3_months_before_at_the_beginning_of_the_chinese_day():
    found = reminders.of_person(*applied())
    assert stages(found) == [("passport", "3m"), ("passport", "6m"), ("passport", "9m")]
    assert reminders.first(found) == datetime(2027, 1, 30, 16, tzinfo=UTC)
    assert {dict(each.values)["date"] for each in found} == {"2027-10-31"}


@pytest.mark.parametrize("status", Status)
def test_nobody_is_reminded_of_what_is_over(status):
    person, header = applied(own_status=status, card=Card("CN1", "2027-09-30"), status_since=submissions.NOON)
    found = {each.kind for each in reminders.of_person(person, header)}
    over = {"FAO_REJECTED", "CONSULAR_REJECTED", "WITHDRAWN", "CANCELLED", "EXPIRED", "DONE"}
    returned = {"return_reminder"} if status in ("FAO_RETURNED", "CONSULAR_RETURNED") else set()
    assert found == (set() if status in over else {"passport_reminder", "card_reminder"} | returned)


@pytest.mark.parametrize("status", Status)
def test_a_person_that_carries_its_groups_status_is_over_with_it(status):
    person, header = applied()
    found = reminders.of_person(person, replace(header, status=status))
    over = status in ("FAO_REJECTED", "CONSULAR_REJECTED", "WITHDRAWN", "CANCELLED", "EXPIRED", "DONE")
    assert stages(found) == ([] if over else [("passport", "3m"), ("passport", "6m"), ("passport", "9m")])


@pytest.mark.parametrize("status", Status)
def test_a_file_is_told_of_while_it_is_returned(status):
    _, header = applied()
    found = reminders.of_application(replace(header, status=status))
    returned = status in ("FAO_RETURNED", "CONSULAR_RETURNED")
    assert [each.at - header.status_since for each in found] == [timedelta(days=7), timedelta(days=21)] * returned


def test_a_cancelled_card_is_not_told_of():
    found = reminders.of_person(*applied(card=Card("CN1", "2027-09-30", cancelled=True)))
    assert {each.kind for each in found} == {"passport_reminder"}


@pytest.mark.parametrize(
    ("day", "told"),
    [
        ("2027-01-30T15:59:59+00:00", []),
        ("2027-01-30T16:00:00+00:00", [("passport", "9m")]),
        ("2027-05-10T00:00:00+00:00", [("passport", "6m")]),
        ("2027-10-31T15:59:59+00:00", [("passport", "3m")]),
        ("2027-10-31T16:00:00+00:00", []),
    ],
)
def test_of_several_that_are_due_the_nearest_is_told_while_it_makes_sense(day, told):
    assert stages(reminders.due(reminders.of_person(*applied()), datetime.fromisoformat(day))) == told


@given(DAYS, DAYS, st.lists(st.integers(0, 120), max_size=12))
def test_whenever_it_runs_each_is_told_once_and_at_most_one_of_a_kind_at_a_time(end, begin, waits):
    person, header = applied("2099-12-31", card=Card("CN1", end.isoformat()), own_status=Status.CARD_ISSUED)
    known = reminders.of_person(person, header)
    now, told = datetime(begin.year, begin.month, begin.day, tzinfo=UTC), []
    for wait in waits:
        now += timedelta(days=wait)
        fresh = [each for each in reminders.due(known, now) if each not in told]
        assert len({each.kind for each in fresh}) == len(fresh)
        assert all(each.at <= now for each in fresh)
        told += fresh
        following = reminders.first(known, after=now)
        assert following is None or following > now
    cards = [each.at for each in told if each.kind == "card_reminder"]
    assert cards == sorted(set(cards))
