"""docs/openapi.json: the OpenAPI 3.1 document, generated from the declarations of the routes."""

import json
import os
import re
from collections.abc import Callable
from typing import Any

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import models_json_schema

from chalicelib.config import VARIABLES
from chalicelib.handlers.http import formats
from chalicelib.handlers.http.access import Access
from chalicelib.handlers.http.credentials import COOKIE
from chalicelib.handlers.http.problems import STATUS, Problem
from chalicelib.handlers.http.routing import ROUTES, Route
from tools.openapi_examples import Examples
from tools.version import version

REF = "#/components/schemas/{model}"
HEADERS: dict[str, dict[str, Any]] = {
    "X-Request-Id": {"type": "string", "minLength": 1},
    "Retry-After": {"type": "integer", "minimum": 1},
    "ETag": {"type": "string", "minLength": 2},
    "Cache-Control": {"type": "string", "minLength": 2},
    "Vary": {"type": "string", "minLength": 2},
    "Set-Cookie": {"type": "string", "minLength": 2},
}
"""Headers of replies that the contract promises."""
PATHS: dict[str, Any] = {
    "number": formats.ApplicationId,
    "person_number": formats.PersonId,
    "attachment_id": formats.AttachmentKey,
    "code": formats.EconomyCode,
    **dict.fromkeys(
        ("agent_id", "draft_id", "enterprise_id", "mail_id", "profile_id", "recovery_id", "ticket_id"), formats.Id
    ),
}
"""The types of path parameters; others are any text."""
CONDITIONS = ("Accept-Language", "If-None-Match")
"""Headers of requests on which a public reply depends."""
SECURITY: dict[str, Any] = {
    "session": {"type": "http", "scheme": "bearer"},
    "cookie": {
        "type": "apiKey",
        "in": "cookie",
        "name": COOKIE,
        "description": "Set by a sign-in with `keep`. Every request but GET needs an Origin of the portal and the JSON "
        "content type with it, otherwise it is ORIGIN_REFUSED. An Authorization header takes precedence. Replies "
        "remove the cookie when its session has ended.",
    },
}
"""The two ways to name a session; each alone is enough."""


def text() -> str:
    """The document as the file has it."""
    for name in VARIABLES.values():
        os.environ.setdefault(name, '{"keys": []}')
    import app  # noqa: F401  declares the routes

    return json.dumps(document(), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def document() -> dict[str, Any]:
    """The document of the routes that are declared; importing `app` declares all of them."""
    declared: list[Any] = [model for route in ROUTES for model in (route.body, route.reply)]
    models: set[type[BaseModel]] = {model for model in declared if _is_model(model)}
    pairs: list[Any] = [(model, "validation" if _is_body(model) else "serialization") for model in models]
    pairs.append((Problem, "serialization"))
    pairs.sort(key=lambda pair: pair[0].__name__)
    _, schemas = models_json_schema(pairs, ref_template=REF)
    examples = Examples(schemas.get("$defs", {}))
    paths: dict[str, Any] = {}
    for route in ROUTES:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "ABTC portal",
            "version": version(),
            "description": "APEC Business Travel Card portal for enterprises. 非官方: not the ministry's site.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": schemas.get("$defs", {}),
            "examples": {pair[0].__name__: {"value": examples.of(pair[0].__name__)} for pair in pairs},
            "responses": {str(status): _refusal(status) for status in sorted(set(STATUS.values()))},
            "securitySchemes": SECURITY,
        },
    }


def _operation(route: Route) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": f"{route.view.__module__.rpartition('.')[2]}_{route.view.__name__}",
        "summary": (route.view.__doc__ or "").strip().splitlines()[0],
        "tags": [route.view.__module__.rpartition(".")[2]],
        "x-access": route.access.value,
        "parameters": _parameters(route),
        "responses": _responses(route),
    }
    if route.access is not Access.PUBLIC:
        operation["security"] = [{name: []} for name in SECURITY]
    if route.body is not None:
        content = {"application/json": _content(route.body)}
        operation["requestBody"] = {"required": not route.body_optional, "content": content}
    return operation


