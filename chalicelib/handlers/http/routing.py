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

from chalicelib.handlers.http import problems
from chalicelib.handlers.http.access import Access, allows
from chalicelib.repos.accounts import idempotency, sessions
from chalicelib.repos.accounts.audit import Origin
from chalicelib.repos.accounts.idempotency import IdempotencyKey, Replayed
from chalicelib.repos.accounts.passwords import is_expired
from chalicelib.repos.accounts.sessions import Session
from chalicelib.repos.process import aws, clock, log
from chalicelib.rules.accounts.accounts import Account
from chalicelib.rules.applications.applications import Act
from chalicelib.rules.base.errors import (
    ContentChanged,
    Forbidden,
    NotFound,
    PasswordExpired,
    PreconditionRequired,
    Refusal,
    TooLarge,
    Unauthenticated,
    UnsupportedMediaType,
    invalid,
)
from chalicelib.rules.base.limits import MAX_BODY_BYTES
from chalicelib.rules.forms import validation

HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
IDEMPOTENCY_KEY = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
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
        """Who does what now, for the history."""
        return Act(self.viewer, self.now, self.request_id)

    @property
    def origin(self) -> Origin:
        """Who changes something now, for the audit."""
        act = self.act
        return Origin(act.actor.id, act.actor_name, self.now, self.request_id)

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

    @property
    def idempotency_key(self) -> IdempotencyKey | None:
        """Its Idempotency-Key, a UUID, bound to caller, target and body; None without one."""
        header = self.headers.get("idempotency-key")
        if header is not None and not IDEMPOTENCY_KEY.fullmatch(header):
            raise invalid("Idempotency-Key", "uuid_parsing")
        return (
            idempotency.idempotency_key(self.viewer.id, header.lower(), self.target, self.raw_body) if header else None
        )


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
        with aws.awaited():
            call = _authenticated(route, call)
            account = call.account
            call = _parsed(route, call, request)
            response = _respond(route, call, route.view(call, **_unquoted(parameters)))
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


def _authenticated(route: Route, call: Call) -> Call:
    """The call with its account, if the access rule lets it through."""
    if route.access is Access.PUBLIC:
        return call
    scheme, _, token = call.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated
    account, session = sessions.authenticate(token.strip(), call.now)
    if not allows(route.access, account):
        raise Forbidden
    if not route.despite_expiry and is_expired(account, call.now):
        raise PasswordExpired
    return replace(call, account=account, session=session)


def _parsed(route: Route, call: Call, request: Any) -> Call:
    """The call with its body and query as the declared models."""
    try:
        query = route.query.model_validate_strings(_single(request)) if route.query else None
        body = _body(route, call) if route.body else None
    except ValidationError as error:
        raise validation.refusal(error) from None
    return replace(call, body=body, query=query)


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
    return route.body.model_validate_json(call.raw_body, context={"today": clock.today(call.now)})


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
