"""Reports of open pages about themselves, for the logs of the operators (docs/operations.md)."""

from chalicelib.handlers.http.access import Access
from chalicelib.handlers.http.routing import Call, Routes
from chalicelib.repos.process import log
from chalicelib.repos.process.pace import Pace
from chalicelib.rules.base import limits
from chalicelib.rules.forms.client_reports import ClientReport

routes = Routes(__name__)

PACE = Pace(limits.CLIENT_REPORTS_PER_MINUTE)


@routes.add("POST", "/client-errors", Access.PUBLIC, body=ClientReport, status=204)
def reported(call: Call) -> None:
    """Write a report of a page to the log, with or without a session, which it does not extend.

    Reports beyond the limit are dropped: they cost nothing but the request, and a page never waits for them.
    """
    if PACE.admits(call.now):
        report: ClientReport = call.body
        log.event("client_report", **report.model_dump(mode="json"))
