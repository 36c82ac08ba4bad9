"""Who is signed in: what every page asks for first, and therefore a module of its own (docs/decisions/0089)."""

from pydantic import BaseModel

from chalicelib.handlers.accounts import account_replies as replies
from chalicelib.handlers.accounts.account_replies import AccountReply, EnterpriseReply
from chalicelib.handlers.http.access import Access
from chalicelib.handlers.http.routing import Call, Routes
from chalicelib.usecases.accounts import overview

routes = Routes(__name__)


class Me(BaseModel):
    """The signed-in account, its enterprise, and the numbers that its pages announce."""

    account: AccountReply
    enterprise: EnterpriseReply | None
    unread_messages: int
    """At most 99."""
    unread_capped: bool
    """Whether more messages are unread than `unread_messages` says (99+)."""
    purged_drafts: int


@routes.add("GET", "/me", Access.EVERYONE, reply=Me, for_credentials=True)
def show(call: Call) -> Me:
    """Show who is signed in, the unread messages and the purge notice (F05)."""
    shown = overview.of(call.viewer, call.now)
    return Me(
        account=replies.account(shown.account),
        enterprise=replies.enterprise(shown.enterprise, call.language) if shown.enterprise else None,
        unread_messages=shown.unread.count,
        unread_capped=shown.unread.has_more,
        purged_drafts=shown.purged_drafts,
    )
