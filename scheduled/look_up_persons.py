"""Every minute: look up the persons of new and edited applications in other open ones (docs/decisions/0066).

Lambda calls this module without app.py. Each application is one write, so that a run that is killed loses nothing: the
next one continues. An application that cannot be read does not stop the others: it is counted, and an alarm watches
the count.
"""

from collections import Counter
from typing import Any

from chalice.app import Blueprint, CloudWatchEvent, Rate

from chalicelib.repos.applications import lookups as repo
from chalicelib.repos.process import clock, deadline, log
from chalicelib.rules.base.errors import Unavailable
from chalicelib.usecases.applications import lookups

routes = Blueprint(__name__)

BATCH = 100
"""Applications that one request finds; the remaining time is checked before each one."""


@routes.schedule(Rate(1, unit=Rate.MINUTES), name="look_up_persons")
def look_up_persons(event: CloudWatchEvent) -> dict[str, Any]:
    """Look up the persons of all applications that wait for it.

    Returns:
        The number of applications whose persons were looked up, of those whose warnings changed by that, and of those
        that could not be read; and whether the next run has to continue.
    """
    is_deadline_near = deadline.is_deadline_near(event.context)
    counts = Counter({"looked_up": 0, "warned": 0, "failed": 0})
    unfinished = False
    for number in repo.waiting(BATCH):
        if is_deadline_near():
            unfinished = True
            break
        try:
            has_changed = lookups.look_up(number)
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001  the fault of one application must not stop the others
            log.failure("persons_not_looked_up", error, application=number)
            counts["failed"] += 1
        else:
            counts["looked_up"] += has_changed is not None
            counts["warned"] += has_changed is True
    now = clock.now()
    wait = now - (repo.oldest() or now)
    log.metrics("look_up_persons", **counts, unfinished=unfinished, oldest_seconds=wait.total_seconds())
    return {**counts, "unfinished": unfinished}
