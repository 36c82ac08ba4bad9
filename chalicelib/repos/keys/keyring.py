"""The portal's own keys: made by KMS, kept wrapped in the table, unwrapped once for each process.

Two purposes: `field` encrypts personal data and page cursors, `digest` makes searchable digests and login keys. Losing
the table's wrapped keys or the KMS key makes the data unreadable: both are retained.

The newest key of a purpose is the current one. A process looks again every `KEY_REREAD`, and at once when it meets a
key that it does not know, so a new key needs no restart.
"""

import secrets
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from chalicelib.config import settings
from chalicelib.repos.process import aws, clock
from chalicelib.repos.table import table
from chalicelib.rules.base import limits
from chalicelib.rules.base.china_time import rfc3339
from chalicelib.rules.base.errors import Unavailable

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


@dataclass(frozen=True)
class _Ring:
    """The keys of a purpose as they lay in the table, newest first, still wrapped."""

    items: list[table.Item] = field(repr=False)
    read_at: datetime

    def item(self, key_id: str) -> table.Item | None:
        return next((each for each in self.items if each["key_id"] == key_id and "wrapped" in each), None)


class _Exists(Exception):
    """Another process made the first key, or the next one, a moment earlier."""


_rings: dict[KeyPurpose, _Ring] = {}
_open: dict[tuple[KeyPurpose, str], PortalKey] = {}


def current(purpose: KeyPurpose) -> PortalKey:
    """The key to use now; the first one is made when there is none.

    `Unavailable` while the purpose is closed: everything it stands in is being written anew.
    """
    newest = _ring(purpose).items[0]
    if "closed" in newest:
        _rings.pop(purpose, None)
        raise Unavailable
    return _unwrapped(purpose, newest)


def by_id(purpose: KeyPurpose, key_id: str) -> PortalKey:
    """An older key, for what was written with it, or a newer one that another process has begun to use."""
    if (purpose, key_id) in _open:
        return _open[purpose, key_id]
    item = _ring(purpose).item(key_id)
    if item is None:
        _rings.pop(purpose, None)
        item = _ring(purpose).item(key_id)
    if item is None:
        raise KeyError(key_id)
    return _unwrapped(purpose, item)


def older(purpose: KeyPurpose) -> list[PortalKey]:
    """The keys before the current one that were not retired, newest first."""
    return [_unwrapped(purpose, item) for item in _ring(purpose).items[1:] if "wrapped" in item]


def forget() -> None:
    """Drop the unwrapped keys, so that they are read again."""
    _rings.clear()
    _open.clear()


def _ring(purpose: KeyPurpose) -> _Ring:
    known = _rings.get(purpose)
    now = clock.now()
    if known is None or now - known.read_at >= limits.KEY_REREAD:
        known = _Ring(items(purpose) or [_make_first(purpose, now)], now)
        _rings[purpose] = known
    return known


def items(purpose: KeyPurpose) -> list[table.Item]:
    """The purpose's keys as they lie in the table, newest first."""
    return table.query(PARTITION, prefix=f"{purpose}#", newest_first=True).items


def made(purpose: KeyPurpose, now: datetime) -> table.Item:
    """A new key's item, not yet written."""
    key_id = f"{now:%Y%m%d%H%M%S}-{secrets.token_hex(2)}"
    with aws.translated_faults():
        wrapped = aws.client("kms").generate_data_key_without_plaintext(
            KeyId=settings().kms_key, KeySpec="AES_256", EncryptionContext=context(purpose, key_id)
        )["CiphertextBlob"]
    return {
        "pk": PARTITION,
        "sk": f"{purpose}#{key_id}",
        "key_id": key_id,
        "wrapped": wrapped,
        "made_at": rfc3339(now),
    }


def context(purpose: KeyPurpose, key_id: str) -> dict[str, str]:
    """What a wrapped key is bound to."""
    return {"purpose": purpose, "key_id": key_id}


def _make_first(purpose: KeyPurpose, now: datetime) -> table.Item:
    item = made(purpose, now)
    first = {"pk": PARTITION, "sk": f"FIRST#{purpose}", "key_id": item["key_id"]}
    try:
        table.commit(table.put(item), table.put(first, only_new=lambda _: _Exists()))
    except _Exists:
        return items(purpose)[0]
    return item


def _unwrapped(purpose: KeyPurpose, item: table.Item) -> PortalKey:
    at = (purpose, item["key_id"])
    if at not in _open:
        with aws.translated_faults():
            secret = aws.client("kms").decrypt(
                CiphertextBlob=item["wrapped"], EncryptionContext=context(purpose, item["key_id"])
            )["Plaintext"]
        _open[at] = PortalKey(item["key_id"], secret)
    return _open[at]
