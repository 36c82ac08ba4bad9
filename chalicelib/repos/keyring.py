"""The portal's own keys: made by KMS, kept wrapped in the table, unwrapped once for each process.

Two purposes: `field` encrypts personal data and page cursors, `digest` makes searchable digests and login keys. Losing
the table's wrapped keys or the KMS key makes the data unreadable: both are retained.
"""

import functools
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from chalicelib.config import settings
from chalicelib.repos import aws, clock, table
from chalicelib.rules.numbers import rfc3339

PARTITION = "KEYS"


class KeyPurpose(StrEnum):
    """What a key is for."""

    FIELD = "field"
    DIGEST = "digest"


@dataclass(frozen=True)
class PortalKey:
    """One unwrapped key of 32 bytes."""

    id: str
    secret: bytes = field(repr=False)


class _Exists(Exception):
    """Another process made the first key a moment earlier."""


@functools.cache
def current(purpose: KeyPurpose) -> PortalKey:
    """The key to use now; the first one is made when there is none."""
    newest = table.query(PARTITION, prefix=f"{purpose}#", newest_first=True, limit=1).items
    item = newest[0] if newest else _make(purpose, clock.now())
    return _unwrap(purpose, item)


@functools.cache
def by_id(purpose: KeyPurpose, key_id: str) -> PortalKey:
    """An older key, for what was written with it."""
    newest = current(purpose)
    if newest.id == key_id:
        return newest
    item = table.get((PARTITION, f"{purpose}#{key_id}"))
    if item is None:
        raise KeyError(key_id)
    return _unwrap(purpose, item)


def forget() -> None:
    """Drop the unwrapped keys, so that they are read again."""
    current.cache_clear()
    by_id.cache_clear()


def _make(purpose: KeyPurpose, now: datetime) -> table.Item:
    key_id = f"{now:%Y%m%d%H%M%S}-{secrets.token_hex(2)}"
    with aws.faults():
        wrapped = aws.client("kms").generate_data_key_without_plaintext(
            KeyId=settings().kms_key, KeySpec="AES_256", EncryptionContext=_context(purpose, key_id)
        )["CiphertextBlob"]
    item = {
        "pk": PARTITION,
        "sk": f"{purpose}#{key_id}",
        "key_id": key_id,
        "wrapped": wrapped,
        "made_at": rfc3339(now),
    }
    first = {"pk": PARTITION, "sk": f"FIRST#{purpose}", "key_id": key_id}
    try:
        table.commit(table.put(item), table.put(first, only_new=lambda _: _Exists()))
    except _Exists:
        return table.query(PARTITION, prefix=f"{purpose}#", newest_first=True, limit=1).items[0]
    return item


def _unwrap(purpose: KeyPurpose, item: table.Item) -> PortalKey:
    with aws.faults():
        secret = aws.client("kms").decrypt(
            CiphertextBlob=item["wrapped"], EncryptionContext=_context(purpose, item["key_id"])
        )["Plaintext"]
    return PortalKey(item["key_id"], secret)


def _context(purpose: KeyPurpose, key_id: str) -> dict[str, str]:
    return {"purpose": purpose, "key_id": key_id}
