"""历史记录: what is stored of each event, and the chain that the entries of one object form (docs/domain.md 1.8).

The objects are applications and persons. Each entry carries the digest of the entry before it for its object, and the
object carries the digest of its newest entry, so that a missing, added or changed entry is found.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from chalicelib.rules.applications.applications import Event
from chalicelib.rules.base.china_time import rfc3339
from chalicelib.rules.base.vocabulary import Action, ApplicationNumber, Party, PersonNumber, Service

type ObjectNumber = ApplicationNumber | PersonNumber
"""The number of an application or of a person."""


@dataclass(frozen=True)
class HistoryEntry:
    """One event as the journal has it."""

    event: Event
    id: str
    """Unique within its application, and later entries sort after earlier ones of the same time."""
    application: ApplicationNumber
    service: Service
    of: ObjectNumber
    """The object that the event has changed, or about which something was revealed."""
    previous: str
    """Digest of the entry before it for this object; empty for the first."""
    redacted: str = ""
    """Digest that the entry had before personal data were destroyed in its reason; empty for an entry as written."""

    @property
    def digest(self) -> str:
        """SHA-256 of the whole entry in clear, hexadecimal: it stays the same when keys are rotated.

        A redacted entry keeps the digest that the chain, the roots of days and receipts have of it.
        """
        return self.redacted or self.content_digest

    @property
    def content_digest(self) -> str:
        """SHA-256 of the entry as it is now; of a redacted entry the audit of officers has it (docs/decisions/0088)."""
        event = {**asdict(self.event), "at": rfc3339(self.event.at)}
        if self.event.own_name is None:
            # Entries of the time before the portal kept the name have digests without it.
            del event["own_name"]
        content = {**asdict(self), "event": event}
        del content["redacted"]
        return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def is_shown_to(event: Event, reader: Party) -> bool:
    """Whether a reader sees the event: what officers looked at, and why, stays with officers (docs/domain.md 5.6)."""
    return reader is not Party.APPLICANT or event.party is Party.APPLICANT or event.action is not Action.REVEAL


def chain_faults(entries: Iterable[HistoryEntry], head: str) -> list[str]:
    """What is wrong with the entries of one object; nothing if they form one chain that ends at the head.

    Args:
        entries: all entries of the object, in any order.
        head: the digest of its newest entry, as the object has it; empty if it has no entry.
    """
    known = {entry.digest: entry for entry in entries}
    at, seen = head, set[str]()
    while at:
        if at not in known:
            return [f"entry {at[:12]} is missing or was changed"]
        seen.add(at)
        at = known[at].previous
    return [f"entry {entry.id} is not in the chain" for digest, entry in known.items() if digest not in seen]
