"""Reads forms from JSON; every error names its field and has a message for people."""

from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from chalicelib.data import texts
from sandbox.http.refusals import CallRefused

MESSAGES = {"missing": "请填写", "string_too_short": "请填写", "string_too_long": "内容过长"}
OTHERWISE = "格式不正确"


class Form(BaseModel):
    """The base of all forms; unknown fields are ignored."""

    model_config = ConfigDict(hide_input_in_errors=True)


def read_form[F: Form](kind: type[F], content: object) -> F:
    """Validate a request's JSON.

    Raises:
        CallRefused: 422 with every field that is wrong.
    """
    if not isinstance(content, dict):
        raise CallRefused(422, "请求内容应为 JSON 对象")
    try:
        return kind.model_validate(content)
    except ValidationError as error:
        raise CallRefused(422, "请检查填写的内容", [_field_error(part) for part in error.errors()]) from None


def _field_error(error: Any) -> dict[str, str]:
    # An error of a whole form has no location: its type names the field to correct.
    field = ".".join(str(part) for part in error["loc"]) or error["type"]
    return {"field": field, "message": _message(error)}


def _message(error: Any) -> str:
    # The portal's own types raise codes of the text catalogue.
    if error["type"].isupper():
        return texts.text("invalid", error["type"])
    # pydantic gives its own errors the address of their documentation; errors of the forms have none.
    if "url" not in error:
        return str(error["msg"])
    return MESSAGES.get(error["type"], OTHERWISE)
