"""Request bodies of the card ledger."""

from typing import Literal

from chalicelib.rules.forms.fields import Day, paragraphs, text
from chalicelib.rules.forms.form import Form, PageQuery


class CardHandover(Form):
    """Who has received a card, and when."""

    received_by: text(2, 50)  # type: ignore[valid-type]
    handed_out_on: Day
    note: paragraphs(1, 200) | None = None  # type: ignore[valid-type]


class CardReturn(Form):
    """When a card was returned."""

    returned_on: Day


class LedgerQuery(PageQuery):
    """The page of the ledger, perhaps of cards that are out or returned only."""

    state: Literal["out", "returned"] | None = None
