"""Reminders (提醒): kinds, due times, and choice among several due (docs/domain.md 8.3)."""

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
    return sorted((reminder.kind.removesuffix("_reminder"), reminder.stage) for reminder in found)


def test_passport_reminders_are_due_9_6_and_3_months_before_at_midnight_in_china():
    found = reminders.of_person(*applied())
    assert stages(found) == [("passport", "3m"), ("passport", "6m"), ("passport", "9m")]
    assert reminders.first(found) == datetime(2027, 1, 30, 16, tzinfo=UTC)
    assert {dict(reminder.values)["date"] for reminder in found} == {"2027-10-31"}


@pytest.mark.parametrize("status", Status)
def test_a_person_in_a_final_status_has_no_reminders(status):
    person, header = applied(own_status=status, card=Card("CN1", "2027-09-30"), status_since=submissions.NOON)
    found = {reminder.kind for reminder in reminders.of_person(person, header)}
    is_final = {"FAO_REJECTED", "CONSULAR_REJECTED", "WITHDRAWN", "REFUSED", "CANCELLED", "EXPIRED", "DONE"}
    returned = {"return_reminder"} if status in ("FAO_RETURNED", "CONSULAR_RETURNED") else set()
    assert found == (set() if status in is_final else {"passport_reminder", "card_reminder"} | returned)


@pytest.mark.parametrize("status", Status)
def test_a_person_whose_application_is_in_a_final_status_has_no_reminders(status):
    person, header = applied()
    found = reminders.of_person(person, replace(header, status=status))
    is_final = status in ("FAO_REJECTED", "CONSULAR_REJECTED", "WITHDRAWN", "REFUSED", "CANCELLED", "EXPIRED", "DONE")
    assert stages(found) == ([] if is_final else [("passport", "3m"), ("passport", "6m"), ("passport", "9m")])


@pytest.mark.parametrize("status", Status)
def test_return_reminders_are_due_7_and_21_days_after_the_return(status):
    _, header = applied()
    found = reminders.of_application(replace(header, status=status))
    returned = status in ("FAO_RETURNED", "CONSULAR_RETURNED")
    assert [reminder.at - header.status_since for reminder in found] == [
        timedelta(days=7),
        timedelta(days=21),
    ] * returned


def test_a_cancelled_card_has_no_reminder():
    found = reminders.of_person(*applied(card=Card("CN1", "2027-09-30", cancelled=True)))
    assert {reminder.kind for reminder in found} == {"passport_reminder"}


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2027-01-30T15:59:59+00:00", []),
        ("2027-01-30T16:00:00+00:00", [("passport", "9m")]),
        ("2027-05-10T00:00:00+00:00", [("passport", "6m")]),
        ("2027-10-31T15:59:59+00:00", [("passport", "3m")]),
        ("2027-10-31T16:00:00+00:00", []),
    ],
)
def test_only_the_latest_due_reminder_of_a_kind_is_sent_until_the_date_has_passed(now, expected):
    assert stages(reminders.due(reminders.of_person(*applied()), datetime.fromisoformat(now))) == expected


@given(DAYS, DAYS, st.lists(st.integers(0, 120), max_size=12))
def test_every_run_sends_at_most_one_reminder_of_a_kind_and_none_twice(end, begin, waits):
    person, header = applied("2034-01-01", card=Card("CN1", end.isoformat()), own_status=Status.CARD_ISSUED)
    scheduled = reminders.of_person(person, header)
    now, sent = datetime(begin.year, begin.month, begin.day, tzinfo=UTC), []
    for wait in waits:
        now += timedelta(days=wait)
        due = [reminder for reminder in reminders.due(scheduled, now) if reminder not in sent]
        assert len({reminder.kind for reminder in due}) == len(due)
        assert all(reminder.at <= now for reminder in due)
        sent += due
        following = reminders.first(scheduled, after=now)
        assert following is None or following > now
    cards = [reminder.at for reminder in sent if reminder.kind == "card_reminder"]
    assert cards == sorted(set(cards))
