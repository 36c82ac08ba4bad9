"""Accounts of officers, which operators create; nobody can register as an officer (docs/domain.md 3.2, 5.1)."""

from dataclasses import dataclass
from datetime import datetime

from chalicelib.repos.accounts import accounts, audit, email_codes, passkeys, recoveries, second_factors
from chalicelib.repos.keys import password_hashing
from chalicelib.repos.process import ids
from chalicelib.repos.table import table
from chalicelib.repos.table.table import Write
from chalicelib.rules.accounts.accounts import Account
from chalicelib.rules.accounts.acts import Origin
from chalicelib.rules.accounts.audit_actions import AuditAction
from chalicelib.rules.accounts.code_purposes import CodePurpose
from chalicelib.rules.accounts.login_targets import LoginTarget
from chalicelib.rules.accounts.officers import OfficerForm
from chalicelib.rules.base.errors import NotFound
from chalicelib.rules.base.vocabulary import AccountId, OfficeCode, Role
from chalicelib.usecases.accounts.email_codes import code_mail


class OfficerDisabled(Exception):
    """Raised when a code is requested for an officer who is disabled."""


@dataclass(frozen=True)
class OfficerRecovery:
    """An officer and the recovery that sets the password; no recovery if the password is set already."""

    officer: Account
    recovery_id: str | None


def create(origin: Origin, form: OfficerForm, password: str = "") -> OfficerRecovery:
    """Create an officer's account with its audit entry.

    Without a password the officer gets a code by mail and sets the first password through the returned recovery.

    Args:
        origin: the operator.
        form: office, user name, name and address.
        password: the first password; the caller has checked it.

    Raises:
        Invalid: there is no such office.
        AlreadyExists: another officer has the user name.
    """
    officer = new_officer(form.office_code(), form.username, form.name, form.email, password, origin.at)
    recovery_id, writes = (None, []) if password else _recovery(officer, origin.at)
    open_officer(officer, _entry_added(origin, AuditAction.OFFICER_ADDED, officer), *writes)
    return OfficerRecovery(officer, recovery_id)


def new_officer(office: OfficeCode, login: str, name: str, email: str, password: str, now: datetime) -> Account:
    """A new officer's account, without a password if `password` is empty; nothing is written."""
    return Account(
        id=AccountId(ids.new()),
        role=Role.OFFICER,
        login=login,
        display_name=name,
        email=email,
        office=office,
        created_at=now,
        password_hash=password_hashing.hash_password(password) if password else "",
        password_set_at=now if password else None,
    )


def open_officer(officer: Account, *writes: Write) -> None:
    """Store a new officer's account together with further writes.

    Raises:
        AlreadyExists: another officer has the user name.
    """
    table.commit(*accounts.account_created(officer), *writes)


def send_code(origin: Origin, login: str) -> OfficerRecovery:
    """Mail an officer a code for a new password; the old password remains valid until the new one is set.

    Raises:
        NotFound: there is no such officer.
        OfficerDisabled: the officer is disabled.
    """
    officer = get(login)
    if not officer.authorized:
        raise OfficerDisabled
    recovery_id, writes = _recovery(officer, origin.at)
    table.commit(*writes, _entry_added(origin, AuditAction.OFFICER_CODE_SENT, officer))
    return OfficerRecovery(officer, recovery_id)


def authorize(origin: Origin, login: str, *, authorized: bool) -> Account:
    """Enable an officer, or disable one and end all its sessions; no change if it is so already.

    Raises:
        NotFound: there is no such officer.
    """
    officer = get(login)
    if officer.authorized is not authorized:
        ended = {} if authorized else accounts.ended_session_attributes(officer)
        entry = _entry_added(
            origin, AuditAction.OFFICER_ENABLED if authorized else AuditAction.OFFICER_DISABLED, officer
        )
        table.commit(accounts.account_changed(officer, authorized=authorized, **ended), entry)
    return officer


def reset_second_factor(origin: Origin, login: str) -> Account:
    """Remove an officer's second step, whose app and recovery codes are lost, and all passkeys, and end all sessions.

    Raises:
        NotFound: there is no such officer.
    """
    officer = get(login)
    table.commit(
        second_factors.removed(officer),
        accounts.account_changed(
            officer,
            has_second_factor=False,
            **accounts.ended_session_attributes(officer),
            **passkeys.void_attributes(officer),
        ),
        _entry_added(origin, AuditAction.SECOND_FACTOR_RESET, officer),
    )
    return officer


def get(login: str) -> Account:
    """The officer of a user name.

    Raises:
        NotFound: there is no such officer.
    """
    officer = accounts.find(accounts.find_login_target(Role.OFFICER, login))
    if officer is None:
        raise NotFound
    return officer


def _recovery(officer: Account, now: datetime) -> tuple[str, list[Write]]:
    """The id of a recovery of the officer's password, and the writes that store it and mail its code."""
    target = LoginTarget(accounts.OFFICERS, officer.id)
    recovery, recovery_stored = recoveries.new_recovery(CodePurpose.RECOVER_BY_OPERATOR, officer.email, target, now)
    code, code_stored = email_codes.issue_code(CodePurpose.RECOVER_BY_OPERATOR, recovery.id, "", now)
    _, mail = code_mail("email_code_recover", officer.email, code, now)
    return recovery.id, [recovery_stored, code_stored, mail]


def _entry_added(origin: Origin, action: AuditAction, officer: Account) -> Write:
    return audit.entry_added(accounts.OFFICERS, origin, action, officer.id, after={"office": officer.office})
