"""Replies about the payment voucher of an application."""

from chalicelib import data
from chalicelib.data.texts import text
from chalicelib.handlers.applications import attachment_shapes, offers
from chalicelib.handlers.applications.application_shapes import PaymentReply
from chalicelib.rules.applications import payments
from chalicelib.rules.applications.applications import Application
from chalicelib.rules.base.china_time import rfc3339
from chalicelib.rules.base.vocabulary import Party


def payment(shown: Application, party: Party, language: str) -> PaymentReply:
    """The payment voucher of an application that was read with all its persons."""
    fee, stored = data.fees()[shown.header.service], shown.payment
    state, version = payments.state_of(shown, fee), stored.version if stored else 0
    vouchers = attachment_shapes.accepted(stored.attachments if stored else (), language)
    return PaymentReply(
        state=state,
        state_label=text("payment_states", state, language),
        yuan=stored.yuan if stored else payments.yuan_of(shown, fee),
        yuan_per_card=fee.yuan,
        required_before_card=fee.required_before_card,
        attachments=vouchers,
        uploaded_at=rfc3339(stored.uploaded_at) if stored else None,
        decided_at=rfc3339(stored.decided_at) if stored and stored.decided_at else None,
        reason=stored.reason if stored else None,
        payment_version=version,
        allowed_actions=offers.of_payment(payments.steps(shown, fee, party), shown.header, version, language),
    )
