"""我的申请单: lists, details, actions of the applicant, progress and its export."""

from pydantic import BaseModel

from chalicelib.data.texts import text
from chalicelib.handlers.applications import application_replies as replies
from chalicelib.handlers.applications import downloads
from chalicelib.handlers.applications.application_replies import Reader
from chalicelib.handlers.applications.application_shapes import ApplicationReply, Applications, HistoryReply
from chalicelib.handlers.applications.downloads import ExportReply
from chalicelib.handlers.http.access import Access
from chalicelib.handlers.http.formats import ApplicationId, Id, PersonId
from chalicelib.handlers.http.routing import Call, Routes
from chalicelib.repos.accounts import accounts
from chalicelib.repos.applications import applications as repo
from chalicelib.rules.applications import progress
from chalicelib.rules.base.china_time import china_day
from chalicelib.rules.base.vocabulary import Action, Status
from chalicelib.rules.forms.applications import Search, StatusAction
from chalicelib.rules.forms.form import Empty, PageQuery
from chalicelib.usecases.applications import history as histories
from chalicelib.usecases.applications import progress_export, transitions
from chalicelib.usecases.applications import search as searches

routes = Routes(__name__)


class AgentName(BaseModel):
    """One value of the filter 经办人."""

    id: Id
    username: str


class AgentNames(BaseModel):
    """All values of the filter 经办人; the page adds 全部."""

    items: list[AgentName]


class ProgressRow(BaseModel):
    """One person's line of 人员申请进度 (D05), economies by name: none before they are asked about the person."""

    person_number: PersonId
    name: str
    title: str
    status: Status
    status_label: str
    approved: list[str]
    refused: list[str]
    locked: list[str]
    pending: list[str]


class ProgressReply(BaseModel):
    """人员申请进度 of a group (D04)."""

    number: ApplicationId
    rows: list[ProgressRow]


@routes.add("POST", "/applications/search", Access.MEMBERS, body=Search, reply=Applications)
def search(call: Call) -> Applications:
    """Find applications with their matching persons, newest first (L03-L13); agents may not filter by agent (H20)."""
    return replies.applications(searches.find(call.body, call.viewer, call.now), Reader.of(call))


@routes.add("GET", "/applications/agents", Access.ENTERPRISE, reply=AgentNames)
def agent_names(call: Call) -> AgentNames:
    """List the user names of all agents, revoked ones included, for the enterprise account's filter (H20, H21)."""
    found = sorted(accounts.agents(call.viewer.tenant), key=lambda agent: agent.account.login.casefold())
    return AgentNames(items=[AgentName(id=agent.account.id, username=agent.account.login) for agent in found])


@routes.add("GET", "/applications/{number}", Access.MEMBERS, reply=ApplicationReply)
def detail(call: Call, number: str) -> ApplicationReply:
    """Get one application with persons, the newest entries of its history and allowed actions."""
    application, past = histories.application(number, call.viewer)
    return replies.application(application, Reader.of(call), past=past)


@routes.add("GET", "/applications/{number}/history", Access.MEMBERS, query=PageQuery, reply=HistoryReply)
def history(call: Call, number: str) -> HistoryReply:
    """List the history of an application, newest first."""
    page = histories.page_of_application(number, call.viewer, call.query.limit, call.query.cursor)
    return replies.history(page, Reader.of(call))


@routes.add("POST", "/applications/{number}/withdraw", Access.MEMBERS, body=StatusAction, reply=ApplicationReply)
def withdraw(call: Call, number: str) -> ApplicationReply:
    """撤回: withdraw an application that is at the 外办 or was returned."""
    return _act(call, number, Action.WITHDRAW)


@routes.add("POST", "/applications/{number}/resubmit", Access.MEMBERS, body=StatusAction, reply=ApplicationReply)
def resubmit(call: Call, number: str) -> ApplicationReply:
    """Submit a returned application again: to the desk that returned it, under the same number."""
    return _act(call, number, Action.RESUBMIT)


def _act(call: Call, number: str, action: Action) -> ApplicationReply:
    after = transitions.change_status(number, action, call.act, call.body.status_version)
    return replies.application(after, Reader.of(call))


@routes.add("GET", "/applications/{number}/progress", Access.MEMBERS, reply=ProgressReply)
def show_progress(call: Call, number: str) -> ProgressReply:
    """Get 人员申请进度 of all persons (D03-D06)."""
    application = repo.get(number, call.viewer)
    rows = [
        _progress_row(row, call.language) for row in progress.overview(application, china_day(call.now), call.language)
    ]
    return ProgressReply(number=application.header.number, rows=rows)


def _progress_row(row: progress.Row, language: str) -> ProgressRow:
    return ProgressRow(
        person_number=row.person_number,
        name=row.name,
        title=row.title,
        status=row.status,
        status_label=text("statuses", row.status, language),
        approved=list(row.approved),
        refused=list(row.refused),
        locked=list(row.locked),
        pending=list(row.pending),
    )


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
    """导出至Excel: export header and content of the progress page (D08) under the file name of D09."""
    return downloads.export(progress_export.export(number, call.act, call.remember(downloads.export)))
