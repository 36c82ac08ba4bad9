"""人员申请单: one person in full, its masked fields, what it does apart from its group, and follow-up services."""

from pydantic import BaseModel

from chalicelib.handlers.applications import application_replies as replies
from chalicelib.handlers.applications.application_replies import Reader
from chalicelib.handlers.applications.application_shapes import ApplicationReply, HistoryReply, PersonReply
from chalicelib.handlers.http.access import Access
from chalicelib.handlers.http.routing import Call, Routes
from chalicelib.rules.applications.applications import Application
from chalicelib.rules.base.vocabulary import Action
from chalicelib.rules.forms.applications import Reveal, StatusAction
from chalicelib.rules.forms.content import DraftPerson, ServiceContent, ServiceForm
from chalicelib.rules.forms.form import PageQuery
from chalicelib.usecases.applications import follow_ups, forecasts, persons, transitions
from chalicelib.usecases.applications import history as histories
from chalicelib.usecases.applications import reveal as reveals

routes = Routes(__name__)


class Revealed(BaseModel):
    """Fields in clear, for a reason that is in the history."""

    fields: dict[str, str | None]


@routes.add("GET", "/persons/{person_number}", Access.MEMBERS, reply=PersonReply)
def detail(call: Call, person_number: str) -> PersonReply:
    """Get one person: the 16 economies, the foreign query address and number, the available services (D01, D02)."""
    application, person, follow_ups, past = histories.person(person_number, call.viewer)
    reply = replies.person(application, person, Reader.of(call), follow_ups, past)
    return replies.with_forecasts(reply, forecasts.of_person(person, call.now))


@routes.add("GET", "/persons/{person_number}/history", Access.MEMBERS, query=PageQuery, reply=HistoryReply)
def history(call: Call, person_number: str) -> HistoryReply:
    """List the history of a person, newest first: its own, its follow-up applications' and its group's entries."""
    page = histories.page_of_person(person_number, call.viewer, call.query.limit, call.query.cursor)
    return replies.history(page, Reader.of(call))


@routes.add("POST", "/persons/{person_number}/reveal", Access.MEMBERS, body=Reveal, reply=Revealed)
def reveal(call: Call, person_number: str) -> Revealed:
    """Show masked fields in clear; who reads which fields and why is written to the history first."""
    return Revealed(fields={**reveals.reveal(person_number, call.body, call.act)})


@routes.add("POST", "/office/persons/{person_number}/reveal", Access.OFFICERS, body=Reveal, reply=Revealed, proven=True)
def reveal_to_office(call: Call, person_number: str) -> Revealed:
    """Show masked fields in clear to an officer, who compares them with the documents; the history has it."""
    return Revealed(fields={**reveals.reveal(person_number, call.body, call.act)})


@routes.add("POST", "/persons/{person_number}/resubmit", Access.MEMBERS, body=StatusAction, reply=PersonReply)
def resubmit(call: Call, person_number: str) -> PersonReply:
    """Submit a person again that was returned apart from its group."""
    return _act(call, person_number, Action.RESUBMIT)


@routes.add("POST", "/persons/{person_number}/withdraw", Access.MEMBERS, body=StatusAction, reply=PersonReply)
def withdraw(call: Call, person_number: str) -> PersonReply:
    """Withdraw a person that was returned apart from its group."""
    return _act(call, person_number, Action.WITHDRAW)


def _act(call: Call, person_number: str, action: Action) -> PersonReply:
    after, person = transitions.change_person_status(person_number, action, call.act, call.body.status_version)
    return replies.person(after, person, Reader.of(call))


@routes.add(
    "PUT",
    "/persons/{person_number}/content",
    Access.MEMBERS,
    body=DraftPerson,
    reply=PersonReply,
    versioned=True,
)
def edit(call: Call, person_number: str) -> PersonReply:
    """Correct a person that was returned apart from its group; If-Match names the version that was opened."""
    after, person = persons.edit(person_number, call.body.model_dump(), call.act, call.if_match)
    return replies.person(after, person, Reader.of(call))


@routes.add(
    "POST",
    "/persons/{person_number}/services",
    Access.MEMBERS,
    body=ServiceForm,
    reply=ApplicationReply,
    status=201,
    idempotent=True,
)
def apply(call: Call, person_number: str) -> ApplicationReply:
    """申请子业务: apply for a service that is available to the person; it gets a number of its own (L04-L07)."""

    def reply(follow_up: Application) -> ApplicationReply:
        return replies.application(follow_up, Reader.of(call))

    return reply(follow_ups.apply(person_number, call.body, call.act, call.remember(reply)))


@routes.add(
    "PUT",
    "/applications/{number}/service",
    Access.MEMBERS,
    body=ServiceContent,
    reply=ApplicationReply,
    versioned=True,
)
def edit_service(call: Call, number: str) -> ApplicationReply:
    """Correct a returned follow-up application; If-Match names the version that was opened."""
    after = follow_ups.edit(number, call.body, call.act, call.if_match)
    return replies.application(after, Reader.of(call))
