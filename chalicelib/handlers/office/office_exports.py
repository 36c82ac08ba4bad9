"""Workbooks of officers' lists."""

from chalicelib.handlers.applications import downloads
from chalicelib.handlers.applications.downloads import ExportReply
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
    """Whether the list has more than the workbook, because it is too long for one."""
    next_cursor: str | None
    """Exports the rest; None too if the workbook ends amid the rows of a page: what was filled in leaves the list."""


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
    return list_export(search_export.export(call.body, call.act, call.remember(list_export)))


def list_export(exported: ListExport) -> ListExportReply:
    """A workbook with its address, and what of its list it does not have."""
    made = downloads.export(exported.export)
    return ListExportReply(
        **made.model_dump(),
        rows=exported.rows,
        partial=exported.partial,
        next_cursor=exported.next_cursor,
    )
