"""忘记密码 (P01-P04): by scan, by data typed in, or by an agent's user name and mailbox."""

from chalicelib.handlers.account_replies import RecoveryReply, ResetToken
from chalicelib.handlers.http.access import Access
from chalicelib.handlers.http.routing import Call, Routes
from chalicelib.repos.accounts import accounts, audit, email_codes, enterprises, recoveries, tickets
from chalicelib.repos.accounts.accounts import NOBODY, LoginTarget
from chalicelib.repos.accounts.passwords import check_password, is_expired
from chalicelib.repos.keys import password_hashing
from chalicelib.repos.mail import outbox
from chalicelib.repos.notices import messages
from chalicelib.repos.table import table
from chalicelib.rules.accounts import licence
from chalicelib.rules.accounts.accounts import Account
from chalicelib.rules.accounts.acts import Origin
from chalicelib.rules.accounts.licence import LicenceElements, Purpose
from chalicelib.rules.base import limits, masks
from chalicelib.rules.base.china_time import china_time
from chalicelib.rules.base.errors import FieldError, Invalid, invalid
from chalicelib.rules.base.vocabulary import Role
from chalicelib.rules.forms.accounts import RecoveryCode, RecoveryPassword, RecoveryStart
from chalicelib.usecases.notices import mail_relay

routes = Routes(__name__)


@routes.add("POST", "/recoveries", Access.PUBLIC, body=RecoveryStart, reply=RecoveryReply, status=202)
def start(call: Call) -> RecoveryReply:
    """Send a code to the account's mailbox; the same answer, work and mail whether or not there is one."""
    form: RecoveryStart = call.body
    spent = []
    account: Account | None
    if form.ticket_id is not None:
        ticket = tickets.of_form(form.ticket_id, form.ticket_secret or "")
        elements = licence.usable(ticket, Purpose.RECOVER, call.now)
        scanned = _of_uscc(elements)
        account, email, way = scanned, scanned.email, "recover by scan"
        spent.append(tickets.ticket_used(ticket))
    else:
        account = _of_agent(form) if form.username else _of_enterprise(form)
        email, way = account.email if account else form.email or "", "recover by hand"
    login_target = LoginTarget(accounts.partition_owner_of(account), account.id) if account else None
    recovery, write = recoveries.new_recovery(way, email, login_target, call.now)
    code, code_write = email_codes.issue_code(way, recovery.subject, call.now)
    minutes = int(limits.EMAIL_CODE_LIFE.total_seconds()) // 60
    kind = "email_code_recover" if account else "recovery_unknown"
    values, owner = {"code": code, "minutes": minutes}, account.enterprise_id if account else None
    mail_id, letter = outbox.address_notified(kind, email, values, call.now, call.request_id, owner)
    table.commit(*spent, write, code_write, letter)
    mail_relay.attempt_soon(mail_id, call.now)
    return RecoveryReply(recovery_id=recovery.id, email_hint=masks.email(email))


@routes.add("POST", "/recoveries/{recovery_id}/verification", Access.PUBLIC, body=RecoveryCode, reply=ResetToken)
def verify(call: Call, recovery_id: str) -> ResetToken:
    """Exchange the code for a token that may set the password, once, within 30 minutes."""
    recovery = recoveries.get(recovery_id, call.now)
    code_used = email_codes.redeemed(recovery.way, recovery.subject, call.body.email_code, call.now)
    token, write = recoveries.verified(recovery, call.now)
    table.commit(code_used, write)
    return ResetToken(reset_token=token)


@routes.add("PUT", "/recoveries/{recovery_id}/password", Access.PUBLIC, body=RecoveryPassword, status=204)
def set_password(call: Call, recovery_id: str) -> None:
    """Set the new password; all sessions of the account end, and its mailbox is told."""
    form: RecoveryPassword = call.body
    recovery = recoveries.get(recovery_id, call.now)
    recoveries.check_token(recovery, form.reset_token, call.now)
    login_target = recovery.login_target or NOBODY
    account = accounts.get(login_target.partition_owner, login_target.account_id)
    if account is None or not recoveries.still_holds(recovery, account):
        raise invalid("reset_token", "RESET_TOKEN")
    if is_expired(account, call.now) and password_hashing.is_right(form.password, account.password_hash):
        raise invalid("password", "PASSWORD_SAME")
    check_password(form.password, form.password_confirmation, [account.login, account.display_name])
    new_hash = password_hashing.hash_password(form.password)
    _, notice = outbox.address_notified(
        "password_changed_notice",
        account.email,
        {"time": china_time(call.now)},
        call.now,
        call.request_id,
        account.enterprise_id,
    )
    origin = Origin(account.id, "recovery", call.now, call.request_id)
    table.commit(
        recoveries.recovery_used(recovery),
        accounts.account_changed(account, **accounts.password_attributes(account, new_hash, call.now)),
        notice,
        *messages.account_messaged("password_changed", account, account.id, call.now),
        audit.entry_added(accounts.partition_owner_of(account), origin, "password_recovered", account.id),
    )


def _of_uscc(elements: LicenceElements) -> Account:
    """The account of the enterprise whose licence was scanned: the holder may know that there is none."""
    login_target = accounts.find_login_target("uscc", elements.uscc)
    account = accounts.get(login_target.partition_owner, login_target.account_id) if login_target else None
    if account is None:
        raise invalid("ticket_id", "NOT_REGISTERED")
    return account


def _of_enterprise(form: RecoveryStart) -> Account | None:
    """The account whose enterprise is exactly the one typed in (P04); two reads, whatever is found."""
    wanted = {"name": form.name, "uscc": form.uscc, "legal_representative": form.legal_representative}
    missing = [name for name, value in {**wanted, "email": form.email}.items() if not value]
    if missing:
        raise Invalid([FieldError(name, "missing") for name in missing])
    login_target = accounts.find_login_target(Role.ENTERPRISE, form.email or "") or NOBODY
    at_account = accounts.account_key(login_target.partition_owner, login_target.account_id)
    at_enterprise = (f"ENT#{login_target.partition_owner}", "PROFILE")
    found = table.get_many([at_account, at_enterprise])
    if at_account not in found or at_enterprise not in found:
        return None
    same = enterprises.from_item(found[at_enterprise]).elements.model_dump() == wanted
    return accounts.from_item(found[at_account]) if same else None


def _of_agent(form: RecoveryStart) -> Account | None:
    """The agent of that user name, if the mailbox is its own; two reads, whatever is found."""
    if not form.email:
        raise invalid("email", "missing")
    login_target = accounts.find_login_target(Role.AGENT, form.username or "") or NOBODY
    account = accounts.get(login_target.partition_owner, login_target.account_id)
    same = account is not None and account.email.casefold() == form.email.casefold() and account.authorized
    return account if same else None
