"""Requests and replies of the second port's calls, as JSON."""

import functools
import json
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from chalice.app import Chalice, Request, Response

from sandbox.http.forms import Form, read_form
from sandbox.http.refusals import CallRefused

type View = Callable[..., Response]


def answering(view: View) -> View:
    """Turn a `CallRefused` that the view raises into its reply."""

    @functools.wraps(view)
    def wrapped(**parameters: str) -> Response:
        try:
            return view(**parameters)
        except CallRefused as refusal:
            return reply(refusal.status, refusal.body)

    return wrapped


def reply(status: int, body: object = None) -> Response:
    """A JSON reply; Chinese is not escaped, values that JSON lacks are written as text."""
    text = "" if status == HTTPStatus.NO_CONTENT else json.dumps(body, ensure_ascii=False, default=str)
    return Response(text, headers={"Content-Type": "application/json"}, status_code=status)


def request_of(app: Chalice) -> Request:
    """The request that this thread serves."""
    request = app.current_request
    if request is None:
        raise RuntimeError("no request is being served")
    return request


def query(app: Chalice, name: str) -> str | None:
    """A query parameter; None if it is missing or empty."""
    given: Mapping[str, str] = request_of(app).query_params or {}
    return given.get(name) or None


def content(app: Chalice) -> dict[str, Any]:
    """The request's JSON object; an empty body is an empty object.

    Raises:
        CallRefused: 422 for anything but an object.
    """
    try:
        found = json.loads(request_of(app).raw_body or b"{}")
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise CallRefused(HTTPStatus.UNPROCESSABLE_ENTITY, "请求内容应为 JSON 对象")
    return found


def form[F: Form](app: Chalice, kind: type[F]) -> F:
    """The request's JSON as a form; `CallRefused` 422 if it is not valid."""
    return read_form(kind, content(app))
