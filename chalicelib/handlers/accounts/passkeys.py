"""通行密钥 (passkeys): list, add, rename and remove those of the account; sign in by one (decision 0075)."""

from pydantic import BaseModel

from chalicelib.handlers.accounts import session_replies as replies
from chalicelib.handlers.accounts.session_replies import SessionReply
from chalicelib.handlers.http.access import Access
from chalicelib.handlers.http.credentials import WithCookie
from chalicelib.handlers.http.formats import Moment
from chalicelib.handlers.http.routing import Call, Routes
from chalicelib.repos.accounts import passkeys as repo
from chalicelib.repos.keys import webauthn
from chalicelib.rules.accounts.passkeys import Passkey
from chalicelib.rules.base import limits
from chalicelib.rules.base.china_time import rfc3339
from chalicelib.rules.forms.passkeys import NewPasskey, PasskeyName, PasskeySignIn
from chalicelib.usecases.accounts import passkeys

routes = Routes(__name__)


class PasskeyReply(BaseModel):
    """One passkey of the account."""

    id: str
    name: str
    created_at: Moment
    used_at: Moment | None
    """When it signed in last; null if it never did."""


class Passkeys(BaseModel):
    """All passkeys of the account, oldest first, and whether another may be added."""

    items: list[PasskeyReply]
    can_add: bool
    limit: int


class PasskeyCreation(BaseModel):
    """What a page gives to `navigator.credentials.create`, with user verification and a discoverable credential."""

    challenge: str
    """Base64url, as all bytes here; to be signed once."""
    expires_at: Moment
    rp_id: str
    user_handle: str
    user_name: str
    user_display_name: str
    algorithms: list[int]
    """Numbers of COSE, the preferred one first."""
    exclude: list[str]
    """Ids of credentials that the account has."""


class PasskeyRequest(BaseModel):
    """What a page gives to `navigator.credentials.get`, with an empty list of credentials and user verification."""

    challenge: str
    """Base64url; to be signed once."""
    expires_at: Moment
    rp_id: str


@routes.add("GET", "/me/passkeys", Access.NO_AGENT, reply=Passkeys)
def listed(call: Call) -> Passkeys:
    """List the passkeys of the account."""
    found = repo.of_account(call.viewer)
    shown = [_reply(passkey) for passkey in found]
    return Passkeys(items=shown, can_add=len(found) < limits.MAX_PASSKEYS, limit=limits.MAX_PASSKEYS)


@routes.add("POST", "/me/passkeys/challenges", Access.NO_AGENT, reply=PasskeyCreation, proven=True)
def begin(call: Call) -> PasskeyCreation:
    """Give a challenge for a new passkey, valid for this session."""
    begun = passkeys.begin(call.act, call.own_session)
    return PasskeyCreation(
        challenge=begun.challenge,
        expires_at=rfc3339(call.now + limits.PASSKEY_CHALLENGE_LIFE),
        rp_id=begun.party.id,
        user_handle=begun.user_handle,
        user_name=call.viewer.login,
        user_display_name=call.viewer.display_name,
        algorithms=list(webauthn.algorithms()),
        exclude=list(begun.present),
    )


@routes.add(
    "POST",
    "/me/passkeys",
    Access.NO_AGENT,
    body=NewPasskey,
    reply=PasskeyReply,
    status=201,
    idempotent=True,
    proven=True,
)
def add(call: Call) -> PasskeyReply:
    """Add the passkey that the authenticator has made for the challenge; the mailbox of the account is told."""
    return _reply(passkeys.add(call.act, call.body, call.own_session, call.remember(_reply)))


@routes.add("PATCH", "/me/passkeys/{passkey_id}", Access.NO_AGENT, body=PasskeyName, reply=PasskeyReply)
def rename(call: Call, passkey_id: str) -> PasskeyReply:
    """Give a passkey another name."""
    return _reply(passkeys.rename(call.act, passkey_id, call.body.name))


@routes.add("DELETE", "/me/passkeys/{passkey_id}", Access.NO_AGENT, status=204, proven=True)
def remove(call: Call, passkey_id: str) -> None:
    """Remove a passkey, which signs in no longer; the mailbox of the account is told."""
    passkeys.remove(call.act, passkey_id)


@routes.add("POST", "/sessions/passkey/challenges", Access.PUBLIC, reply=PasskeyRequest)
def begin_sign_in(call: Call) -> PasskeyRequest:
    """Give a challenge for a sign-in; it names no account."""
    begun = passkeys.begin_sign_in(call.now)
    expires_at = rfc3339(call.now + limits.PASSKEY_CHALLENGE_LIFE)
    return PasskeyRequest(challenge=begun.challenge, expires_at=expires_at, rp_id=begun.party.id)


@routes.add("POST", "/sessions/passkey", Access.PUBLIC, body=PasskeySignIn, reply=SessionReply, status=201)
def sign_in(call: Call) -> SessionReply | WithCookie:
    """Sign in by a passkey; of officers it is both steps. Whatever is wrong, the reply is the same."""
    return replies.session(passkeys.sign_in(call.body, call.caller, call.now, call.request_id), call.body.keep)


def _reply(shown: Passkey) -> PasskeyReply:
    used_at = rfc3339(shown.used_at) if shown.used_at else None
    return PasskeyReply(id=shown.id, name=shown.name, created_at=rfc3339(shown.created_at), used_at=used_at)
