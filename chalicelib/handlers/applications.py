"""我的申请单: lists, detail, actions of the enterprise side, progress and its export."""

from pydantic import BaseModel

from chalicelib.handlers import application_replies as replies
from chalicelib.handlers import file_acts
from chalicelib.handlers.application_replies import Reader
from chalicelib.handlers.application_shapes import ApplicationReply, Applications, ProgressReply
from chalicelib.handlers.http.access import Access
from chalicelib.handlers.http.routing import Call, Routes
from chalicelib.handlers.replies import ExportReply
from chalicelib.repos.accounts import accounts
from chalicelib.repos.applications import applications as repo
from chalicelib.repos.applications import search as listed
from chalicelib.repos.applications.search import SearchCriteria
from chalicelib.repos.files import bucket, workbook
from chalicelib.repos.keys import cursors
from chalicelib.repos.table import table
from chalicelib.rules.applications import progress
from chalicelib.rules.base import limits, numbers
from chalicelib.rules.base.china_time import china_day, rfc3339
from chalicelib.rules.base.errors import invalid
from chalicelib.rules.base.vocabulary import Action, Role
from chalicelib.rules.forms.applications import Search, StatusAction
from chalicelib.rules.forms.form import Empty

routes = Routes(__name__)


class AgentName(BaseModel):
    """One value of the filter 经办人."""

    id: str
    username: str


class AgentNames(BaseModel):
    """All values; the page puts 全部 before them."""

    items: list[AgentName]


@routes.add("POST", "/applications/search", Access.MEMBERS, body=Search, reply=Applications)
def search(call: Call) -> Applications:
    """Files with their matching persons, newest first (L03-L13); agents may not filter by agent (H20)."""
    form: Search = call.body
    if form.agent_id is not None and call.viewer.role is not Role.ENTERPRISE:
        raise invalid("agent_id", "extra_forbidden")
    filter_ = form.model_dump(mode="json", exclude={"cursor", "limit"})
    start = cursors.read(call.viewer, "applications", filter_, form.cursor)
    criteria = SearchCriteria(
        service=form.service,
        today=china_day(call.now),
        number=form.number,
        applicant=form.applicant,
        status=form.status,
        passport=form.passport_number,
        available=form.available_service,
        creator_id=form.agent_id,
    )
    found, next_key = listed.page(call.viewer, criteria, form.limit, start)
    return Applications(
        items=[replies.application_card(each, Reader.of(call)) for each in found],
        next_cursor=cursors.write(call.viewer, "applications", filter_, next_key),
    )


@routes.add("GET", "/applications/agents", Access.ENTERPRISE, reply=AgentNames)
def agent_names(call: Call) -> AgentNames:
    """Values of the filter 经办人: user names, revoked agents' too; for the enterprise's own account (H20, H21)."""
    found = sorted(accounts.agents(call.viewer.tenant), key=lambda each: each.account.login.casefold())
    return AgentNames(items=[AgentName(id=each.account.id, username=each.account.login) for each in found])


@routes.add("GET", "/applications/{number}", Access.MEMBERS, reply=ApplicationReply)
def detail(call: Call, number: str) -> ApplicationReply:
    """One application with persons, history and what may be done to it now."""
    return replies.application(repo.get(number, call.viewer), Reader.of(call))


@routes.add("POST", "/applications/{number}/withdraw", Access.MEMBERS, body=StatusAction, reply=ApplicationReply)
def withdraw(call: Call, number: str) -> ApplicationReply:
    """撤回, while it is at the 外办 or was returned."""
    return _act(call, number, Action.WITHDRAW)


@routes.add("POST", "/applications/{number}/resubmit", Access.MEMBERS, body=StatusAction, reply=ApplicationReply)
def resubmit(call: Call, number: str) -> ApplicationReply:
    """Submit again after a return: to the desk that returned it, under the same number."""
    return _act(call, number, Action.RESUBMIT)


def _act(call: Call, number: str, action: Action) -> ApplicationReply:
    after = file_acts.move(call, number, action, call.body.status_version)
    return replies.application(after, Reader.of(call))


@routes.add("GET", "/applications/{number}/progress", Access.MEMBERS, reply=ProgressReply)
def show_progress(call: Call, number: str) -> ProgressReply:
    """人员申请进度 of all persons (D03-D06)."""
    application = repo.get(number, call.viewer)
    rows = progress.overview(application)
    return ProgressReply(number=application.header.number, rows=[replies.progress_row(row) for row in rows])


@routes.add(
    "POST",
    "/applications/{number}/progress/export",
    Access.MEMBERS,
    body=Empty,
    body_optional=True,
    reply=ExportReply,
    status=201,
    idempotent=True,
)
def export_progress(call: Call, number: str) -> ExportReply:
    """导出至Excel: header and content as on the page (D08), named as the client wants it (D09)."""
    application = repo.get(number, call.viewer)
    rows = progress.overview(application)
    filename = numbers.progress_filename(application.header.number, call.now)
    key = bucket.export_key(application.header.enterprise_id, call.now)
    content = workbook.sheet("人员申请进度", progress.COLUMNS, (row.cells() for row in rows))
    bucket.store_export(key, filename, content)
    reply = ExportReply(
        filename=filename, url=bucket.download_url(key), expires_at=rfc3339(call.now + limits.EXPORT_LIFE)
    )
    if remembered := call.remember(_same)(reply):
        table.commit(*remembered)
    return reply


def _same(reply: ExportReply) -> ExportReply:
    return reply
