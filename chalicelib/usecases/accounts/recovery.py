"""忘记密码: sets a new password by licence scan, by entered data, or by an agent's user name (P01-P04).

See docs/domain.md 5.5.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from chalicelib.repos.accounts import (
    accounts,
    audit,
    claims,
    email_codes,
    enterprises,
    login_throttle,
    mail_throttle,
    passkeys,
    recoveries,
    suppressions,
    tickets,
)
from chalicelib.repos.accounts.passwords import check_password, is_expired
from chalicelib.repos.keys import password_hashing
from chalicelib.repos.notices import messages
from chalicelib.repos.process import log
from chalicelib.repos.table import table
from chalicelib.repos.table.table import Write
from chalicelib.rules.accounts import former_addresses, licence
from chalicelib.rules.accounts.accounts import Account
from chalicelib.rules.accounts.acts import Origin
from chalicelib.rules.accounts.audit_actions import AuditAction
from chalicelib.rules.accounts.code_purposes import CodePurpose
from chalicelib.rules.accounts.licence import Purpose, Ticket
from chalicelib.rules.accounts.licence_elements import LicenceElements
from chalicelib.rules.accounts.login_targets import NOBODY, LoginTarget
from chalicelib.rules.accounts.recoveries import Recovery
from chalicelib.rules.base.errors import FieldError, Invalid, invalid
from chalicelib.rules.base.vocabulary import AccountId, Role
from chalicelib.rules.forms.accounts import RecoveryEmailCode, RecoveryPassword, RecoveryStart
from chalicelib.rules.values.names import comparable
from chalicelib.usecases.accounts.address_changes import address_replaced
from chalicelib.usecases.accounts.email_codes import code_mail, send_to_new_address
from chalicelib.usecases.accounts.security_notices import owner_notified
from chalicelib.usecases.notices import mail_relay


@dataclass(frozen=True)
class StartedRecovery:
    """A recovery that was begun, or continued with the same ticket."""

    recovery: Recovery
    email: str
    """The address of the account; of a recovery by hand the one that was typed."""
    account: Account | None = None
    """Whose password a scan may set; None for a recovery by hand, which does not say whether there is an account."""
    token: str = field(default="", repr=False)
    """The token that may set the password, if the scan was the proof; empty if a code was sent."""


def start(form: RecoveryStart, address: str, now: datetime, request_id: str) -> StartedRecovery:
    """Begin a recovery: the scan of the owner is the proof, everybody else gets a code in the mailbox of the account.

    By hand, reply, number of requests and mail are the same whether or not there is such an account. With the same
    ticket another code of the same recovery is sent.

    Args:
        form: a ticket, or what was typed.
        address: the network address of the caller.
        now: the moment of the request.
        request_id: the id of the request.

    Raises:
        Invalid: fields are missing, the ticket is refused, or the scanned enterprise has no account.
        TooManyRequests: too many codes were requested by the caller, for the mailbox, or in the whole portal.
    """
    if form.ticket_id is not None:
        return _by_scan(tickets.of_form(form.ticket_id, form.ticket_secret or ""), now, request_id)
    return _by_hand(form, address, now, request_id)


def verify(recovery_id: str, email_code: str, now: datetime) -> str:
    """Exchange the code for a token that may set the password once, within 30 minutes.

    Raises:
        NotFound: there is no such recovery, or its time is over.
        Invalid: the code is refused.
    """
    recovery = recoveries.get(recovery_id, now)
    code_redeemed = email_codes.redeemed(recovery.way, recovery.id, "", email_code, now)
    token, token_stored = recoveries.verified(recovery, now)
    table.commit(code_redeemed, token_stored)
    return token


def send_code(recovery_id: str, form: RecoveryEmailCode, now: datetime, request_id: str) -> None:
    """Send a code to the address that the recovery is to give the account.

    Raises:
        NotFound: there is no such recovery, or its time is over.
        Invalid: the token is refused, or no owner has scanned.
        TooManyRequests: the last code of the recovery was sent less than a minute ago.
    """
    recovery = recoveries.get(recovery_id, now)
    recoveries.check_token(recovery, form.reset_token, now)
    account = accounts.find(recovery.login_target or NOBODY)
    if account is None or not recovery.is_by_owner:
        raise invalid("email", "TICKET_DELEGATE")
    purpose = CodePurpose.RECOVERED_ADDRESS
    code = email_codes.issue_code(purpose, recovery.id, form.email, now, account.enterprise_id)
    send_to_new_address(form.email, "email_code_change", code, now, request_id)


def set_password(recovery_id: str, form: RecoveryPassword, address: str, now: datetime, request_id: str) -> AccountId:
    """Set the new password, end all sessions and passkeys of the account, notify its mailbox; returns the account's id.

    A recovery of the owner may replace the address too, and voids all links that undo a change of it. Failed
    sign-ins of the name are forgotten.

    Args:
        recovery_id: which recovery.
        form: its token and the new password.
        address: the network address of the caller.
        now: the moment of the request.
        request_id: the id of the request.

    Raises:
        NotFound: there is no such recovery, or its time is over.
        Invalid: the token, the password or the code for the new address is refused.
        AlreadyExists: another enterprise has the new address.
        ContentChanged: the account was changed meanwhile.
    """
    recovery = recoveries.get(recovery_id, now)
    recoveries.check_token(recovery, form.reset_token, now)
    account = accounts.find(recovery.login_target or NOBODY)
    if account is None or not recovery.still_holds(account, recoveries.subject_of(account.email)):
        raise invalid("reset_token", "RESET_TOKEN")
    if is_expired(account, now) and password_hashing.is_right(form.password, account.password_hash):
        raise invalid("password", "PASSWORD_SAME")
    names = [account.login, account.display_name, *([form.email] if form.email else [])]
    check_password(form.password, form.password_confirmation, names)
    password_set = accounts.password_attributes(account, password_hashing.hash_password(form.password), now)
    password_set |= passkeys.void_attributes(account)
    # The code of an agent came from its mailbox, which is confirmed by that.
    account = replace(account, mailbox_confirmed=True)
    changed, fields = _changed(recovery, account, form, password_set, now)
    origin = Origin(account.id, "recovery", now, request_id)
    after = {"way": recovery.way.value, "fields": fields}
    table.commit(
        recoveries.recovery_used(recovery),
        *login_throttle.failures_cleared(account.role, form.email or account.login, address, now),
        *changed,
        owner_notified("account_recovered_notice" if fields else "password_changed_notice", account, now, request_id),
        *messages.account_messaged("password_changed", account, account.id, now),
        audit.entry_added(
            accounts.partition_owner_of(account), origin, AuditAction.PASSWORD_RECOVERED, account.id, after=after
        ),
    )
    return account.id


def _changed(
    recovery: Recovery, account: Account, form: RecoveryPassword, password_set: dict[str, Any], now: datetime
) -> tuple[list[Write], list[str]]:
    """The writes that change the account, and the names of the fields that change beside the password."""
    if form.email is None:
        voided = {"former_addresses": former_addresses.to_text(())} if recovery.is_by_owner else {}
        return [accounts.account_changed(account, **password_set, **voided)], []
    if not recovery.is_by_owner:
        raise invalid("email", "TICKET_DELEGATE")
    code = form.email_code or ""
    code_redeemed = email_codes.redeemed(CodePurpose.RECOVERED_ADDRESS, recovery.id, form.email, code, now)
    status = suppressions.status_of(form.email)
    return [code_redeemed, *address_replaced(account, form.email, status, (), **password_set)], ["email"]


def _by_scan(ticket: Ticket, now: datetime, request_id: str) -> StartedRecovery:
    begun = recoveries.find(ticket.recovery_id, now) if licence.is_in_time(ticket, now) else None
    if begun is None:
        return _first_by_scan(ticket, now, request_id)
    account = accounts.find(begun.login_target or NOBODY)
    if account is None or not begun.still_holds(account, recoveries.subject_of(account.email)):
        raise invalid("ticket_id", "TICKET_USED")
    if begun.is_by_owner:
        token, token_stored = recoveries.verified(begun, now)
        table.commit(token_stored)
        return StartedRecovery(begun, account.email, account, token)
    _send_code(begun, account.email, account, [], now, request_id)
    return StartedRecovery(begun, account.email, account)


def _first_by_scan(ticket: Ticket, now: datetime, request_id: str) -> StartedRecovery:
    account = _of_licence(licence.usable(ticket, Purpose.RECOVER, now))
    token = recoveries.new_token() if ticket.is_by_owner else ""
    way = CodePurpose.RECOVER_BY_OWNER if token else CodePurpose.RECOVER_BY_SCAN
    target = LoginTarget(accounts.partition_owner_of(account), account.id)
    recovery, stored = recoveries.new_recovery(way, account.email, target, now, token)
    writes = [tickets.ticket_used(ticket, recovery.id), stored]
    if token:
        table.commit(*writes)
    else:
        _send_code(recovery, account.email, account, writes, now, request_id)
    return StartedRecovery(recovery, account.email, account, token)


def _by_hand(form: RecoveryStart, address: str, now: datetime, request_id: str) -> StartedRecovery:
    account = _of_agent(form) if form.username else _of_enterprise(form)
    email = account.email if account else form.email or ""
    target = LoginTarget(accounts.partition_owner_of(account), account.id) if account else None
    recovery, stored = recoveries.new_recovery(CodePurpose.RECOVER_BY_HAND, email, target, now)
    counted = mail_throttle.by_hand_counted(email, address, now)
    _send_code(recovery, email, account, [stored, *counted], now, request_id)
    log.metrics("anonymous_mail", mails=1)
    return StartedRecovery(recovery, email)


def _send_code(
    recovery: Recovery, email: str, account: Account | None, writes: Sequence[Write], now: datetime, request_id: str
) -> None:
    """Mail a code of the recovery; an unknown address gets a mail of the same kind without one."""
    owner = account.enterprise_id if account else None
    code, code_stored = email_codes.issue_code(recovery.way, recovery.id, "", now, owner)
    kind = "email_code_recover" if account else "recovery_unknown"
    mail_id, mail = code_mail(kind, email, code, now, request_id, owner)
    table.commit(*writes, code_stored, mail)
    mail_relay.attempt_soon(mail_id, now)


def _of_licence(elements: LicenceElements) -> Account:
    """The account of the enterprise of a scanned licence; its holder may learn that there is none."""
    account = accounts.find(accounts.find_login_target(claims.USCC, elements.uscc))
    if account is None:
        raise invalid("ticket_id", "NOT_REGISTERED")
    return account


def _of_enterprise(form: RecoveryStart) -> Account | None:
    """The account of the address, if its enterprise has exactly the entered elements (P04); always two reads."""
    elements = {"name": form.name, "uscc": form.uscc, "legal_representative": form.legal_representative}
    missing = [name for name, value in {**elements, "email": form.email}.items() if not value]
    if missing:
        raise Invalid([FieldError(name, "missing") for name in missing])
    target = accounts.find_login_target(Role.ENTERPRISE, form.email or "") or NOBODY
    account_key = accounts.account_key(target.partition_owner, target.account_id)
    enterprise_key = enterprises.key(target.partition_owner)
    found = table.get_many([account_key, enterprise_key])
    if account_key not in found or enterprise_key not in found:
        return None
    stored = enterprises.from_item(found[enterprise_key]).elements.model_dump()
    # As typed and as the platform writes them, names differ in brackets, blanks and dots.
    is_same = all(comparable(stored[name]) == comparable(value or "") for name, value in elements.items())
    return accounts.from_item(found[account_key]) if is_same else None


def _of_agent(form: RecoveryStart) -> Account | None:
    """The authorized agent of the user name, if the address is its own; always two reads."""
    if not form.email:
        raise invalid("email", "missing")
    account = accounts.find(accounts.find_login_target(Role.AGENT, form.username or "") or NOBODY)
    is_own = account is not None and account.email.casefold() == form.email.casefold() and account.authorized
    return account if is_own else None
