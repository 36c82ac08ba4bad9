"""The officers' side: queues, decisions on files and persons, the economies' answers, cards, foreign numbers."""

from typing import Any

from pydantic import BaseModel, ValidationError

from chalicelib.data.texts import text
from chalicelib.handlers import application_replies as replies
from chalicelib.handlers import file_acts
from chalicelib.handlers.application_replies import Reader
from chalicelib.handlers.application_shapes import ApplicationReply, Applications, PersonReply
from chalicelib.handlers.http import problems
from chalicelib.handlers.http.access import Access
from chalicelib.handlers.http.routing import Call, Routes
from chalicelib.repos.applications import applications as repo
from chalicelib.repos.applications import search as listed
from chalicelib.repos.applications import statistics
from chalicelib.repos.applications.applications import PersonChanged
from chalicelib.repos.keys import cursors
from chalicelib.repos.process import aws, clock
from chalicelib.rules.applications import applications as rules
from chalicelib.rules.applications import follow_ups, lifecycle, progress, transitions
from chalicelib.rules.applications.applications import Answer
from chalicelib.rules.base.errors import Invalid, NotFound, Refusal, Unavailable
from chalicelib.rules.base.vocabulary import Action, OfficeCode, Party, PersonNumber
from chalicelib.rules.forms.applications import (
    CardEvent,
    EconomyDecision,
    EconomyImport,
    EconomyRow,
    OfficeSearch,
    Review,
)
from chalicelib.rules.forms.fields import ForeignNumber, normalise_number
from chalicelib.rules.forms.form import Form
from chalicelib.rules.forms.validation import refusal
from chalicelib.usecases.applications import transaction

routes = Routes(__name__)

ERRORS_TOLD = 5
"""Of one line of an import: a line may have any number of unknown keys, and a reply six megabytes."""


class ForeignNumberForm(Form):
    """外方申请号, as the APEC-wide system gives it."""

    number: ForeignNumber


class FailedRow(BaseModel):
    """A line of an import that was not applied, and why; lines count from 0."""

    row: int
    code: str
    message: str


class ImportReply(BaseModel):
    """What became of an import: each line by itself."""

    applied: int
    unchanged: int
    failed: list[FailedRow]


@routes.add("POST", "/office/search", Access.OFFICERS, body=OfficeSearch, reply=Applications)
def search(call: Call) -> Applications:
    """What waits at the officer's own desk, or stands at a status, oldest first; or one file by its number."""
    form: OfficeSearch = call.body
    if form.number:
        return _cards(call, _one(call, form), None)
    filter_ = form.model_dump(mode="json", exclude={"cursor", "limit"})
    start = cursors.read(call.viewer, "office", filter_, form.cursor)
    found, next_key = _page(call, form, start)
    fitting = [each for each in found if form.service in (None, each.header.service)]
    return _cards(call, fitting, cursors.write(call.viewer, "office", filter_, next_key))


def _cards(call: Call, found: list[rules.Application], next_cursor: str | None) -> Applications:
    items = [replies.application_card(each, Reader.of(call)) for each in found]
    return Applications(items=items, next_cursor=next_cursor)


def _page(call: Call, form: OfficeSearch, start: dict[str, Any] | None) -> listed.SearchPage:
    office = call.viewer.office or OfficeCode("")
    waits_here = form.status is not None and lifecycle.QUEUES.get(form.status) is call.viewer.party
    if form.status is None or waits_here:
        return listed.desk(office, form.limit, start)
    if call.viewer.party is Party.CONSULAR:
        return listed.at_stage(form.status, form.limit, start)
    return listed.of_office(office, form.status, form.limit, start)


def _one(call: Call, form: OfficeSearch) -> list[rules.Application]:
    try:
        found = repo.get(normalise_number(form.number or "")[:18], call.viewer)
    except NotFound:
        return []
    fits = form.status in (None, found.header.status) and form.service in (None, found.header.service)
    return [found] if fits else []


@routes.add("GET", "/office/applications/{number}", Access.OFFICERS, reply=ApplicationReply)
def detail(call: Call, number: str) -> ApplicationReply:
    """One application that was sent to the officer's office."""
    return replies.application(repo.get(number, call.viewer), Reader.of(call))


@routes.add("GET", "/office/persons/{person_number}", Access.OFFICERS, reply=PersonReply)
def person(call: Call, person_number: str) -> PersonReply:
    """One person of an application that was sent to the officer's office."""
    application, found = repo.person(person_number, call.viewer)
    files = repo.follow_ups_of(found, application.header, call.viewer)
    return replies.person(application, found, Reader.of(call), files)


@routes.add("POST", "/office/applications/{number}/decision", Access.OFFICERS, body=Review, reply=ApplicationReply)
def decide(call: Call, number: str) -> ApplicationReply:
    """Pass, return or reject a file; two officers at once: one decides, the other gets 操作无效 (H12)."""
    form: Review = call.body
    after = file_acts.move(call, number, Action(form.decision), form.status_version, form.reason, form.fields)
    return replies.application(after, Reader.of(call))


