"""缴费凭证: the applicant uploads the payment voucher, the consular department accepts or returns it."""

from chalicelib.handlers.applications import application_replies as replies
from chalicelib.handlers.applications.application_replies import Reader
from chalicelib.handlers.applications.application_shapes import ApplicationReply
from chalicelib.handlers.http.access import Access
from chalicelib.handlers.http.routing import Call, Routes
from chalicelib.rules.forms.applications import PaymentDecision, PaymentVoucher
from chalicelib.usecases.applications import payments

routes = Routes(__name__)


@routes.add(
    "PUT", "/applications/{number}/payment-voucher", Access.MEMBERS, body=PaymentVoucher, reply=ApplicationReply
)
def upload(call: Call, number: str) -> ApplicationReply:
    """Upload the payment voucher of an approved application, or another one in its place until it is accepted."""
    return replies.application(payments.upload(number, call.body, call.act), Reader.of(call))


@routes.add(
    "POST",
    "/office/applications/{number}/payment-voucher/decision",
    Access.CONSULAR,
    body=PaymentDecision,
    reply=ApplicationReply,
)
def decide(call: Call, number: str) -> ApplicationReply:
    """Accept the payment voucher, or return it with a reason; a voucher that has changed meanwhile gets 操作无效."""
    return replies.application(payments.decide(number, call.body, call.act), Reader.of(call))
