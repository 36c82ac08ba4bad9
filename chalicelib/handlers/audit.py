"""操作记录: what was changed in the enterprise's accounts and settings, by whom."""

from chalicelib.handlers.account_replies import AuditEntries, audit_entry
from chalicelib.handlers.http.access import Access
from chalicelib.handlers.http.routing import Call, Routes
from chalicelib.repos.accounts import audit
from chalicelib.repos.keys import cursors
from chalicelib.rules.forms.form import PageQuery

routes = Routes(__name__)


@routes.add("GET", "/audit", Access.ENTERPRISE, query=PageQuery, reply=AuditEntries)
def listed(call: Call) -> AuditEntries:
    """The enterprise's own entries, newest first."""
    start = cursors.read(call.viewer, "audit", None, call.query.cursor)
    entries, next_key = audit.page(call.viewer.tenant, call.query.limit, start)
    return AuditEntries(
        items=[audit_entry(each) for each in entries],
        next_cursor=cursors.write(call.viewer, "audit", None, next_key),
    )
