"""Texts of messages and mails are complete in both languages, with correct punctuation (M01)."""

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from chalicelib.data import texts
from chalicelib.rules.applications import payments
from chalicelib.rules.applications.applications import Card, event_of
from chalicelib.rules.applications.lifecycle import TABLE
from chalicelib.rules.base.vocabulary import Action, Decision, Scope, Status
from chalicelib.rules.notices import recipients, reminders, wording
from tests.support import submissions

CATALOGUE = texts.catalogue()
PARTS = [("messages", "title"), ("messages", "body"), ("mail", "subject"), ("mail", "text")]


def events():
    """Every row of the lifecycle as an event, with and without a reason, with each decision of an economy."""
    act = submissions.act()
    header = submissions.application().header
    number = f"{header.number}-01"
    for row in TABLE:
        header_of_service = replace(header, service=row.service)
        # Decisions of economies have no reason.
        for reason in (None,) if row.action is Action.DECIDE_ECONOMY else (None, "护照照片页与填写内容不一致。"):
            for decision in Decision if row.action is Action.DECIDE_ECONOMY else (None,):
                economy = "SGP" if decision else None
                more = {"person_number": number, "reason": reason, "economy": economy, "decision": decision}
                yield event_of(act, row.action, row.status, row.to, **more), header_of_service
    yield event_of(act, Action.SUBMIT, None, Status.FAO_REVIEW), header
    last = {"person_number": number, "economy": "SGP", "decision": Decision.APPROVED}
    yield event_of(act, Action.DECIDE_ECONOMY, Status.ECONOMY_REVIEW, Status.ECONOMY_DONE, **last), header
    for step in payments.TABLE:
        for reason in (None, "金额不符。") if step.needs_reason else (None,):
            status = Status.CONSULAR_APPROVED
            yield event_of(act, step.action, status, status, reason=reason), header


def notices():
    """Kind and values of every notice about an application."""
    for event, header in events():
        kind = wording.message_kind(event)
        if kind:
            yield kind, wording.message_values(event, header)
    application = submissions.application()
    person = replace(
        application.persons[0],
        own_status=Status.CONSULAR_RETURNED,
        status_since=submissions.NOON,
        card=Card("CN1", "2031-01-01"),
    )
    for reminder in reminders.of_person(person, application.header):
        yield reminder.kind, dict(reminder.values)
    yield "draft_reminder", {"saved_at": "2026-11-21 12:30:00", "purge_at": "2027-05-20 12:30:00"}


def account_notices():
    """Kind and values of every notice about an account."""
    for kind in recipients.ACCOUNT_EVENTS:
        yield kind, {"time": "2026-11-21 12:30:00", "scope": Scope.OWN}


def check(words, language, values):
    assert "{" not in words
    assert "}" not in words
    bare = words
    for value in values.values():
        bare = bare.replace(str(value).rstrip("。"), "")
    if language == "zh":
        assert not re.search(r"[,;!?()<>'\"]|\.(?!\d)|:(?!\d)", bare), words
        assert not re.search(r"。。|，。|。，", bare), words
    else:
        assert not re.search(r"[\u3000-\u9fff\uff00-\uffef]", bare), words
        assert ".." not in bare, words


def test_every_notice_about_an_application_has_complete_texts_in_both_languages():
    seen = set()
    for kind, values in notices():
        seen.add(kind)
        for section, part in PARTS:
            for language in ("zh", "en"):
                check(wording.sentence(section, kind, part, values, language), language, values)
    in_catalogue = {key.split(".")[0] for key in CATALOGUE["messages"]}
    assert seen == in_catalogue - set(recipients.ACCOUNT_EVENTS)
    assert seen <= {key.split(".")[0] for key in CATALOGUE["mail"]}


def test_every_notice_about_an_account_has_complete_texts_in_both_languages():
    for kind, values in account_notices():
        for part in ("title", "body"):
            for language in ("zh", "en"):
                check(wording.sentence("messages", kind, part, values, language), language, values)


def test_the_body_of_a_message_states_the_number_the_status_the_reason_and_the_next_step():
    for kind, values in notices():
        body = wording.sentence("messages", kind, "body", values)
        number = values.get("person_number") or values.get("number")
        assert number is None or number in body or values["number"] in body
        if kind == "status_changed":
            words = wording.worded(values)
            assert words["new"] in body
            assert words["next_step"] in body
            assert words.get("reason", "") in body


@pytest.mark.parametrize(
    ("kind", "by", "expected"),
    [
        ("password_changed", "agent-1", True),
        ("password_changed", "other", True),
        ("scope_changed", "other", True),
        ("scope_changed", "agent-1", False),
        ("agent_revoked", "other", False),
        ("unknown_kind", "other", False),
    ],
)
def test_an_account_is_notified_of_changes_by_others_and_of_its_own_password_changes(kind, by, expected):
    from chalicelib.rules.base.vocabulary import Role

    agent = submissions.account(Role.AGENT, id="agent-1")
    assert recipients.is_notified(kind, agent, by) is expected
    assert not recipients.is_notified(kind, submissions.officer(), by)


def test_times_in_notices_are_in_chinese_time():
    from chalicelib.rules.base.china_time import china_time

    assert china_time(datetime(2026, 11, 21, 16, 30, tzinfo=UTC)) == "2026-11-22 00:30:00"


@pytest.mark.parametrize(("language", "named"), [("zh", "{number}（测试甲）"), ("en", "{number} (测试甲)")])
def test_bodies_name_the_person_behind_the_number_and_titles_and_subjects_do_not(language, named):
    for kind, values in notices():
        number = values.get("person_number") or values.get("number")
        if number is None or "-" not in number:
            continue
        of_person = {**values, "person_name": "测试甲"}
        for section, part in PARTS:
            words = wording.sentence(section, kind, part, of_person, language)
            numbers = {number, values.get("number", number)}
            is_named = any(named.format(number=one) in words for one in numbers)
            assert is_named == ("测试甲" in words) == (part in ("body", "text")), words
        assert wording.link_path(of_person) == wording.link_path(values)
