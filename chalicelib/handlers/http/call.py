"""`Call`: one request as a view receives it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import BaseModel

from chalicelib.handlers.http import credentials, edge
from chalicelib.repos.accounts.idempotency import IdempotencyKey
from chalicelib.repos.accounts.known_devices import Caller
from chalicelib.rules.accounts.accounts import Account
from chalicelib.rules.accounts.acts import Act, Origin
from chalicelib.rules.accounts.sessions import Session
from chalicelib.rules.base.errors import (
    ContentChanged,
    FieldError,
    PreconditionRequired,
    ProofRequired,
    Unauthenticated,
)
from chalicelib.usecases.remember import Remember, Writes

NO_VERSION = -1
"""Marks a malformed If-Match; it matches no stored version."""


@dataclass(frozen=True)
class Call:
    """One request: its parsed body and query, the account that sent it, and its headers."""

    now: datetime
    request_id: str
    language: str
    """`zh` or `en`: the language of texts in the reply."""
    target: str
    """Method and path."""
    headers: Mapping[str, str] = field(repr=False)
    body: Any = field(repr=False, default=None)
    """The body as the route's model."""
    raw_body: bytes = field(repr=False, default=b"")
    query: Any = field(repr=False, default=None)
    """The query parameters as the route's model; None for a route that takes none."""
    context: Mapping[str, Any] = field(repr=False, default_factory=dict)
    """The request context of API Gateway."""
    account: Account | None = None
    session: Session | None = None
    by_cookie: bool = False
    """Whether the session came with a cookie instead of a bearer token."""
    idempotency_key: IdempotencyKey | None = None
    """The Idempotency-Key of the request, bound to it; None on a route that requires none."""

    @property
    def viewer(self) -> Account:
        """The account that sends the request.

        Raises:
            Unauthenticated: the route is public.
        """
        if self.account is None:
            raise Unauthenticated
        return self.account

    @property
    def own_session(self) -> Session:
        """The session that the request came with.

        Raises:
            Unauthenticated: the route is public.
        """
        if self.session is None:
            raise Unauthenticated
        return self.session

    def check_proof(self) -> None:
        """Accept an act on credentials.

        Raises:
            ProofRequired: nobody has lately shown to be the owner of the session.
        """
        if not self.own_session.is_proven(self.now):
            raise ProofRequired

    @property
    def act(self) -> Act:
        """The account, the moment and the id of the request, as use cases take them."""
        return Act(self.viewer, self.now, self.request_id)

    @property
    def origin(self) -> Origin:
        """The origin of audit entries that the request leaves."""
        return self.act.origin

    @property
    def address(self) -> str:
        """The network address of the caller, also behind our own distribution; empty if none is known."""
        identity: Mapping[str, Any] = self.context.get("identity") or {}
        return edge.caller_address(self.headers, str(identity.get("sourceIp", "")))

    @property
    def caller(self) -> Caller:
        """Where the request comes from: network address and known device."""
        return Caller(self.address, credentials.device_token(self.headers))

    @property
    def if_match(self) -> int:
        """The version that the required If-Match header names.

        Raises:
            PreconditionRequired: there is no such header.
            ContentChanged: its value is no version.
        """
        version = self.expected_version
        if version is None:
            raise PreconditionRequired([FieldError("If-Match", "VERSION_MISSING")])
        if version == NO_VERSION:
            raise ContentChanged
        return version

    @property
    def expected_version(self) -> int | None:
        """The version that an optional If-Match header names; None without it, `NO_VERSION` if it is no version."""
        header = self.headers.get("if-match")
        if header is None:
            return None
        version = header.strip().removeprefix("W/").strip('"')
        is_version = version.isascii() and version.isdigit() and len(version) < 10
        return int(version) if is_version else NO_VERSION

    def remember[Result](self, reply_of: Callable[[Result], BaseModel]) -> Remember[Result]:
        """What a use case calls to store the reply of this request in its transaction.

        Args:
            reply_of: makes the reply of the use case's result.
        """
        key = self.idempotency_key

        def remember(result: Result) -> Writes:
            return [key.reply_stored(reply_of(result).model_dump_json(), self.now)] if key else []

        return remember
