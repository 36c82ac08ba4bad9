"""Sign-in by e-mail or user name with password (R37, R39) or by licence scan (R38), sign-out, own sessions."""

from pydantic import BaseModel

from chalicelib.handlers.accounts import session_replies as replies
from chalicelib.handlers.accounts.session_replies import SessionReply
from chalicelib.handlers.http import credentials
from chalicelib.handlers.http.access import Access
from chalicelib.handlers.http.credentials import WithCookie
from chalicelib.handlers.http.formats import Moment
from chalicelib.handlers.http.routing import Call, Routes
from chalicelib.repos.accounts import sessions
from chalicelib.rules.accounts.sessions import Session
from chalicelib.rules.base.china_time import rfc3339
from chalicelib.rules.forms.accounts import LicenceSignIn, Login, SessionProof
from chalicelib.usecases.accounts import proof
from chalicelib.usecases.accounts import sign_in as use_cases

routes = Routes(__name__)


class OwnSession(BaseModel):
    """One session of the account."""

    id: str
    created_at: Moment
    last_seen_at: Moment
    current: bool


class OwnSessions(BaseModel):
    """The living sessions of the account."""

    items: list[OwnSession]


@routes.add("POST", "/sessions", Access.PUBLIC, body=Login, reply=SessionReply, status=201)
def sign_in(call: Call) -> SessionReply | WithCookie:
    """Sign in by name, password, and code if the account has a second step; unknown and revoked get one reply."""
    return replies.session(use_cases.by_password(call.body, call.caller, call.now, call.request_id), call.body.keep)


@routes.add("POST", "/sessions/elicence", Access.PUBLIC, body=LicenceSignIn, reply=SessionReply, status=201)
def sign_in_by_licence(call: Call) -> SessionReply | WithCookie:
    """Sign in as the enterprise whose licence was scanned."""
    return replies.session(use_cases.by_licence_scan(call.body, call.caller, call.now, call.request_id), call.body.keep)


@routes.add("GET", "/sessions", Access.EVERYONE, reply=OwnSessions)
def own(call: Call) -> OwnSessions:
    """List the account's own living sessions."""
    found = sessions.living_sessions(call.viewer, call.now)
    return OwnSessions(items=[_own_session(session, call.own_session) for session in found])


@routes.add("DELETE", "/sessions", Access.EVERYONE, status=204)
def end_others(call: Call) -> None:
    """End all other sessions of the account (退出其他设备)."""
    use_cases.end_other_sessions(call.act, call.own_session)


@routes.add("PUT", "/sessions/current/proof", Access.EVERYONE, body=SessionProof, status=204)
def prove(call: Call) -> None:
    """Show again to be the owner, by password, code or scan: acts on credentials need it within 15 minutes."""
    proof.give(call.act, call.body, call.own_session, call.address)


@routes.add("DELETE", "/sessions/current", Access.EVERYONE, status=204, for_credentials=True)
def sign_out(call: Call) -> WithCookie | None:
    """End the session of this request (退出登录)."""
    use_cases.sign_out(call.viewer, call.own_session)
    return _ended(call)


@routes.add("DELETE", "/sessions/{session_id}", Access.EVERYONE, status=204)
def end(call: Call, session_id: str) -> WithCookie | None:
    """End another session of the account, or this one."""
    use_cases.end_session(call.viewer, session_id, call.now)
    return _ended(call) if session_id == call.own_session.id else None


def _ended(call: Call) -> WithCookie | None:
    """The reply when the session of the request has ended: its cookie goes."""
    return WithCookie(None, credentials.CLEARED) if call.by_cookie else None


def _own_session(shown: Session, current: Session) -> OwnSession:
    return OwnSession(
        id=shown.id,
        created_at=rfc3339(shown.created_at),
        last_seen_at=rfc3339(shown.last_seen_at),
        current=shown.id == current.id,
    )
