"""How a request names its session: by a bearer token, or by a cookie that only browsers on our own pages send.

Both hold the same token of the same kind of session (docs/decisions/0048). A browser adds a cookie by itself, whoever
made the page that sends the request. A request that may change something therefore needs, with a cookie, an Origin of
our own and the JSON content type, which no form of another site can send.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from pydantic import BaseModel

from chalicelib.config import settings
from chalicelib.rules.accounts.passkeys import relying_party
from chalicelib.rules.base.errors import FieldError, OriginRefused
from chalicelib.rules.base.limits import KNOWN_DEVICE_LIFE, SESSION_LIFE
from chalicelib.rules.base.vocabulary import AccountId

COOKIE = "__Host-session"
"""With this prefix browsers accept the cookie only from the host itself, over TLS and for all its paths."""
ATTRIBUTES = "Path=/; Secure; HttpOnly; SameSite=Strict"
CLEARED = f"{COOKIE}=; Max-Age=0; {ATTRIBUTES}"
"""The value of Set-Cookie that removes the cookie."""
DEVICE_COOKIE = "__Host-device"
"""The browser keeps it after the session has ended; it opens nothing, and tells a known device from a stranger's."""
SAFE_METHODS = frozenset({"GET", "HEAD"})
"""Methods of requests that change nothing."""


@dataclass(frozen=True)
class Credentials:
    """The token of a request."""

    token: str = field(repr=False)
    by_cookie: bool


@dataclass(frozen=True)
class WithCookie:
    """What a view returns to set or clear the cookie with its reply."""

    reply: BaseModel | None
    cookie: str = field(repr=False)
    """The value of Set-Cookie."""
    device: str = field(default="", repr=False)
    """The value of a second Set-Cookie, by which the browser is known from then on; empty for none."""


def of_headers(headers: Mapping[str, str]) -> Credentials | None:
    """The credentials of a request; None without any. If there is an Authorization header, the cookie does not count.

    Args:
        headers: the headers of the request, by names in lower case.
    """
    if "authorization" in headers:
        scheme, _, token = headers["authorization"].partition(" ")
        is_token = scheme.lower() == "bearer" and bool(token.strip())
        return Credentials(token.strip(), by_cookie=False) if is_token else None
    token = _cookie(COOKIE, headers)
    return Credentials(token, by_cookie=True) if token else None


def device_token(headers: Mapping[str, str]) -> str:
    """The token by which the browser is known; empty for none."""
    return _cookie(DEVICE_COOKIE, headers)


def is_cookie_of(account_id: AccountId, headers: Mapping[str, str]) -> bool:
    """Whether the request came with a cookie whose token names this account, living or not."""
    sent = of_headers(headers)
    return sent is not None and sent.by_cookie and sent.token.split(".")[1:2] == [account_id]


def check_origin(method: str, headers: Mapping[str, str]) -> None:
    """Refuse a request with a cookie that may change something and may come from a page of somebody else.

    Raises:
        OriginRefused: the Origin is missing or not ours, or the content type is not JSON; the errors name the header.
    """
    if method in SAFE_METHODS:
        return
    errors = []
    if headers.get("origin") not in _own_origins():
        errors.append(FieldError("Origin", "ORIGIN_NOT_OWN"))
    if media_type(headers) != "application/json":
        errors.append(FieldError("Content-Type", "JSON_REQUIRED"))
    if errors:
        raise OriginRefused(errors)


def media_type(headers: Mapping[str, str]) -> str:
    """The media type of the body without parameters, in lower case; empty if the request names none."""
    return headers.get("content-type", "").partition(";")[0].strip().lower()


def kept(token: str) -> str:
    """The value of Set-Cookie that makes the browser keep a session for its longest life."""
    return f"{COOKIE}={token}; Max-Age={int(SESSION_LIFE.total_seconds())}; {ATTRIBUTES}"


def device_kept(token: str) -> str:
    """The value of Set-Cookie that makes the browser known."""
    return f"{DEVICE_COOKIE}={token}; Max-Age={int(KNOWN_DEVICE_LIFE.total_seconds())}; {ATTRIBUTES}"


def _cookie(wanted: str, headers: Mapping[str, str]) -> str:
    pairs = (part.strip().partition("=") for part in headers.get("cookie", "").split(";"))
    return next((value for name, _, value in pairs if name == wanted), "")


def _own_origins() -> set[str]:
    """Of the pages, of the API, and of the pages where passkeys work: on one machine they are localhost too."""
    api, party = urlsplit(settings().api_url), relying_party(settings().web_origin)
    return {settings().web_origin, f"{api.scheme}://{api.netloc}", *([party.origin] if party else [])}
