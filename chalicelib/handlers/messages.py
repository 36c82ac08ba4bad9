"""消息中心 (M01, M03-M05)."""

from chalicelib.handlers import replies
from chalicelib.handlers.http.access import Access
from chalicelib.handlers.http.routing import Call, Routes
from chalicelib.handlers.replies import Messages
from chalicelib.repos.keys import cursors
from chalicelib.repos.notices import messages as repo
from chalicelib.repos.table import table
from chalicelib.rules.forms.form import Empty, PageQuery

routes = Routes(__name__)


@routes.add("GET", "/messages", Access.MEMBERS, query=PageQuery, reply=Messages)
def listed(call: Call) -> Messages:
    """The account's own messages, newest first."""
    start = cursors.read(call.viewer, "messages", None, call.query.cursor)
    page = repo.page(call.viewer, call.query.limit, start)
    return Messages(
        items=[replies.message(each, call.language) for each in page.messages],
        next_cursor=cursors.write(call.viewer, "messages", None, page.next_key),
    )


@routes.add("POST", "/messages/read-all", Access.MEMBERS, body=Empty, body_optional=True, status=204)
def read_all(call: Call) -> None:
    """Mark everything as read, in one write."""
    table.commit(repo.all_marked_read(call.viewer, call.now))


@routes.add("POST", "/messages/{message_id}/read", Access.MEMBERS, body=Empty, body_optional=True, status=204)
def read(call: Call, message_id: str) -> None:
    """Mark one message as read."""
    repo.mark_read(call.viewer, message_id)
