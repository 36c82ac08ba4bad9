"""How long each economy takes (no personal data): for everybody who is signed in."""

from pydantic import BaseModel

from chalicelib import data
from chalicelib.handlers.http.access import Access
from chalicelib.handlers.http.routing import Call, Routes
from chalicelib.repos.applications import statistics
from chalicelib.rules.applications.statistics import ENOUGH, MONTHS, shown

routes = Routes(__name__)


class EconomyStatistics(BaseModel):
    """One economy's answers of the last months; null where they are too few to show."""

    code: str
    name: str
    answers: int | None
    median_days: int | None
    ninth_decile_days: int | None


class Statistics(BaseModel):
    """All 16, in their usual order."""

    months: int
    shown_from: int
    items: list[EconomyStatistics]


@routes.add("GET", "/statistics/economies", Access.EVERYONE, reply=Statistics)
def economies(call: Call) -> Statistics:
    """Median and 90th percentile of days from 领事司审核通过 to the answer, from 20 answers on."""
    counts = statistics.of_last_months(call.now)
    items = []
    for economy in data.deciding_economies():
        answers, median, decile = shown(counts[economy.code])
        enough = answers if answers >= ENOUGH else None
        items.append(
            EconomyStatistics(
                code=economy.code, name=economy.name, answers=enough, median_days=median, ninth_decile_days=decile
            )
        )
    return Statistics(months=MONTHS, shown_from=ENOUGH, items=items)
