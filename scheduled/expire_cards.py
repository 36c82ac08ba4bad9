"""Daily: cards past their last day become 卡已到期; answers of economies and the reviews of offices are added up.

At the end the journal of the day before gets its signed root (docs/decisions/0086).

Lambda calls this module without app.py. "Today" is the calendar day in China at the time of the event. Readers see such
a card as expired even before this runs. A person that cannot be read or written does not stop the others: it is
counted, and an alarm watches the count. If a run ends early, the next one continues.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime
from itertools import batched
from typing import Any

from chalice.app import Blueprint, CloudWatchEvent, Cron

from chalicelib.repos.applications import applications, ended_cards, office_statistics, statistics
from chalicelib.repos.applications.applications import Changed
from chalicelib.repos.applications.ended_cards import EndedCard
from chalicelib.repos.process import deadline, log
from chalicelib.rules.base.china_time import china_day, parse_time
from chalicelib.rules.base.errors import NotFound, OperationInvalid, Unavailable
from chalicelib.usecases.applications import cards
from chalicelib.usecases.maintenance import journal_roots

routes = Blueprint(__name__)

BATCH = 100
"""Cards that one request finds; the remaining time is checked before each one that is expired."""


@routes.schedule(Cron(30, 16, "*", "*", "?", "*"), name="expire_cards")
def expire_cards(event: CloudWatchEvent) -> dict[str, Any]:
    """Expire the cards that are past their last day, and add up the answers of economies and the reviews of offices.

    Returns:
        The number of cards that expired, of persons that a concurrent request changed (`moved`), of those that could
        not be read or written, and whether the next run has to continue.
    """
    now = parse_time(event.time)
    is_deadline_near = deadline.is_deadline_near(event.context)
    found: Counter[str] = Counter()
    for batch in batched(applications.ended_cards(china_day(now), BATCH), ended_cards.BATCH):
        if is_deadline_near():
            break
        found += _expired(ended_cards.read(batch), now, event.event_id, is_deadline_near)
    counters, _ = statistics.add_up(is_deadline_near)
    days = office_statistics.count_days(now, is_deadline_near)
    roots = journal_roots.record(now, is_deadline_near)
    counts = {name: found[name] for name in ("expired", "moved", "failed")}
    counts["unfinished"] = is_deadline_near()
    log.metrics("expire_cards", **counts, counters=counters, days=days, roots=roots)
    return counts


def _expired(
    batch: Iterable[EndedCard], now: datetime, run_id: str, is_deadline_near: Callable[[], bool]
) -> Counter[str]:
    """Expire the cards of a batch as long as there is time; how many persons had which outcome."""
    found: Counter[str] = Counter()
    for ended in batch:
        if is_deadline_near():
            break
        try:
            cards.expire(ended, now, run_id)
        except (Changed, OperationInvalid, NotFound):
            found["moved"] += 1
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001  the fault of one person must not stop the expiry of other cards
            log.failure("card_not_expired", error, person=ended.number)
            found["failed"] += 1
        else:
            found["expired"] += 1
    return found
