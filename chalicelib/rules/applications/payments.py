"""缴费凭证: what an application costs, and who may do what with its payment voucher (docs/domain.md 2.8).

The voucher has states of its own beside the status of the application, which it does not change.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from chalicelib.data import Fee
from chalicelib.rules.accounts.acts import Act
from chalicelib.rules.applications.applications import Application, Event, Payment, event_of
from chalicelib.rules.base.errors import OperationInvalid, invalid
from chalicelib.rules.base.vocabulary import Action, Party, PaymentState, Service, Status

NONE, REQUIRED, UPLOADED = PaymentState.NONE, PaymentState.REQUIRED, PaymentState.UPLOADED
ACCEPTED, RETURNED = PaymentState.ACCEPTED, PaymentState.RETURNED

PAYABLE = frozenset({Status.CONSULAR_APPROVED, Status.CARD_MAKING, Status.CARD_MADE, Status.CARD_ISSUED})
"""Statuses of an application whose voucher can be uploaded and decided on: from 领事司审核通过 on."""

WITHOUT_CARD = frozenset({Status.FAO_REJECTED, Status.CONSULAR_REJECTED, Status.WITHDRAWN})
"""Own statuses of persons for whom nothing is due."""


@dataclass(frozen=True)
class Step:
    """One row: the party that may act on this state, the action, and the next state."""

    state: PaymentState
    action: Action
    party: Party
    to: PaymentState
    needs_reason: bool = False


TABLE = (
    Step(REQUIRED, Action.PAY, Party.APPLICANT, UPLOADED),
    # Until the consular department has decided, other files can take the place of the uploaded ones.
    Step(UPLOADED, Action.PAY, Party.APPLICANT, UPLOADED),
    Step(RETURNED, Action.PAY, Party.APPLICANT, UPLOADED),
    Step(UPLOADED, Action.ACCEPT_PAYMENT, Party.CONSULAR, ACCEPTED),
    Step(UPLOADED, Action.RETURN_PAYMENT, Party.CONSULAR, RETURNED, needs_reason=True),
    # An acceptance in error.
    Step(ACCEPTED, Action.RETURN_PAYMENT, Party.CONSULAR, RETURNED, needs_reason=True),
)
"""All changes of a payment voucher; any other action is 操作无效."""


def state_of(application: Application, fee: Fee) -> PaymentState:
    """The state of the voucher: that of the stored one, or whether one is required."""
    if application.payment:
        return application.payment.state
    return REQUIRED if fee.yuan and application.header.status in PAYABLE else NONE


def yuan_of(application: Application, fee: Fee) -> int:
    """What is due for the application, in yuan: the fee of one card, or of one for each person that goes on."""
    if application.header.service is not Service.NEW_OR_RENEWAL:
        return fee.yuan
    return fee.yuan * sum(person.own_status not in WITHOUT_CARD for person in application.persons)


def steps(application: Application, fee: Fee, party: Party) -> list[Step]:
    """What the party can do with the voucher now."""
    if application.header.status not in PAYABLE:
        return []
    state = state_of(application, fee)
    return [step for step in TABLE if (step.state, step.party) == (state, party)]


def change(
    application: Application,
    action: Action,
    act: Act,
    seen: int,
    fee: Fee,
    attachments: Sequence[str] = (),
    reason: str | None = None,
) -> tuple[Application, Event]:
    """Upload, accept or return the voucher.

    Args:
        application: With all its persons.
        action: One of the table.
        act: Who acts, and when.
        seen: The `payment_version` that the client saw; 0 before the first upload.
        fee: Of the service.
        attachments: Ids of the uploaded files.
        reason: Why it is returned.

    Raises:
        OperationInvalid: The voucher has changed, or its state does not allow the action.
        Invalid: The reason is missing.
    """
    header, before = application.header, application.payment
    possible = {step.action: step for step in steps(application, fee, act.actor.party)}
    if action not in possible or seen != (before.version if before else 0):
        raise OperationInvalid(header.current)
    step = possible[action]
    if step.needs_reason and not reason:
        raise invalid("reason", "REASON_REQUIRED")
    if before is None or action is Action.PAY:
        after = Payment(step.to, seen + 1, tuple(attachments), yuan_of(application, fee), act.at)
    else:
        after = replace(before, state=step.to, version=seen + 1, decided_at=act.at, reason=reason)
    event = event_of(act, action, header.status, header.status, reason=reason)
    return replace(application, payment=after, history=(*application.history, event)), event
