"""Daily: cards past their end become 卡已到期. Entered by Lambda without app.py: self-contained.

"Today" is the Chinese calendar day of the event's time. Readers see an ended card as expired even before this runs.
"""

from typing import Any

from chalice.app import Blueprint, CloudWatchEvent, Cron

from chalicelib.repos import acts, applications, clock, log
from chalicelib.repos.applications import PersonMoved
from chalicelib.rules.errors import OperationInvalid
from chalicelib.rules.follow_ups import expire
from chalicelib.rules.numbers import parse_time

routes = Blueprint(__name__)

BATCH = 100
"""Cards found by one request; a run that is killed is finished by the next one."""


@routes.schedule(Cron(30, 16, "*", "*", "?", "*"), name="expire_cards")
def expire_cards(event: CloudWatchEvent) -> dict[str, Any]:
    """Expire what has ended; how many, and how many were changed by somebody else meanwhile."""
    now = parse_time(event.time)
    today = clock.today(now)
    expired = moved = 0
    for number, owner in applications.ended_cards(today, BATCH):
        before, person = applications.of_owner(number, owner)
        try:
            after, entry = expire(before, person, now, event.event_id)
            acts.commit(before.group, entry, applications.person_changed(before.group, person, after, entry))
        except (PersonMoved, OperationInvalid):
            moved += 1
        else:
            expired += 1
    counts = {"expired": expired, "moved": moved}
    log.metrics("expire_cards", **counts)
    return counts
