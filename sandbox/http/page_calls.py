"""Calls of the second port: their JSON in, their JSON out, their refusals."""

import functools
import json
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from chalice.app import Chalice, Request, Response

from sandbox.wallet.forms import Form, WalletError, read_form

type View = Callable[..., Response]


def answering(view: View) -> View:
    """Let a view refuse by raising `WalletError`."""

    @functools.wraps(view)
    def wrapped(**parameters: str) -> Response:
        try:
            return view(**parameters)
        except WalletError as refusal:
            return reply(refusal.status, refusal.body)

    return wrapped


def reply(status: int, body: object = None) -> Response:
    """JSON with Chinese as it is; what JSON does not know becomes text."""
    text = "" if status == HTTPStatus.NO_CONTENT else json.dumps(body, ensure_ascii=False, default=str)
    return Response(text, headers={"Content-Type": "application/json"}, status_code=status)


def request_of(app: Chalice) -> Request:
    """The request in this thread's hands."""
    request = app.current_request
    if request is None:
        raise RuntimeError("outside of a request")
    return request


def query(app: Chalice, name: str) -> str | None:
    """A parameter of the address, if it is there and not empty."""
    given: Mapping[str, str] = request_of(app).query_params or {}
    return given.get(name) or None


def content(app: Chalice) -> dict[str, Any]:
    """The request's JSON object; an empty body is an empty object."""
    try:
        found = json.loads(request_of(app).raw_body or b"{}")
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise WalletError(HTTPStatus.UNPROCESSABLE_ENTITY, "请求内容应为 JSON 对象")
    return found


def form[F: Form](app: Chalice, kind: type[F]) -> F:
    """The request's JSON as a form."""
    return read_form(kind, content(app))
