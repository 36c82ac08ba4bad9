"""Shapes of what goes out. Field names are the contract's; texts are Chinese labels next to stable codes."""

from typing import Any

from pydantic import BaseModel

from chalicelib.repos.notices.messages import Message
from chalicelib.rules.base import limits
from chalicelib.rules.base.china_time import rfc3339
from chalicelib.rules.drafts import drafts as draft_rules
from chalicelib.rules.drafts.drafts import Draft
from chalicelib.rules.notices import wording


class DraftRow(BaseModel):
    """A draft in its list (F07): null where nothing was filled in; the page prints 【未填写】 (F08)."""

    id: str
    group_name: str | None
    office: str | None
    contact: str | None
    reason: str | None
    members: list[str]
    saved_at: str
    purge_at: str
    version: int


class DraftReply(DraftRow):
    """A draft with what was filled in, in clear: it is its owner's own, to go on with (F11)."""

    content: dict[str, Any]


class Drafts(BaseModel):
    """The account's own drafts, newest first."""

    items: list[DraftRow]
    next_cursor: str | None = None
    can_add: bool


class MessageReply(BaseModel):
    """One message of 消息中心."""

    id: str
    kind: str
    title: str
    body: str
    application_number: str | None
    person_number: str | None
    created_at: str
    read: bool


class Messages(BaseModel):
    """One page of messages, newest first."""

    items: list[MessageReply]
    next_cursor: str | None


def _draft_row(shown: Draft) -> dict[str, Any]:
    content = shown.content
    return {
        "id": shown.id,
        **{name: content.get(name) or None for name in ("group_name", "office", "contact", "reason")},
        "members": [each[: limits.MEMBER_NAME] for each in draft_rules.members(content)],
        "saved_at": rfc3339(shown.saved_at),
        "purge_at": rfc3339(shown.purge_at),
        "version": shown.version,
    }


def draft_row(shown: Draft) -> DraftRow:
    """A draft's line in the list."""
    return DraftRow(**_draft_row(shown))


def draft(shown: Draft) -> DraftReply:
    """A draft with its content."""
    return DraftReply(**_draft_row(shown), content=dict(shown.content))


def message(shown: Message, language: str) -> MessageReply:
    """A message in the reader's language."""
    return MessageReply(
        id=shown.id,
        kind=shown.kind,
        title=wording.sentence("messages", shown.kind, "title", shown.values, language),
        body=wording.sentence("messages", shown.kind, "body", shown.values, language),
        application_number=shown.application_number,
        person_number=shown.person_number,
        created_at=rfc3339(shown.created_at),
        read=shown.read,
    )
