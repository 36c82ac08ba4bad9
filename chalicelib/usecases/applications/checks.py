"""Checks before the real call: what it would refuse, warn of and lose; nothing is written (docs/decisions/0052)."""

from collections.abc import Callable
from dataclasses import dataclass

from chalicelib.repos.applications import elsewhere
from chalicelib.rules.accounts.acts import Act
from chalicelib.rules.applications import losses, warnings
from chalicelib.rules.applications.losses import Loss
from chalicelib.rules.base.china_time import china_day
from chalicelib.rules.base.errors import FieldError, Invalid
from chalicelib.rules.forms.applications import Submission
from chalicelib.rules.forms.content import ServiceForm
from chalicelib.usecases.applications import follow_ups, submission

NO_INSPECTIONS = 0
"""Uploads that a check inspects itself: an inspection stores a copy and a verdict."""


@dataclass(frozen=True)
class Checked:
    """What the real call would answer: its errors, or its warnings and what it loses."""

    errors: tuple[FieldError, ...] = ()
    warnings: tuple[FieldError, ...] = ()
    losses: tuple[Loss, ...] = ()


def check_submission(form: Submission, act: Act) -> Checked:
    """Check a submission, and look its persons up in other open applications.

    Raises:
        NotFound: the actor has no such draft.
        QuotaUsedUp: the account has submitted too many applications today.
        Unavailable: a service does not answer.
    """

    def check() -> Checked:
        ready = submission.prepare(form, act, NO_INSPECTIONS)
        others = warnings.on_persons_elsewhere(elsewhere.open_persons(ready.content["persons"]))
        lost = losses.of_submission(ready.content, china_day(act.at))
        return Checked(warnings=(*ready.warnings, *others), losses=tuple(lost))

    return _errors_returned(check)


def check_service(person_number: str, form: ServiceForm, act: Act) -> Checked:
    """Check an application for a follow-up service.

    Raises:
        NotFound: no person that the actor may see.
        OperationInvalid: the service is not available to the person, or the person has changed.
        QuotaUsedUp: the account has applied for too many services today.
        Unavailable: a service does not answer.
    """

    def check() -> Checked:
        ready = follow_ups.prepare(person_number, form, act, NO_INSPECTIONS)
        lost = losses.of_service(form.service, ready.content, ready.person, china_day(act.at))
        return Checked(warnings=ready.warnings, losses=tuple(lost))

    return _errors_returned(check)


def _errors_returned(check: Callable[[], Checked]) -> Checked:
    """The result of a check; with the errors of fields if it is refused for them."""
    try:
        return check()
    except Invalid as refused:
        return Checked(errors=refused.errors)
