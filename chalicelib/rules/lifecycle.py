"""The lifecycle of an application: one table that everything looks up (domain 1.3, design 4).

A group is reviewed as one file up to 领事司审核通过; its persons carry the group's status until then and live
on their own afterwards. What no row allows is 操作无效.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from chalicelib.rules.vocabulary import Action, Party, Service, Status


@dataclass(frozen=True)
class Transition:
    """One row: who may take a file of this service from this status, by which action, to which status."""

    service: Service
    status: Status
    action: Action
    party: Party
    to: Status
    needs_reason: bool = False


def _review(desk: Party, at: Status, passed: Status, returned: Status, rejected: Status) -> list[Transition]:
    issue = Service.ISSUE
    return [
        Transition(issue, at, Action.PASS, desk, passed),
        Transition(issue, at, Action.RETURN, desk, returned, needs_reason=True),
        Transition(issue, at, Action.REJECT, desk, rejected, needs_reason=True),
        Transition(issue, returned, Action.EDIT, Party.APPLICANT, returned),
        Transition(issue, returned, Action.RESUBMIT, Party.APPLICANT, at),
        Transition(issue, returned, Action.WITHDRAW, Party.APPLICANT, Status.WITHDRAWN),
    ]


def _person(status: Status, action: Action, party: Party, to: Status) -> Transition:
    return Transition(Service.ISSUE, status, action, party, to)


GROUP: tuple[Transition, ...] = (
    *_review(Party.FAO, Status.FAO_REVIEW, Status.MFA_REVIEW, Status.FAO_RETURNED, Status.FAO_REJECTED),
    Transition(Service.ISSUE, Status.FAO_REVIEW, Action.WITHDRAW, Party.APPLICANT, Status.WITHDRAWN),
    *_review(Party.CONSULAR, Status.MFA_REVIEW, Status.MFA_APPROVED, Status.MFA_RETURNED, Status.MFA_REJECTED),
)
"""What happens to the group's file as a whole."""

PERSON: tuple[Transition, ...] = (
    _person(Status.ECONOMY_REVIEW, Action.DECIDE_ECONOMY, Party.CONSULAR, Status.ECONOMY_REVIEW),
    _person(Status.ECONOMY_DONE, Action.DECIDE_ECONOMY, Party.CONSULAR, Status.ECONOMY_DONE),
    _person(Status.ECONOMY_REVIEW, Action.RECORD_FOREIGN_NUMBER, Party.CONSULAR, Status.ECONOMY_REVIEW),
    _person(Status.ECONOMY_DONE, Action.RECORD_FOREIGN_NUMBER, Party.CONSULAR, Status.ECONOMY_DONE),
    _person(Status.ECONOMY_REVIEW, Action.FINISH_ECONOMIES, Party.PORTAL, Status.ECONOMY_DONE),
    _person(Status.ECONOMY_DONE, Action.REOPEN_ECONOMIES, Party.PORTAL, Status.ECONOMY_REVIEW),
)
"""What happens to one person after 领事司审核通过."""

FIRST = Status.FAO_REVIEW
"""Where a submitted application begins."""

FIRST_OF_PERSON = Status.ECONOMY_REVIEW
"""Where a person begins to live on its own."""

PROGRESS_FROM = Status.MFA_APPROVED
"""From this status on a group shows 人员申请进度 (D03)."""

QUEUES = {Status.FAO_REVIEW: Party.FAO, Status.MFA_REVIEW: Party.CONSULAR}
"""At whose desk a file waits."""


def find(
    table: Iterable[Transition], service: Service, status: Status, action: Action, party: Party
) -> Transition | None:
    """The row that allows this, or None: then it is 操作无效."""
    wanted = (service, status, action, party)
    return next((row for row in table if (row.service, row.status, row.action, row.party) == wanted), None)


def allowed_actions(service: Service, status: Status, party: Party) -> list[Action]:
    """What this party may do to a group now, in the table's order."""
    return [row.action for row in GROUP if (row.service, row.status, row.party) == (service, status, party)]
