"""忘记密码: sets a new password by licence scan, by entered data, or by an agent's user name (P01-P04).

See docs/domain.md 5.5.
"""

from dataclasses import dataclass
from datetime import datetime

from chalicelib.repos.accounts import accounts, audit, claims, email_codes, enterprises, recoveries, tickets
from chalicelib.repos.accounts.passwords import check_password, is_expired
from chalicelib.repos.keys import password_hashing
from chalicelib.repos.notices import messages
from chalicelib.repos.table import table
from chalicelib.repos.table.table import Write
from chalicelib.rules.accounts import licence
from chalicelib.rules.accounts.accounts import Account
from chalicelib.rules.accounts.acts import Origin
from chalicelib.rules.accounts.audit_actions import AuditAction
from chalicelib.rules.accounts.code_purposes import CodePurpose
from chalicelib.rules.accounts.licence import LicenceElements, Purpose
from chalicelib.rules.accounts.login_targets import NOBODY, LoginTarget
from chalicelib.rules.accounts.recoveries import Recovery
from chalicelib.rules.base.errors import FieldError, Invalid, invalid
from chalicelib.rules.base.vocabulary import AccountId, Role
from chalicelib.rules.forms.accounts import RecoveryPassword, RecoveryStart
from chalicelib.usecases.accounts.email_codes import code_mail
from chalicelib.usecases.accounts.security_notices import owner_notified
from chalicelib.usecases.notices import mail_relay


@dataclass(frozen=True)
class _Request:
    """Whose password is to be set, and how this was requested."""

    account: Account | None
    email: str
    way: CodePurpose
    writes: tuple[Write, ...] = ()


@dataclass(frozen=True)
class StartedRecovery:
    """A new recovery and the address that its code was sent to."""

    recovery: Recovery
    email: str
    account: Account | None
    """Whose password a scan may set; None for a recovery by hand, which does not say whether there is an account."""


def start(form: RecoveryStart, now: datetime, request_id: str) -> StartedRecovery:
    """Send a code to the mailbox of the account.

    Reply, number of requests and mail are the same whether or not there is such an account.

    Raises:
        Invalid: fields are missing, the ticket is refused, or the scanned enterprise has no account.
        TooManyRequests: too many codes were requested for the address.
    """
    request = _by_scan(form, now) if form.ticket_id is not None else _by_hand(form)
    account = request.account
    target = LoginTarget(accounts.partition_owner_of(account), account.id) if account else None
    recovery, recovery_stored = recoveries.new_recovery(request.way, request.email, target, now)
    code, code_stored = email_codes.issue_code(request.way, recovery.subject, now)
    kind = "email_code_recover" if account else "recovery_unknown"
    owner = account.enterprise_id if account else None
    mail_id, mail = code_mail(kind, request.email, code, now, request_id, owner)
    table.commit(*request.writes, recovery_stored, code_stored, mail)
    mail_relay.attempt_soon(mail_id, now)
    return StartedRecovery(recovery, request.email, account if form.ticket_id is not None else None)


def verify(recovery_id: str, email_code: str, now: datetime) -> str:
    """Exchange the code for a token that may set the password once, within 30 minutes.

    Raises:
        NotFound: there is no such recovery, or its time is over.
        Invalid: the code is refused.
    """
    recovery = recoveries.get(recovery_id, now)
    code_redeemed = email_codes.redeemed(recovery.way, recovery.subject, email_code, now)
    token, token_stored = recoveries.verified(recovery, now)
    table.commit(code_redeemed, token_stored)
    return token


def set_password(recovery_id: str, form: RecoveryPassword, now: datetime, request_id: str) -> AccountId:
    """Set the new password, end all sessions of the account and notify its mailbox; returns the account's id.

    Raises:
        NotFound: there is no such recovery, or its time is over.
        Invalid: the token or the password is refused.
    """
    recovery = recoveries.get(recovery_id, now)
    recoveries.check_token(recovery, form.reset_token, now)
    account = accounts.find(recovery.login_target or NOBODY)
    if account is None or not recovery.still_holds(account, recoveries.subject_of(account.email)):
        raise invalid("reset_token", "RESET_TOKEN")
    if is_expired(account, now) and password_hashing.is_right(form.password, account.password_hash):
        raise invalid("password", "PASSWORD_SAME")
    check_password(form.password, form.password_confirmation, [account.login, account.display_name])
    password_hash = password_hashing.hash_password(form.password)
    origin = Origin(account.id, "recovery", now, request_id)
    table.commit(
        recoveries.recovery_used(recovery),
        accounts.account_changed(account, **accounts.password_attributes(account, password_hash, now)),
        owner_notified("password_changed_notice", account, now, request_id),
        *messages.account_messaged("password_changed", account, account.id, now),
        audit.entry_added(accounts.partition_owner_of(account), origin, AuditAction.PASSWORD_RECOVERED, account.id),
    )
    return account.id


def _by_scan(form: RecoveryStart, now: datetime) -> _Request:
    ticket = tickets.of_form(form.ticket_id or "", form.ticket_secret or "")
    account = _of_licence(licence.usable(ticket, Purpose.RECOVER, now))
    return _Request(account, account.email, CodePurpose.RECOVER_BY_SCAN, (tickets.ticket_used(ticket),))


def _by_hand(form: RecoveryStart) -> _Request:
    account = _of_agent(form) if form.username else _of_enterprise(form)
    return _Request(account, account.email if account else form.email or "", CodePurpose.RECOVER_BY_HAND)


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
    is_same = enterprises.from_item(found[enterprise_key]).elements.model_dump() == elements
    return accounts.from_item(found[account_key]) if is_same else None


def _of_agent(form: RecoveryStart) -> Account | None:
    """The authorized agent of the user name, if the address is its own; always two reads."""
    if not form.email:
        raise invalid("email", "missing")
    account = accounts.find(accounts.find_login_target(Role.AGENT, form.username or "") or NOBODY)
    is_own = account is not None and account.email.casefold() == form.email.casefold() and account.authorized
    return account if is_own else None
