"""The desk of an officer: how much waits, and since when."""

from pydantic import BaseModel

from chalicelib.data.texts import text
from chalicelib.handlers.http.access import Access
from chalicelib.handlers.http.formats import Moment
from chalicelib.handlers.http.routing import Call, Routes
from chalicelib.rules.base.china_time import china_day, rfc3339
from chalicelib.rules.base.vocabulary import Status
from chalicelib.usecases.applications import desk

routes = Routes(__name__)


class WaitingReply(BaseModel):
    """What waits at one status: applications, and persons with a status of their own."""

    status: Status
    status_label: str
    count: int
    exact: bool
    """Whether everything was counted. Otherwise at least `count` wait, and some perhaps longer than the oldest."""
    oldest_since: Moment | None
    """Since when the one that has waited longest has the status; null if none was counted."""
    oldest_days_waiting: int | None
    """Midnights in China since then."""


class DeskReply(BaseModel):
    """The statuses of a desk, in the order of the work."""

    items: list[WaitingReply]


@routes.add("GET", "/office/desk", Access.OFFICERS, reply=DeskReply)
def show(call: Call) -> DeskReply:
    """Count what waits for the officer at each status, and say since when the oldest waits.

    An office: what is to be reviewed. The consular department: what is to be reviewed, follow-up applications whose
    card is to be made, persons whom all economies have answered and who have no early card that is still usable, cards
    in the making, and cards to hand out. A change shows within a moment, as in lists.
    """
    today = china_day(call.now)
    return DeskReply(
        items=[
            WaitingReply(
                status=waiting.status,
                status_label=text("statuses", waiting.status, call.language),
                count=waiting.count,
                exact=waiting.exact,
                oldest_since=rfc3339(waiting.oldest) if waiting.oldest else None,
                oldest_days_waiting=(today - china_day(waiting.oldest)).days if waiting.oldest else None,
            )
            for waiting in desk.of(call.viewer)
        ]
    )
