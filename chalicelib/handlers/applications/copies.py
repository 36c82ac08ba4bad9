"""Drafts from what is there already: another draft, an application, or the card of a holder (docs/domain.md 9.1)."""

from typing import Any

from chalicelib.handlers.applications.drafts import DraftReply, replies
from chalicelib.handlers.http.access import Access
from chalicelib.handlers.http.routing import Call, Routes
from chalicelib.rules.forms.form import Empty
from chalicelib.usecases.applications import copies
from chalicelib.usecases.drafts import saving

routes = Routes(__name__)

CREATING: dict[str, Any] = {
    "body": Empty,
    "body_optional": True,
    "reply": DraftReply,
    "status": 201,
    "idempotent": True,
}
"""What the routes have in common: they need nothing but a path, and create a draft."""


@routes.add("POST", "/drafts/{draft_id}/copy", Access.MEMBERS, **CREATING)
def copy_draft(call: Call, draft_id: str) -> DraftReply:
    """Save a copy of a draft of the account, one of at most 20 (F03)."""
    reply = replies(call)
    return reply(saving.copy(call.act, draft_id, call.remember(reply)))


@routes.add("POST", "/applications/{number}/copy", Access.MEMBERS, **CREATING)
def copy_application(call: Call, number: str) -> DraftReply:
    """Save a draft with the content of an application, its persons and files; the audit has the reading."""
    reply = replies(call)
    return reply(copies.copy(number, call.act, call.remember(reply)))


@routes.add("POST", "/persons/{person_number}/renewal", Access.MEMBERS, **CREATING)
def renew(call: Call, person_number: str) -> DraftReply:
    """续办: save a draft for the renewal of the person's card, with its data, its old card and its files."""
    reply = replies(call)
    return reply(copies.renew(person_number, call.act, call.remember(reply)))
