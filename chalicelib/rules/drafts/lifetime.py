"""How long a draft is kept after its last save (F04, docs/domain.md 8.3, 9)."""

from datetime import datetime

from chalicelib.rules.base import limits


def purge_at(saved_at: datetime) -> datetime:
    """When a draft saved at this moment is purged: 180 x 24 hours later."""
    return saved_at + limits.DRAFT_LIFE


def remind_at(saved_at: datetime) -> datetime:
    """When the owner of a draft saved at this moment is reminded of its purge."""
    return purge_at(saved_at) - limits.REMIND_DRAFT


def last_saved_of_due(now: datetime) -> datetime:
    """The latest save time of the drafts that are due to be purged now."""
    return now - limits.DRAFT_LIFE


def is_due(saved_at: datetime, now: datetime) -> bool:
    """Whether a draft saved at this moment is past its purge time, whether or not the run has purged it."""
    return saved_at <= last_saved_of_due(now)
