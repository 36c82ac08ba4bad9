"""Decisions of the economies and progress of persons (人员申请进度; docs/domain.md 6.2, 10.2)."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from chalicelib.rules.applications import lifecycle, progress, transitions
from chalicelib.rules.applications.applications import Answer
from chalicelib.rules.base.errors import Invalid, NotFound, OperationInvalid
from chalicelib.rules.base.vocabulary import Action, Decision, PersonNumber, Status
from chalicelib.rules.forms.applications import EconomyDecision, EconomyRow
from tests.support import submissions

NAMES = {
    "AUS": "澳大利亚", "BRN": "文莱", "CHL": "智利", "IDN": "印度尼西亚", "JPN": "日本", "KOR": "韩国",
    "MYS": "马来西亚", "MEX": "墨西哥", "NZL": "新西兰", "PNG": "巴布亚新几内亚", "PER": "秘鲁", "PHL": "菲律宾",
    "RUS": "俄罗斯", "SGP": "新加坡", "THA": "泰国", "VNM": "越南",
}  # fmt: skip
ACT = submissions.act(submissions.officer())
ANSWERS = st.lists(
    st.tuples(st.sampled_from(sorted(NAMES)), st.sampled_from(Decision), st.sampled_from([None, "2027-01-31"])),
    max_size=40,
)


def approved(persons=1):
    submitted = submissions.application(persons)
    at_consular, _ = transitions.change_status(
        submitted, Action.PASS, submissions.act(submissions.officer("fao-hunan")), 1
    )
    return transitions.change_status(at_consular, Action.PASS, ACT, 2)[0]


def answered(application, code, decision, valid_until=None):
    number = application.persons[0].number
    return progress.record_decision(application, number, code, Answer(decision, submissions.NOON, valid_until), ACT)


def with_all(decision, but=()):
    application = approved()
    for code in sorted(NAMES.keys() - set(but)):
        application, _ = answered(application, code, decision)
    return application


@given(ANSWERS)
def test_every_economy_is_in_exactly_one_column_after_any_sequence_of_decisions(answers):
    application, last = approved(), {}
    for code, decision, valid_until in answers:
        application, event = answered(application, code, decision, valid_until)
        assert event is None or (event.economy, event.decision) == (code, decision)
        last[code] = decision
    row = progress.row_of(application.persons[0], application.header, submissions.TODAY)
    columns = {"approved": row.approved, "refused": row.refused, "locked": row.locked, "pending": row.pending}
    assert sorted(name for names in columns.values() for name in names) == sorted(NAMES.values())
    for code, name in NAMES.items():
        assert name in columns[last.get(code, "pending")]


@given(ANSWERS)
def test_the_status_is_economy_done_exactly_while_no_economy_is_pending(answers):
    application, last = with_all(Decision.APPROVED), dict.fromkeys(NAMES, Decision.APPROVED)
    for code, decision, valid_until in answers:
        before = application.persons[0]
        application, _ = answered(application, code, decision, valid_until)
        last[code] = decision
        after = application.persons[0]
        done = Decision.PENDING not in last.values()
        assert after.own_status is (Status.ECONOMY_DONE if done else Status.ECONOMY_REVIEW)
        assert (after.status_version > before.status_version) == (after.own_status is not before.own_status)


@given(ANSWERS)
def test_every_changed_decision_adds_one_history_entry_and_one_version(answers):
    application = approved()
    for code, decision, valid_until in answers:
        before = application
        application, event = answered(before, code, decision, valid_until)
        if event is None:
            assert application is before
        else:
            assert application.history == (*before.history, event)
            assert application.persons[0].version == before.persons[0].version + 1
    assert (
        progress.row_of(application.persons[0], application.header, submissions.TODAY).person_number
        == "APEC20261121000001-01"
    )


def test_repeating_a_decision_changes_nothing_unless_its_date_differs():
    once, _ = answered(approved(), "SGP", Decision.APPROVED, "2027-01-31")
    assert answered(once, "SGP", Decision.APPROVED, "2027-01-31") == (once, None)
    again, event = answered(once, "SGP", Decision.APPROVED, "2027-02-28")
    assert again.persons[0].economies["SGP"].valid_until == "2027-02-28"
    assert event is not None


def test_the_last_decision_ends_the_economy_review_and_a_correction_to_pending_reopens_it():
    almost = with_all(Decision.APPROVED, but=["VNM"])
    assert almost.persons[0].own_status is Status.ECONOMY_REVIEW
    done, event = answered(almost, "VNM", Decision.LOCKED)
    assert (event.origin, event.to) == (Status.ECONOMY_REVIEW, Status.ECONOMY_DONE)
    reopened, event = answered(done, "AUS", Decision.PENDING)
    assert (event.origin, event.to) == (Status.ECONOMY_DONE, Status.ECONOMY_REVIEW)
    assert "AUS" not in reopened.persons[0].economies


@pytest.mark.parametrize("code", ["CHN", "HKG", "TWN", "USA", "CAN", "FRA", "sgp", ""])
def test_a_decision_of_any_other_economy_is_refused(code):
    with pytest.raises(Invalid) as caught:
        answered(approved(), code, Decision.APPROVED)
    assert [(error.field, error.code) for error in caught.value.errors] == [("economy", "ECONOMY")]


@pytest.mark.parametrize("day", ["2027-02-29", "2027-13-01", "tomorrow", "", "2027-1-1", "20270101", "2027-W01-1"])
def test_an_invalid_date_as_end_of_validity_is_refused(day):
    with pytest.raises(ValidationError) as caught:
        EconomyDecision.model_validate_json(json.dumps({"decision": "approved", "valid_until": day}))
    assert [(error["loc"], error["type"]) for error in caught.value.errors()] == [(("valid_until",), "date_parsing")]


@pytest.mark.parametrize("form", [EconomyDecision, EconomyRow])
def test_a_pending_economy_has_no_end_of_validity(form):
    named = {"person_number": "APEC20261121000001-01", "economy": "SGP"} if form is EconomyRow else {}
    for decision, codes in (("pending", ["VALID_UNTIL"]), ("approved", []), ("locked", []), ("refused", [])):
        typed = json.dumps({**named, "decision": decision, "valid_until": "2027-01-01"})
        found = []
        try:
            form.model_validate_json(typed)
        except ValidationError as error:
            found = [details["type"] for details in error.errors()]
        assert found == codes, decision
    assert form.model_validate_json(json.dumps({**named, "decision": "pending"})).valid_until is None


def test_an_unknown_person_is_not_found():
    with pytest.raises(NotFound):
        progress.record_decision(
            approved(),
            PersonNumber("APEC20261121000001-02"),
            "SGP",
            Answer(Decision.APPROVED, submissions.NOON),
            ACT,
        )


@pytest.mark.accepts("D05", "D06")
def test_a_row_of_the_export_has_seven_cells_with_chinese_names_joined_by_a_comma():
    application, _ = answered(approved(), "SGP", Decision.APPROVED)
    application, _ = answered(application, "CHL", Decision.APPROVED)
    application, _ = answered(application, "JPN", Decision.REFUSED)
    assert progress.COLUMNS == (
        "申请单号", "申请人", "职务", "经济体审核批准", "经济体审核拒签", "经济体审核锁定", "经济体尚未审核",
    )  # fmt: skip
    number, name, title, yes, no, locked, pending = progress.row_of(
        application.persons[0], application.header, submissions.TODAY
    ).cells()
    assert (number, name, title) == ("APEC20261121000001-01", "测试甲", "销售部经理")
    assert set(yes.split("、")) == {"新加坡", "智利"}
    assert (no, locked, pending.count("、")) == ("日本", "", 12)


@pytest.mark.accepts("D03", "D04")
def test_progress_includes_persons_from_the_consular_approval_on():
    assert [row.person_number[-3:] for row in progress.overview(approved(3), submissions.TODAY)] == [
        "-01",
        "-02",
        "-03",
    ]
    for status in set(Status) - {lifecycle.PROGRESS_FROM}:
        application = submissions.application(2)
        application = replace(application, header=replace(application.header, status=status))
        with pytest.raises(OperationInvalid):
            progress.overview(application, submissions.TODAY)
        approved_person = replace(application.persons[0], economies_since=submissions.NOON)
        application = replace(application, persons=(approved_person, application.persons[1]))
        assert [row.person_number[-3:] for row in progress.overview(application, submissions.TODAY)] == ["-01", "-02"]


def test_no_economy_is_pending_before_the_economies_are_asked_about_the_person():
    application = submissions.application(2)
    asked = replace(application.persons[0], economies_since=submissions.NOON, own_status=Status.ECONOMY_REVIEW)
    application = replace(application, persons=(asked, application.persons[1]))
    first, second = progress.overview(application, submissions.TODAY)
    assert (first.status, len(first.pending)) == ("ECONOMY_REVIEW", 16)
    assert (second.status, second.cells()[3:]) == ("FAO_REVIEW", ("", "", "", ""))


def test_waiting_days_are_counted_from_the_consular_approval_to_the_decision_or_to_now():
    person = approved().persons[0]
    approved_at = submissions.NOON
    assert progress.days_waited(submissions.application().persons[0], "SGP", approved_at) is None
    assert progress.days_waited(person, "SGP", approved_at + timedelta(days=3, hours=23)) == 3
    answer = Answer(Decision.LOCKED, approved_at + timedelta(days=61))
    decided, _ = progress.record_decision(approved(), person.number, "SGP", answer, ACT)
    assert progress.days_waited(decided.persons[0], "SGP", approved_at + timedelta(days=400)) == 61
    assert progress.days_waited(decided.persons[0], "CHL", approved_at + timedelta(days=400)) == 400
