"""Sign-in and sign-out (R37-R39; docs/domain.md 5.4)."""

from dataclasses import replace
from datetime import datetime

from chalicelib.repos.accounts import (
    accounts,
    audit,
    claims,
    known_devices,
    login_throttle,
    sessions,
    sign_in_log,
    tickets,
)
from chalicelib.repos.accounts.known_devices import Caller
from chalicelib.repos.accounts.sessions import NewSession
from chalicelib.repos.accounts.sign_in_log import Attempt, Way
from chalicelib.repos.keys import password_hashing
from chalicelib.repos.process import outcomes
from chalicelib.repos.table import table
from chalicelib.rules.accounts import licence
from chalicelib.rules.accounts.accounts import Account
from chalicelib.rules.accounts.acts import Act
from chalicelib.rules.accounts.audit_actions import AuditAction
from chalicelib.rules.accounts.licence import Purpose
from chalicelib.rules.accounts.login_targets import NOBODY
from chalicelib.rules.accounts.sessions import Session
from chalicelib.rules.base.errors import LoginFailed, NotFound, invalid
from chalicelib.rules.forms.accounts import LicenceSignIn, Login
from chalicelib.usecases.accounts import second_factor, sign_in_records


def by_password(form: Login, caller: Caller, now: datetime, request_id: str) -> NewSession:
    """Sign in by name and password.

    Known and unknown names make the same three requests, so that neither time nor cost reveals which names exist: name
    and counters, account and known devices, and the new session or the count of a failure.

    Args:
        form: kind of account, login name and password.
        caller: where the request comes from.
        now: the moment of the request.
        request_id: the id of the request.

    Raises:
        LoginFailed: the name is unknown, the password is wrong, or the account is revoked.
        SecondFactorRequired: the account has a second step, and no code was sent.
        Invalid: on `one_time_code`: it is wrong or was used before.
        TooManyRequests: there were too many failures in this window of time.
    """
    with sign_in_log.attempt(Way.PASSWORD, caller.address, request_id) as attempt:
        return _by_password(form, caller, now, request_id, attempt)


def _by_password(form: Login, caller: Caller, now: datetime, request_id: str, attempt: Attempt) -> NewSession:
    attempts = login_throttle.login_attempts(form.identity, form.login, caller.address, now)
    claim_key = claims.claim_key(form.identity, form.login)
    found = table.get_many([claim_key, *attempts.keys])
    target = claims.to_login_target(found.get(claim_key)) or NOBODY
    account_key = accounts.account_key(target.partition_owner, target.account_id)
    stored = table.get_many([account_key, *known_devices.keys_of(target.account_id, caller)])
    known = known_devices.known(target.account_id, caller, stored, now)
    if known.is_known:
        attempts = attempts.of_known_device()
    attempts.refuse_if_full(found)
    account = attempt.account = accounts.from_item(stored[account_key]) if account_key in stored else None
    is_right = password_hashing.is_right(form.password, account.password_hash if account else None)
    if account is None or not is_right or not account.authorized:
        with outcomes.unseen_by_users():
            table.commit(*attempts.failure_counted())
        raise LoginFailed
    use = second_factor.code_use(account, form.one_time_code, attempts, now)
    act = Act(account, now, request_id)
    recorded = sign_in_records.recorded(act, known, Way.PASSWORD, keeps=form.keep is not None)
    session = sessions.new_session(account, now)
    table.commit(session.write, *attempts.limits_checked(), *second_factor.used_at_sign_in(act, use), *recorded.writes)
    return replace(session, device_token=recorded.device_token)


def by_licence_scan(form: LicenceSignIn, caller: Caller, now: datetime, request_id: str) -> NewSession:
    """Sign in as the enterprise whose licence was scanned (R38).

    Args:
        form: the ticket of the scan.
        caller: where the request comes from.
        now: the moment of the request.
        request_id: the id of the request.

    Raises:
        Invalid: on `ticket_id`: the ticket is refused, or the enterprise has no account.
    """
    with sign_in_log.attempt(Way.LICENCE, caller.address, request_id) as attempt:
        ticket = tickets.of_form(form.ticket_id, form.ticket_secret)
        elements = licence.usable(ticket, Purpose.LOGIN, now)
        account = attempt.account = accounts.find(accounts.find_login_target(claims.USCC, elements.uscc))
        if account is None:
            raise invalid("ticket_id", "NOT_REGISTERED")
        known = known_devices.read(account.id, caller, now)
        act = Act(account, now, request_id)
        keeps = form.keep is not None
        recorded = sign_in_records.recorded(act, known, Way.LICENCE, keeps=keeps, holder=ticket.holder)
        session = sessions.new_session(account, now, is_proven=ticket.is_by_owner)
        table.commit(tickets.ticket_used(ticket), session.write, *recorded.writes)
        return replace(session, device_token=recorded.device_token)


def sign_out(account: Account, session: Session) -> None:
    """退出登录: end the session of the request."""
    table.commit(sessions.session_ended(account, session.id))


def end_other_sessions(act: Act, session: Session) -> None:
    """退出其他设备: end all sessions of the account but the one of the request."""
    account = act.actor
    table.commit(
        accounts.account_changed(account, **accounts.ended_session_attributes(account, session.id)),
        audit.entry_added(accounts.partition_owner_of(account), act.origin, AuditAction.SESSIONS_ENDED, account.id),
    )


def end_session(account: Account, session_id: str, now: datetime) -> None:
    """End another session of the account.

    Raises:
        NotFound: the account has no such living session.
    """
    if session_id not in {session.id for session in sessions.living_sessions(account, now)}:
        raise NotFound
    table.commit(sessions.session_ended(account, session_id))
