"""Sign-in, sign-out and the authentication of requests (R37-R39; docs/domain.md 5.4)."""

from dataclasses import dataclass, field
from datetime import datetime

from chalicelib.repos.accounts import accounts, claims, idempotency, login_throttle, sessions, tickets
from chalicelib.repos.accounts.sessions import NewSession
from chalicelib.repos.keys import password_hashing
from chalicelib.repos.process import outcomes
from chalicelib.repos.table import table
from chalicelib.rules.accounts import licence
from chalicelib.rules.accounts.accounts import Account
from chalicelib.rules.accounts.licence import Purpose
from chalicelib.rules.accounts.login_targets import NOBODY
from chalicelib.rules.accounts.sessions import Session
from chalicelib.rules.base.errors import LoginFailed, NotFound, Unauthenticated, invalid
from chalicelib.rules.forms.accounts import LicenceSignIn, Login


def by_password(form: Login, address: str, now: datetime) -> NewSession:
    """Sign in by name and password.

    Known and unknown names make the same three requests, so that neither time nor cost reveals which names exist: name
    and counters, account, and the new session or the count of a failure.

    Args:
        form: kind of account, login name and password.
        address: the network address of the caller.
        now: the moment of the request.

    Raises:
        LoginFailed: the name is unknown, the password is wrong, or the account is revoked.
        TooManyRequests: there were too many failures in this window of time.
    """
    attempts = login_throttle.login_attempts(form.identity, form.login, address, now)
    claim_key = claims.claim_key(form.identity, form.login)
    found = table.get_many([claim_key, *attempts.keys])
    attempts.refuse_if_full(found)
    account = accounts.find(claims.to_login_target(found.get(claim_key)) or NOBODY)
    is_right = password_hashing.is_right(form.password, account.password_hash if account else None)
    if account is None or not is_right or not account.authorized:
        with outcomes.unseen_by_users():
            table.commit(*attempts.failure_counted())
        raise LoginFailed
    session = sessions.new_session(account, now)
    table.commit(session.write, *attempts.limits_checked())
    return session


def by_licence_scan(form: LicenceSignIn, now: datetime) -> NewSession:
    """Sign in as the enterprise whose licence was scanned (R38).

    Raises:
        Invalid: on `ticket_id`: the ticket is refused, or the enterprise has no account.
    """
    ticket = tickets.of_form(form.ticket_id, form.ticket_secret)
    elements = licence.usable(ticket, Purpose.LOGIN, now)
    account = accounts.find(accounts.find_login_target(claims.USCC, elements.uscc))
    if account is None:
        raise invalid("ticket_id", "NOT_REGISTERED")
    session = sessions.new_session(account, now)
    table.commit(tickets.ticket_used(ticket), session.write)
    return session


def sign_out(account: Account, session: Session) -> None:
    """退出登录: end the session of the request."""
    table.commit(sessions.session_ended(account, session.id))


def end_session(account: Account, session_id: str, now: datetime) -> None:
    """End another session of the account.

    Raises:
        NotFound: the account has no such living session.
    """
    if session_id not in {session.id for session in sessions.living_sessions(account, now)}:
        raise NotFound
    table.commit(sessions.session_ended(account, session_id))


type StoredReply = table.Item | None
"""What is stored under the Idempotency-Key of a request; None if the key is new or absent."""


@dataclass(frozen=True)
class Authenticated:
    """The account and session of a request, and the item stored under its Idempotency-Key."""

    account: Account
    session: Session
    stored_reply: StoredReply = field(repr=False, default=None)


def authenticate(
    token: str, now: datetime, idempotency_name: str | None = None, *, touch: bool = True
) -> Authenticated:
    """Read the account and session of a token; revoking an account takes effect on its next request.

    One request reads everything. At most once a minute another one stores that the session is in use.

    Args:
        token: the bearer token.
        now: the moment of the request.
        idempotency_name: the Idempotency-Key of the request, if any; its stored reply is read in the same request.
        touch: whether the request counts as a use of the session, which then does not end as idle.

    Raises:
        Unauthenticated: there is no such session, it has ended, or the account is revoked or deleted.
    """
    keys = sessions.keys_of(token)
    reply_key = idempotency.item_key(keys.account_id, idempotency_name) if idempotency_name else None
    found = table.get_many([keys.account, keys.session, *([reply_key] if reply_key else [])])
    if keys.account not in found or keys.session not in found:
        raise Unauthenticated
    account = accounts.from_item(found[keys.account])
    session = sessions.from_item(keys.account_id, found[keys.session])
    if not session.is_alive(now) or not session.is_of(account):
        raise Unauthenticated
    if touch and session.is_touch_due(now):
        with outcomes.unseen_by_users():
            table.commit(sessions.session_touched(session, now))
    return Authenticated(account, session, found.get(reply_key) if reply_key else None)
