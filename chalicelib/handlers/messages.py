"""消息中心 (M01, M03-M05)."""

from collections.abc import Mapping

from pydantic import BaseModel

from chalicelib.handlers.http.access import Access
from chalicelib.handlers.http.formats import ApplicationId, MessageKind, Moment, PersonId
from chalicelib.handlers.http.routing import Call, Routes
from chalicelib.repos.applications.person_names import Subject
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
    person_name: str | None
    """The person that the message is about; None if it is about a whole group or an account."""
    created_at: Moment
    read: bool


class Messages(BaseModel):
    """One page of messages, newest first."""

    items: list[MessageReply]
    next_cursor: str | None
    partial: bool
    """Whether reading took too long and the page ended before it was full; `next_cursor` goes on."""
    total: int | None
    """Of unread messages, at most 99; None if the list has all messages."""
    total_capped: bool
    """Whether more messages are unread than `total` says (99+)."""


class MessagesQuery(PageQuery):
    """The page of the list, and whether it has unread messages only."""

    unread: bool = False


class Unread(BaseModel):
    """How many messages are unread, as in GET /me."""

    unread_messages: int
    """At most 99."""
    unread_capped: bool
    """Whether more messages are unread than `unread_messages` says (99+)."""


@routes.add("GET", "/messages", Access.MEMBERS, query=MessagesQuery, reply=Messages)
def listed(call: Call) -> Messages:
    """The account's own messages, newest first: all, or the unread ones with their number."""
    query: MessagesQuery = call.query
    found = messages.listed(call.viewer, query.limit, query.cursor, unread=query.unread)
    return Messages(
        items=[_reply(message, found.names, call.language) for message in found.messages],
        next_cursor=found.next_cursor,
        partial=found.partial,
        total=found.unread.count if found.unread else None,
        total_capped=found.unread is not None and found.unread.has_more,
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


def _reply(message: Message, names: Mapping[Subject, str], language: str) -> MessageReply:
    """A message in the reader's language, with the name that the person has now."""
    name = names.get((message.application_number or "", message.person_number))
    values = {**message.values, "person_name": name} if name else message.values
    return MessageReply(
        id=message.id,
        kind=message.kind,
        title=wording.sentence("messages", message.kind, "title", values, language),
        body=wording.sentence("messages", message.kind, "body", values, language),
        application_number=message.application_number,
        person_number=message.person_number,
        person_name=name,
        created_at=rfc3339(message.created_at),
        read=message.read,
    )
