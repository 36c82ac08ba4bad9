"""The parts of a reply about one person that concern its economies and its card."""

from chalicelib import data
from chalicelib.data.texts import text
from chalicelib.handlers.applications.application_shapes import CardReply, DestinationReply, EconomyReply, ForeignReply
from chalicelib.handlers.reader import Reader
from chalicelib.rules.applications import cards, progress
from chalicelib.rules.applications.applications import Person
from chalicelib.rules.base import masks
from chalicelib.rules.base.china_time import rfc3339
from chalicelib.rules.base.vocabulary import Decision

FOREIGN_QUERY_URL = "https://www.abtc-aps.org/abtc-core/status/check.html"
"""外方审核查询网址 (D02)."""


def foreign(found: Person) -> ForeignReply | None:
    """外方审核查询, once the economies are asked."""
    asked = found.economies_since is not None
    return ForeignReply(query_url=FOREIGN_QUERY_URL, number=found.foreign_number) if asked else None


def card(found: Person, reader: Reader) -> CardReply | None:
    """The card of a person; its number is masked for officers of a 外办."""
    record = found.card
    if record is None:
        return None
    masked = "card_number" in masks.masked_for(reader.account.party)
    return CardReply(
        number=masks.MASKS["previous_card_number"](record.number) if masked else record.number,
        valid_until=record.valid_until,
        early=record.early,
        issued=record.issued,
        cancelled=record.cancelled,
        expired=record.ended(reader.today),
        made_at=rfc3339(record.made_at) if record.made_at else None,
        issued_at=rfc3339(record.issued_at) if record.issued_at else None,
        printed=None if record.printed is None else list(record.printed),
    )


def travel(found: Person, reader: Reader) -> list[DestinationReply]:
    """Where the person may travel today."""
    return [
        DestinationReply(
            code=destination.code,
            name=data.economy(destination.code).label(reader.language),
            valid_until=destination.valid_until,
            printed=destination.printed,
        )
        for destination in cards.travel(found, reader.today)
    ]


def economies(found: Person, reader: Reader) -> list[EconomyReply]:
    """The answers of all economies that decide, in their order of display; none before they are asked."""
    replies = []
    for economy in data.deciding_economies() if found.economies_since else ():
        answer = found.economies.get(economy.code)
        decision = progress.decision_of(found.economies, economy.code)
        replies.append(
            EconomyReply(
                code=economy.code,
                name=economy.label(reader.language),
                state="pending" if decision is Decision.PENDING else "decided",
                decision=decision,
                decision_label=text("decisions", decision, reader.language),
                decided_at=rfc3339(answer.decided_at) if answer else None,
                valid_until=answer.valid_until if answer else None,
                days_waited=progress.days_waited(found, economy.code, reader.now),
                forecast=None,
            )
        )
    return replies
