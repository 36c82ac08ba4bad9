"""Rotation of the portal's keys: adds, opens, retires and rewraps keys (used by `operations.rotate_keys`)."""

from datetime import datetime
from typing import Any

from chalicelib.repos.keys import keyring
from chalicelib.repos.keys.keyring import PARTITION, KeyPurpose
from chalicelib.repos.process import aws
from chalicelib.repos.table import table
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


# The position of a scan of the table, so that an interrupted one can resume


def save_position(sweep: str, start: dict[str, Any] | None) -> None:
    """Store where the scan resumes; None when it has reached the end."""
    primary_key = (PARTITION, f"WALK#{sweep}")
    table.commit(
        table.delete(primary_key)
        if start is None
        else table.put({"pk": primary_key[0], "sk": primary_key[1], "start": start})
    )


def saved_position(sweep: str) -> dict[str, Any] | None:
    """Where an interrupted scan resumes; None if it starts at the beginning."""
    item = table.get((PARTITION, f"WALK#{sweep}"))
    start: dict[str, Any] | None = item["start"] if item else None
    return start
