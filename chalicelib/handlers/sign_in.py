"""Signing in and out: e-mail or user name with password (R37, R39), licence scan (R38), one's own sessions."""

from chalicelib.handlers import account_replies as replies
from chalicelib.handlers.account_replies import OwnSessions, SessionReply
from chalicelib.handlers.http.access import Access
from chalicelib.handlers.http.routing import Call, Routes
from chalicelib.repos.accounts import accounts, login_throttle, sessions, tickets
from chalicelib.repos.accounts.accounts import NOBODY
from chalicelib.repos.keys import password_hashing
from chalicelib.repos.table import table
from chalicelib.rules.accounts import licence
from chalicelib.rules.accounts.licence import Purpose
from chalicelib.rules.base.errors import LoginFailed, NotFound, invalid
from chalicelib.rules.forms.accounts import Login, TicketUse

routes = Routes(__name__)


@routes.add("POST", "/sessions", Access.PUBLIC, body=Login, reply=SessionReply, status=201)
def sign_in(call: Call) -> SessionReply:
    """Sign in by name and password; one answer for unknown names, wrong passwords and revoked accounts.

    Three requests, whatever is found: name and counters, account, and the session or the count of a failure.
    """
    form: Login = call.body
    attempts = login_throttle.login_attempts(form.identity, form.login, call.address, call.now)
    at_login = accounts.login_key(form.identity, form.login)
    found = table.get_many([at_login, *attempts.keys])
    attempts.refuse_if_full(found)
    login_target = accounts.login_target_from_item(found.get(at_login)) or NOBODY
    account = accounts.get(login_target.partition_owner, login_target.account_id)
    right = password_hashing.is_right(form.password, account.password_hash if account else None)
    if account is None or not right or not account.authorized:
        table.commit(*attempts.failure_counted())
        raise LoginFailed
    new = sessions.new_session(account, call.now)
    table.commit(new.write, *attempts.limits_checked())
    return replies.session(new, account)


@routes.add("POST", "/sessions/elicence", Access.PUBLIC, body=TicketUse, reply=SessionReply, status=201)
def sign_in_by_licence(call: Call) -> SessionReply:
    """Sign in as the enterprise whose licence was scanned."""
    ticket = tickets.of_form(call.body.ticket_id, call.body.ticket_secret)
    elements = licence.usable(ticket, Purpose.LOGIN, call.now)
    login_target = accounts.find_login_target("uscc", elements.uscc)
    account = accounts.get(login_target.partition_owner, login_target.account_id) if login_target else None
    if account is None:
        raise invalid("ticket_id", "NOT_REGISTERED")
    new = sessions.new_session(account, call.now)
    table.commit(tickets.ticket_used(ticket), new.write)
    return replies.session(new, account)


@routes.add("GET", "/sessions", Access.EVERYONE, reply=OwnSessions)
def own(call: Call) -> OwnSessions:
    """List one's own living sessions."""
    found = sessions.living_sessions(call.viewer, call.now)
    return OwnSessions(items=[replies.own_session(each, call.own_session) for each in found])


@routes.add("DELETE", "/sessions/current", Access.EVERYONE, status=204, despite_expiry=True)
def sign_out(call: Call) -> None:
    """End the session of this call (退出登录)."""
    table.commit(sessions.session_ended(call.viewer, call.own_session.id))


@routes.add("DELETE", "/sessions/{session_id}", Access.EVERYONE, status=204)
def end(call: Call, session_id: str) -> None:
    """End another of one's own sessions."""
    if session_id not in {each.id for each in sessions.living_sessions(call.viewer, call.now)}:
        raise NotFound
    table.commit(sessions.session_ended(call.viewer, session_id))
