"""Daily: reminders of drafts, passports, cards and returns. Entered by Lambda without app.py: self-contained.

"Now" is the event's time, days are those of China. Each reminder is given once, whoever runs this how often; after days
without a run only the nearest of those that fell due is given.
"""

from collections import Counter
from typing import Any

from chalice.app import Blueprint, CloudWatchEvent, Cron

from chalicelib.repos.notices import reminders
from chalicelib.repos.process import deadline, log
from chalicelib.rules.base.china_time import parse_time

routes = Blueprint(__name__)

BATCH = 50
"""Items found by one request: with their groups they are read by the next one."""


@routes.schedule(Cron(0, 1, "*", "*", "?", "*"), name="remind")
def remind(event: CloudWatchEvent) -> dict[str, Any]:
    """Tell what is due; how many of each kind, how many items changed or could not be read, whether some are left."""
    now = parse_time(event.time)
    told: Counter[str] = Counter()
    unfinished = False
    is_short = deadline.is_short(event.context)
    for due in (reminders.of_drafts, reminders.of_applications):
        for tasks in due(now, BATCH):
            if is_short():
                unfinished = True
                break
            told += reminders.tell((task for task in tasks if task), now)
            told["failed"] += tasks.count(None)
    counts = {
        "drafts": told["draft_reminder"],
        "passports": told["passport_reminder"],
        "cards": told["card_reminder"],
        "returns": told["return_reminder"],
        "moved": told["moved"],
        "failed": told["failed"],
        "unfinished": unfinished,
    }
    log.metrics("remind", **counts)
    return counts
