"""Daily: destroy drafts whose 180 days are over (F04, F05). Entered by Lambda without app.py: self-contained.

"Now" is the event's time. A draft saved meanwhile survives; a run that is killed is finished by the next one.
"""

from typing import Any

from chalice.app import Blueprint, CloudWatchEvent, Cron

from chalicelib.repos import draft_ends, log, run_time, uploads
from chalicelib.rules.errors import Unavailable
from chalicelib.rules.numbers import parse_time

routes = Blueprint(__name__)

BATCH = 1000
"""Drafts found by one request; time is looked at before each batch."""


@routes.schedule(Cron(15, 18, "*", "*", "?", "*"), name="purge_drafts")
def purge_drafts(event: CloudWatchEvent) -> dict[str, Any]:
    """Purge what is due; how many were purged and kept, and whether some is left for the next run."""
    now = parse_time(event.time)
    is_short = run_time.is_short(event.context)
    counts = {"purged": 0, "kept": 0, "unfinished": False}
    counts["unfinished"] = not _forgotten(uploads.left_over())
    for due in draft_ends.due(now, BATCH):
        if is_short():
            counts["unfinished"] = True
            break
        purged, gone = draft_ends.purge(due, now)
        counts["purged"] += purged
        counts["kept"] += len(due) - purged
        counts["unfinished"] |= not _forgotten(gone)
    log.metrics("purge_drafts", **counts)
    return counts


def _forgotten(gone: list[uploads.Gone]) -> bool:
    """Whether the uploads could be deleted; if the bucket is down, their records wait for the next run."""
    try:
        uploads.forget(gone)
    except Unavailable:
        return False
    return True
