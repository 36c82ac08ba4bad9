"""Daily: purge drafts 180 days after their last save (F04, F05; docs/domain.md 9), and clean up files.

Lambda calls this module without app.py. The time of the event counts as now. A draft that is saved meanwhile is not
purged. If a run is killed, the next one completes it.
"""

from datetime import datetime
from typing import Any

from chalice.app import Blueprint, CloudWatchEvent, Cron

from chalicelib.repos.drafts import orphaned_uploads, purge_queue
from chalicelib.repos.drafts.orphaned_uploads import OrphanedUploads
from chalicelib.repos.process import deadline, log
from chalicelib.rules.base.china_time import parse_time
from chalicelib.rules.base.errors import Unavailable
from chalicelib.usecases.drafts import endings
from chalicelib.usecases.files.cleaning import Cleaning

routes = Blueprint(__name__)

BATCH = 1000
"""Drafts read by one request; the remaining time is checked before each batch."""


@routes.schedule(Cron(15, 18, "*", "*", "?", "*"), name="purge_drafts")
def purge_drafts(event: CloudWatchEvent) -> dict[str, Any]:
    """Purge due drafts.

    Returns:
        How many drafts were purged and kept, and whether the next run has to continue, also with files.
    """
    now = parse_time(event.time)
    is_deadline_near = deadline.is_deadline_near(event.context)
    counts = {"purged": 0, "kept": 0, "unfinished": False}
    counts["unfinished"] = not _hastened(orphaned_uploads.unfinished(), now)
    for due in purge_queue.due(now, BATCH):
        if is_deadline_near():
            counts["unfinished"] = True
            break
        purged, orphans = endings.purge(due, now)
        counts["purged"] += purged
        counts["kept"] += len(due) - purged
        counts["unfinished"] |= not _deleted(orphans)
    cleaning = Cleaning(now, is_deadline_near)
    cleaning.run()
    counts["unfinished"] |= not cleaning.is_complete
    files = {
        f"files_{what}": cleaning.counts[what] for what in ("settled", "inspected", "unscanned", "deleted", "failed")
    }
    log.metrics("purge_drafts", **counts, **files)
    return counts


def _hastened(orphans: list[OrphanedUploads], now: datetime) -> bool:
    """Process records that a killed operation left: files of deleted drafts go soon; results as of `_deleted`."""
    try:
        orphaned_uploads.hasten_reviews(orphans, now)
    except Unavailable:
        return False
    return _deleted(orphans)


def _deleted(orphans: list[OrphanedUploads]) -> bool:
    """Delete uploads and their records; False if the bucket is not available, so that the next run tries again."""
    try:
        orphaned_uploads.delete_orphans(orphans)
    except Unavailable:
        return False
    return True
