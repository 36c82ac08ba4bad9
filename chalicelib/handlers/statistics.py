"""经济体审批用时: how long each economy takes, without personal data; for every signed-in account."""

from collections import Counter

from pydantic import BaseModel

from chalicelib import data
from chalicelib.data import Economy
from chalicelib.handlers.http.access import Access
from chalicelib.handlers.http.routing import Call, Routes
from chalicelib.repos.applications import statistics
from chalicelib.rules.applications.statistics import ENOUGH, MONTHS, shown

routes = Routes(__name__)


class EconomyStatistics(BaseModel):
    """The answers of one economy in the last months; null where they are too few to be shown."""

    code: str
    name: str
    answers: int | None
    median_days: int | None
    ninth_decile_days: int | None


class Statistics(BaseModel):
    """All 16 deciding economies in their usual order."""

    months: int
    shown_from: int
    items: list[EconomyStatistics]


@routes.add("GET", "/statistics/economies", Access.EVERYONE, reply=Statistics)
def economies(call: Call) -> Statistics:
    """Get median and 90th percentile of the days from 领事司审核通过 to the answer, from 20 answers on."""
    counts = statistics.of_last_months(call.now)
    rows = [_row(economy, call.language, counts[economy.code]) for economy in data.deciding_economies()]
    return Statistics(months=MONTHS, shown_from=ENOUGH, items=rows)


def _row(economy: Economy, language: str, days: Counter[int]) -> EconomyStatistics:
    answers, median, decile = shown(days)
    return EconomyStatistics(
        code=economy.code,
        name=economy.label(language),
        answers=answers if answers >= ENOUGH else None,
        median_days=median,
        ninth_decile_days=decile,
    )
