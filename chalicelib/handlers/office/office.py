"""The officers' pages: queues, decisions on applications and persons, answers of economies, cards, foreign numbers."""

from pydantic import BaseModel

from chalicelib.handlers.applications import application_replies as replies
from chalicelib.handlers.applications.application_replies import Reader
from chalicelib.handlers.applications.application_shapes import ApplicationReply, HistoryReply, PersonReply
from chalicelib.handlers.http.access import Access
from chalicelib.handlers.http.formats import ProblemCode
from chalicelib.handlers.http.problems import ProblemField
from chalicelib.handlers.http.routing import Call, Routes
from chalicelib.handlers.office import office_rows, row_results
from chalicelib.handlers.office.office_rows import OfficeRows
from chalicelib.rules.base.vocabulary import Action
from chalicelib.rules.forms.applications import (
    CardEvent,
    EconomyDecision,
    EconomyImport,
    ForeignNumberForm,
    OfficeSearch,
    Review,
)
from chalicelib.rules.forms.form import PageQuery
from chalicelib.usecases.applications import cards, economies, forecasts, persons, transitions
from chalicelib.usecases.applications import history as histories
from chalicelib.usecases.applications import search as searches

routes = Routes(__name__)


class FailedRow(BaseModel):
    """A row of an import that was not applied, and why; rows count from 0."""

    row: int
    code: ProblemCode
    message: str


class WarnedRow(BaseModel):
    """A row of an import that was applied and should be checked; rows count from 0."""

    row: int
    warnings: list[ProblemField]


class ImportReply(BaseModel):
    """The result of an import, in which each row is applied independently."""

    applied: int
    unchanged: int
    failed: list[FailedRow]
    warned: list[WarnedRow]


@routes.add("POST", "/office/search", Access.OFFICERS, body=OfficeSearch, reply=OfficeRows)
def search(call: Call) -> OfficeRows:
    """Find what waits at the officer's desk, or applications and persons by status, name, passport, enterprise, number.

    Oldest first unless `order` says otherwise. `applicant` and `enterprise` (any part of the name that the application
    shows) need two characters; a passport number is compared whole. The beginning of a number finds every status if it
    has the day. `submitted_from` and `submitted_to` are compared with the day in the number, which is the first
    submission's; `waiting_longer_than` with `days_waiting`. These three narrow the desk if nothing else is given.
    """
    return office_rows.rows(searches.find_for_officer(call.body, call.viewer, call.act.at), Reader.of(call))


@routes.add("GET", "/office/applications/{number}", Access.OFFICERS, reply=ApplicationReply)
def detail(call: Call, number: str) -> ApplicationReply:
    """Get one application that was sent to the officer's office."""
    application, past = histories.application(number, call.viewer)
    return replies.application(application, Reader.of(call), past=past)


@routes.add("GET", "/office/applications/{number}/history", Access.OFFICERS, query=PageQuery, reply=HistoryReply)
def history(call: Call, number: str) -> HistoryReply:
    """List the history of an application that was sent to the officer's office, newest first."""
    page = histories.page_of_application(number, call.viewer, call.query.limit, call.query.cursor)
    return replies.history(page, Reader.of(call))


@routes.add("GET", "/office/persons/{person_number}", Access.OFFICERS, reply=PersonReply)
def person(call: Call, person_number: str) -> PersonReply:
    """Get one person of an application that was sent to the officer's office."""
    application, found, follow_ups, past = histories.person(person_number, call.viewer)
    reply = replies.person(application, found, Reader.of(call), follow_ups, past)
    return replies.with_forecasts(reply, forecasts.of_person(found, call.now))


@routes.add("GET", "/office/persons/{person_number}/history", Access.OFFICERS, query=PageQuery, reply=HistoryReply)
def person_history(call: Call, person_number: str) -> HistoryReply:
    """List the history of a person, newest first: its own, its follow-up applications' and its group's entries."""
    page = histories.page_of_person(person_number, call.viewer, call.query.limit, call.query.cursor)
    return replies.history(page, Reader.of(call))


@routes.add("POST", "/office/applications/{number}/decision", Access.OFFICERS, body=Review, reply=ApplicationReply)
def decide(call: Call, number: str) -> ApplicationReply:
    """Pass, return, reject or reopen an application; of two officers at once the second gets 操作无效 (H12)."""
    form: Review = call.body
    after = transitions.change_status(
        number, Action(form.decision), call.act, form.status_version, form.reason, form.fields
    )
    return replies.application(after, Reader.of(call))


@routes.add("POST", "/office/persons/{person_number}/decision", Access.OFFICERS, body=Review, reply=PersonReply)
def decide_person(call: Call, person_number: str) -> PersonReply:
    """Return, reject or reopen one person while its group goes on, and pass it when it is submitted again."""
    form: Review = call.body
    after, found = transitions.change_person_status(
        person_number, Action(form.decision), call.act, form.status_version, form.reason, form.fields
    )
    return replies.person(after, found, Reader.of(call))


@routes.add(
    "PUT",
    "/office/persons/{person_number}/economies/{code}",
    Access.CONSULAR,
    body=EconomyDecision,
    reply=PersonReply,
)
def decide_economy(call: Call, person_number: str, code: str) -> PersonReply:
    """Record an economy's answer for one person; the same answer again changes nothing."""
    recorded = economies.record(person_number, code, call.body, call.act)
    return replies.person(recorded.application, recorded.person, Reader.of(call))


@routes.add("POST", "/office/economies/import", Access.CONSULAR, body=EconomyImport, reply=ImportReply)
def import_decisions(call: Call) -> ImportReply:
    """Record up to 500 answers, each in its own transaction; a row that is refused does not stop the others."""
    outcomes = economies.import_answers(call.body.rows, call.act)
    failed = [
        FailedRow(row=index, code=outcome.refusal.code, message=row_results.reason(outcome.refusal, call.language))
        for index, outcome in enumerate(outcomes)
        if outcome.refusal
    ]
    applied = sum(outcome.changed for outcome in outcomes)
    reader = Reader.of(call)
    warned = [
        WarnedRow(row=index, warnings=reader.warnings(outcome.warnings))
        for index, outcome in enumerate(outcomes)
        if outcome.warnings
    ]
    return ImportReply(applied=applied, unchanged=len(outcomes) - applied - len(failed), failed=failed, warned=warned)


@routes.add("POST", "/office/persons/{person_number}/card", Access.CONSULAR, body=CardEvent, reply=PersonReply)
def card(call: Call, person_number: str) -> PersonReply:
    """Record 制卡, 已制卡, 发卡, 注销 or a correction, for the open follow-up service or else the own card."""
    after, found = cards.record_event(person_number, call.body, call.act)
    return replies.person(after, found, Reader.of(call))


@routes.add(
    "PUT",
    "/office/persons/{person_number}/foreign-number",
    Access.CONSULAR,
    body=ForeignNumberForm,
    reply=PersonReply,
)
def record_foreign_number(call: Call, person_number: str) -> PersonReply:
    """Record the person's number for the foreign query site (D02)."""
    after, found = persons.record_foreign_number(person_number, call.body.number, call.act)
    return replies.person(after, found, Reader.of(call))
