"""Converts validation errors of pydantic to refusals with field paths and codes."""

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from chalicelib.rules.base.errors import FieldError, Invalid, Malformed, Refusal
from chalicelib.rules.base.limits import MAX_ERRORS

UNION_TAGS = {"self", "post"}
"""Variants of unions, which pydantic adds to paths; the API's paths do not have them."""

ERRORS_LISTED = 2_000
"""Errors of one body of which a list is made: 90 persons without any value have 1,700. A body that says more, such as
one of a hundred thousand unknown names, is refused without one, because making it takes seconds."""

PATH_SHOWN = 200
"""Characters of a path in a refusal: the client chooses the names of unknown fields."""


def refusal(error: ValidationError, prefix: str = "") -> Refusal:
    """The refusal for a validation error: `Malformed` for invalid JSON, else `Invalid` with the fields.

    `prefix` is the path of the model in the body, with a final dot.
    """
    if error.error_count() > ERRORS_LISTED:
        return Invalid([FieldError("", "ERRORS_UNLISTED", {"most": ERRORS_LISTED})])
    details = error.errors(include_url=False, include_input=False)
    if any(detail["type"] in ("json_invalid", "json_type") for detail in details):
        return Malformed()
    return Invalid([_field_error(detail, prefix) for detail in details[:MAX_ERRORS]])


def _field_error(detail: ErrorDetails, prefix: str) -> FieldError:
    path = prefix + ".".join(str(part) for part in detail["loc"] if part not in UNION_TAGS)
    return FieldError(_shown(path), detail["type"], detail.get("ctx", {}))


def _shown(path: str) -> str:
    return path if len(path) <= PATH_SHOWN else path[: PATH_SHOWN - 1] + "…"