@routes.add("POST", "/office/persons/{person_number}/decision", Access.OFFICERS, body=Review, reply=PersonReply)
def decide_person(call: Call, person_number: str) -> PersonReply:
    """Return or reject one person while its group goes on, and pass it when it comes again by itself."""
    form: Review = call.body
    action = Action(form.decision)
    after, found = file_acts.change_person(
        call,
        person_number,
        lambda before, each: transitions.change_person_status(
            before, each.number, action, call.act, form.status_version, form.reason, form.fields
        ),
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
    """Take an economy's answer for one person; the same answer again is no change."""
    form: EconomyDecision = call.body
    after, found, _ = _decided(call, person_number, code, Answer(form.decision, call.now, form.valid_until))
    return replies.person(after, found, Reader.of(call))


def _decided(
    call: Call, person_number: str, code: str, answer: Answer, known: rules.Application | None = None
) -> tuple[rules.Application, rules.Person, bool]:
    """One economy's answer in one act, its statistics with it; whether it changed anything.

    `known` is the person's application as it was last seen; it is read again if somebody changed the person since.
    """
    for attempt in range(file_acts.TRIES):
        before = known or repo.person(person_number, call.viewer)[0]
        person = before.person(PersonNumber(person_number))
        known = None
        after, event = progress.record_decision(before, person.number, code, answer, call.act)
        if event is None:
            return before, person, False
        changed = after.person(person.number)
        writes = [
            *repo.person_changed(after.header, person, changed, event),
            *statistics.answer_counted(person, changed, code),
        ]
        try:
            transaction.commit(after.header, event, writes)
        except PersonChanged:
            clock.wait_a_little(attempt)
            continue
        return after, changed, True
    raise Unavailable


@routes.add("POST", "/office/economies/import", Access.CONSULAR, body=EconomyImport, reply=ImportReply)
def import_decisions(call: Call) -> ImportReply:
    """Apply up to 500 decisions, each in an act of its own; what fails names its line and stops nothing.

    Applications are worked on side by side, the rows of one come one after another.
    """
    rows: list[dict[str, Any]] = call.body.rows
    together: dict[str, list[int]] = {}
    for index, row in enumerate(rows):
        together.setdefault(str(row.get("person_number")).partition("-")[0], []).append(index)
    outcomes: list[bool | Refusal] = [False] * len(rows)

    def import_file(indexes: list[int]) -> None:
        known = None
        for index in indexes:
            outcomes[index], known = _import_row(call, rows[index], known)

    aws.side_by_side(import_file, together.values())
    failed = [
        FailedRow(row=index, code=each.code, message=_why(each, call.language))
        for index, each in enumerate(outcomes)
        if isinstance(each, Refusal)
    ]
    return ImportReply(applied=outcomes.count(True), unchanged=outcomes.count(False), failed=failed)


def _import_row(
    call: Call, raw: dict[str, Any], known: rules.Application | None
) -> tuple[bool | Refusal, rules.Application | None]:
    """Whether a line changed anything, or why it was refused; and the application as it is now."""
    try:
        row = EconomyRow.model_validate(raw, strict=False)
        answer = Answer(row.decision, call.now, row.valid_until)
        after, _, changed = _decided(call, row.person_number, row.economy, answer, known)
    except ValidationError as error:
        return refusal(error), known
    except Refusal as error:
        return error, None
    return changed, after


def _why(error: Refusal, language: str) -> str:
    if isinstance(error, Invalid) and error.errors:
        return "；".join(problems.field_message(each, language) for each in error.errors[:ERRORS_TOLD])
    return text("errors", error.code, language)


@routes.add("POST", "/office/persons/{person_number}/card", Access.CONSULAR, body=CardEvent, reply=PersonReply)
def card(call: Call, person_number: str) -> PersonReply:
    """制卡, 已制卡, 发卡, 注销: of the follow-up service that is under way, else of the person's own application."""
    form: CardEvent = call.body
    for attempt in range(file_acts.TRIES):
        origin, found = repo.person(person_number, call.viewer)
        follow_up = repo.get(found.open_service, call.viewer) if found.open_service else None
        after, moved, event = follow_ups.card_event(origin, found, follow_up, form.model_dump(), call.act)
        writes = [repo.person_replaced(origin.header, found, after)]
        if moved is not None and follow_up is not None:
            writes += repo.status_changed(follow_up, moved, event)
        else:
            writes += repo.history_added(origin.header, [event])
        try:
            transaction.commit(moved.header if moved else origin.header, event, writes)
        except PersonChanged:
            clock.wait_a_little(attempt)
            continue
        return replies.person(transitions.with_person(origin, after, event), after, Reader.of(call))
    raise Unavailable


@routes.add(
    "PUT",
    "/office/persons/{person_number}/foreign-number",
    Access.CONSULAR,
    body=ForeignNumberForm,
    reply=PersonReply,
)
def record_foreign_number(call: Call, person_number: str) -> PersonReply:
    """Write down the number for the foreign query site (D02)."""
    after, found = file_acts.change_person(
        call,
        person_number,
        lambda before, each: transitions.record_foreign_number(before, each.number, call.act, call.body.number),
    )
    return replies.person(after, found, Reader.of(call))
