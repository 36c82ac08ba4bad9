"""Workbooks that officers fill in and send back: answers of economies, card events, foreign numbers."""

from pydantic import BaseModel

from chalicelib.handlers.http.access import Access
from chalicelib.handlers.http.problems import ProblemCurrent, ProblemField
from chalicelib.handlers.http.routing import Call, Routes
from chalicelib.handlers.office import office_exports, row_results
from chalicelib.handlers.office.office_exports import ListExportReply
from chalicelib.handlers.reader import Reader
from chalicelib.rules.forms.workbooks import WorkbookImport, WorkbookTemplate
from chalicelib.usecases.applications import office_workbooks
from chalicelib.usecases.applications.office_workbooks import SheetOutcome

routes = Routes(__name__)


class FailedSheetRow(BaseModel):
    """A row of a workbook that was not applied, and why; the header is row 1."""

    row: int
    person_number: str | None
    code: str
    message: str
    errors: list[ProblemField]
    current: ProblemCurrent | None
    """The status that refuses the row, since when, and by whom; null for other reasons."""


class WarnedSheetRow(BaseModel):
    """A row of a workbook that was applied and should be checked; the header is row 1."""

    row: int
    person_number: str | None
    warnings: list[ProblemField]


class WorkbookReply(BaseModel):
    """What became of the rows of a workbook."""

    applied: int
    unchanged: int
    unfilled: int
    """Rows of the template in which nothing was filled in."""
    failed: list[FailedSheetRow]
    warned: list[WarnedSheetRow]


@routes.add(
    "POST",
    "/office/workbooks/template",
    Access.CONSULAR,
    body=WorkbookTemplate,
    reply=ListExportReply,
    status=201,
    idempotent=True,
)
def template(call: Call) -> ListExportReply:
    """Get a workbook to fill in, with the persons of a list and up to 500 rows."""
    reply = office_exports.list_export
    return reply(office_workbooks.export_template(call.body, call.act, call.remember(reply)))


@routes.add("POST", "/office/workbooks/import", Access.CONSULAR, body=WorkbookImport, reply=WorkbookReply)
def read(call: Call) -> WorkbookReply:
    """Record the rows of a workbook, each in its own transaction; sending it again changes nothing."""
    imported = office_workbooks.read(call.body.kind, call.body.workbook, call.act)
    failed = [_failed(one, call.language) for one in imported.outcomes if one.outcome.refusal]
    applied = sum(one.outcome.changed for one in imported.outcomes)
    unchanged = len(imported.outcomes) - applied - len(failed)
    warned = [_warned(one, Reader.of(call)) for one in imported.outcomes if one.outcome.warnings]
    return WorkbookReply(applied=applied, unchanged=unchanged, unfilled=imported.unfilled, failed=failed, warned=warned)


def _number(one: SheetOutcome) -> str | None:
    number = one.row.fields.get("person_number")
    return None if number is None else str(number)


def _warned(one: SheetOutcome, reader: Reader) -> WarnedSheetRow:
    remarks = reader.warnings(one.outcome.warnings)
    return WarnedSheetRow(row=one.row.number, person_number=_number(one), warnings=remarks)


def _failed(one: SheetOutcome, language: str) -> FailedSheetRow:
    result = row_results.result(one.row.number, one.outcome, language)
    return FailedSheetRow(
        person_number=_number(one),
        **result.model_dump(include={"row", "code", "message", "errors", "current"}),
    )
