"""企业账号注册 (R24-R34): e-mail codes, and the account that a confirmed ticket opens."""

from chalicelib.handlers.accounts import account_replies as replies
from chalicelib.handlers.accounts import session_replies as sessions
from chalicelib.handlers.accounts.account_replies import CodeSent
from chalicelib.handlers.accounts.session_replies import SessionReply
from chalicelib.handlers.http.access import Access
from chalicelib.handlers.http.credentials import WithCookie
from chalicelib.handlers.http.routing import Call, Routes
from chalicelib.rules.forms.accounts import Registration, RegistrationCodeRequest
from chalicelib.usecases.accounts import email_codes, registration

routes = Routes(__name__)


@routes.add("POST", "/email-codes", Access.PUBLIC, body=RegistrationCodeRequest, reply=CodeSent, status=202)
def send_code(call: Call) -> CodeSent:
    """Send a six-digit code for a confirmed ticket; only the mail tells whether the address has an account."""
    email_codes.send_for_registration(call.body, call.now, call.request_id)
    return replies.code_sent(call.now)


@routes.add("POST", "/registrations", Access.PUBLIC, body=Registration, reply=SessionReply, status=201)
def register(call: Call) -> SessionReply | WithCookie:
    """Open the account of the enterprise whose licence was scanned, and sign in."""
    return sessions.session(registration.register(call.body, call.caller, call.now, call.request_id), call.body.keep)
