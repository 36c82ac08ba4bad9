"""Daily: destroy drafts whose 180 days are over (F04, F05). Entered by Lambda without app.py: self-contained.

"Now" is the event's time. A draft saved meanwhile survives; a run that is killed is finished by the next one.
"""

from typing import Any

from chalice.app import Blueprint, CloudWatchEvent, Cron

from chalicelib.repos import drafts, log, run_time, table
from chalicelib.repos.drafts import Kept
from chalicelib.rules.drafts import Draft
from chalicelib.rules.numbers import parse_time

routes = Blueprint(__name__)

BATCH = 45
"""Drafts for each transaction: with as many accounts' counters it stays below 100 actions."""


@routes.schedule(Cron(15, 18, "*", "*", "?", "*"), name="purge_drafts")
def purge_drafts(event: CloudWatchEvent) -> dict[str, Any]:
    """Purge what is due; how many were purged and kept, and whether some are left for the next run."""
    now = parse_time(event.time)
    is_short = run_time.is_short(event.context)
    counts = {"purged": 0, "kept": 0, "unfinished": False}
    for due in drafts.due(now, BATCH):
        gone, saved = _purge(due)
        counts["purged"] += gone
        counts["kept"] += saved
        if is_short():
            counts["unfinished"] = True
            break
    log.event("purge_drafts", **counts)
    return counts


def _purge(due: list[Draft]) -> tuple[int, int]:
    """Purge these in one transaction, without those that turn out to have been saved meanwhile."""
    left = list(due)
    while left:
        try:
            table.commit(*drafts.purge(left))
        except Kept as kept:
            left = [draft for draft in left if draft.id != kept.draft_id]
        else:
            break
    return len(left), len(due) - len(left)
