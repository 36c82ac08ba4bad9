"""Status changes of applications and persons, each with everything that depends on it (docs/domain.md 1)."""

from collections.abc import Callable, Sequence

from chalicelib.repos.applications import applications
from chalicelib.repos.applications.applications import Changed
from chalicelib.repos.table.table import Write
from chalicelib.rules.accounts.acts import Act
from chalicelib.rules.applications import follow_ups, lifecycle, transitions
from chalicelib.rules.applications.applications import Application, ApplicationHeader, Event, Person
from chalicelib.rules.base.china_time import china_day
from chalicelib.rules.base.errors import OperationInvalid
from chalicelib.rules.base.vocabulary import Action, PersonNumber, Service, Status
from chalicelib.usecases.applications import transaction
from chalicelib.usecases.retries import until_unchanged

type Change = Callable[[Application, Person], tuple[Application, Event | None]]
"""A rule applied to one person: the application afterwards and the history entry, None if nothing changes."""

type More = Callable[[ApplicationHeader, Person], list[Write]]
"""What else is written with a change, given the application and the person before it."""


def change_status(
    number: str, action: Action, act: Act, seen: int, reason: str | None = None, fields: Sequence[str] = ()
) -> Application:
    """Change the status of an application; the end of a follow-up application changes its person as well.

    Args:
        number: the application's number.
        action: what is done to the application.
        act: who does it, when and by which request.
        seen: the `status_version` that the actor's page showed.
        reason: why; required by the lifecycle table for returns, rejections and reopening.
        fields: paths of the fields to be corrected.

    Raises:
        NotFound: no application that the actor may see.
        OperationInvalid: the status has changed or does not allow the action (H12).
        Invalid: the reason is missing.
        Unavailable: the person of a follow-up application is changed by too many other requests.
    """

    def change() -> Application:
        before = applications.get(number, act.actor)
        after, event = transitions.change_status(before, action, act, seen, reason, fields)
        writes = [*applications.status_changed(before, after, event), *_subject_changed(after, event, act)]
        transaction.commit(after.header, event, writes)
        return after

    return until_unchanged(change, Changed)


def change_person_status(
    number: str, action: Action, act: Act, seen: int, reason: str | None = None, fields: Sequence[str] = ()
) -> tuple[Application, Person]:
    """Change the status of one person while its group stays as it is (docs/domain.md 1.6).

    Arguments and refusals are those of `change_status`; `number` is the person's.

    Returns:
        The application afterwards, and the person in it.
    """
    return change_person(
        number,
        act,
        lambda before, person: transitions.change_person_status(
            before, person.number, action, act, seen, reason, fields
        ),
    )


def change_person(number: str, act: Act, change: Change, more: More | None = None) -> tuple[Application, Person]:
    """Apply a rule to one person and store the result; again if a concurrent request has changed the person.

    Args:
        number: the person's number.
        act: who does it; the person must be visible to this account.
        change: the rule; it must not have effects of its own, because it may run several times.
        more: what else is written, if anything.

    Returns:
        The application afterwards, and the person in it.

    Raises:
        NotFound: no person that the actor may see.
        OperationInvalid: the status of the group has changed since it was read.
        Unavailable: too many other requests change the person.
    """

    def changed() -> tuple[Application, Person]:
        before, person = applications.person(number, act.actor)
        after, event = change(before, person)
        if event is None:
            return before, person
        result = after.person(person.number)
        writes = applications.person_changed(after.header, person, result, event)
        transaction.commit(after.header, event, [*writes, *(more(after.header, person) if more else ())], person=result)
        return after, result

    return until_unchanged(changed, Changed)


def _subject_changed(after: Application, event: Event, act: Act) -> list[Write]:
    """The person of a follow-up application that is approved, closed or reopened; nothing otherwise."""
    header = after.header
    resumes = event.action is Action.REOPEN
    ends = header.status in (*lifecycle.CLOSED, Status.CONSULAR_APPROVED)
    if header.service is Service.NEW_OR_RENEWAL or not (resumes or ends):
        return []
    number = PersonNumber(header.content["person_number"])
    # An agent of scope `own` may be unable to see the application of the person.
    origin, person = applications.of_portal(number)
    if resumes:
        busy = follow_ups.resumed(header, origin.header, person, china_day(act.at))
        return [applications.person_replaced(origin.header, person, busy)]
    if person.open_service != header.number:
        raise OperationInvalid(header.current)
    after_outcome = follow_ups.apply_outcome(header, person, act)
    return applications.person_and_waits_replaced(origin.header, person, after_outcome)
