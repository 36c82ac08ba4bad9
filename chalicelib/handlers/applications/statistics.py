"""经济体审批用时: how long each economy takes, without personal data; for every signed-in account."""

from pydantic import BaseModel

from chalicelib import data
from chalicelib.data import Economy
from chalicelib.handlers.http.access import Access
from chalicelib.handlers.http.formats import EconomyCode
from chalicelib.handlers.http.routing import Call, Routes
from chalicelib.repos.applications import statistics
from chalicelib.rules.applications.statistics import ENOUGH, MONTHS, Waits, shown

routes = Routes(__name__)


class EconomyStatistics(BaseModel):
    """The waits for one economy that began in the last months; null where answers are too few to be shown."""

    code: EconomyCode
    name: str
    answers: int | None
    median_days: int | None
    ninth_decile_days: int | None
    known_days: int | None
    """The longest time about which the waits say anything: a figure that is null beside it is more days than this."""


class Statistics(BaseModel):
    """All 16 deciding economies in their usual order."""

    months: int
    shown_from: int
    items: list[EconomyStatistics]


@routes.add("GET", "/statistics/economies", Access.EVERYONE, reply=Statistics)
def economies(call: Call) -> Statistics:
    """Get median and 90th percentile of the days from 领事司审核通过 to the answer, estimated with the open waits."""
    waits = statistics.of_last_months(call.now)
    rows = [_row(economy, call.language, waits[economy.code]) for economy in data.deciding_economies()]
    return Statistics(months=MONTHS, shown_from=ENOUGH, items=rows)


def _row(economy: Economy, language: str, waits: Waits) -> EconomyStatistics:
    figures = shown(waits)
    return EconomyStatistics(
        code=economy.code,
        name=economy.label(language),
        answers=figures.answers,
        median_days=figures.median,
        ninth_decile_days=figures.ninth_decile,
        known_days=figures.known,
    )