def _parameters(route: Route) -> list[dict[str, Any]]:
    string = {"type": "string"}
    found: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": TypeAdapter(PATHS.get(name, str)).json_schema()}
        for name in re.findall(r"{(\w+)}", route.path)
    ]
    if route.query is not None:
        schema = TypeAdapter(route.query).json_schema()
        found += [
            {"name": name, "in": "query", "required": False, "schema": field}
            for name, field in schema["properties"].items()
        ]
    if route.versioned:
        found.append({"name": "If-Match", "in": "header", "required": True, "schema": string})
    if route.idempotent:
        uuid = {"type": "string", "format": "uuid"}
        found.append({"name": "Idempotency-Key", "in": "header", "required": True, "schema": uuid})
    if route.cacheable:
        found += [{"name": name, "in": "header", "required": False, "schema": string} for name in CONDITIONS]
    if route.path.endswith("/{ticket_id}"):
        found.append({"name": "X-Ticket-Secret", "in": "header", "required": True, "schema": string})
    return found


def _responses(route: Route) -> dict[str, Any]:
    replies: dict[str, Any] = {code: {"$ref": f"#/components/responses/{code}"} for code in sorted(_refusals(route))}
    done: dict[str, Any] = {"description": "Done", "headers": _headers("X-Request-Id")}
    if route.reply is not None:
        done["content"] = {"application/json": _content(route.reply)}
    if "keep" in (route.body.model_fields if route.body else ()):
        done["headers"]["Set-Cookie"] = {"required": False, "schema": HEADERS["Set-Cookie"]}
    if route.cacheable:
        cached = _headers("ETag", "Cache-Control", "Vary")
        done["headers"] |= cached
        replies["304"] = {"description": "Not changed", "headers": _headers("X-Request-Id") | cached}
    return {str(route.status): done, **replies}


REFUSALS: tuple[tuple[Callable[[Route], bool], str], ...] = (
    # A query parameter that the route does not take is refused with 422.
    (lambda _: True, "422 500 503"),
    (lambda route: route.access is not Access.PUBLIC, "401 403"),
    # Public routes with a body sign somebody in: they refuse wrong credentials and limit guessing.
    (lambda route: route.access is Access.PUBLIC and route.body is not None, "401 429"),
    (lambda route: "{" in route.path, "404"),
    (lambda route: "{number}" in route.path or route.method != "GET", "409"),
    (lambda route: route.query is not None, "400"),
    (lambda route: route.body is not None, "400 404 413 415"),
    (lambda route: route.versioned, "412 428"),
    (lambda route: route.idempotent, "428"),
    (lambda route: route.method != "GET", "429"),
    # A GET that counts as an export.
    (lambda route: route.path.endswith("/import-template"), "429"),
)
"""Which routes can be refused by the HTTP shell, a rule or a dependency, and with which statuses."""


def _refusals(route: Route) -> set[str]:
    return {status for holds, statuses in REFUSALS if holds(route) for status in statuses.split()}


def _refusal(status: int) -> dict[str, Any]:
    codes = sorted(code for code, code_status in STATUS.items() if code_status == status)
    headers = ("X-Request-Id", "Retry-After") if status in (429, 503) else ("X-Request-Id",)
    content = {"application/problem+json": _content(Problem)}
    return {"description": " or ".join(codes), "headers": _headers(*headers), "content": content}


def _content(model: type[BaseModel]) -> dict[str, Any]:
    """A body of this model, with its example."""
    name = model.__name__
    example = {"$ref": f"#/components/examples/{name}"}
    return {"schema": {"$ref": REF.format(model=name)}, "examples": {"example": example}}


def _headers(*names: str) -> dict[str, Any]:
    return {name: {"required": True, "schema": HEADERS[name]} for name in names}


def _is_model(model: Any) -> bool:
    return isinstance(model, type) and issubclass(model, BaseModel)


def _is_body(model: type[BaseModel]) -> bool:
    return any(route.body is model for route in ROUTES)
