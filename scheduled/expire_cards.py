"""Daily: cards past their end become 卡已到期. Entered by Lambda without app.py: self-contained.

"Today" is the Chinese calendar day of the event's time. Readers see an ended card as expired even before this runs.
A person that cannot be read or written keeps nobody else waiting: it is counted, and an alarm watches the count.
"""

from datetime import datetime
from typing import Any

from chalice.app import Blueprint, CloudWatchEvent, Cron

from chalicelib.repos.applications import applications
from chalicelib.repos.applications.applications import PersonChanged
from chalicelib.repos.process import log
from chalicelib.rules.applications.follow_ups import expire_card
from chalicelib.rules.base.china_time import china_day, parse_time
from chalicelib.rules.base.errors import NotFound, OperationInvalid, Unavailable
from chalicelib.rules.base.vocabulary import EnterpriseId, PersonNumber
from chalicelib.usecases.applications import transaction

routes = Blueprint(__name__)

BATCH = 100
"""Cards found by one request; a run that is killed is finished by the next one."""


@routes.schedule(Cron(30, 16, "*", "*", "?", "*"), name="expire_cards")
def expire_cards(event: CloudWatchEvent) -> dict[str, Any]:
    """Expire what has ended; how many, how many changed or went meanwhile, and how many could not be read."""
    now = parse_time(event.time)
    counts = {"expired": 0, "moved": 0, "failed": 0}
    for number, owner in applications.ended_cards(china_day(now), BATCH):
        try:
            _expire(number, owner, now, event.event_id)
        except (PersonChanged, OperationInvalid, NotFound):
            counts["moved"] += 1
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001  whatever is wrong with one, the others' cards end today too
            log.failure("card_not_expired", error, person=number)
            counts["failed"] += 1
        else:
            counts["expired"] += 1
    log.metrics("expire_cards", **counts)
    return counts


def _expire(number: PersonNumber, owner: EnterpriseId, now: datetime, event_id: str) -> None:
    before, person = applications.of_owner(number, owner)
    after, entry = expire_card(before, person, now, event_id)
    transaction.commit(before.header, entry, applications.person_changed(before.header, person, after, entry))
