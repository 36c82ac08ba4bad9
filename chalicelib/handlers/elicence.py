"""电子营业执照: QR tickets, the platform's callback, and what the browser polls (R25, R38)."""

import io
from urllib.parse import urlencode

from chalicelib.config import settings
from chalicelib.handlers.http.access import Access
from chalicelib.handlers.http.routing import Call, Routes
from chalicelib.handlers.replies import TicketElements, TicketHolder, TicketReply, TicketStateReply
from chalicelib.repos.accounts import tickets
from chalicelib.rules.accounts import licence
from chalicelib.rules.accounts.licence import Purpose, TicketState
from chalicelib.rules.base import limits
from chalicelib.rules.base.china_time import china_day, rfc3339
from chalicelib.rules.base.errors import AssertionRefused, NotFound
from chalicelib.rules.forms.accounts import Assertion, TicketStart

routes = Routes(__name__)


@routes.add("POST", "/elicence/tickets", Access.PUBLIC, body=TicketStart, reply=TicketReply, status=201)
def start(call: Call) -> TicketReply:
    """Make a QR code for one browser, good for 180 seconds."""
    new = tickets.start(Purpose(call.body.purpose), call.now)
    callback = f"{settings().api_url}/elicence/callback"
    query = urlencode({"ticket": new.ticket.id, "nonce": new.ticket.nonce, "callback": callback})
    qr_content = f"elicence://sign?{query}"
    return TicketReply(
        ticket_id=new.ticket.id,
        secret=new.secret,
        qr_content=qr_content,
        qr_svg=_svg(qr_content),
        expires_at=rfc3339(new.ticket.expires_at),
        poll_after_seconds=int(limits.TICKET_POLL.total_seconds()),
    )


@routes.add("GET", "/elicence/tickets/{ticket_id}", Access.PUBLIC, reply=TicketStateReply)
def poll(call: Call, ticket_id: str) -> TicketStateReply:
    """Say where the ticket stands, to the browser with its secret (X-Ticket-Secret) only."""
    secret = call.headers.get("x-ticket-secret")
    if not secret:
        raise NotFound
    ticket = tickets.of_browser(ticket_id, secret)
    state = ticket.seen_at(call.now)
    told = ticket.enterprise if state is TicketState.CONFIRMED else None
    return TicketStateReply(
        state=state,
        enterprise=TicketElements(**told.model_dump()) if told else None,
        holder=TicketHolder(**ticket.holder.model_dump()) if ticket.holder else None,
    )


@routes.add("POST", "/elicence/callback", Access.PUBLIC, body=Assertion, status=204)
def callback(call: Call) -> None:
    """Take the platform's signed word that somebody scanned, confirmed or cancelled."""
    claims = tickets.verify(call.body.assertion)
    ticket = tickets.get(claims.ticket)
    if ticket is None:
        raise AssertionRefused
    to = licence.accept(claims, ticket, call.now, china_day(call.now))
    tickets.advance(ticket, to, claims)


def _svg(content: str) -> str:
    import qrcode  # imported late: only this route draws
    from qrcode.image.svg import SvgPathImage

    buffer = io.BytesIO()
    qrcode.make(content, image_factory=SvgPathImage, box_size=10).save(buffer)
    return buffer.getvalue().decode()
