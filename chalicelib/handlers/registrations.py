"""企业账号注册 (R24-R34): e-mail codes, and the account that a confirmed ticket opens."""

from pydantic import BaseModel

from chalicelib.handlers import account_replies as replies
from chalicelib.handlers.account_replies import SessionReply
from chalicelib.handlers.http.access import Access
from chalicelib.handlers.http.credentials import WithCookie
from chalicelib.handlers.http.formats import Moment
from chalicelib.handlers.http.routing import Call, Routes
from chalicelib.rules.base import limits
from chalicelib.rules.base.china_time import rfc3339
from chalicelib.rules.forms.accounts import EmailCodeRequest, Registration
from chalicelib.usecases.accounts import email_codes, registration

routes = Routes(__name__)


class CodeSent(BaseModel):
    """A code was sent; the reply is the same for every address."""

    expires_at: Moment
    resend_after: int


@routes.add("POST", "/email-codes", Access.PUBLIC, body=EmailCodeRequest, reply=CodeSent, status=202)
def send_code(call: Call) -> CodeSent:
    """Send a six-digit code; only the mail tells whether the address has an account."""
    email_codes.send(call.body, call.now, call.request_id)
    return CodeSent(
        expires_at=rfc3339(call.now + limits.EMAIL_CODE_LIFE),
        resend_after=int(limits.EMAIL_CODE_RESEND.total_seconds()),
    )


@routes.add("POST", "/registrations", Access.PUBLIC, body=Registration, reply=SessionReply, status=201)
def register(call: Call) -> SessionReply | WithCookie:
    """Open the account of the enterprise whose licence was scanned, and sign in."""
    return replies.session(registration.register(call.body, call.now, call.request_id), call.body.keep)
