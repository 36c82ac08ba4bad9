"""人员申请单: one person in full, its numbers in clear for a reason, what it does by itself, follow-up services."""

from chalicelib.handlers import application_replies as replies
from chalicelib.handlers import file_acts
from chalicelib.handlers.application_replies import Reader
from chalicelib.handlers.application_shapes import ApplicationReply, PersonReply, Revealed
from chalicelib.handlers.http.access import Access
from chalicelib.handlers.http.routing import Call, Routes
from chalicelib.repos.accounts import enterprises
from chalicelib.repos.applications import applications
from chalicelib.repos.applications.applications import PersonChanged
from chalicelib.rules.applications import follow_ups, submission, transitions
from chalicelib.rules.applications.applications import Application, Event, Person, current_of, event_of, status_of
from chalicelib.rules.base.china_time import china_day
from chalicelib.rules.base.errors import FieldError, Invalid, OperationInvalid
from chalicelib.rules.base.vocabulary import Action, PersonNumber
from chalicelib.rules.forms.applications import Reveal, StatusAction
from chalicelib.rules.forms.content import MASKED, DraftPerson, ServiceContent, ServiceForm
from chalicelib.usecases.applications import inspected_files, transaction

routes = Routes(__name__)


@routes.add("GET", "/persons/{person_number}", Access.MEMBERS, reply=PersonReply)
def detail(call: Call, person_number: str) -> PersonReply:
    """One person: the 16 economies, the foreign query address and number, what may be applied for (D01, D02)."""
    application, person = applications.person(person_number, call.viewer)
    files = applications.follow_ups_of(person, application.header, call.viewer)
    return replies.person(application, person, Reader.of(call), files)


@routes.add("POST", "/persons/{person_number}/reveal", Access.MEMBERS, body=Reveal, reply=Revealed)
def reveal(call: Call, person_number: str) -> Revealed:
    """Show masked fields in clear; who, which and why is written to the history first."""
    return _revealed(call, person_number)


@routes.add("POST", "/office/persons/{person_number}/reveal", Access.OFFICERS, body=Reveal, reply=Revealed)
def reveal_to_office(call: Call, person_number: str) -> Revealed:
    """The same for the officers who must compare the numbers with the papers."""
    return _revealed(call, person_number)


def _revealed(call: Call, person_number: str) -> Revealed:
    form: Reveal = call.body
    expected = {"expected": "、".join(MASKED)}
    unknown = [
        FieldError(f"fields.{index}", "enum", expected)
        for index, field in enumerate(form.fields)
        if field not in MASKED
    ]
    if unknown:
        raise Invalid(unknown)
    application, person = applications.person(person_number, call.viewer)
    status = status_of(person, application.header)
    event = event_of(
        call.act,
        Action.REVEAL,
        status,
        status,
        reason=form.reason,
        fields=tuple(form.fields),
        person_number=person.number,
    )
    transaction.commit(application.header, event, applications.history_added(application.header, [event]))
    return Revealed(fields={field: person.content.get(field) for field in form.fields})


@routes.add("POST", "/persons/{person_number}/resubmit", Access.MEMBERS, body=StatusAction, reply=PersonReply)
def resubmit(call: Call, person_number: str) -> PersonReply:
    """Submit a person again that was returned by itself."""
    return _move(call, person_number, Action.RESUBMIT)


@routes.add("POST", "/persons/{person_number}/withdraw", Access.MEMBERS, body=StatusAction, reply=PersonReply)
def withdraw(call: Call, person_number: str) -> PersonReply:
    """Withdraw a person that was returned by itself."""
    return _move(call, person_number, Action.WITHDRAW)


@routes.add(
    "PUT",
    "/persons/{person_number}/content",
    Access.MEMBERS,
    body=DraftPerson,
    reply=PersonReply,
    versioned=True,
)
def edit(call: Call, person_number: str) -> PersonReply:
    """Correct a person that was returned by itself; If-Match names the version that was opened."""
    seen = call.if_match
    ready = submission.validate_person(call.body.model_dump(), china_day(call.now))
    application, found = applications.person(person_number, call.viewer)
    named = {*found.content["attachments"]}
    lone = {"office": application.header.office, "attachments": [], "persons": [ready]}
    checked = inspected_files.check(call.viewer.tenant, lone, named, level="person")

    def corrected(before: Application, each: Person) -> tuple[Application, Event]:
        edited = transitions.edit_person(before, each.number, ready, call.act, seen)
        submission.refuse_duplicates(ready, before.others(each.number))
        checked.store_copies()
        return edited

    after, person = file_acts.change_person(call, person_number, corrected)
    return replies.person(after, person, Reader.of(call))


def _move(call: Call, person_number: str, action: Action) -> PersonReply:
    seen = call.body.status_version
    after, person = file_acts.change_person(
        call,
        person_number,
        lambda before, each: transitions.change_person_status(before, each.number, action, call.act, seen),
    )
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
    """申请子业务: a file of its own with its own number, checked against what is open to the person now (L04-L07)."""
    form: ServiceForm = call.body
    content = submission.validate_service(form, china_day(call.now))
    follow_ups.check_case(form.service, content)
    today = china_day(call.now)
    checked = inspected_files.check_service(call.viewer.tenant, content)
    origin, person = applications.person(person_number, call.viewer)
    submission.refuse_duplicates(content, origin.others(person.number))
    number = applications.next_number(call.now)
    file, busy = follow_ups.apply_for_service(
        number, origin, person, form.service, content, call.act, form.status_version, today
    )
    checked.store_copies()
    reply = replies.application(file, Reader.of(call))
    writes = [
        *call.remember(lambda _: reply)(file),
        *applications.created(file),
        applications.person_replaced(origin.header, person, busy),
        enterprises.application_counted(call.viewer.tenant),
    ]
    try:
        transaction.commit(file.header, file.history[0], writes)
    except PersonChanged as moved:
        _, now = applications.person(person_number, call.viewer)
        raise OperationInvalid(current_of(now, origin.header)) from moved
    return reply


@routes.add(
    "PUT",
    "/applications/{number}/service",
    Access.MEMBERS,
    body=ServiceContent,
    reply=ApplicationReply,
    versioned=True,
)
def edit_service(call: Call, number: str) -> ApplicationReply:
    """Correct a follow-up file that was returned; If-Match names the version that was opened."""
    seen = call.if_match
    before = applications.get(number, call.viewer)
    content = submission.validate_service(call.body, china_day(call.now))
    after, event = transitions.edit_follow_up(before, content, call.act, seen)
    number_of = PersonNumber(before.header.content["person_number"])
    origin, subject = applications.of_owner(number_of, call.viewer.tenant)
    follow_ups.check_edit(before.header.service, subject, content)
    submission.refuse_duplicates(content, origin.others(subject.number))
    inspected_files.check_service(call.viewer.tenant, content).store_copies()
    transaction.commit(after.header, event, applications.edited(before, after, event))
    return replies.application(after, Reader.of(call))
