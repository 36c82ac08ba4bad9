"""两步验证: officers set up a second step of their sign-in, and use it (docs/domain.md 5.4)."""

from dataclasses import dataclass, field
from datetime import datetime

from chalicelib.repos.accounts import accounts, audit, login_throttle, second_factors
from chalicelib.repos.accounts.login_throttle import LoginAttempts
from chalicelib.repos.accounts.second_factors import CodeUse
from chalicelib.repos.keys import password_hashing
from chalicelib.repos.process import outcomes
from chalicelib.repos.table import table
from chalicelib.repos.table.table import Write
from chalicelib.rules.accounts import second_factor
from chalicelib.rules.accounts.accounts import Account
from chalicelib.rules.accounts.acts import Act
from chalicelib.rules.accounts.audit_actions import AuditAction
from chalicelib.rules.accounts.sessions import Session
from chalicelib.rules.base.errors import SecondFactorRequired, invalid
from chalicelib.rules.forms.accounts import SecondFactorConfirmation, SecondFactorStart
from chalicelib.usecases.accounts.security_notices import owner_notified


@dataclass(frozen=True)
class Enrolment:
    """A new secret for the officer's authenticator app, which a code must confirm."""

    secret: str = field(repr=False)
    uri: str = field(repr=False)
    """The `otpauth` address of the QR code."""


@dataclass(frozen=True)
class Overview:
    """What an officer has set up."""

    is_set: bool
    is_required: bool
    recovery_codes_left: int


def overview(officer: Account) -> Overview:
    """Whether the officer has a second step, and whether the deployment requires it."""
    left = len(second_factors.get(officer).recovery_digests) if officer.has_second_factor else 0
    return Overview(officer.has_second_factor, second_factors.is_required(), left)


def start(act: Act, form: SecondFactorStart, address: str) -> Enrolment:
    """Make a new secret; one that is in use stays valid until the new one is confirmed.

    Wrong passwords and codes are counted, as at sign-in.

    Args:
        act: the officer.
        form: the current password, and a code of the second step in use if there is one.
        address: the network address of the caller.

    Raises:
        Invalid: the password or the code is wrong.
        SecondFactorRequired: there is a second step in use, and no code was sent.
        TooManyRequests: there were too many failures in this window of time.
    """
    officer = act.actor
    attempts = login_throttle.login_attempts("password change", officer.id, address, act.at)
    attempts.refuse_if_full(table.get_many(attempts.keys))
    if not password_hashing.is_right(form.current_password, officer.password_hash):
        _count_failure(attempts)
        raise invalid("current_password", "PASSWORD_WRONG")
    use = code_use(officer, form.one_time_code, attempts, act.at)
    secret = second_factors.new_secret()
    begun = second_factors.code_used(officer, use, secret) if use else second_factors.begun(officer, secret)
    table.commit(*attempts.limits_checked(), begun)
    return Enrolment(secret, second_factor.provisioning_uri(secret, officer.login))


def confirm(act: Act, form: SecondFactorConfirmation, session: Session) -> tuple[str, ...]:
    """Make the new secret the valid one, end all other sessions, and give the new recovery codes, once.

    Raises:
        Invalid: no new secret was made, or the code does not belong to it.
        ContentChanged: the account was changed meanwhile.
    """
    officer = act.actor
    pending = second_factors.get(officer).pending
    step = second_factor.accepted_step(pending, form.one_time_code, 0, act.at) if pending else None
    if step is None:
        raise second_factors.refused()
    codes = second_factors.new_recovery_codes()
    ended = accounts.ended_session_attributes(officer, session.id)
    table.commit(
        second_factors.confirmed(officer, pending, step, codes),
        accounts.account_changed(officer, has_second_factor=True, **ended),
        owner_notified("second_factor_set_notice", officer, act.at, act.request_id),
        audit.entry_added(accounts.OFFICERS, act.origin, AuditAction.SECOND_FACTOR_SET, officer.id),
    )
    return codes


def code_use(account: Account, code: str | None, attempts: LoginAttempts, now: datetime) -> CodeUse | None:
    """How the code that was sent is used up; None for an account without a second step.

    Args:
        account: the account, whose password was right.
        code: a code of the app or a recovery code; None if none was sent.
        attempts: the counters of failures.
        now: the moment of the request.

    Raises:
        SecondFactorRequired: no code was sent.
        Invalid: the code is wrong or was used before; the failure is counted.
    """
    if not account.has_second_factor:
        return None
    if code is None:
        raise SecondFactorRequired
    use = second_factors.use_of(second_factors.get(account), code, now)
    if use is None:
        _count_failure(attempts)
        raise second_factors.refused()
    return use


def used_at_sign_in(act: Act, use: CodeUse | None) -> list[Write]:
    """The writes that use up a code at sign-in; the audit names the use of a recovery code."""
    if use is None:
        return []
    writes = [second_factors.code_used(act.actor, use)]
    if use.is_recovery:
        action = AuditAction.RECOVERY_CODE_USED
        writes.append(audit.entry_added(accounts.OFFICERS, act.origin, action, act.actor.id))
    return writes


def _count_failure(attempts: LoginAttempts) -> None:
    with outcomes.unseen_by_users():
        table.commit(*attempts.failure_counted())
