"""领用登记: who of the enterprise has a card in hand, and since when (docs/domain.md 7.5)."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum

from chalicelib.rules.applications.applications import ApplicationHeader, Person, current_of
from chalicelib.rules.base.china_time import china_day
from chalicelib.rules.base.errors import OperationInvalid, invalid
from chalicelib.rules.base.vocabulary import AccountId, EnterpriseId, PersonNumber

COLUMNS = ("人员申请单号", "持卡人", "卡号", "领用人", "领用日期", "归还日期", "备注")
"""The header of the exported workbook."""


class LedgerState(StrEnum):
    """Whether a card is with whoever received it, or back."""

    OUT = "out"
    RETURNED = "returned"


@dataclass(frozen=True)
class LedgerEntry:
    """One handover of a card, and its return."""

    id: str
    enterprise_id: EnterpriseId
    person_number: PersonNumber
    creator_id: AccountId
    """Who created the application of the person: agents who see only their own see the entry by it."""
    holder: str = field(repr=False)
    """The name on the card."""
    card_number: str = field(repr=False)
    received_by: str = field(repr=False)
    handed_out_on: str
    recorded_at: datetime
    returned_on: str | None = None
    note: str | None = field(default=None, repr=False)

    @property
    def state(self) -> LedgerState:
        """Whether the card is out."""
        return LedgerState.RETURNED if self.returned_on else LedgerState.OUT

    def cells(self) -> tuple[str, ...]:
        """The row of the exported workbook, by `COLUMNS`."""
        return (
            self.person_number,
            self.holder,
            self.card_number,
            self.received_by,
            self.handed_out_on,
            self.returned_on or "",
            self.note or "",
        )


def handed_out(
    entry_id: str, header: ApplicationHeader, person: Person, form: Mapping[str, str | None], now: datetime
) -> LedgerEntry:
    """The entry of a handover.

    Args:
        entry_id: A new id.
        header: Of the person's application.
        person: Whose card it is.
        form: `received_by`, `handed_out_on` and perhaps `note`.
        now: When it is recorded.

    Raises:
        OperationInvalid: The enterprise has no card of the person: none was issued, or it was cancelled.
        Invalid: The day is in the future or before the card was issued.
    """
    card = person.card
    if card is None or not card.issued or card.cancelled:
        raise OperationInvalid(current_of(person, header))
    day = str(form["handed_out_on"])
    _check_day("handed_out_on", day, card.issued_at and china_day(card.issued_at), china_day(now))
    return LedgerEntry(
        id=entry_id,
        enterprise_id=header.enterprise_id,
        person_number=person.number,
        creator_id=header.creator_id,
        holder=person.content["name"],
        card_number=card.number,
        received_by=str(form["received_by"]),
        handed_out_on=day,
        recorded_at=now,
        note=form["note"],
    )


def returned(entry: LedgerEntry, day: str, today: date) -> LedgerEntry:
    """The entry with the day of the return.

    Raises:
        OperationInvalid: The card is back already.
        Invalid: The day is in the future or before the handover.
    """
    if entry.state is LedgerState.RETURNED:
        raise OperationInvalid
    _check_day("returned_on", day, date.fromisoformat(entry.handed_out_on), today)
    return replace(entry, returned_on=day)


def _check_day(name: str, day: str, first: date | None, today: date) -> None:
    if first is not None and day < first.isoformat():
        raise invalid(name, "greater_than_equal", ge=first.isoformat())
    if day > today.isoformat():
        raise invalid(name, "less_than_equal", le=today.isoformat())
