"""Workbooks of officers' lists."""

from chalicelib.handlers import downloads
from chalicelib.handlers.downloads import ExportReply
from chalicelib.handlers.http.access import Access
from chalicelib.handlers.http.routing import Call, Routes
from chalicelib.rules.forms.applications import OfficeSearch
from chalicelib.usecases.applications import search_export
from chalicelib.usecases.applications.search_export import ListExport

routes = Routes(__name__)


class ListExportReply(ExportReply):
    """A list as a workbook that is ready for download."""

    rows: int
    partial: bool
    """Whether the list has more than the workbook, because it is too long for one; `next_cursor` exports the rest."""
    next_cursor: str | None


@routes.add(
    "POST",
    "/office/search/export",
    Access.OFFICERS,
    body=OfficeSearch,
    reply=ListExportReply,
    status=201,
    idempotent=True,
)
def export_search(call: Call) -> ListExportReply:
    """Export the list that `/office/search` shows for the same body, up to 2,000 rows; passport numbers are masked."""
    return _reply(search_export.export(call.body, call.act, call.remember(_reply)))


def _reply(exported: ListExport) -> ListExportReply:
    made = downloads.export(exported.export)
    return ListExportReply(
        **made.model_dump(),
        rows=exported.rows,
        partial=exported.next_cursor is not None,
        next_cursor=exported.next_cursor,
    )
