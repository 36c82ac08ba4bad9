"""我的申请单: lists, detail, actions of the enterprise side, progress and its export."""

from typing import Any

from chalicelib.handlers import application_replies as replies
from chalicelib.handlers.access import Access
from chalicelib.handlers.application_replies import ApplicationReply, Applications, ProgressReply
from chalicelib.handlers.replies import ExportReply
from chalicelib.handlers.routing import Call, Routes
from chalicelib.repos import acts, cursors, files, idempotency, table, workbook
from chalicelib.repos import applications as repo
from chalicelib.rules import applications as rules
from chalicelib.rules import limits, numbers, progress
from chalicelib.rules.applications import Application
from chalicelib.rules.errors import NotFound
from chalicelib.rules.fields import normalise_number
from chalicelib.rules.forms import Empty, Search, StatusAction
from chalicelib.rules.numbers import rfc3339
from chalicelib.rules.vocabulary import Action, PersonNumber

routes = Routes(__name__)


@routes.add("POST", "/applications/search", Access.MEMBERS, body=Search, reply=Applications)
def search(call: Call) -> Applications:
    """Groups with their persons, newest first; by number or passport number the matching ones (L03, L10-L13)."""
    form: Search = call.body
    filter_ = form.model_dump(mode="json", exclude={"cursor", "limit"})
    start = cursors.read(call.viewer.id, filter_, form.cursor)
    if form.passport_number:
        found, next_key = _by_passport(call, form, start)
    elif form.number:
        found, next_key = _by_number(call, form, start)
    else:
        found, next_key = repo.newest(call.viewer, form.service, form.limit, start)
    return Applications(
        items=[replies.group_card(each, call.viewer) for each in found],
        next_cursor=cursors.write(call.viewer.id, filter_, next_key),
    )


def _by_passport(
    call: Call, form: Search, start: dict[str, Any] | None
) -> tuple[list[Application], dict[str, Any] | None]:
    """Persons with this passport number and their groups (L11)."""
    assert form.passport_number is not None  # noqa: S101  asked by the caller
    page = repo.page_by_passport(call.viewer, form.passport_number, form.limit, start)
    found = repo.with_persons([item["passport_sk"] for item in page.items], call.viewer.tenant)
    wanted = normalise_number(form.number or "")
    kept = [each for each in found if each.group.service is form.service and each.group.number.startswith(wanted[:18])]
    return kept, page.next_key


def _by_number(
    call: Call, form: Search, start: dict[str, Any] | None
) -> tuple[list[Application], dict[str, Any] | None]:
    """A group by its number or the beginning of it; a person by its own, with its group (L09)."""
    wanted = normalise_number(form.number or "")
    if not numbers.is_person_number(wanted):
        return repo.newest(call.viewer, form.service, form.limit, start, prefix=wanted)
    try:
        found = repo.get(numbers.split_person_number(PersonNumber(wanted))[0], call.viewer)
        matching = (found.person(PersonNumber(wanted)),)
    except NotFound:
        return [], None
    return ([Application(found.group, matching)] if found.group.service is form.service else []), None


@routes.add("GET", "/applications/{number}", Access.MEMBERS, reply=ApplicationReply)
def detail(call: Call, number: str) -> ApplicationReply:
    """One application with persons, history and what may be done to it now."""
    return replies.application(repo.get(number, call.viewer), call.viewer)


@routes.add("POST", "/applications/{number}/withdraw", Access.MEMBERS, body=StatusAction, reply=ApplicationReply)
def withdraw(call: Call, number: str) -> ApplicationReply:
    """撤回, while it is at the 外办 or was returned."""
    return _act(call, number, Action.WITHDRAW)


@routes.add("POST", "/applications/{number}/resubmit", Access.MEMBERS, body=StatusAction, reply=ApplicationReply)
def resubmit(call: Call, number: str) -> ApplicationReply:
    """Submit again after a return: to the desk that returned it, under the same number."""
    return _act(call, number, Action.RESUBMIT)


def _act(call: Call, number: str, action: Action) -> ApplicationReply:
    before = repo.get(number, call.viewer)
    after, event = rules.move(before, action, call.act, call.body.status_version)
    acts.commit(after.group, event, repo.moved(before, after, event))
    return replies.application(after, call.viewer)


@routes.add("GET", "/applications/{number}/progress", Access.MEMBERS, reply=ProgressReply)
def show_progress(call: Call, number: str) -> ProgressReply:
    """人员申请进度 of all persons (D03-D06)."""
    application = repo.get(number, call.viewer)
    rows = progress.overview(application)
    return ProgressReply(number=application.group.number, rows=[replies.progress_row(row) for row in rows])


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
    route = f"POST /applications/{number}/progress/export"
    once = idempotency.once(call.viewer.id, call.idempotency_key, route, call.raw_body)
    if once:
        once.replay(table.get(once.at))
    application = repo.get(number, call.viewer)
    rows = progress.overview(application)
    filename = numbers.progress_filename(application.group.number, call.now)
    key = files.export_key(application.group.enterprise_id, call.now)
    content = workbook.sheet("人员申请进度", progress.COLUMNS, (row.cells() for row in rows))
    files.export(key, filename, content)
    reply = ExportReply(
        filename=filename, url=files.download_url(key), expires_at=rfc3339(call.now + limits.EXPORT_LIFE)
    )
    if once:
        table.commit(once.remember(reply.model_dump_json(), call.now))
    return reply
