"""操作记录: the changes of an enterprise's accounts and settings, and who read whole contents."""

from pydantic import BaseModel

from chalicelib.data.texts import field_title, text
from chalicelib.handlers.http.access import Access
from chalicelib.handlers.http.formats import Moment
from chalicelib.handlers.http.routing import Call, Routes
from chalicelib.repos.accounts import audit
from chalicelib.repos.accounts.audit import AuditEntry
from chalicelib.repos.keys import cursors
from chalicelib.rules.accounts.audit_actions import AuditAction
from chalicelib.rules.base.china_time import rfc3339
from chalicelib.rules.forms.form import PageQuery

routes = Routes(__name__)


class AuditEntryReply(BaseModel):
    """One change of accounts or settings, or one reading of the content of an application."""

    at: Moment
    actor: str
    action: AuditAction
    action_label: str
    changed: list[str]
    """Titles of the fields that were changed, or that were shown in clear."""
    subject: str
    before: dict[str, str | int | bool | list[str] | None]
    after: dict[str, str | int | bool | list[str] | None]
    request_id: str


class AuditEntries(BaseModel):
    """One page of changes, newest first."""

    items: list[AuditEntryReply]
    next_cursor: str | None


@routes.add("GET", "/audit", Access.ENTERPRISE, query=PageQuery, reply=AuditEntries)
def listed(call: Call) -> AuditEntries:
    """List the enterprise's own entries, newest first."""
    start = cursors.read(call.viewer, "audit", None, call.query.cursor)
    entries, next_key = audit.page(call.viewer.tenant, call.query.limit, start)
    return AuditEntries(
        items=[_entry(entry, call.language) for entry in entries],
        next_cursor=cursors.write(call.viewer, "audit", None, next_key),
    )


def _entry(shown: AuditEntry, language: str) -> AuditEntryReply:
    return AuditEntryReply(
        at=rfc3339(shown.origin.at),
        actor=shown.origin.actor,
        action=shown.action,
        action_label=text("audit_actions", shown.action, language),
        changed=_changed(shown, language),
        subject=shown.subject,
        before=dict(shown.before),
        after=dict(shown.after),
        request_id=shown.origin.request_id,
    )


def _changed(shown: AuditEntry, language: str) -> list[str]:
    """The titles of the fields of an entry, each once; personal ones are in a list of names without values."""
    named = {**shown.before, **shown.after}
    personal = named.pop("fields", [])
    form = "agents" if shown.action.startswith("agent_") else ""
    titles = {name: field_title(name, language, form) for name in [*named, *personal]}
    return list(dict.fromkeys(title for name, title in titles.items() if title != name))
