"""Replies for refusals and faults: application/problem+json in Chinese, or in English if the client asks for it."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from chalice.app import Response
from pydantic import BaseModel

from chalicelib import data
from chalicelib.data import texts
from chalicelib.handlers.http.formats import FieldCode, Moment, ProblemCode
from chalicelib.rules.base.errors import Current, FieldError, OperationInvalid, QuotaUsedUp, Refusal
from chalicelib.rules.base.vocabulary import Party, Status

STATUS: Mapping[str, int] = {
    "MALFORMED": 400,
    "UNAUTHENTICATED": 401,
    "LOGIN_FAILED": 401,
    "ASSERTION_REFUSED": 401,
    "FORBIDDEN": 403,
    "ORIGIN_REFUSED": 403,
    "PASSWORD_EXPIRED": 403,
    "SECOND_FACTOR_REQUIRED": 401,
    "SECOND_FACTOR_MISSING": 403,
    "PROOF_REQUIRED": 403,
    "NOT_FOUND": 404,
    "OPERATION_INVALID": 409,
    "FILE_NOT_CLEAN": 409,
    "LIMIT_REACHED": 409,
    "FOLLOW_UP_LIMIT": 409,
    "ALREADY_EXISTS": 409,
    "IN_PROGRESS": 409,
    "DIFFERENT_ENTERPRISE": 409,
    "CONTENT_CHANGED": 412,
    "TOO_LARGE": 413,
    "UNSUPPORTED_MEDIA_TYPE": 415,
    "INVALID": 422,
    "IDEMPOTENCY_KEY_REUSED": 422,
    "PRECONDITION_REQUIRED": 428,
    "TOO_MANY_REQUESTS": 429,
    "INTERNAL": 500,
    "OUTCOME_UNKNOWN": 503,
    "UNAVAILABLE": 503,
}
"""The HTTP status of each error code."""


class ProblemField(BaseModel):
    """A field that was not accepted."""

    field: str
    code: FieldCode
    message: str


class ProblemCurrent(BaseModel):
    """The current status of the application (with OPERATION_INVALID)."""

    status: Status
    status_label: str
    status_version: int
    changed_at: Moment
    changed_by: str
    """An agent by name inside its enterprise, otherwise masked; an officer as the office."""


class Problem(BaseModel):
    """The body of every error reply."""

    type: str
    title: str
    status: int
    code: ProblemCode
    message: str
    errors: list[ProblemField]
    request_id: str
    current: ProblemCurrent | None = None


def respond(refusal: Refusal, language: str, request_id: str, form: str = "", party: Party | None = None) -> Response:
    """The reply to a request that was refused.

    Args:
        refusal: why.
        language: `zh` or `en`.
        request_id: the id of the request.
        party: the side of the account that sent the request; None without one.
        form: whose titles of fields the page of the request prints (`Form.titles`).
    """
    body = _body(refusal.code, refusal.errors, language, request_id, form)
    if isinstance(refusal, QuotaUsedUp):
        body["message"] = texts.text("quotas", refusal.quota, language, most=refusal.most)
    if isinstance(refusal, OperationInvalid):
        body["current"] = current(refusal.current, language, party).model_dump() if refusal.current else None
    headers = {}
    if (seconds := getattr(refusal, "retry_after", None)) is not None:
        headers["Retry-After"] = str(seconds)
    return _reply(body, headers)


def current(shown: Current, language: str, party: Party | None) -> ProblemCurrent:
    """What the object of a refused act is now, as a reader of this party may know it."""
    agent = shown.agent if party is Party.APPLICANT else None
    offices = (office.label(language) for office in data.offices().values() if office.name == shown.changed_by)
    portal = texts.text("parties", Party.PORTAL, language) if shown.changed_by == Party.PORTAL else None
    return ProblemCurrent(
        status=shown.status,
        status_label=texts.text("statuses", shown.status, language),
        status_version=shown.status_version,
        changed_at=shown.changed_at,
        changed_by=agent or portal or next(offices, shown.changed_by),
    )


def fault(language: str, request_id: str) -> Response:
    """The reply to a request that met an internal fault; the log has the details under the request's id."""
    return _reply(_body("INTERNAL", (), language, request_id), {})


def _body(code: str, errors: Iterable[FieldError], language: str, request_id: str, form: str = "") -> dict[str, Any]:
    return {
        "type": "about:blank",
        "title": texts.text("errors", code, "en"),
        "status": STATUS[code],
        "code": code,
        "message": texts.text("errors", code, language),
        "errors": [problem_field(error, language, form).model_dump() for error in errors],
        "request_id": request_id,
    }


def problem_field(error: FieldError, language: str, form: str = "", code: str = "") -> ProblemField:
    """A field error with its message; `code` is shown instead of the one of the message."""
    return ProblemField(
        field=error.field, code=_known(code or error.code), message=field_message(error, language, form)
    )


def field_message(error: FieldError, language: str, form: str = "") -> str:
    """The message about one field, with its title."""
    colon = ": " if language == "en" else "："
    # One character at least: nothing was entered.
    code = "missing" if error.code == "string_too_short" and error.values.get("min_length") == 1 else error.code
    message = texts.text("invalid", _known(code), language, **_in_words(error.values, language))
    return f"{texts.field_title(error.field, language, form)}{colon}{message}" if error.field else message


def _known(code: str) -> str:
    """The code if it has a text; `value_error` for any other error of pydantic."""
    return code if texts.has("invalid", code) else "value_error"


def _in_words(values: Mapping[str, object], language: str) -> dict[str, object]:
    """The values of a message in `language`: names of kinds for their codes, and lists of values.

    Pydantic makes the list of expected values in English, with quotes.
    """
    words = dict(values)
    if (kind := data.attachment_kinds().get(str(words.get("kind")))) is not None:
        words["kind"] = kind.label(language)
    if "economy" in words:
        words["economy"] = data.economy(str(words["economy"])).label(language)
    comma = ", " if language == "en" else "、"
    for name in ("expected", "allowed"):
        if isinstance(listed := words.get(name), str):
            words[name] = comma.join(re.findall(r"'([^']*)'", listed) or listed.split("、"))
    return words


def _reply(body: dict[str, Any], headers: dict[str, str]) -> Response:
    text = json.dumps(body, ensure_ascii=False)
    return Response(text, {"Content-Type": "application/problem+json", **headers}, body["status"])
