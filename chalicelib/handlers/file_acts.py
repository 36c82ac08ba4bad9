"""Moving a file, as applicants and officers both do: a follow-up file takes its person with it in the same act."""

from collections.abc import Callable, Sequence

from chalicelib.handlers.http.routing import Call
from chalicelib.repos.applications import applications
from chalicelib.repos.applications.applications import PersonChanged
from chalicelib.repos.process import clock
from chalicelib.repos.table.table import Write
from chalicelib.rules.applications import follow_ups, lifecycle, transitions
from chalicelib.rules.applications.applications import Application, Event, Person
from chalicelib.rules.base.errors import OperationInvalid, Unavailable
from chalicelib.rules.base.vocabulary import Action, PersonNumber, Service, Status
from chalicelib.usecases.applications import transaction

TRIES = 16
"""How often a change of one person is tried again when somebody else changed the same person in between."""

type Change = Callable[[Application, Person], tuple[Application, Event | None]]
"""What is done to a person: the application afterwards and the history entry, None if nothing changes."""


def move(
    call: Call, number: str, action: Action, seen: int, reason: str | None = None, fields: Sequence[str] = ()
) -> Application:
    """Take a file to its next status, with everything that hangs on it (H12)."""
    for attempt in range(TRIES):
        before = applications.get(number, call.viewer)
        after, event = transitions.change_status(before, action, call.act, seen, reason, fields)
        writes = [*applications.status_changed(before, after, event), *_of_subject(call, after)]
        try:
            transaction.commit(after.header, event, writes)
        except PersonChanged:
            clock.wait_a_little(attempt)
            continue
        return after
    raise Unavailable


def change_person(call: Call, number: str, change: Change) -> tuple[Application, Person]:
    """Read, change and write one person; again if somebody else was in between."""
    for attempt in range(TRIES):
        before, person = applications.person(number, call.viewer)
        after, event = change(before, person)
        if event is None:
            return before, person
        changed = after.person(person.number)
        try:
            transaction.commit(after.header, event, applications.person_changed(after.header, person, changed, event))
        except PersonChanged:
            clock.wait_a_little(attempt)
            continue
        return after, changed
    raise Unavailable


def _of_subject(call: Call, after: Application) -> list[Write]:
    """The person of a follow-up file that has come to its end, or to a new passport."""
    file = after.header
    if file.service is Service.NEW_OR_RENEWAL or file.status not in (*lifecycle.CLOSED, Status.CONSULAR_APPROVED):
        return []
    number = PersonNumber(file.content["person_number"])
    # Agents who see only their own files still settle their own file's person.
    origin, person = applications.of_owner(number, file.enterprise_id)
    if person.open_service != file.number:
        raise OperationInvalid(file.current)
    return [applications.person_replaced(origin.header, person, follow_ups.apply_outcome(file, person, call.act))]
