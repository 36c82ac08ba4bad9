"""Parses a request: query, body, path parameters and Idempotency-Key, as its route declares them."""

import re
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import unquote

from pydantic import BaseModel, ValidationError

from chalicelib.handlers.http import idempotency
from chalicelib.handlers.http.call import Call
from chalicelib.handlers.http.credentials import media_type
from chalicelib.handlers.http.route import Route
from chalicelib.rules.base.china_time import china_day
from chalicelib.rules.base.errors import NotFound, TooLarge, UnsupportedMediaType
from chalicelib.rules.base.limits import MAX_BODY_BYTES
from chalicelib.rules.forms import validation
from chalicelib.rules.forms.form import Form

CONTROL = re.compile(r"[\x00-\x1f\x7f]")
MAX_PATH_PARAMETER = 200
"""Characters; keys of stored objects are shorter."""


class NoQuery(Form):
    """The query parameters of a route that takes none."""


def parsed(route: Route, call: Call, query: Mapping[str, str] | None) -> Call:
    """The call with its body and query as the declared models, and with its Idempotency-Key.

    Args:
        route: the route of the request.
        call: the request, with its account if the route is not public.
        query: the query parameters as they were sent.

    Raises:
        Invalid: a field or a query parameter is unknown or has a value that is not accepted.
        PreconditionRequired: the route requires an Idempotency-Key, and there is none.
        Malformed: the body is not JSON.
        TooLarge: the body is larger than `MAX_BODY_BYTES`.
        UnsupportedMediaType: the body is not declared as JSON.
    """
    key_header = idempotency.require(call.headers.get("idempotency-key")) if route.idempotent else None
    try:
        parameters = (route.query or NoQuery).model_validate_strings(dict(query or {}))
        body = _body(route.body, call, optional=route.body_optional) if route.body else None
    except ValidationError as error:
        raise validation.refusal(error) from None
    key = None
    if key_header is not None:
        key = idempotency.key_of(key_header, call.viewer.id, call.target, call.raw_body)
    return replace(call, body=body, query=parameters if route.query else None, idempotency_key=key)


def path_parameters(parameters: Mapping[str, str]) -> dict[str, str]:
    """The path parameters without percent-encoding.

    Raises:
        NotFound: a parameter cannot be part of any key of the table.
    """
    plain = {name: unquote(value) for name, value in parameters.items()}
    for value in plain.values():
        if CONTROL.search(value) or "#" in value or len(value) > MAX_PATH_PARAMETER:
            raise NotFound
    return plain


def _body(model: type[BaseModel], call: Call, *, optional: bool) -> BaseModel:
    if len(call.raw_body) > MAX_BODY_BYTES:
        raise TooLarge
    if not call.raw_body and optional:
        return model()
    if media_type(call.headers) != "application/json":
        raise UnsupportedMediaType
    return model.model_validate_json(call.raw_body, context={"today": china_day(call.now)})
