"""Audit of accounts and settings: one entry for each change, written in the transaction of the change.

Readings of whole contents have entries too (docs/decisions/0052).

Entries have partitions of their own in which no role may change or delete items (docs/decisions/0028).
They name changed personal fields but do not hold their values.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.repos.keys import sealing
from chalicelib.repos.process import ids
from chalicelib.repos.table import journal_days, table
from chalicelib.repos.table.table import Write
from chalicelib.rules.accounts.acts import Origin
from chalicelib.rules.base.china_time import parse_time, rfc3339
from chalicelib.rules.base.errors import AlreadyExists

SIGNED = ("pk", "sk", "actor_id", "actor", "at", "request_id", "action", "subject")
"""What the digest of an entry contains, with the change in clear."""
PREFIX = "AUDIT#"
"""How the partition of every audit begins."""


@dataclass(frozen=True)
class AuditEntry:
    """One change: the action, the id of its object, and the values before and after that are not personal."""

    origin: Origin
    action: str
    subject: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]


def entry_added(
    partition_owner: str, origin: Origin, action: str, subject: str = "", **change: Mapping[str, Any]
) -> Write:
    """Add an entry.

    Args:
        partition_owner: whose audit it belongs to: an enterprise's id, or `accounts.OFFICERS`.
        origin: who made the change, when, and by which request.
        action: what was done.
        subject: id of the changed object.
        change: `before` and `after`, the values that changed.
    """
    at, entry_id = rfc3339(origin.at), ids.in_order()
    pk, sk = _partition(partition_owner), f"{at}#{entry_id}"
    item = {
        "pk": pk,
        "sk": sk,
        "actor_id": origin.actor_id,
        "actor": origin.actor,
        "at": at,
        "request_id": origin.request_id,
        "action": action,
        "subject": subject,
        "change": sealing.seal_json(change, f"{pk}#{sk}#change"),
    }
    item |= journal_days.index_attributes(entry_id, _digest(item, change))
    return table.put(item, only_new=lambda _: AlreadyExists())


def digest(item: table.Item) -> str:
    """SHA-256, in hexadecimal, of an entry in clear: it stays the same when keys are rotated."""
    change = sealing.unseal_json(item["change"], f"{item['pk']}#{item['sk']}#change")
    return _digest(item, change)


def _digest(item: table.Item, change: Mapping[str, Any]) -> str:
    content = {**{name: item[name] for name in SIGNED}, "change": change}
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def page(
    partition_owner: str, limit: int, start: dict[str, Any] | None
) -> tuple[list[AuditEntry], dict[str, Any] | None]:
    """Entries of an enterprise, newest first, and where the next page starts."""
    found = table.query(_partition(partition_owner), newest_first=True, limit=limit, start=start)
    return [from_item(item) for item in found.items], found.next_key


def entries(partition_owner: str) -> list[AuditEntry]:
    """All entries of a partition owner, oldest first."""
    return [from_item(item) for item in table.query_all(_partition(partition_owner))]


def _partition(partition_owner: str) -> str:
    return f"{PREFIX}{partition_owner}"


def from_item(item: table.Item) -> AuditEntry:
    """The entry of an item."""
    origin = Origin(item["actor_id"], item["actor"], parse_time(item["at"]), item["request_id"])
    change = sealing.unseal_json(item["change"], f"{item['pk']}#{item['sk']}#change")
    return AuditEntry(origin, item["action"], item["subject"], change.get("before", {}), change.get("after", {}))
