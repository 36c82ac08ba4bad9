"""Daily roots: the journal has every entry that a root contains, unchanged, and none that was added later."""

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import pairwise

from chalicelib.repos.accounts import audit
from chalicelib.repos.applications import history
from chalicelib.repos.table import journal_days
from chalicelib.rules.accounts.audit_actions import AuditAction
from chalicelib.rules.base import merkle
from chalicelib.rules.base.journal_days import JournalDay
from operations.integrity.breaches import Breaches, Item, Items

DELETIONS = (AuditAction.ENTERPRISE_CLOSED, AuditAction.ENTERPRISE_DELETED)
"""What the audit of officers says when the deletion of an enterprise begins and ends."""


def check(found: Items, days: Sequence[JournalDay], roots: Mapping[date, str], breaches: Breaches) -> None:
    """Check every rule about the journal of each day.

    Args:
        found: all items of both tables.
        days: the days with their entries as the bucket has them, oldest first.
        roots: the root of each day whose signature is valid, in hexadecimal.
        breaches: where breaches are noted.
    """
    journal = {key: item for key, item in found.items() if "day_pk" in item}
    for (pk, sk), item in journal.items():
        with breaches.about(f"{pk} {sk}"):
            breaches.expect(_digest(item) == item["digest"], f"{pk} {sk}", "was changed: its digest is another one")
    gone = {item["subject"] for item in found.values() if item.get("action") in DELETIONS}
    for day in days:
        subject = f"root of {day.day}"
        breaches.expect(day.day in roots, subject, "has no valid signature")
        computed = merkle.root([leaf.hash for leaf in day.leaves]).hex()
        breaches.expect(roots.get(day.day, computed) == computed, subject, "is not the root of the stored entries")
        _entries(journal, day, gone, breaches)
    for before, after in pairwise(days):
        breaches.expect((after.day - before.day).days == 1, f"root of {after.day}", f"follows that of {before.day}")


def _entries(journal: Mapping[tuple[str, str], Item], day: JournalDay, gone: set[str], breaches: Breaches) -> None:
    """Every entry of a day is in the journal, and the journal has no other entry of the day."""
    stored = {(leaf.pk, leaf.sk): leaf for leaf in day.leaves}
    for key, leaf in stored.items():
        subject = f"{leaf.pk} {leaf.sk}"
        if key in journal:
            breaches.expect(journal[key]["digest"] == leaf.digest, subject, f"was changed after {day.day}")
        else:
            breaches.expect(leaf.owner in gone, subject, f"was deleted after {day.day}")
    for key, item in journal.items():
        if journal_days.day_of(item) == day.day:
            breaches.expect(key in stored, f"{key[0]} {key[1]}", f"was added after {day.day}")


def _digest(item: Item) -> str:
    """The digest of an entry, from what it contains."""
    return audit.digest(item) if item["pk"].startswith(audit.PREFIX) else history.to_entry(item).digest
