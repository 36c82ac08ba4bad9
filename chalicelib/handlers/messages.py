"""消息中心 (M01, M03-M05)."""

from pydantic import BaseModel

from chalicelib.handlers.http.access import Access
from chalicelib.handlers.http.formats import ApplicationId, MessageKind, Moment, PersonId
from chalicelib.handlers.http.routing import Call, Routes
from chalicelib.repos.keys import cursors
from chalicelib.repos.notices import messages as repo
from chalicelib.repos.notices.messages import Message
from chalicelib.rules.base.china_time import rfc3339
from chalicelib.rules.forms.form import Empty, PageQuery
from chalicelib.rules.notices import wording
from chalicelib.usecases.notices import messages

routes = Routes(__name__)


class MessageReply(BaseModel):
    """One message of 消息中心."""

    id: str
    kind: MessageKind
    title: str
    body: str
    application_number: ApplicationId | None
    person_number: PersonId | None
    created_at: Moment
    read: bool


class Messages(BaseModel):
    """One page of messages, newest first."""

    items: list[MessageReply]
    next_cursor: str | None


class Unread(BaseModel):
    """How many messages are unread, as in GET /me."""

    unread_messages: int
    """At most 99."""
    unread_capped: bool
    """Whether more messages are unread than `unread_messages` says (99+)."""


@routes.add("GET", "/messages", Access.MEMBERS, query=PageQuery, reply=Messages)
def listed(call: Call) -> Messages:
    """The account's own messages, newest first."""
    start = cursors.read(call.viewer, "messages", None, call.query.cursor)
    page = repo.page(call.viewer, call.query.limit, start)
    return Messages(
        items=[_reply(message, call.language) for message in page.messages],
        next_cursor=cursors.write(call.viewer, "messages", None, page.next_key),
    )


@routes.add("GET", "/messages/unread", Access.MEMBERS, reply=Unread, passive=True)
def unread(call: Call) -> Unread:
    """Count the unread messages, for a page that asks again and again; the session does not live longer by it."""
    found = repo.unread_count(call.viewer)
    return Unread(unread_messages=found.count, unread_capped=found.has_more)


@routes.add("POST", "/messages/read-all", Access.MEMBERS, body=Empty, body_optional=True, status=204)
def read_all(call: Call) -> None:
    """Mark everything as read, in one write."""
    messages.mark_all_read(call.viewer, call.now)


@routes.add("POST", "/messages/{message_id}/read", Access.MEMBERS, body=Empty, body_optional=True, status=204)
def read(call: Call, message_id: str) -> None:
    """Mark one message as read."""
    messages.mark_read(call.viewer, message_id)


def _reply(message: Message, language: str) -> MessageReply:
    """A message in the reader's language."""
    return MessageReply(
        id=message.id,
        kind=message.kind,
        title=wording.sentence("messages", message.kind, "title", message.values, language),
        body=wording.sentence("messages", message.kind, "body", message.values, language),
        application_number=message.application_number,
        person_number=message.person_number,
        created_at=rfc3339(message.created_at),
        read=message.read,
    )
