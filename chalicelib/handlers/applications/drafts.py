"""我的草稿 (F01-F15; docs/domain.md 9): the drafts of the account that calls."""

from collections.abc import Callable
from typing import Annotated, Any

from pydantic import BaseModel, Field, StringConstraints

from chalicelib import data
from chalicelib.handlers.applications import content_shapes
from chalicelib.handlers.applications.attachment_shapes import States
from chalicelib.handlers.applications.content_shapes import DraftContentShown
from chalicelib.handlers.http.access import Access
from chalicelib.handlers.http.formats import Id, Moment
from chalicelib.handlers.http.routing import Call, Routes
from chalicelib.repos.drafts import drafts as repo
from chalicelib.rules.base import limits
from chalicelib.rules.base.china_time import rfc3339
from chalicelib.rules.drafts import drafts as rules
from chalicelib.rules.drafts.drafts import Draft
from chalicelib.rules.forms.content import DraftContent
from chalicelib.rules.forms.form import Form
from chalicelib.usecases.applications import attachments
from chalicelib.usecases.drafts import endings, purge_notice, saving

routes = Routes(__name__)

Filter = Annotated[str, StringConstraints(max_length=100)] | None

MOST_TOLD = 1_000_000
"""More purged drafts than any notice can count."""


class DraftFilter(Form):
    """Filters of the list, each a part of the text (F06)."""

    group_name: Filter = None
    contact: Filter = None
    member: Filter = None


class NoticeSeen(Form):
    """How many purged drafts the notice showed; without `count` all until now."""

    count: Annotated[int, Field(ge=1, le=MOST_TOLD)] | None = None


class DraftRow(BaseModel):
    """A draft in its list (F07): null where nothing was filled in; the page prints 【未填写】 (F08)."""

    id: Id
    group_name: str | None
    office: str | None
    office_name: str | None
    """None also where the draft names an office that does not exist."""
    contact: str | None
    reason: str | None
    members: list[str]
    saved_at: Moment
    purge_at: Moment
    version: int


class DraftReply(DraftRow):
    """A draft with its content in clear, for its owner to continue (F11)."""

    content: DraftContentShown


class Drafts(BaseModel):
    """The account's own drafts, newest first."""

    items: list[DraftRow]
    next_cursor: str | None = None
    total: int
    """How many drafts fit the filters: all of them are in `items`."""
    can_add: bool


@routes.add("GET", "/drafts", Access.MEMBERS, query=DraftFilter, reply=Drafts)
def listed(call: Call) -> Drafts:
    """The account's own drafts, newest first (F07, F10)."""
    wanted: DraftFilter = call.query
    found = repo.of_account(call.viewer.id, call.now)
    shown = [draft for draft in found if rules.matches(draft, wanted.group_name, wanted.contact, wanted.member)]
    return Drafts(
        items=[DraftRow(**_row(draft, call.language)) for draft in shown],
        total=len(shown),
        can_add=len(found) < limits.MAX_DRAFTS,
    )


@routes.add("POST", "/drafts", Access.MEMBERS, body=DraftContent, reply=DraftReply, status=201, idempotent=True)
def save_new(call: Call) -> DraftReply:
    """Save a new draft, one of at most 20 (F03)."""
    reply = replies(call)
    return reply(saving.save_new(call.act, call.body, call.remember(reply)))


@routes.add("GET", "/drafts/{draft_id}", Access.MEMBERS, reply=DraftReply)
def opened(call: Call, draft_id: str) -> DraftReply:
    """继续填写: the draft with its content (F11)."""
    return replies(call)(repo.get(call.viewer.id, draft_id, call.now))


@routes.add("PUT", "/drafts/{draft_id}", Access.MEMBERS, body=DraftContent, reply=DraftRow, versioned=True)
def save(call: Call, draft_id: str) -> DraftRow:
    """Save again; If-Match names the version that was opened, so that two windows never overwrite each other.

    The reply does not repeat the content: pages save while their users type, and the states of 90 persons' files cost
    one read each.
    """
    return DraftRow(**_row(saving.save(call.act, draft_id, call.if_match, call.body), call.language))


@routes.add("DELETE", "/drafts/purge-notice", Access.MEMBERS, query=NoticeSeen, status=204)
def purge_notice_seen(call: Call) -> None:
    """The user has seen 您有×个草稿超出保存日期（180 天），系统已自动清理 (F05); drafts purged since stay on it."""
    purge_notice.dismiss(call.viewer.id, call.query.count, call.now)


@routes.add("DELETE", "/drafts/{draft_id}", Access.MEMBERS, status=204)
def delete(call: Call, draft_id: str) -> None:
    """删除草稿 (F12)."""
    endings.delete(call.viewer.id, draft_id, call.now)


def _row(draft: Draft, language: str) -> dict[str, Any]:
    content = draft.content
    office = data.offices().get(content.get("office") or "")
    return {
        "id": draft.id,
        **{name: content.get(name) or None for name in ("group_name", "office", "contact", "reason")},
        "office_name": office.label(language) if office else None,
        "members": [name[: limits.MEMBER_NAME] for name in rules.members(content)],
        "saved_at": rfc3339(draft.saved_at),
        "purge_at": rfc3339(draft.purge_at),
        "version": draft.version,
    }


def replies(call: Call) -> Callable[[Draft], DraftReply]:
    """Makes the replies of a call about one draft; the states of its files are read once, before it is stored."""
    states: States | None = None

    def reply(draft: Draft) -> DraftReply:
        nonlocal states
        if states is None:
            states = attachments.progress_of_draft(draft.content, call.viewer)
        shown = content_shapes.draft(call.viewer.tenant, draft.content, states, call.language)
        return DraftReply(**_row(draft, call.language), content=shown)

    return reply
