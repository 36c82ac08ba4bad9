"""电子营业执照: QR tickets, their state, and the platform's callback (R25, R38)."""

from typing import Literal
from urllib.parse import urlencode

from pydantic import BaseModel

from chalicelib.config import settings
from chalicelib.handlers.accounts import qr
from chalicelib.handlers.http.access import Access
from chalicelib.handlers.http.formats import Id, Moment
from chalicelib.handlers.http.routing import Call, Routes
from chalicelib.rules.accounts.licence import Purpose, Ticket, TicketState
from chalicelib.rules.base import limits
from chalicelib.rules.base.china_time import rfc3339
from chalicelib.rules.forms.accounts import Assertion, TicketStart
from chalicelib.usecases.accounts import licence_tickets

routes = Routes(__name__)


class TicketReply(BaseModel):
    """A QR code for one browser."""

    ticket_id: Id
    secret: str
    qr_content: str
    qr_svg: str
    expires_at: Moment
    poll_after_seconds: int


class TicketElements(BaseModel):
    """企业三要素 of a confirmed ticket."""

    name: str
    uscc: str
    legal_representative: str


class TicketHolder(BaseModel):
    """The person who scanned."""

    kind: Literal["legal_representative", "manager", "delegate"]
    name: str


class TicketStateReply(BaseModel):
    """The state of a ticket, and what the scan has told so far."""

    state: TicketState
    enterprise: TicketElements | None
    holder: TicketHolder | None
    registered: bool | None
    """Whether the enterprise has an account already; None until the scan is confirmed."""


@routes.add("POST", "/elicence/tickets", Access.PUBLIC, body=TicketStart, reply=TicketReply, status=201)
def start(call: Call) -> TicketReply:
    """Create a QR code for one browser; it is valid for 180 seconds."""
    new = licence_tickets.start(Purpose(call.body.purpose), call.now)
    qr_content = _qr_content(new.ticket)
    return TicketReply(
        ticket_id=new.ticket.id,
        secret=new.secret,
        qr_content=qr_content,
        qr_svg=qr.svg(qr_content),
        expires_at=rfc3339(new.ticket.expires_at),
        poll_after_seconds=int(limits.TICKET_POLL.total_seconds()),
    )


@routes.add("GET", "/elicence/tickets/{ticket_id}", Access.PUBLIC, reply=TicketStateReply)
def poll(call: Call, ticket_id: str) -> TicketStateReply:
    """Return the state of a ticket to the browser that holds its secret (X-Ticket-Secret)."""
    ticket = licence_tickets.poll(ticket_id, call.headers.get("x-ticket-secret"))
    state = ticket.seen_at(call.now)
    elements = ticket.enterprise if state is TicketState.CONFIRMED else None
    return TicketStateReply(
        state=state,
        enterprise=TicketElements(**elements.model_dump()) if elements else None,
        holder=TicketHolder(**ticket.holder.model_dump()) if ticket.holder else None,
        registered=licence_tickets.is_registered(elements) if elements else None,
    )


@routes.add("POST", "/elicence/callback", Access.PUBLIC, body=Assertion, status=204)
def callback(call: Call) -> None:
    """Accept the platform's signed assertion that somebody scanned, confirmed or cancelled."""
    licence_tickets.accept_callback(call.body.assertion, call.now)


def _qr_content(ticket: Ticket) -> str:
    callback_url = f"{settings().api_url}/elicence/callback"
    named = {"ticket": ticket.id, "nonce": ticket.nonce, "purpose": ticket.purpose, "callback": callback_url}
    query = urlencode(named)
    return f"elicence://sign?{query}"
