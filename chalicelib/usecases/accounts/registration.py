"""企业账号注册: an enterprise opens its own account (R24-R34; docs/domain.md 5.3)."""

from dataclasses import replace
from datetime import datetime

from chalicelib.repos.accounts import accounts, audit, claims, email_codes, enterprises, sessions, tickets
from chalicelib.repos.accounts.known_devices import Caller
from chalicelib.repos.accounts.passwords import check_password
from chalicelib.repos.accounts.sessions import NewSession
from chalicelib.repos.keys import password_hashing
from chalicelib.repos.table import table
from chalicelib.rules.accounts import licence
from chalicelib.rules.accounts.acts import Origin
from chalicelib.rules.accounts.audit_actions import AuditAction
from chalicelib.rules.accounts.code_purposes import CodePurpose
from chalicelib.rules.accounts.licence import Purpose
from chalicelib.rules.base.china_time import rfc3339
from chalicelib.rules.base.errors import AlreadyExists, FieldError, invalid
from chalicelib.rules.forms.accounts import Registration
from chalicelib.usecases.accounts import sign_in_records
from chalicelib.usecases.accounts.provisioning import enterprise_opened

TERMS_VERSION = "2026-11"
"""Version of the terms that a registration accepts."""

REGISTERED = FieldError("ticket_id", "ENTERPRISE_REGISTERED")
"""The enterprise of the scanned licence has an account already."""


def register(form: Registration, caller: Caller, now: datetime, request_id: str) -> NewSession:
    """Open the account of the enterprise whose licence was scanned, and sign it in.

    Ticket, e-mail code, names, account and session are written in one transaction.

    Raises:
        Invalid: the terms are not accepted, or the ticket, the password or the code is refused.
        AlreadyExists: the enterprise or the address has an account.
    """
    if not form.accept_terms:
        raise invalid("accept_terms", "TERMS")
    ticket = tickets.of_form(form.ticket_id, form.ticket_secret)
    elements = licence.usable(ticket, Purpose.REGISTER, now)
    if accounts.find_login_target(claims.USCC, elements.uscc):
        raise AlreadyExists([REGISTERED])
    known = [form.email, elements.name, elements.legal_representative, form.phone]
    check_password(form.password, form.password_confirmation, known)
    code_redeemed = email_codes.redeemed(CodePurpose.REGISTER, ticket.id, form.email, form.email_code, now)
    password_hash = password_hashing.hash_password(form.password)
    enterprise, account = enterprises.new_enterprise(elements, form.email, form.model_dump(), now, password_hash)
    session = sessions.new_session(account, now)
    noted = sign_in_records.first_noted(account, caller, keeps=form.keep is not None, now=now)
    consent = {"terms": TERMS_VERSION, "accepted_at": rfc3339(now)}
    origin = Origin(account.id, account.display_name, now, request_id)
    table.commit(
        tickets.ticket_used(ticket),
        code_redeemed,
        *enterprise_opened(enterprise, account, consent, REGISTERED),
        session.write,
        *noted.writes,
        audit.entry_added(enterprise.id, origin, AuditAction.REGISTERED),
    )
    return replace(session, device_token=noted.device_token)
