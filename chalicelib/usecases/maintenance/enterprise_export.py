"""Exporting all data of an enterprise in clear (docs/operations.md)."""

from collections.abc import Callable
from typing import Any

from chalicelib.repos.accounts import audit
from chalicelib.repos.applications import history
from chalicelib.repos.maintenance import enterprise_data, reencryption
from chalicelib.repos.table import table
from chalicelib.repos.table.table import Item
from chalicelib.rules.accounts.acts import Origin
from chalicelib.rules.accounts.audit_actions import AuditAction
from chalicelib.rules.base.vocabulary import Action, EnterpriseId, Party
from chalicelib.rules.notices import wording

INTERNAL = {
    *(name for indexes in (table.INDEXES, table.JOURNAL_INDEXES) for names in indexes.values() for name in names),
    "previous",
    "head",
    "redacted",
    "password_hash",
    "session_epoch",
    "kept_session",
    "expires_at",
}
"""Attributes that are not exported: keys of indexes, and what only sign-in needs."""

SECTIONS: dict[str, Callable[[Item], bool]] = {
    "enterprise": lambda item: item["pk"].startswith("ENT#") and item["sk"] == "PROFILE",
    "accounts": lambda item: item["sk"].startswith("ACCOUNT#"),
    "invoice_profiles": lambda item: item["sk"].startswith("INVOICE#"),
    "applications": lambda item: item.get("kind") == "header",
    "persons": lambda item: item.get("kind") == "person",
    "history": lambda item: item.get("kind") == "event",
    "drafts": lambda item: item.get("kind") == "draft",
    "messages": lambda item: item["sk"].startswith("MSG#"),
    "audit": lambda item: item["pk"].startswith("AUDIT#"),
}


def export(enterprise_id: EnterpriseId, origin: Origin) -> dict[str, list[Any]]:
    """Read all data of an enterprise, and record the export in its audit before anything is read.

    Args:
        enterprise_id: An enterprise that exists.
        origin: Who exports, and when.

    Returns:
        Items in clear by section of `SECTIONS`.
    """
    table.commit(audit.entry_added(enterprise_id, origin, AuditAction.DATA_EXPORTED, enterprise_id))
    sections: dict[str, list[Any]] = {name: [] for name in SECTIONS}
    for item in enterprise_data.of(enterprise_id):
        section = next((name for name, contains in SECTIONS.items() if contains(item)), None)
        if section and not is_reveal_of_officer(item, section):
            sections[section].append(shown(item, section))
    return sections


def _is_of_officer(item: Item, section: str) -> bool:
    return section == "history" and item["party"] in (Party.FAO, Party.CONSULAR)


def is_reveal_of_officer(item: Item, section: str) -> bool:
    """What officers looked at, and why, is not the enterprise's (docs/domain.md 5.6)."""
    return _is_of_officer(item, section) and item["action"] == Action.REVEAL


def shown(item: Item, section: str) -> dict[str, Any]:
    """What an export has of an item of a section, in clear."""
    clear = {name: value for name, value in reencryption.decrypted(item).items() if name not in INTERNAL}
    if section == "persons":
        clear["application"] = item["pk"].removeprefix("APP#")
    if _is_of_officer(item, section):
        # The enterprise knows the office, not the officer (docs/decisions/0054).
        clear = {name: value for name, value in clear.items() if name not in ("own_name", "actor_id")}
    if section == "history":
        clear["number"] = item["pk"].removeprefix(history.PREFIX)
        clear["at"] = item["sk"].partition("#")[0]
    if section == "messages":
        for part in ("title", "body"):
            clear[part] = wording.sentence("messages", item["message_kind"], part, clear["values"])
    return clear
