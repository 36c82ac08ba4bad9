"""Daily: cards past their last day become 卡已到期. Entered by Lambda without app.py: self-contained.

"Today" is the calendar day in China at the time of the event. Readers see such a card as expired even before this runs.
A person that cannot be read or written does not stop the others: it is counted, and an alarm watches the count.
"""

from typing import Any

from chalice.app import Blueprint, CloudWatchEvent, Cron

from chalicelib.repos.applications import applications
from chalicelib.repos.applications.applications import PersonChanged
from chalicelib.repos.process import log
from chalicelib.rules.base.china_time import china_day, parse_time
from chalicelib.rules.base.errors import NotFound, OperationInvalid, Unavailable
from chalicelib.usecases.applications import cards

routes = Blueprint(__name__)

BATCH = 100
"""Cards that one request finds; the next run continues one that was killed."""


@routes.schedule(Cron(30, 16, "*", "*", "?", "*"), name="expire_cards")
def expire_cards(event: CloudWatchEvent) -> dict[str, Any]:
    """Expire the cards that are past their last day.

    Returns:
        The number of cards that expired, of persons that a concurrent request changed (`moved`), and of those that
        could not be read or written.
    """
    now = parse_time(event.time)
    counts = {"expired": 0, "moved": 0, "failed": 0}
    for number in applications.ended_cards(china_day(now), BATCH):
        try:
            cards.expire(number, now, event.event_id)
        except (PersonChanged, OperationInvalid, NotFound):
            counts["moved"] += 1
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001  the fault of one person must not stop the expiry of other cards
            log.failure("card_not_expired", error, person=number)
            counts["failed"] += 1
        else:
            counts["expired"] += 1
    log.metrics("expire_cards", **counts)
    return counts
