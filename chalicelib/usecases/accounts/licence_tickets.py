"""电子营业执照: QR tickets from their start to the platform's callback (R13-R18, R25, R38; docs/domain.md 5.2)."""

from datetime import datetime

from chalicelib.repos.accounts import accounts, claims, tickets
from chalicelib.repos.accounts.tickets import NewTicket
from chalicelib.rules.accounts import licence
from chalicelib.rules.accounts.licence import Purpose, Ticket
from chalicelib.rules.accounts.licence_elements import LicenceElements
from chalicelib.rules.base.china_time import china_day
from chalicelib.rules.base.errors import AssertionRefused, NotFound


def start(purpose: Purpose, now: datetime) -> NewTicket:
    """Create a ticket for one browser; it can be scanned for 180 seconds."""
    return tickets.start(purpose, now)


def poll(ticket_id: str, secret: str | None) -> Ticket:
    """The ticket, for the browser that holds its secret.

    Raises:
        NotFound: there is no such ticket, or the secret is missing or not its own.
    """
    if not secret:
        raise NotFound
    return tickets.of_browser(ticket_id, secret)


def is_registered(elements: LicenceElements) -> bool:
    """Whether the enterprise of a scanned licence has an account: it signs in, and does not register."""
    return accounts.find_login_target(claims.USCC, elements.uscc) is not None


def accept_callback(assertion: str, now: datetime) -> None:
    """Advance a ticket by the platform's signed assertion that somebody scanned, confirmed or cancelled.

    Raises:
        AssertionRefused: the assertion is forged, stale, repeated, or not for this ticket.
    """
    asserted = tickets.verify(assertion)
    ticket = tickets.get(asserted.ticket)
    if ticket is None:
        raise AssertionRefused
    tickets.advance(ticket, licence.accept(asserted, ticket, now, china_day(now)), asserted)
