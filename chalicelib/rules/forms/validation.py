"""From what a model did not accept to a refusal with field paths and codes."""

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from chalicelib.rules.base.errors import FieldError, Invalid, Malformed, Refusal
from chalicelib.rules.base.limits import MAX_ERRORS

UNION_TAGS = {"self", "post"}
"""Pydantic puts the chosen variant of a union into the path; the contract's paths do not have it."""

PATH_SHOWN = 200
"""Characters of a field's path that a refusal tells: who sends an unknown field chooses its name."""


def refusal(error: ValidationError, prefix: str = "") -> Refusal:
    """No JSON at all, or the fields that are wrong; `prefix` is where in the body the model lies."""
    details = error.errors(include_url=False, include_input=False)
    if any(detail["type"] in ("json_invalid", "json_type") for detail in details):
        return Malformed()
    return Invalid([_field_error(detail, prefix) for detail in details[:MAX_ERRORS]])


def _field_error(detail: ErrorDetails, prefix: str) -> FieldError:
    path = prefix + ".".join(str(part) for part in detail["loc"] if part not in UNION_TAGS)
    return FieldError(_shown(path), detail["type"], detail.get("ctx", {}))


def _shown(path: str) -> str:
    return path if len(path) <= PATH_SHOWN else path[: PATH_SHOWN - 1] + "…"
