"""企业账号注册 (R24-R34): e-mail codes, and the account that a confirmed ticket opens."""

from chalicelib.handlers import account_replies as replies
from chalicelib.handlers.account_replies import SessionReply
from chalicelib.handlers.http.access import Access
from chalicelib.handlers.http.routing import Call, Routes
from chalicelib.handlers.replies import CodeSent
from chalicelib.repos.accounts import accounts, audit, email_codes, enterprises, sessions, tickets
from chalicelib.repos.accounts.passwords import check_password
from chalicelib.repos.keys import password_hashing
from chalicelib.repos.mail import outbox
from chalicelib.repos.table import table
from chalicelib.rules.accounts import licence
from chalicelib.rules.accounts.acts import Origin
from chalicelib.rules.accounts.licence import Purpose
from chalicelib.rules.base import limits
from chalicelib.rules.base.china_time import rfc3339
from chalicelib.rules.base.errors import AlreadyExists, FieldError, invalid
from chalicelib.rules.base.vocabulary import Role
from chalicelib.rules.forms.accounts import EmailCodeRequest, Registration
from chalicelib.usecases.notices import mail_relay

routes = Routes(__name__)

TERMS_VERSION = "2026-11"

REGISTERED = FieldError("ticket_id", "ENTERPRISE_REGISTERED")
"""The enterprise of the licence that was scanned has an account."""


@routes.add("POST", "/email-codes", Access.PUBLIC, body=EmailCodeRequest, reply=CodeSent, status=202)
def send_code(call: Call) -> CodeSent:
    """Send a six-digit code; whether the address is known is told in the mail alone, not here."""
    body = call.body
    code, write = email_codes.issue_code(body.purpose, body.email, call.now)
    known = accounts.find_login_target(Role.ENTERPRISE, body.email) is not None
    kind = "email_code_change" if body.purpose == "change_email" else "email_code_register"
    minutes = int(limits.EMAIL_CODE_LIFE.total_seconds()) // 60
    told = "registered_already" if known else kind
    values = {"code": code, "minutes": minutes}
    mail_id, letter = outbox.address_notified(told, body.email, values, call.now, call.request_id)
    table.commit(write, letter)
    mail_relay.attempt_soon(mail_id, call.now)
    return CodeSent(
        expires_at=rfc3339(call.now + limits.EMAIL_CODE_LIFE),
        resend_after=int(limits.EMAIL_CODE_RESEND.total_seconds()),
    )


@routes.add("POST", "/registrations", Access.PUBLIC, body=Registration, reply=SessionReply, status=201)
def register(call: Call) -> SessionReply:
    """Open the enterprise's account and sign in: ticket, code, names and session in one act."""
    form: Registration = call.body
    if not form.accept_terms:
        raise invalid("accept_terms", "TERMS")
    ticket = tickets.of_form(form.ticket_id, form.ticket_secret)
    elements = licence.usable(ticket, Purpose.REGISTER, call.now)
    if accounts.find_login_target("uscc", elements.uscc):
        raise AlreadyExists([REGISTERED])
    check_password(form.password, form.password_confirmation, [form.email, elements.name])
    code_used = email_codes.redeemed("register", form.email, form.email_code, call.now)
    password_hash = password_hashing.hash_password(form.password)
    enterprise, account = enterprises.new_enterprise(elements, form.email, form.model_dump(), call.now, password_hash)
    new = sessions.new_session(account, call.now)
    table.commit(
        tickets.ticket_used(ticket),
        code_used,
        *enterprises.enterprise_created(
            enterprise, {"terms": TERMS_VERSION, "accepted_at": rfc3339(call.now)}, REGISTERED
        ),
        *accounts.account_created(account),
        new.write,
        audit.entry_added(
            enterprise.id, Origin(account.id, account.display_name, call.now, call.request_id), "registered"
        ),
    )
    return replies.session(new, account)
