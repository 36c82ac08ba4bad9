"""New keys, and the end of old ones: what the operators' commands write under `KEYS`."""

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
    """The newest key of a purpose cannot be retired."""


class ClockBehind(Exception):
    """This machine's clock is behind the one that made the last key: the new key would not be the newest."""


def new_key(purpose: KeyPurpose, now: datetime, *, closed: bool = False) -> tuple[Item, list[Write]]:
    """A new key, current for whoever looks again; `ContentChanged` if another is being made at this moment.

    While it is `closed`, nobody can use the purpose at all: neither the new key nor, once they looked, the older ones.
    """
    before = keyring.current(purpose)
    item = keyring.made(purpose, now) | ({"closed": True} if closed else {})
    if item["key_id"] <= before.id:
        raise ClockBehind
    at = (PARTITION, f"FIRST#{purpose}")
    seen = table.get(at) or {}
    step = table.change(
        at,
        assign={"key_id": item["key_id"]},
        condition="#key_id = :seen",
        values={"seen": seen.get("key_id", "")},
        refusal=lambda _: ContentChanged(),
    )
    return item, [step, table.put(item, only_new=lambda _: ContentChanged())]


def settled_at(item: Item) -> datetime:
    """From when on nobody writes with the key before this one."""
    return parse_time(item["made_at"]) + limits.KEY_GRACE


def key_opened(item: Item) -> Write:
    """A closed key becomes current."""
    return table.change(
        (item["pk"], item["sk"]),
        drop=["closed"],
        condition="attribute_exists(#closed)",
        refusal=lambda _: ContentChanged(),
    )


def key_retired(purpose: KeyPurpose, key_id: str, now: datetime) -> Write:
    """The wrapped key is destroyed; that it existed stays. What is still sealed with it is lost: look before."""
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
    """The same key, wrapped by another key of KMS; it never leaves KMS in clear."""
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


# How far a walk over the table has come, so that one that was killed goes on


def save_position(walk: str, start: dict[str, Any] | None) -> None:
    """Remember where the walk goes on; None: it has come to the end."""
    at = (PARTITION, f"WALK#{walk}")
    table.commit(table.delete(at) if start is None else table.put({"pk": at[0], "sk": at[1], "start": start}))


def saved_position(walk: str) -> dict[str, Any] | None:
    """Where a walk that was interrupted goes on."""
    item = table.get((PARTITION, f"WALK#{walk}"))
    start: dict[str, Any] | None = item["start"] if item else None
    return start
