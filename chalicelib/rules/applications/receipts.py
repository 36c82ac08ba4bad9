"""签名回执: what a signed receipt states about one act, and how its signature is verified (docs/decisions/0085).

A receipt is a JSON Web Signature (RFC 7515, ES256) over its claims. Whoever has the public key verifies it without the
portal. It has no personal data: what was submitted or decided is there by its digest.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from chalicelib.data.texts import text
from chalicelib.rules.applications.history import HistoryEntry
from chalicelib.rules.applications.letters import LetterKind
from chalicelib.rules.base import signed_text
from chalicelib.rules.base.china_time import china_time, parse_time, rfc3339
from chalicelib.rules.base.signed_text import NotSigned
from chalicelib.rules.base.vocabulary import Action, Status

TYPE = "abtc-receipt"
"""Type in the header of the signature, so that nothing else that the key signs is a receipt."""

ACTS: Mapping[LetterKind, frozenset[Action]] = {
    LetterKind.SUBMISSION_RECEIPT: frozenset({Action.SUBMIT, Action.RESUBMIT}),
    LetterKind.DECISION_RECEIPT: frozenset({Action.PASS, Action.RETURN, Action.REJECT}),
}
"""The acts about which a kind of receipt is made; it is made about the newest one."""


@dataclass(frozen=True)
class Receipt:
    """What a receipt states."""

    number: str
    """Number of the application or of the person that the act has changed."""
    act: Action
    at: datetime
    """When it was done."""
    status: Status
    """The status after it."""
    entry: str
    """Digest of the entry in the history, which contains the digest of the entry before it."""
    content: str
    """Digest of the content of the application at `issued_at`, as `content_digest` gives it."""
    issued_at: datetime

    @property
    def claims(self) -> dict[str, str]:
        """The claims that are signed."""
        return {**asdict(self), "at": rfc3339(self.at), "issued_at": rfc3339(self.issued_at)}


@dataclass(frozen=True)
class Verified:
    """A receipt whose signature is that of a known key."""

    receipt: Receipt
    key_id: str


def receipt(entry: HistoryEntry, content: Mapping[str, Any], now: datetime) -> Receipt:
    """The receipt about an entry of the history.

    Args:
        entry: the entry.
        content: of its application, in clear, as `GET /applications/{number}/content` shows it to its enterprise.
        now: when the receipt is made.
    """
    event = entry.event
    return Receipt(entry.of, event.action, event.at, event.to, entry.digest, content_digest(content), now)


def values(made: Receipt, signature: str, key_id: str) -> Mapping[str, str]:
    """What the placeholders of a receipt's template stand for; `signature` is the text of the QR code."""
    return {
        "of": made.number,
        "act": text("actions", made.act),
        "acted_at": china_time(made.at),
        "status_after": text("statuses", made.status),
        "entry_digest": made.entry,
        "content_digest": made.content,
        "key_id": key_id,
        "signature": signature,
    }


def content_digest(content: Mapping[str, Any]) -> str:
    """SHA-256, in hexadecimal, of a content as JSON in UTF-8: keys sorted, no blanks, empty fields left out."""
    canonical = json.dumps(_filled(content), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _filled(value: Any) -> Any:
    """The value without fields that are null."""
    if isinstance(value, Mapping):
        return {name: _filled(part) for name, part in value.items() if part is not None}
    if isinstance(value, list | tuple):
        return [_filled(part) for part in value]
    return value


def verified(signature: str, keys: Iterable[Mapping[str, Any]]) -> Verified:
    """The receipt of a signed text, after its signature was verified.

    Args:
        signature: The compact form of the signature, as the QR code has it.
        keys: Public keys as JSON Web Keys, with the id of each.

    Raises:
        NotSigned: The text is no receipt, its key is unknown, or it was changed.
    """
    claims, key_id = signed_text.claims(signature, TYPE, keys)
    try:
        return Verified(_receipt(claims), key_id)
    except (ValueError, KeyError, TypeError):
        raise NotSigned("the signed text does not have the form of a receipt") from None


def _receipt(claims: Mapping[str, str]) -> Receipt:
    return Receipt(
        number=claims["number"],
        act=Action(claims["act"]),
        at=parse_time(claims["at"]),
        status=Status(claims["status"]),
        entry=claims["entry"],
        content=claims["content"],
        issued_at=parse_time(claims["issued_at"]),
    )
