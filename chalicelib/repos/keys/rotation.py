"""Rotation of the portal's keys: adds, opens, retires and rewraps keys (used by `operations.rotate_keys`)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chalicelib.repos.keys import keyring
from chalicelib.repos.keys.keyring import PARTITION, KeyPurpose
from chalicelib.repos.process import aws
from chalicelib.repos.table import table
from chalicelib.repos.table.segments import Segment
from chalicelib.repos.table.table import Item, Write
from chalicelib.rules.base import limits
from chalicelib.rules.base.china_time import parse_time, rfc3339
from chalicelib.rules.base.errors import ContentChanged


class StillCurrent(Exception):
    """Raised when the newest key of a purpose is to be retired."""


class ClockBehind(Exception):
    """Raised when a new key would not be the newest, because the clock of this machine is behind."""


def new_key(purpose: KeyPurpose, now: datetime, *, closed: bool = False) -> tuple[Item, list[Write]]:
    """The item of a new key and the writes that store it; processes use it when they read the keys again.

    The transaction raises `ContentChanged` if a concurrent process adds a key.

    Args:
        purpose: what the key is for.
        now: the time of creation; it decides which key is the newest.
        closed: whether the purpose cannot be used until the key is opened: `keyring.current` raises `Unavailable`.

    Raises:
        ClockBehind: the key would not be the newest.
    """
    before = keyring.current(purpose)
    item = keyring.new_item(purpose, now) | ({"closed": True} if closed else {})
    if item["key_id"] <= before.id:
        raise ClockBehind
    primary_key = (PARTITION, f"FIRST#{purpose}")
    seen = table.get(primary_key) or {}
    step = table.change(
        primary_key,
        assign={"key_id": item["key_id"]},
        condition="#key_id = :seen",
        values={"seen": seen.get("key_id", "")},
        refusal=lambda _: ContentChanged(),
    )
    return item, [step, table.put(item, only_new=lambda _: ContentChanged())]


def settled_at(item: Item) -> datetime:
    """The moment after which no process uses the key before this one for new values."""
    return parse_time(item["made_at"]) + limits.KEY_GRACE


def key_opened(item: Item) -> Write:
    """Open a closed key; the transaction raises `ContentChanged` if it is open."""
    return table.change(
        (item["pk"], item["sk"]),
        drop=["closed"],
        condition="attribute_exists(#closed)",
        refusal=lambda _: ContentChanged(),
    )


def key_retired(purpose: KeyPurpose, key_id: str, now: datetime) -> Write:
    """Destroy a wrapped key and keep a record that it existed.

    Values that are still encrypted with it are lost: the caller makes sure that there are none. The transaction raises
    `KeyError` if there is no such key.

    Raises:
        StillCurrent: it is the newest key of its purpose.
    """
    if keyring.items(purpose)[0]["key_id"] == key_id:
        raise StillCurrent
    return table.change(
        (PARTITION, f"{purpose}#{key_id}"),
        assign={"retired_at": rfc3339(now)},
        drop=["wrapped"],
        condition="attribute_exists(#wrapped)",
        refusal=lambda _: KeyError(key_id),
    )


def key_rewrapped(item: Item, purpose: KeyPurpose, kms_key: str) -> Write:
    """Wrap a key with another KMS key; KMS does not reveal it.

    The transaction raises `ContentChanged` if the wrapped key was changed since it was read.

    Args:
        item: the item of the key.
        purpose: what the key is for.
        kms_key: id or ARN of the KMS key.
    """
    bound = keyring.context(purpose, item["key_id"])
    with aws.translated_faults():
        wrapped = aws.client("kms").re_encrypt(
            CiphertextBlob=item["wrapped"],
            SourceEncryptionContext=bound,
            DestinationKeyId=kms_key,
            DestinationEncryptionContext=bound,
        )["CiphertextBlob"]
    return table.change(
        (item["pk"], item["sk"]),
        assign={"wrapped": wrapped},
        condition="#wrapped = :seen",
        values={"seen": item["wrapped"]},
        refusal=lambda _: ContentChanged(),
    )


# The positions of a scan of the table, so that an interrupted one can resume


@dataclass(frozen=True)
class SavedPosition:
    """Where one segment of an interrupted scan resumes."""

    segment: Segment
    start: dict[str, Any] | None
    """The key of the last item that was read; None if the segment was read to its end."""


def save_position(sweep: str, segment: Segment, start: dict[str, Any] | None) -> None:
    """Store where a segment of the scan resumes; None when it has reached its end."""
    pk, sk = _position_key(sweep, segment.number)
    item = {"pk": pk, "sk": sk, "segment": segment.number, "segments": segment.total, "start": start}
    table.commit(table.put(item))


def saved_positions(sweep: str) -> list[SavedPosition]:
    """Where the segments of an interrupted scan resume; those that are missing start at the beginning."""
    _, first = _position_key(sweep, 0)
    found = table.query_all(PARTITION, prefix=first)
    # An earlier version saved positions of whole tables only, without these numbers.
    return [
        SavedPosition(Segment(item.get("segment", 0), item.get("segments", 1)), item.get("start")) for item in found
    ]


def forget_positions(sweep: str, segments: Iterable[Segment]) -> None:
    """Delete the positions of these segments: the next scan starts at the beginning."""
    table.commit(*(table.delete(_position_key(sweep, segment.number)) for segment in segments))


def _position_key(sweep: str, number: int) -> table.Key:
    return PARTITION, f"WALK#{sweep}" + (f"#{number}" if number else "")
