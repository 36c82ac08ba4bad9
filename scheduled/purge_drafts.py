"""Daily: destroy drafts whose 180 days are over (F04, F05). Entered by Lambda without app.py: self-contained.

"Now" is the event's time. A draft saved meanwhile survives; a run that is killed is finished by the next one.
"""

from typing import Any

from chalice.app import Blueprint, CloudWatchEvent, Cron

from chalicelib.repos.drafts import orphaned_uploads
from chalicelib.repos.process import deadline, log
from chalicelib.rules.base.china_time import parse_time
from chalicelib.rules.base.errors import Unavailable
from chalicelib.usecases.drafts import endings

routes = Blueprint(__name__)

BATCH = 1000
"""Drafts found by one request; time is looked at before each batch."""


@routes.schedule(Cron(15, 18, "*", "*", "?", "*"), name="purge_drafts")
def purge_drafts(event: CloudWatchEvent) -> dict[str, Any]:
    """Purge what is due; how many were purged and kept, and whether some is left for the next run."""
    now = parse_time(event.time)
    is_short = deadline.is_short(event.context)
    counts = {"purged": 0, "kept": 0, "unfinished": False}
    counts["unfinished"] = not _forgotten(orphaned_uploads.unfinished())
    for due in endings.due(now, BATCH):
        if is_short():
            counts["unfinished"] = True
            break
        purged, orphans = endings.purge(due, now)
        counts["purged"] += purged
        counts["kept"] += len(due) - purged
        counts["unfinished"] |= not _forgotten(orphans)
    log.metrics("purge_drafts", **counts)
    return counts


def _forgotten(orphans: list[orphaned_uploads.OrphanedUploads]) -> bool:
    """Whether the uploads could be deleted; if the bucket is down, their records wait for the next run."""
    try:
        orphaned_uploads.delete_orphans(orphans)
    except Unavailable:
        return False
    return True
