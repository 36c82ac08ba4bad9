"""The HTTP shell: one thin Blueprint that every page's routes are declared on.

A declaration says path, access rule, body, query and reply; the shell authenticates, parses, calls the view, and
turns what it returns or refuses into a reply. Views know neither headers nor status codes. The declarations are
also what the OpenAPI document is made from.
"""

import re
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, NoReturn
from urllib.parse import unquote

from chalice.app import Blueprint, Response
from pydantic import BaseModel, ValidationError

from chalicelib.handlers.http import idempotency, problems
from chalicelib.handlers.http.access import Access, allows
from chalicelib.repos.accounts import sessions
from chalicelib.repos.accounts.idempotency import IdempotencyKey, Replayed
from chalicelib.repos.accounts.passwords import is_expired
from chalicelib.repos.accounts.sessions import Session
from chalicelib.repos.process import aws, clock, log
from chalicelib.repos.table.table import Item, Write
from chalicelib.rules.accounts.accounts import Account
from chalicelib.rules.accounts.acts import Act, Origin
from chalicelib.rules.base.china_time import china_day
from chalicelib.rules.base.errors import (
    ContentChanged,
    Forbidden,
    NotFound,
    OperationInvalid,
    PasswordExpired,
    PreconditionRequired,
    Refusal,
    TooLarge,
    Unauthenticated,
    UnsupportedMediaType,
)
from chalicelib.rules.base.limits import MAX_BODY_BYTES
from chalicelib.rules.forms import validation
from chalicelib.usecases.remember import Remember

HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
CONTROL = re.compile(r"[\x00-\x1f\x7f]")

View = Callable[..., Any]


@dataclass(frozen=True)
class Route:
    """One declared route: what the shell needs to serve it and the documents to describe it."""

    method: str
    path: str
    access: Access
    view: View
    body: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    reply: Any = None
    status: int = 200
    body_optional: bool = False
    versioned: bool = False
    """Whether If-Match is required."""
    idempotent: bool = False
    """Whether an Idempotency-Key is taken."""
    despite_expiry: bool = False
    """Whether it may be called with a password that must be renewed first."""
    cacheable: bool = False
    """Whether the reply has an ETag that If-None-Match may name."""


ROUTES: list[Route] = []
"""Every route of the service, in the order of declaration."""


@dataclass(frozen=True)
class Call:
    """One request as a view sees it."""

    now: datetime
    request_id: str
    language: str
    target: str
    """Method and path."""
    headers: Mapping[str, str] = field(repr=False)
    body: Any = field(repr=False, default=None)
    raw_body: bytes = field(repr=False, default=b"")
    query: Any = field(repr=False, default=None)
    context: Mapping[str, Any] = field(repr=False, default_factory=dict)
    """API Gateway's request context."""
    account: Account | None = None
    session: Session | None = None
    idempotency_key: IdempotencyKey | None = None
    """The Idempotency-Key of a route that takes one, bound to this request; None without one."""

    @property
    def viewer(self) -> Account:
        """Who calls; only on routes that are not public."""
        if self.account is None:
            raise Unauthenticated
        return self.account

    @property
    def own_session(self) -> Session:
        """The session this call came with."""
        if self.session is None:
            raise Unauthenticated
        return self.session

    @property
    def act(self) -> Act:
        """Who does something now."""
        return Act(self.viewer, self.now, self.request_id)

    @property
    def origin(self) -> Origin:
        """Who changes something now, for the audit."""
        return self.act.origin

    @property
    def address(self) -> str:
        """The caller's network address, as API Gateway saw it."""
        identity: Mapping[str, Any] = self.context.get("identity") or {}
        return str(identity.get("sourceIp", ""))

    @property
    def if_match(self) -> int:
        """The version that If-Match names; `PreconditionRequired` without one."""
        header = self.headers.get("if-match")
        if header is None:
            raise PreconditionRequired
        version = header.strip().removeprefix("W/").strip('"')
        if not (version.isascii() and version.isdigit() and len(version) < 10):
            raise ContentChanged
        return int(version)

    def remember[Result](self, reply_of: Callable[[Result], BaseModel]) -> Remember[Result]:
        """How a use case stores this request's reply in its transaction, so that a repeated request gets it again."""
        key = self.idempotency_key

        def remember(result: Result) -> list[Write]:
            return [key.reply_stored(reply_of(result).model_dump_json(), self.now)] if key else []

        return remember


class Routes(Blueprint):
    """The routes of one page."""

    def add(self, method: str, path: str, access: Access, **declared: Any) -> Callable[[View], View]:
        """Declare a route; see `Route` for what can be said of it."""

        def register(view: View) -> View:
            route = Route(method, f"/v1{path}", access, view, **declared)
            ROUTES.append(route)

            def serve(**parameters: str) -> Response:
                return _serve(route, self.current_request, parameters)

            serve.__name__ = f"{view.__module__.rpartition('.')[2]}_{view.__name__}"
            # The shell reads the body itself, so that even a wrong media type is answered in the contract's shape.
            self.route(route.path, methods=[method], content_types=["*/*"])(serve)
            return view

        return register


