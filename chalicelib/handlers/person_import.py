"""批量导入人员: a workbook to fill in, and the persons of a filled-in one; nothing is stored until a draft is saved."""

from typing import Any

from pydantic import BaseModel

from chalicelib.handlers import downloads
from chalicelib.handlers.downloads import ExportReply
from chalicelib.handlers.http import problems
from chalicelib.handlers.http.access import Access
from chalicelib.handlers.http.routing import Call, Routes
from chalicelib.rules.applications.person_import import RowError
from chalicelib.rules.forms.fields import Identifier
from chalicelib.rules.forms.form import Form
from chalicelib.usecases.applications import person_import

routes = Routes(__name__)


class PersonImportForm(Form):
    """The uploaded workbook."""

    attachment_id: Identifier


class PersonImportError(BaseModel):
    """One cell that a submission would refuse; the header is row 1."""

    row: int
    column: str
    message: str


class PersonImportReply(BaseModel):
    """Persons for a draft, and the errors of their rows."""

    persons: list[dict[str, Any]]
    errors: list[PersonImportError]


@routes.add("GET", "/persons/import-template", Access.MEMBERS, reply=ExportReply)
def template(call: Call) -> ExportReply:
    """Get an empty workbook with the columns of a person."""
    return downloads.export(person_import.export_template(call.act))


@routes.add("POST", "/persons/import", Access.MEMBERS, body=PersonImportForm, reply=PersonImportReply)
def read(call: Call) -> PersonImportReply:
    """Read the persons of an uploaded workbook, with row and column of every error."""
    persons, errors = person_import.read(call.body.attachment_id, call.viewer.tenant, call.now)
    return PersonImportReply(persons=persons, errors=[_error(error, call.language) for error in errors])


def _error(error: RowError, language: str) -> PersonImportError:
    message = problems.field_message(error.error, language)
    return PersonImportError(row=error.row, column=error.column, message=message)
