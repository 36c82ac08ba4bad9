"""The base of all request bodies, and the bodies that several subjects share."""

from typing import Annotated, ClassVar, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, GetJsonSchemaHandler, StringConstraints
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from chalicelib.rules.base import limits


class Form(BaseModel):
    """The base of request bodies: unknown fields are refused, and errors never contain input."""

    # Built at first use: a cold start needs at most one of these models.
    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True, frozen=True, defer_build=True)

    titles: ClassVar[str] = ""
    """The beginning of the titles of this form in the section `fields` of labels.json: for `agents` the title of `name`
    is `agents.name`. A field without such a title has the one that all forms share."""


Limit = Annotated[int, Field(ge=1, le=limits.PAGE_MAX)]
"""Entries on one page."""

Cursor = Annotated[str, StringConstraints(max_length=2000)]
"""The encrypted position of a page, as an earlier reply gave it."""


class PageQuery(Form):
    """The page of a list."""

    limit: Limit = limits.PAGE_DEFAULT
    cursor: Cursor | None = None


class Empty(Form):
    """An empty body, which may be omitted."""


class RowOf(NamedTuple):
    """Describes an object of any shape as a form, without validating it.

    A row of a list of acts is validated when its turn comes, so that a row that is not valid refuses only itself
    (docs/decisions/0051). The OpenAPI document and the typed clients know its fields.
    """

    form: type[Form]

    def __get_pydantic_json_schema__(self, _: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """A reference to the schema of the form."""
        self.form.model_rebuild()
        form = self.form.__pydantic_core_schema__
        reference = core_schema.definition_reference_schema(form["ref"])
        return handler(core_schema.definitions_schema(reference, [form]))
