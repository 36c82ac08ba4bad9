"""人员申请单: one person in full, and its personal numbers in clear for a reason."""

from chalicelib.handlers import application_replies as replies
from chalicelib.handlers.access import Access
from chalicelib.handlers.application_replies import PersonReply, Revealed
from chalicelib.handlers.routing import Call, Routes
from chalicelib.repos import acts, applications
from chalicelib.rules.applications import status_of
from chalicelib.rules.content import MASKED
from chalicelib.rules.errors import FieldError, Invalid, NotFound
from chalicelib.rules.forms import Reveal
from chalicelib.rules.numbers import is_person_number, split_person_number
from chalicelib.rules.vocabulary import Action, ApplicationNumber, PersonNumber

routes = Routes(__name__)


def group_number(person_number: str) -> ApplicationNumber:
    """The group's number of a person's number, or `NotFound` if it has not that form."""
    if not is_person_number(person_number):
        raise NotFound
    return split_person_number(PersonNumber(person_number))[0]


@routes.add("GET", "/persons/{person_number}", Access.MEMBERS, reply=PersonReply)
def detail(call: Call, person_number: str) -> PersonReply:
    """One person: the 16 economies, the foreign query address and number, what may be applied for (D01, D02)."""
    application = applications.get(group_number(person_number), call.viewer)
    return replies.person(application, application.person(PersonNumber(person_number)))


@routes.add("POST", "/persons/{person_number}/reveal", Access.MEMBERS, body=Reveal, reply=Revealed)
def reveal(call: Call, person_number: str) -> Revealed:
    """Show masked fields in clear; who, which and why is written to the history first."""
    form: Reveal = call.body
    unknown = [
        FieldError(f"fields.{i}", "enum", {"expected": "、".join(MASKED)})
        for i, field in enumerate(form.fields)
        if field not in MASKED
    ]
    if unknown:
        raise Invalid(unknown)
    application = applications.get(group_number(person_number), call.viewer)
    person = application.person(PersonNumber(person_number))
    status = status_of(person, application.group)
    event = call.act.event(
        Action.REVEAL,
        status,
        status,
        reason=form.reason,
        fields=tuple(form.fields),
        person_number=person.number,
    )
    acts.commit(application.group, event, applications.history(application.group, [event]))
    return Revealed(fields={field: person.content.get(field) for field in form.fields})
