"""批量导入人员: a workbook to fill in, and the persons of a filled-in one; nothing is stored until a draft is saved."""

from pydantic import BaseModel

from chalicelib.handlers.applications import content_shapes, downloads
from chalicelib.handlers.applications.downloads import ExportReply
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
    field: str | None
    """The path in `persons` of this reply, such as `persons.0.title`; null for the header and for too many rows."""
    message: str


class ImportedPerson(BaseModel):
    """The fields of one row, as `persons` of a draft takes them; empty cells are null."""

    name: str | None
    surname_pinyin: str | None
    given_name_pinyin: str | None
    sex: str | None
    birth_date: str | None
    id_number: str | None
    passport_kind: str | None
    passport_number: str | None
    passport_issued_on: str | None
    passport_expires_on: str | None
    passport_place: str | None
    title: str | None
    title_en: str | None
    phone: str | None
    email: str | None
    first_time: bool | None
    previous_card_number: str | None
    previous_card_expires_on: str | None


class PersonImportReply(BaseModel):
    """Persons for a draft, and the errors of their rows."""

    persons: list[ImportedPerson]
    errors: list[PersonImportError]


@routes.add("GET", "/persons/import-template", Access.MEMBERS, reply=ExportReply)
def template(call: Call) -> ExportReply:
    """Get an empty workbook with the columns of a person."""
    return downloads.export(person_import.export_template(call.act))


@routes.add("POST", "/persons/import", Access.MEMBERS, body=PersonImportForm, reply=PersonImportReply)
def read(call: Call) -> PersonImportReply:
    """Read the persons of an uploaded workbook, with row and column of every error."""
    persons, errors = person_import.read(call.body.attachment_id, call.viewer.tenant, call.now)
    return PersonImportReply(
        persons=[content_shapes.filled(ImportedPerson, person) for person in persons],
        errors=[_error(error, call.language) for error in errors],
    )


def _error(error: RowError, language: str) -> PersonImportError:
    message = problems.field_message(error.error, language)
    return PersonImportError(row=error.row, column=error.column, field=_path(error), message=message)


def _path(error: RowError) -> str | None:
    if error.person is None:
        return None
    return ".".join(["persons", str(error.person), *error.error.field.split(".")[1:]])
