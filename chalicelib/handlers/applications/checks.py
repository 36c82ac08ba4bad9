"""Checks before a submission or an application for a service: errors, warnings and what is lost."""

from pydantic import BaseModel

from chalicelib.data.texts import text
from chalicelib.handlers.http.access import Access
from chalicelib.handlers.http.problems import ProblemField, problem_field
from chalicelib.handlers.http.routing import Call, Routes
from chalicelib.rules.applications.losses import Loss, LossCode, Order
from chalicelib.rules.forms.applications import Submission
from chalicelib.rules.forms.content import ServiceForm
from chalicelib.usecases.applications import checks
from chalicelib.usecases.applications.checks import Checked

routes = Routes(__name__)


class LossReply(BaseModel):
    """Something that is lost, and the order that costs less."""

    field: str | None
    """The path of the field that it is about; null if it is about no single field."""
    code: LossCode
    message: str
    cheaper_order: Order
    cheaper_order_text: str


class CheckReply(BaseModel):
    """What the real call would answer. With errors, warnings and losses are not known and empty."""

    errors: list[ProblemField]
    """The errors for which the real call would be refused with 422, with the same paths."""
    warnings: list[ProblemField]
    """The warnings that would be stored with the application."""
    losses: list[LossReply]
    """What would be lost; the real call does not ask again."""


@routes.add("POST", "/applications/check", Access.MEMBERS, body=Submission, reply=CheckReply)
def check_submission(call: Call) -> CheckReply:
    """Check what `POST /applications` would say to the same body; nothing is written, no key is needed."""
    return _reply(checks.check_submission(call.body, call.act), call.language, Submission.titles)


@routes.add("POST", "/persons/{person_number}/services/check", Access.MEMBERS, body=ServiceForm, reply=CheckReply)
def check_service(call: Call, person_number: str) -> CheckReply:
    """Check what `POST /persons/{person_number}/services` would say to the same body; nothing is written."""
    return _reply(checks.check_service(person_number, call.body, call.act), call.language)


def _reply(checked: Checked, language: str, form: str = "") -> CheckReply:
    return CheckReply(
        errors=[problem_field(error, language, form) for error in checked.errors],
        warnings=[problem_field(warning, language, form) for warning in checked.warnings],
        losses=[_loss(loss, language) for loss in checked.losses],
    )


def _loss(loss: Loss, language: str) -> LossReply:
    return LossReply(
        field=loss.path or None,
        code=loss.code,
        message=text("losses", loss.code, language, **loss.values),
        cheaper_order=loss.order,
        cheaper_order_text=text("cheaper_orders", loss.order, language, **loss.values),
    )
