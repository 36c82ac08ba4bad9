"""领用登记: who of the enterprise has received a card, and when it came back."""

from pydantic import BaseModel

from chalicelib.handlers.applications import downloads
from chalicelib.handlers.applications.downloads import ExportReply
from chalicelib.handlers.http.access import Access
from chalicelib.handlers.http.formats import Date, Moment, PersonId
from chalicelib.handlers.http.routing import Call, Routes
from chalicelib.repos.applications import card_ledger as repo
from chalicelib.repos.keys import cursors
from chalicelib.rules.applications.card_ledger import LedgerEntry, LedgerState
from chalicelib.rules.base.china_time import rfc3339
from chalicelib.rules.forms.card_ledger import CardHandover, CardReturn, LedgerQuery
from chalicelib.rules.forms.form import Empty
from chalicelib.usecases.applications import card_ledger

routes = Routes(__name__)


class LedgerEntryReply(BaseModel):
    """One handover of a card; in clear, because only its own enterprise sees it."""

    id: str
    person_number: PersonId
    holder: str
    card_number: str
    received_by: str
    handed_out_on: Date
    returned_on: Date | None
    note: str | None
    state: LedgerState
    recorded_at: Moment


class Ledger(BaseModel):
    """One page of the ledger, newest first."""

    items: list[LedgerEntryReply]
    next_cursor: str | None
    partial: bool
    """Whether the page ended before it was full because reading took too long; `next_cursor` goes on."""


@routes.add(
    "POST",
    "/persons/{person_number}/card-ledger",
    Access.MEMBERS,
    body=CardHandover,
    reply=LedgerEntryReply,
    status=201,
    idempotent=True,
)
def hand_out(call: Call, person_number: str) -> LedgerEntryReply:
    """领用: record who has received the issued card of a person; a card that is out is returned first."""
    return _entry(card_ledger.hand_out(person_number, call.body, call.act, call.remember(_entry)))


@routes.add("POST", "/cards/ledger/{entry_id}/return", Access.MEMBERS, body=CardReturn, reply=LedgerEntryReply)
def take_back(call: Call, entry_id: str) -> LedgerEntryReply:
    """归还: record when a card was returned."""
    return _entry(card_ledger.take_back(entry_id, call.body, call.act))


@routes.add("GET", "/cards/ledger", Access.MEMBERS, query=LedgerQuery, reply=Ledger)
def listed(call: Call) -> Ledger:
    """List the handovers of the enterprise's cards, newest first; agents see those of the persons that they see."""
    state = LedgerState(call.query.state) if call.query.state else None
    start = cursors.read(call.viewer, "card ledger", state, call.query.cursor)
    page = repo.page(call.viewer, state, call.query.limit, start)
    return Ledger(
        items=[_entry(entry) for entry in page.entries],
        next_cursor=cursors.write(call.viewer, "card ledger", state, page.next_key),
        partial=page.partial,
    )


@routes.add(
    "POST",
    "/cards/ledger/export",
    Access.MEMBERS,
    body=Empty,
    body_optional=True,
    reply=ExportReply,
    status=201,
    idempotent=True,
)
def export(call: Call) -> ExportReply:
    """导出至Excel: export all handovers that the account sees."""
    return downloads.export(card_ledger.export(call.act, call.remember(downloads.export)))


def _entry(shown: LedgerEntry) -> LedgerEntryReply:
    return LedgerEntryReply(
        id=shown.id,
        person_number=shown.person_number,
        holder=shown.holder,
        card_number=shown.card_number,
        received_by=shown.received_by,
        handed_out_on=shown.handed_out_on,
        returned_on=shown.returned_on,
        note=shown.note,
        state=shown.state,
        recorded_at=rfc3339(shown.recorded_at),
    )
