"""提交申请 and editing what was returned: content checked in full, files looked at, one act."""

from collections.abc import Mapping
from typing import Any

from chalicelib.handlers import application_replies as replies
from chalicelib.handlers.application_replies import Reader
from chalicelib.handlers.application_shapes import ApplicationReply
from chalicelib.handlers.http.access import Access
from chalicelib.handlers.http.routing import Call, Routes
from chalicelib.repos.accounts import enterprises, invoice_profiles
from chalicelib.repos.applications import applications
from chalicelib.repos.drafts import drafts
from chalicelib.repos.table import table
from chalicelib.repos.table.table import Item, Key, Write
from chalicelib.rules.applications import submission, transitions, warnings
from chalicelib.rules.base.china_time import china_day
from chalicelib.rules.base.errors import FieldError, Invalid, invalid
from chalicelib.rules.drafts.drafts import Draft
from chalicelib.rules.forms.applications import Submission
from chalicelib.rules.forms.content import DraftContent
from chalicelib.usecases.applications import inspected_files, transaction

routes = Routes(__name__)


@routes.add(
    "POST",
    "/applications",
    Access.MEMBERS,
    body=Submission,
    reply=ApplicationReply,
    status=201,
    idempotent=True,
)
def submit(call: Call) -> ApplicationReply:
    """Submit a draft, or content given here; the draft is gone in the same act."""
    form: Submission = call.body
    if (form.draft_id is None) == (form.content is None):
        code = "missing" if form.draft_id is None else "ONE_OF_TWO"
        raise Invalid([FieldError("draft_id", code), FieldError("content", code)])
    found = table.get_many(_sources(call, form))
    draft, content, prefix = _content(call, form, found)
    today = china_day(call.now)
    ready = submission.validate_submission(content, today, prefix)
    if form.content is not None and _profile_key(call, ready["invoice_profile_id"]) not in found:
        raise _no_profile(prefix)
    checked = inspected_files.check(call.viewer.tenant, ready, set(), prefix)
    enterprise = enterprises.from_item(found[f"ENT#{call.viewer.tenant}", "PROFILE"])
    number = applications.next_number(call.now)
    application = submission.new_application(number, enterprise.elements.name, ready, call.act)
    reply = replies.application(application, Reader.of(call), [*warnings.on_content(ready, today), *checked.warnings])
    writes = [
        *call.remember(lambda _: reply)(application),
        *applications.created(application),
        enterprises.application_counted(call.viewer.tenant),
        _invoice_profile_exists(call, ready, prefix),
    ]
    if draft:
        writes += drafts.draft_submitted(draft)
    checked.store_copies()
    transaction.commit(application.header, application.history[0], writes)
    return reply


@routes.add(
    "PUT",
    "/applications/{number}/content",
    Access.MEMBERS,
    body=DraftContent,
    reply=ApplicationReply,
    versioned=True,
)
def edit(call: Call, number: str) -> ApplicationReply:
    """Correct what was returned; If-Match names the version that was opened."""
    seen = call.if_match
    before = applications.get(number, call.viewer)
    today = china_day(call.now)
    named = {*submission.attachment_ids({**before.header.content, "persons": [p.content for p in before.persons]})}
    ready = submission.validate_submission(call.body.model_dump(), today)
    after, event = transitions.edit_application(before, *submission.split_content(ready), call.act, seen)
    checked = inspected_files.check(call.viewer.tenant, ready, named)
    changed = applications.edited(before, after, event)
    checked.store_copies()
    transaction.commit(after.header, event, [*changed, _invoice_profile_exists(call, ready)])
    return replies.application(after, Reader.of(call), [*warnings.on_content(ready, today), *checked.warnings])


def _sources(call: Call, form: Submission) -> list[Key]:
    """What a submission reads, all in one request."""
    keys: list[Key] = [(f"ENT#{call.viewer.tenant}", "PROFILE")]
    if form.draft_id:
        keys.append(drafts.key(call.viewer.id, form.draft_id))
    if form.content and form.content.invoice_profile_id:
        keys.append(_profile_key(call, form.content.invoice_profile_id))
    return keys


def _content(call: Call, form: Submission, found: Mapping[Key, Item]) -> tuple[Draft | None, Mapping[str, Any], str]:
    """The draft if there is one, the content, and where in the body it lies."""
    if form.content is not None:
        return None, form.content.model_dump(), "content."
    assert form.draft_id is not None  # noqa: S101  one of the two is there
    draft = drafts.living_draft(found.get(drafts.key(call.viewer.id, form.draft_id)), call.now)
    return draft, draft.content, ""


def _invoice_profile_exists(call: Call, content: Mapping[str, Any], prefix: str = "") -> Write:
    """The invoice profile must be the enterprise's own when the act is written."""
    profile_id = content["invoice_profile_id"]
    return table.check(_profile_key(call, profile_id), {"id": profile_id}, lambda _: _no_profile(prefix))


def _profile_key(call: Call, profile_id: str) -> Key:
    return invoice_profiles.key(call.viewer.tenant, profile_id)


def _no_profile(prefix: str) -> Invalid:
    return invalid(f"{prefix}invoice_profile_id", "INVOICE_PROFILE")
