"""Request bodies about workbooks that officers fill in."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from chalicelib.rules.base import limits
from chalicelib.rules.forms.applications import OfficeSearch
from chalicelib.rules.forms.fields import Identifier
from chalicelib.rules.forms.form import Form

type WorkbookKind = Literal["answers", "cards", "foreign_numbers"]
"""What a workbook records: answers of economies, card events, or 外方申请号."""

Workbook = Annotated[
    str,
    StringConstraints(min_length=1, max_length=limits.MAX_BODY_BYTES),
    Field(json_schema_extra={"contentEncoding": "base64"}),
]
"""The bytes of an xlsx file, base64."""


class WorkbookTemplate(OfficeSearch):
    """Whose persons a workbook is to have: the filters of an officer's list, which choose those at one status.

    Without a status: 经济体审核中, for cards 制卡中. `economies` are those that are asked, all if none is named.
    `event` is filled in for every person.
    """

    kind: Literal["answers", "cards", "foreign_numbers"]
    economies: Annotated[list[Identifier], Field(default_factory=list, max_length=16)]
    event: Literal["making", "made", "issued", "cancelled", "corrected"] | None = None


class WorkbookImport(Form):
    """A workbook that was filled in."""

    kind: Literal["answers", "cards", "foreign_numbers"]
    workbook: Workbook
