"""The base of all request bodies, and the bodies that several subjects share."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from chalicelib.rules.base import limits


class Form(BaseModel):
    """A body that somebody sent: unknown fields are refused, nothing of it is printed in errors."""

    # Built at first use: of all these models a cold start needs one or none.
    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True, frozen=True, defer_build=True)


Limit = Annotated[int, Field(ge=1, le=limits.PAGE_MAX)]
"""Entries on one page."""

Cursor = Annotated[str, StringConstraints(max_length=2000)]
"""The encrypted position of a page, as an earlier reply gave it."""


class PageQuery(Form):
    """Which page of a list."""

    limit: Limit = limits.PAGE_DEFAULT
    cursor: Cursor | None = None


class Empty(Form):
    """A body that may be left out; nothing is expected in it."""
