"""The actions that a reply offers, each with the request that does it: `allowed_actions`.

One table says where and how each action on an application or a person is sent. The lifecycle decides which actions are
possible now (`rules.applications.transitions`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel

from chalicelib.data.texts import text
from chalicelib.rules.applications import transitions
from chalicelib.rules.applications.applications import ApplicationHeader, Person, status_version_of
from chalicelib.rules.applications.lifecycle import Transition
from chalicelib.rules.applications.payments import Step
from chalicelib.rules.base.vocabulary import Action, Party, Service

Method = Literal["POST", "PUT"]


class ActionOffer(BaseModel):
    """An action that the reader can do now, and the request that does it."""

    action: Action
    label: str
    method: Method
    path: str
    """Under `/v1`. Where it has `{code}`, the reader chooses the code of an economy."""
    if_match: str | None
    """The header If-Match of the request; null if it has none."""
    body: dict[str, str | int] | None
    """The fields that the request has in any case, ready to be sent; null where the body is the whole content."""
    required: list[str]
    """Further fields of the body that the reader must fill in. Optional ones are in the schema of the request."""


class Subject(StrEnum):
    """What an action is about."""

    GROUP = "a new or renewal application"
    FOLLOW_UP = "a follow-up application"
    PERSON = "a person of a new or renewal application"
    PAYMENT = "the payment voucher of an application"


class Guard(StrEnum):
    """What protects the request against a change that the reader has not seen."""

    STATUS_VERSION = "the field status_version"
    PAYMENT_VERSION = "the field payment_version"
    VERSION = "the header If-Match"
    NONE = "nothing: the same value again changes nothing"


@dataclass(frozen=True)
class Request:
    """How an action is sent: `{number}` is the number of the application or the person."""

    method: Method
    path: str
    fixed: Mapping[str, str] | None = field(default_factory=dict)
    required: tuple[str, ...] = ()
    guard: Guard = Guard.STATUS_VERSION


def _decision(level: str, action: Action) -> Request:
    return Request("POST", f"/office/{level}/{{number}}/decision", {"decision": action})


def _card(level: str, event: str, *required: str) -> Request:
    return Request("POST", f"/office/{level}/{{number}}/card", {"event": event}, required)


def _payment(decision: str, *required: str) -> Request:
    path = "/office/applications/{number}/payment-voucher/decision"
    return Request("POST", path, {"decision": decision}, required, Guard.PAYMENT_VERSION)


def _content(path: str) -> Request:
    return Request("PUT", path, None, guard=Guard.VERSION)


DECISIONS = (Action.PASS, Action.RETURN, Action.REJECT, Action.REOPEN)
OF_APPLICATIONS: Mapping[Action, Request] = {
    **{action: _decision("applications", action) for action in DECISIONS},
    Action.RESUBMIT: Request("POST", "/applications/{number}/resubmit"),
    Action.WITHDRAW: Request("POST", "/applications/{number}/withdraw"),
}

REQUESTS: Mapping[Subject, Mapping[Action, Request]] = {
    Subject.GROUP: {**OF_APPLICATIONS, Action.EDIT: _content("/applications/{number}/content")},
    Subject.FOLLOW_UP: {
        **OF_APPLICATIONS,
        Action.EDIT: _content("/applications/{number}/service"),
        Action.MAKE_CARD: _card("applications", "making"),
        Action.CARD_MADE: _card("applications", "made", "card_number", "valid_until"),
        Action.ISSUE_CARD: _card("applications", "issued"),
    },
    Subject.PERSON: {
        **{action: _decision("persons", action) for action in DECISIONS},
        Action.EDIT: _content("/persons/{number}/content"),
        Action.RESUBMIT: Request("POST", "/persons/{number}/resubmit"),
        Action.WITHDRAW: Request("POST", "/persons/{number}/withdraw"),
        Action.DECIDE_ECONOMY: Request(
            "PUT", "/office/persons/{number}/economies/{{code}}", required=("decision",), guard=Guard.NONE
        ),
        Action.RECORD_FOREIGN_NUMBER: Request(
            "PUT", "/office/persons/{number}/foreign-number", required=("number",), guard=Guard.NONE
        ),
        Action.MAKE_CARD: _card("persons", "making"),
        Action.CARD_MADE: _card("persons", "made", "card_number", "valid_until"),
        Action.ISSUE_CARD: _card("persons", "issued"),
        Action.CANCEL_CARD: _card("persons", "cancelled"),
        Action.CORRECT_CARD: _card("persons", "corrected", "card_number", "valid_until"),
    },
    Subject.PAYMENT: {
        Action.PAY: Request(
            "PUT",
            "/applications/{number}/payment-voucher",
            required=("attachments",),
            guard=Guard.PAYMENT_VERSION,
        ),
        Action.ACCEPT_PAYMENT: _payment("accept"),
        Action.RETURN_PAYMENT: _payment("return"),
    },
}
"""How each action of officers and applicants is sent. A reason is added where the lifecycle needs one."""


def subject_of(service: Service) -> Subject:
    """What an application of this service is."""
    return Subject.GROUP if service is Service.NEW_OR_RENEWAL else Subject.FOLLOW_UP


def of_application(header: ApplicationHeader, party: Party, today: date, language: str) -> list[ActionOffer]:
    """The actions of this party on the application, in the order of the lifecycle."""
    rows = transitions.application_actions(header, party, today)
    seen = _Seen(header.number, header.status_version, header.version)
    return _offers(subject_of(header.service), rows, seen, language)


def of_person(person: Person, header: ApplicationHeader, party: Party, today: date, language: str) -> list[ActionOffer]:
    """The actions of this party on one person, in the order of the lifecycle."""
    rows = transitions.person_actions(person, header, party, today)
    seen = _Seen(person.number, status_version_of(person, header), person.version)
    return _offers(Subject.PERSON, rows, seen, language)


def of_payment(
    steps: Iterable[Step], header: ApplicationHeader, payment_version: int, language: str
) -> list[ActionOffer]:
    """The actions on the payment voucher of an application."""
    seen = _Seen(header.number, header.status_version, header.version, payment_version)
    return _offers(Subject.PAYMENT, steps, seen, language)


@dataclass(frozen=True)
class _Seen:
    """What the reply shows of its object: a request names it to be accepted."""

    number: str
    status_version: int
    version: int
    payment_version: int = 0

    def of(self, guard: Guard) -> dict[str, str | int]:
        """The field of the body by which a request names what its sender saw."""
        versions = {Guard.STATUS_VERSION: self.status_version, Guard.PAYMENT_VERSION: self.payment_version}
        return {guard.name.lower(): versions[guard]} if guard in versions else {}


def _offers(subject: Subject, rows: Iterable[Transition | Step], seen: _Seen, language: str) -> list[ActionOffer]:
    return [_offer(REQUESTS[subject][row.action], row, seen, language) for row in rows]


def _offer(request: Request, row: Transition | Step, seen: _Seen, language: str) -> ActionOffer:
    return ActionOffer(
        action=row.action,
        label=text("actions", row.action, language),
        method=request.method,
        path=request.path.format(number=seen.number),
        if_match=f'"{seen.version}"' if request.guard is Guard.VERSION else None,
        body=None if request.fixed is None else {**request.fixed, **seen.of(request.guard)},
        required=[*request.required, *(["reason"] if row.needs_reason else [])],
    )
