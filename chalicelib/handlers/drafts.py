"""我的草稿 (F01-F15): each account's own."""

from typing import Annotated

from pydantic import Field, StringConstraints

from chalicelib.handlers import replies
from chalicelib.handlers.http.access import Access
from chalicelib.handlers.http.routing import Call, Routes
from chalicelib.handlers.replies import DraftReply, Drafts
from chalicelib.repos.accounts import accounts
from chalicelib.repos.drafts import counters
from chalicelib.repos.drafts import drafts as repo
from chalicelib.repos.files import bucket
from chalicelib.repos.table import table
from chalicelib.rules.base.china_time import china_day
from chalicelib.rules.base.errors import LimitReached
from chalicelib.rules.base.limits import MAX_DRAFTS
from chalicelib.rules.drafts import drafts as rules
from chalicelib.rules.drafts.drafts import Draft
from chalicelib.rules.forms import content as content_rules
from chalicelib.rules.forms.content import DraftContent
from chalicelib.rules.forms.form import Form
from chalicelib.usecases.drafts import endings

routes = Routes(__name__)

Filter = Annotated[str, StringConstraints(max_length=100)] | None


class DraftFilter(Form):
    """Filters of the list, each a part of the text (F06)."""

    group_name: Filter = None
    contact: Filter = None
    member: Filter = None


MOST_TOLD = 1_000_000
"""More purged drafts than any notice tells of."""


class NoticeSeen(Form):
    """How many purged drafts the notice told of; all there are by now if it does not say."""

    count: Annotated[int, Field(ge=1, le=MOST_TOLD)] | None = None


@routes.add("GET", "/drafts", Access.MEMBERS, query=DraftFilter, reply=Drafts)
def listed(call: Call) -> Drafts:
    """The account's own drafts, newest first (F07, F10)."""
    wanted: DraftFilter = call.query
    found = repo.of_account(call.viewer.id, call.now)
    shown = [each for each in found if rules.matches(each, wanted.group_name, wanted.contact, wanted.member)]
    return Drafts(items=[replies.draft_row(each) for each in shown], can_add=len(found) < MAX_DRAFTS)


@routes.add("POST", "/drafts", Access.MEMBERS, body=DraftContent, reply=DraftReply, status=201, idempotent=True)
def save_new(call: Call) -> DraftReply:
    """Save a new draft, one of at most 20 (F03)."""
    content_rules.refuse_masked(call.body)
    draft, writes = repo.new_draft(call.viewer.id, call.viewer.tenant, call.body.model_dump(), call.now)
    reply = replies.draft(draft)
    remembered = call.remember(replies.draft)(draft)
    # An agent who is being deleted leaves no draft behind.
    writes = [*remembered, accounts.existence_checked(call.viewer), *writes]
    bucket.renew(repo.uploads(draft), china_day(call.now))
    try:
        table.commit(*writes)
    except LimitReached:
        # Drafts past their date are gone for their owner: their places are free before the nightly purge.
        if not endings.purge_own(call.viewer.id, call.now):
            raise
        table.commit(*writes)
    return reply


@routes.add("GET", "/drafts/{draft_id}", Access.MEMBERS, reply=DraftReply)
def opened(call: Call, draft_id: str) -> DraftReply:
    """继续填写: the draft with its content (F11)."""
    return replies.draft(repo.get(call.viewer.id, draft_id, call.now))


@routes.add("PUT", "/drafts/{draft_id}", Access.MEMBERS, body=DraftContent, reply=DraftReply, versioned=True)
def save(call: Call, draft_id: str) -> DraftReply:
    """Save again; If-Match names the version that was opened, so that two windows never overwrite each other."""
    seen = call.if_match
    content_rules.refuse_masked(call.body)
    opened = Draft(draft_id, call.viewer.id, call.now, seen, {}, call.viewer.tenant)
    after, writes = repo.saved_draft(opened, call.body.model_dump(), call.now)
    bucket.renew(repo.uploads(after), china_day(call.now))
    table.commit(*writes)
    return replies.draft(after)


@routes.add("DELETE", "/drafts/purge-notice", Access.MEMBERS, query=NoticeSeen, status=204)
def purge_notice_seen(call: Call) -> None:
    """The user has seen 您有×个草稿超出保存日期（180 天），系统已自动清理 (F05); drafts purged since stay on it."""
    shown: int | None = call.query.count
    count = counters.get(call.viewer.id).purged_drafts if shown is None else shown
    if count:
        counters.dismiss_purge_notice(call.viewer.id, count)


@routes.add("DELETE", "/drafts/{draft_id}", Access.MEMBERS, status=204)
def delete(call: Call, draft_id: str) -> None:
    """删除草稿 (F12)."""
    endings.delete(call.viewer.id, draft_id, call.now)
