"""Refusals of invalid forms."""

from typing import Any

from testing.world import User


def messages_by_field(user: User, path: str, form: dict[str, Any]) -> dict[str, str]:
    """Post a form that is refused as invalid; the message about each field."""
    answer = user("POST", path, form)
    assert (answer.status, answer.code) == (422, "INVALID")
    return {error["field"]: error["message"] for error in answer.body["errors"]}
