"""批量导入人员: a workbook to fill in, and what a filled-in one holds; nothing is kept until a draft is saved."""

from typing import Any

from pydantic import BaseModel

from chalicelib.handlers.http import problems
from chalicelib.handlers.http.access import Access
from chalicelib.handlers.http.routing import Call, Routes
from chalicelib.handlers.replies import ExportReply
from chalicelib.repos.files import bucket, uploaded_workbook, workbook
from chalicelib.rules.applications import person_import as rules
from chalicelib.rules.base import limits
from chalicelib.rules.base.china_time import china_day, rfc3339
from chalicelib.rules.base.errors import invalid
from chalicelib.rules.forms.fields import Identifier
from chalicelib.rules.forms.form import Form

routes = Routes(__name__)

FILENAME = "人员导入模板.xlsx"
KIND = "persons_workbook"


class PersonImportForm(Form):
    """The uploaded workbook."""

    attachment_id: Identifier


class PersonImportError(BaseModel):
    """One cell that a submission would refuse; the header is row 1."""

    row: int
    column: str
    message: str


class PersonImportReply(BaseModel):
    """Persons for a draft, and what is wrong with them."""

    persons: list[dict[str, Any]]
    errors: list[PersonImportError]


@routes.add("GET", "/persons/import-template", Access.MEMBERS, reply=ExportReply)
def template(call: Call) -> ExportReply:
    """An empty workbook with the columns of a person."""
    key = bucket.export_key(call.viewer.tenant, call.now)
    bucket.store_export(key, FILENAME, workbook.template("人员", rules.headers()))
    expires_at = rfc3339(call.now + limits.EXPORT_LIFE)
    return ExportReply(filename=FILENAME, url=bucket.download_url(key), expires_at=expires_at)


@routes.add("POST", "/persons/import", Access.MEMBERS, body=PersonImportForm, reply=PersonImportReply)
def read(call: Call) -> PersonImportReply:
    """The persons of an uploaded workbook, with row and column of every error."""
    attachment = bucket.attachment(call.viewer.tenant, call.body.attachment_id)
    if attachment is None or attachment.kind != KIND:
        raise invalid("attachment_id", "ATTACHMENT")
    rows = uploaded_workbook.rows(bucket.read_upload(attachment))
    persons, errors = rules.read(rows, china_day(call.now))
    return PersonImportReply(
        persons=persons,
        errors=[
            PersonImportError(
                row=each.row, column=each.column, message=problems.field_message(each.error, call.language)
            )
            for each in errors
        ],
    )
