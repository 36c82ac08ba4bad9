"""The officers' side: queues, decisions on groups, the economies' answers, foreign numbers."""

from collections.abc import Callable

from chalicelib.handlers import application_replies as replies
from chalicelib.handlers.access import Access
from chalicelib.handlers.application_replies import ApplicationReply, Applications, PersonReply
from chalicelib.handlers.persons import group_number
from chalicelib.handlers.routing import Call, Routes
from chalicelib.repos import acts, clock, cursors
from chalicelib.repos import applications as repo
from chalicelib.repos.applications import PersonMoved
from chalicelib.rules import applications as rules
from chalicelib.rules import progress
from chalicelib.rules.applications import Answer, Application, Event
from chalicelib.rules.content import Form
from chalicelib.rules.errors import NotFound, Unavailable
from chalicelib.rules.fields import ForeignNumber, normalise_number
from chalicelib.rules.forms import EconomyDecision, OfficeSearch, Review
from chalicelib.rules.vocabulary import Action, PersonNumber

routes = Routes(__name__)

TRIES = 16
"""How often a change of one person is tried again when somebody else changed the same person in between."""


class ForeignNumberForm(Form):
    """外方申请号, as the APEC-wide system gives it."""

    number: ForeignNumber


@routes.add("POST", "/office/search", Access.OFFICERS, body=OfficeSearch, reply=Applications)
def search(call: Call) -> Applications:
    """What waits at the officer's own desk, oldest first; or one application by its number."""
    form: OfficeSearch = call.body
    if form.number:
        found = _one(call, form.number)
        return Applications(items=[replies.group_card(each, call.viewer) for each in found], next_cursor=None)
    filter_ = form.model_dump(mode="json", exclude={"cursor", "limit"})
    start = cursors.read(call.viewer.id, filter_, form.cursor)
    page = repo.queue(call.viewer.office or "", form.limit, start)
    groups = repo.headers((item["pk"], item["sk"]) for item in page.items)
    shown = [group for group in groups if form.status in (None, group.status) and form.service in (None, group.service)]
    return Applications(
        items=[replies.group_card(Application(group), call.viewer) for group in shown],
        next_cursor=cursors.write(call.viewer.id, filter_, page.next_key),
    )


def _one(call: Call, number: str) -> list[Application]:
    try:
        return [repo.get(normalise_number(number), call.viewer)]
    except NotFound:
        return []


@routes.add("GET", "/office/applications/{number}", Access.OFFICERS, reply=ApplicationReply)
def detail(call: Call, number: str) -> ApplicationReply:
    """One application that was sent to the officer's office."""
    return replies.application(repo.get(number, call.viewer), call.viewer)


@routes.add("POST", "/office/applications/{number}/decision", Access.OFFICERS, body=Review, reply=ApplicationReply)
def decide(call: Call, number: str) -> ApplicationReply:
    """Pass, return or reject the group; two officers at once: one decides, the other gets 操作无效 (H12)."""
    form: Review = call.body
    before = repo.get(number, call.viewer)
    action = Action(form.decision)
    after, event = rules.move(before, action, call.act, form.status_version, form.reason, form.fields)
    acts.commit(after.group, event, repo.moved(before, after, event))
    return replies.application(after, call.viewer)


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
    number = PersonNumber(person_number)
    answer = Answer(form.decision, call.now, form.valid_until)
    return _change(call, number, lambda found: progress.decide(found, number, code, answer, call.act))


@routes.add(
    "PUT",
    "/office/persons/{person_number}/foreign-number",
    Access.CONSULAR,
    body=ForeignNumberForm,
    reply=PersonReply,
)
def record_foreign_number(call: Call, person_number: str) -> PersonReply:
    """Write down the number for the foreign query site (D02)."""
    number = PersonNumber(person_number)
    return _change(call, number, lambda found: rules.record(found, number, call.act, call.body.number))


def _change(
    call: Call, number: PersonNumber, change: Callable[[Application], tuple[Application, Event | None]]
) -> PersonReply:
    """Read, change and write one person; again if somebody else was in between."""
    for attempt in range(TRIES):
        before = repo.get(group_number(number), call.viewer)
        after, event = change(before)
        if event is None:
            return replies.person(before, before.person(number))
        parts = repo.person_changed(after.group, before.person(number), after.person(number), event)
        try:
            acts.commit(after.group, event, parts)
        except PersonMoved:
            clock.wait_a_little(attempt)
            continue
        return replies.person(after, after.person(number))
    raise Unavailable
