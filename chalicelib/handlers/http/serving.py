"""Serves a request: authenticates it, parses it, calls the view, and turns the result or refusal into a reply."""

import time
import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from chalice.app import Response

from chalicelib.handlers.http import credentials, edge, idempotency, problems
from chalicelib.handlers.http.access import Access, allows
from chalicelib.handlers.http.call import Call
from chalicelib.handlers.http.credentials import WithCookie
from chalicelib.handlers.http.parsing import parsed, path_parameters
from chalicelib.handlers.http.route import Route
from chalicelib.repos.accounts import second_factors
from chalicelib.repos.accounts.idempotency import Replayed
from chalicelib.repos.accounts.passwords import is_expired
from chalicelib.repos.process import aws, clock, log
from chalicelib.rules.accounts.accounts import Account
from chalicelib.rules.base.errors import (
    Forbidden,
    NotFound,
    OperationInvalid,
    PasswordExpired,
    ProofRequired,
    QuotaUsedUp,
    Refusal,
    SecondFactorMissing,
    Unauthenticated,
)
from chalicelib.usecases.accounts.authentication import StoredReply, authenticate

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
}
"""Headers of every reply. The gateway's own replies have the same, in `.chalice/resources.json`."""


def serve(route: Route, request: Any, parameters: Mapping[str, str]) -> Response:
    """The reply to a request; refusals and faults become problem+json, and every request is logged.

    Args:
        route: the route of the request.
        request: the request as Chalice has it.
        parameters: the path parameters, percent-encoded.
    """
    started = time.perf_counter()
    call = _call(route, request, parameters)
    code = None
    account: Account | None = None
    try:
        with aws.serving_a_client():
            call, stored_reply = _authenticated(route, call)
            account = call.account
            call = parsed(route, call, request.query_params)
            if call.idempotency_key:
                call.idempotency_key.replay(stored_reply)
            response = _respond(route, call, _viewed(route, call, parameters))
    except Replayed as earlier:
        assert route.reply is not None  # noqa: S101  only replies with a model are stored
        response = _respond(route, call, route.reply.model_validate_json(earlier.reply))
    except Refusal as refusal:
        code = refusal.code
        party = account.party if account else None
        form = getattr(route.body, "titles", "")
        response = problems.respond(refusal, call.language, call.request_id, form, party)
        if isinstance(refusal, Unauthenticated) and _came_with_cookie(call):
            response.headers["Set-Cookie"] = credentials.CLEARED
    except Exception as error:  # noqa: BLE001  the one place where an internal fault becomes a reply
        code = "INTERNAL"
        log.failure("fault", error, request_id=call.request_id, route=route.name)
        response = problems.fault(call.language, call.request_id)
    response.headers = {**HEADERS, **response.headers, "X-Request-Id": call.request_id}
    log.event(
        "request",
        request_id=call.request_id,
        route=route.name,
        status=response.status_code,
        code=code,
        account=account.id if account else None,
        role=account.role if account else None,
        ms=round((time.perf_counter() - started) * 1000, 1),
    )
    return response


def _call(route: Route, request: Any, parameters: Mapping[str, str]) -> Call:
    return Call(
        clock.now(),
        request_id=request.context.get("requestId") or str(uuid.uuid4()),
        language="en" if request.headers.get("accept-language", "").lower().startswith("en") else "zh",
        target=f"{route.method} {route.path.format(**parameters)}",
        headers=request.headers,
        raw_body=request.raw_body,
        context=request.context,
    )


def _authenticated(route: Route, call: Call) -> tuple[Call, StoredReply]:
    """The call with its account, and the item stored under its Idempotency-Key.

    Raises:
        Unauthenticated: the route is not public, and the request has no living session.
        OriginRefused: the session came with a cookie, and the request may come from a page of another site.
        Forbidden: the request passed by the distribution, or the access rule of the route does not admit the account.
        PasswordExpired: the account must set a new password first.
        SecondFactorMissing: the officer must set up a second step first.
        ProofRequired: the user must show first to be the owner.
    """
    edge.check_way(call.headers)
    if route.access is Access.PUBLIC:
        return call, None
    sent = credentials.of_headers(call.headers)
    if sent is None:
        raise Unauthenticated
    if sent.by_cookie:
        credentials.check_origin(route.method, call.headers)
    name = idempotency.name_of(call.headers.get("idempotency-key")) if route.idempotent else None
    caller = authenticate(sent.token, call.now, name, touch=not route.passive)
    if not allows(route.access, caller.account):
        raise Forbidden
    if not route.for_credentials:
        _check_credentials(caller.account, call.now)
    if route.proven and not caller.session.is_proven(call.now):
        raise ProofRequired
    signed_in = replace(call, account=caller.account, session=caller.session, by_cookie=sent.by_cookie)
    return signed_in, caller.stored_reply


def _check_credentials(account: Account, now: datetime) -> None:
    if is_expired(account, now):
        raise PasswordExpired
    if second_factors.is_missing(account):
        raise SecondFactorMissing


def _came_with_cookie(call: Call) -> bool:
    sent = credentials.of_headers(call.headers)
    return sent is not None and sent.by_cookie


def _viewed(route: Route, call: Call, parameters: Mapping[str, str]) -> Any:
    """The result of the view.

    A concurrent request with the same Idempotency-Key may have done what this one is refused for, such as submitting a
    draft or using up a quota. Its stored reply then answers this request as well.
    """
    try:
        return route.view(call, **path_parameters(parameters))
    except (NotFound, OperationInvalid, QuotaUsedUp):
        if call.idempotency_key:
            call.idempotency_key.replay_stored()
        raise


def _respond(route: Route, call: Call, result: Any) -> Response:
    """The response for a view's result: 204 for None, and an ETag for a model that has a version."""
    if isinstance(result, WithCookie):
        response = _respond(route, call, result.reply)
        response.headers["Set-Cookie"] = [result.cookie, result.device] if result.device else result.cookie
        return response
    if result is None:
        return Response("", {}, 204)
    if isinstance(result, Response):
        return result
    text = result.model_dump_json()
    headers: dict[str, str | list[str]] = {"Content-Type": "application/json"}
    if (version := getattr(result, "version", None)) is not None:
        headers["ETag"] = f'"{version}"'
    return Response(text, headers, route.status)
