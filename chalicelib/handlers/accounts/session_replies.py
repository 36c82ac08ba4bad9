"""Replies to every way to sign in."""

from pydantic import BaseModel

from chalicelib.handlers.accounts import account_replies
from chalicelib.handlers.accounts.account_replies import AccountReply
from chalicelib.handlers.http import credentials
from chalicelib.handlers.http.credentials import WithCookie
from chalicelib.handlers.http.formats import Moment
from chalicelib.repos.accounts.sessions import NewSession
from chalicelib.rules.base.china_time import rfc3339
from chalicelib.rules.forms.accounts import Keep


class SessionReply(BaseModel):
    """A new session; no other reply contains its token."""

    token: str | None
    """Null if the session is kept in a cookie."""
    expires_at: Moment
    account: AccountReply


def session(new: NewSession, keep: Keep) -> SessionReply | WithCookie:
    """The reply to a sign-in, with the token in its body or in a cookie."""
    shown = SessionReply(
        token=new.token, expires_at=rfc3339(new.session.ends_at), account=account_replies.account(new.account)
    )
    if keep is None:
        return shown
    device = credentials.device_kept(new.device_token) if new.device_token else ""
    return WithCookie(shown.model_copy(update={"token": None}), credentials.kept(new.token), device)
