"""Daily: reminders of drafts, passports, cards and returned applications (docs/domain.md 8.3).

Lambda calls this module without app.py. The time of the event counts as now; days are days in China. Each reminder is
given once, however often this runs. After days without a run only the latest due reminder of each kind is given.
"""

from collections import Counter
from typing import Any

from chalice.app import Blueprint, CloudWatchEvent, Cron

from chalicelib.repos.notices import reminders as repo
from chalicelib.repos.process import deadline, log
from chalicelib.rules.base.china_time import parse_time
from chalicelib.usecases.notices import reminders

routes = Blueprint(__name__)

BATCH = 50
"""Items found by one request; the next one reads them with the headers of their applications."""


@routes.schedule(Cron(0, 1, "*", "*", "?", "*"), name="remind")
def remind(event: CloudWatchEvent) -> dict[str, Any]:
    """Give due reminders.

    Returns:
        How many of each kind were given, how many items changed meanwhile or could not be read, and whether the next
        run has to continue.
    """
    now = parse_time(event.time)
    given: Counter[str] = Counter()
    unfinished = False
    is_deadline_near = deadline.is_deadline_near(event.context)
    for due in (repo.of_drafts, repo.of_applications):
        for tasks in due(now, BATCH):
            if is_deadline_near():
                unfinished = True
                break
            given += reminders.remind((task for task in tasks if task), now)
            given["failed"] += tasks.count(None)
    counts = {
        "drafts": given["draft_reminder"],
        "passports": given["passport_reminder"],
        "cards": given["card_reminder"],
        "returns": given["return_reminder"],
        "moved": given["moved"],
        "failed": given["failed"],
        "unfinished": unfinished,
    }
    log.metrics("remind", **counts)
    return counts