def _serve(route: Route, request: Any, parameters: Mapping[str, str]) -> Response:
    started = time.perf_counter()
    request_id = request.context.get("requestId") or str(uuid.uuid4())
    language = "en" if request.headers.get("accept-language", "").lower().startswith("en") else "zh"
    call = Call(
        clock.now(),
        request_id,
        language,
        f"{route.method} {route.path.format(**parameters)}",
        request.headers,
        raw_body=request.raw_body,
        context=request.context,
    )
    code = None
    account = None
    try:
        with aws.serving_a_client():
            call, stored_reply = _authenticated(route, call)
            account = call.account
            call = _parsed(route, call, request)
            if call.idempotency_key:
                call.idempotency_key.replay(stored_reply)
            response = _respond(route, call, _viewed(route, call, parameters))
    except Replayed as before:
        assert route.reply is not None  # noqa: S101  what is remembered was once a reply
        response = _respond(route, call, route.reply.model_validate_json(before.reply))
    except Refusal as refusal:
        code = refusal.code
        response = problems.respond(refusal, language, request_id)
    except Exception as error:  # noqa: BLE001  the one place where a fault of ours becomes a reply
        code = "INTERNAL"
        log.failure("fault", error, request_id=request_id, route=f"{route.method} {route.path}")
        response = problems.fault(language, request_id)
    response.headers |= {**HEADERS, "X-Request-Id": request_id}
    log.event(
        "request",
        request_id=request_id,
        route=f"{route.method} {route.path}",
        status=response.status_code,
        code=code,
        account=account.id if account else None,
        role=account.role if account else None,
        ms=round((time.perf_counter() - started) * 1000, 1),
    )
    return response


def _viewed(route: Route, call: Call, parameters: Mapping[str, str]) -> Any:
    """What the view returns.

    A concurrent request with the same Idempotency-Key may have done what this one is refused for, such as using a draft
    up: then its reply is the reply of both.
    """
    try:
        return route.view(call, **_unquoted(parameters))
    except (NotFound, OperationInvalid):
        if call.idempotency_key:
            call.idempotency_key.replay_stored()
        raise


def _authenticated(route: Route, call: Call) -> tuple[Call, Item | None]:
    """The call with its account, if the access rule lets it through, and what its Idempotency-Key stands for so far."""
    if route.access is Access.PUBLIC:
        return call, None
    scheme, _, token = call.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated
    name = idempotency.name_of(call.headers.get("idempotency-key")) if route.idempotent else None
    caller = sessions.authenticate(token.strip(), call.now, name)
    if not allows(route.access, caller.account):
        raise Forbidden
    if not route.despite_expiry and is_expired(caller.account, call.now):
        raise PasswordExpired
    return replace(call, account=caller.account, session=caller.session), caller.stored_reply


def _parsed(route: Route, call: Call, request: Any) -> Call:
    """The call with its body and query as the declared models, and with its Idempotency-Key."""
    try:
        query = route.query.model_validate_strings(_single(request)) if route.query else None
        body = _body(route, call) if route.body else None
    except ValidationError as error:
        raise validation.refusal(error) from None
    key = None
    if route.idempotent:
        key = idempotency.key_of(call.headers.get("idempotency-key"), call.viewer.id, call.target, call.raw_body)
    return replace(call, body=body, query=query, idempotency_key=key)


def _single(request: Any) -> dict[str, str]:
    return dict(request.query_params or {})


def _body(route: Route, call: Call) -> BaseModel:
    assert route.body is not None  # noqa: S101  asked by the caller
    if len(call.raw_body) > MAX_BODY_BYTES:
        raise TooLarge
    media_type = call.headers.get("content-type", "").partition(";")[0].strip().lower()
    if not call.raw_body and route.body_optional:
        return route.body()
    if media_type != "application/json":
        raise UnsupportedMediaType
    return route.body.model_validate_json(call.raw_body, context={"today": china_day(call.now)})


def _unquoted(parameters: Mapping[str, str]) -> dict[str, str]:
    """Path parameters as text; what cannot be part of any key of ours is simply not found."""
    plain = {name: unquote(value) for name, value in parameters.items()}
    if any(CONTROL.search(value) or "#" in value or len(value) > 200 for value in plain.values()):
        _not_found()
    return plain


def _not_found() -> NoReturn:
    raise NotFound


def _respond(route: Route, call: Call, result: Any) -> Response:
    if result is None:
        return Response("", {}, 204)
    if isinstance(result, Response):
        return result
    text = result.model_dump_json()
    headers: dict[str, str | list[str]] = {"Content-Type": "application/json"}
    if (version := getattr(result, "version", None)) is not None:
        headers["ETag"] = f'"{version}"'
    if route.cacheable and call.headers.get("if-none-match") == headers.get("ETag"):
        return Response("", headers, 304)
    return Response(text, headers, route.status)
