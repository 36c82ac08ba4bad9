"""Redactions: a history entry whose reason was destroyed is as the audit of officers says (docs/decisions/0088)."""

from chalicelib.repos.accounts import accounts, audit
from chalicelib.repos.applications import history
from chalicelib.rules.accounts.audit_actions import AuditAction
from operations.integrity.breaches import Breaches, Items

OFFICERS = f"{audit.PREFIX}{accounts.OFFICERS}"


def check(found: Items, breaches: Breaches) -> None:
    """Check that every redacted entry has its redaction in the audit, and is unchanged since the last one."""
    recorded: dict[str, tuple[str, str]] = {}
    for (pk, sk), item in sorted(found.items()):
        if pk == OFFICERS and item["action"] == AuditAction.HISTORY_REDACTED:
            with breaches.about(f"{pk} {sk}"):
                stated = audit.from_item(item).after
                recorded[stated["entry"]] = (stated["before"], stated["after"])
    for (pk, sk), item in found.items():
        subject = f"{pk} {sk}"
        if "redacted" in item:
            with breaches.about(subject):
                entry = history.to_entry(item)
                is_stated = recorded.get(subject) == (entry.digest, entry.content_digest)
                breaches.expect(is_stated, subject, "is not what the audit says of its redaction")
        elif subject in recorded:
            breaches.expect(False, subject, "was changed after its redaction")
