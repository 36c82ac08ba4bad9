"""缴费凭证: uploading the payment voucher of an application, and the consular department's decision on it."""

from collections.abc import Sequence

from chalicelib import data
from chalicelib.repos.applications import applications
from chalicelib.repos.applications import payments as repo
from chalicelib.repos.applications.applications import Changed
from chalicelib.repos.table.table import Write
from chalicelib.rules.accounts.acts import Act
from chalicelib.rules.applications import payments
from chalicelib.rules.applications.applications import Application, ApplicationHeader, Event
from chalicelib.rules.base.errors import invalid
from chalicelib.rules.base.vocabulary import Action, PaymentState
from chalicelib.rules.forms.applications import PaymentDecision, PaymentVoucher
from chalicelib.usecases.applications import inspected_files, transaction
from chalicelib.usecases.retries import until_unchanged

DECISIONS = {"accept": Action.ACCEPT_PAYMENT, "return": Action.RETURN_PAYMENT}


def upload(number: str, form: PaymentVoucher, act: Act) -> Application:
    """Upload the payment voucher, or another one in its place until it is accepted.

    Raises:
        NotFound: no application that the actor may see.
        OperationInvalid: no payment is due, or the voucher has changed since the page was opened.
        Invalid: with every file that cannot be accepted.
        Unavailable: a service does not answer, or too many other requests change the application.
    """

    def uploaded() -> Application:
        before = applications.get(number, act.actor)
        fee = data.fees()[before.header.service]
        after, event = payments.change(before, Action.PAY, act, form.payment_version, fee, form.attachments)
        named = before.payment.attachments if before.payment else ()
        inspected = inspected_files.check_voucher(act.tenant, form.attachments, named)
        return _stored(before, after, event, inspected.claimed(before.header.number, act.at))

    return until_unchanged(uploaded, Changed)


def decide(number: str, form: PaymentDecision, act: Act) -> Application:
    """Accept the payment voucher, or return it with a reason.

    Raises:
        NotFound: no application that the actor may see.
        OperationInvalid: there is no voucher to decide on, or it has changed since the page was opened.
        Invalid: the reason is missing.
        Unavailable: too many other requests change the application.
    """

    def decided() -> Application:
        before = applications.get(number, act.actor)
        action, fee = DECISIONS[form.decision], data.fees()[before.header.service]
        after, event = payments.change(before, action, act, form.payment_version, fee, reason=form.reason)
        return _stored(before, after, event)

    return until_unchanged(decided, Changed)


def refuse_unpaid(header: ApplicationHeader) -> None:
    """Check that a card of this application may be started.

    Raises:
        Invalid: its fee is to be paid before that, and no voucher is accepted.
    """
    if not data.fees()[header.service].required_before_card:
        return
    payment = repo.get(header.number)
    if payment is None or payment.state is not PaymentState.ACCEPTED:
        raise invalid("event", "PAYMENT_REQUIRED")


def _stored(before: Application, after: Application, event: Event, claimed: Sequence[Write] = ()) -> Application:
    assert after.payment is not None  # noqa: S101  every change of a voucher stores it
    writes = [
        *applications.status_changed(before, after, event),
        repo.payment_stored(after.payment, after.header),
        *claimed,
    ]
    transaction.commit(after.header, event, writes)
    return after
