"""New keys for the portal's data, and the end of old ones (docs/operations.md)."""

import secrets
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from chalicelib.repos.accounts import accounts, audit
from chalicelib.repos.keys import keyring, rotation
from chalicelib.repos.keys.keyring import KeyPurpose, PortalKey
from chalicelib.repos.maintenance import digest_rotation, enterprise_data, reencryption
from chalicelib.repos.table import table
from chalicelib.repos.table.table import Item, Write
from chalicelib.rules.accounts.acts import Origin
from chalicelib.rules.accounts.audit_actions import AuditAction


class CurrentKey(Exception):
    """Raised when the current key of a purpose would be retired."""


class KeyInUse(Exception):
    """Raised when items still need the key that would be retired."""

    def __init__(self, users: Counter[str]) -> None:
        super().__init__(dict(users))
        self.users = users
        """How many items need it, by the first part of their partition keys."""


class NoSuchKey(Exception):
    """Raised when a key does not exist or was retired before."""


def settled_at() -> datetime:
    """From when on no process writes with an older field key than the newest one."""
    return rotation.settled_at(keyring.items(KeyPurpose.FIELD)[0])


def add_key(purpose: KeyPurpose, origin: Origin, *, closed: bool = False) -> str:
    """Add a key; processes use it within five minutes.

    Args:
        purpose: What it is for.
        origin: Who adds it, and when.
        closed: Whether nobody can use keys of this purpose until `open_digest_key`.

    Returns:
        The id of the key.

    Raises:
        ClockBehind: The clock of this machine is behind the one that made the last key.
        ContentChanged: A concurrent command adds a key.
    """
    item, writes = rotation.new_key(purpose, origin.at, closed=closed)
    table.commit(*writes, _key_audited(AuditAction.KEY_ADDED, origin, f"{purpose}#{item['key_id']}"))
    return str(item["key_id"])


def reencrypting() -> tuple[str, Callable[[Item], Sequence[Write]]]:
    """The id of the current field key, and the change for a sweep that re-encrypts items of older keys with it."""
    keyring.forget()
    current = keyring.current(KeyPurpose.FIELD).id

    def rewritten(item: Item) -> list[Write]:
        write = reencryption.reencrypted(item, current)
        return [write] if write else []

    return current, rewritten


def check_is_not_current(key_id: str) -> None:
    """Raise `CurrentKey` if this is the newest field key."""
    if keyring.items(KeyPurpose.FIELD)[0]["key_id"] == key_id:
        raise CurrentKey


def retire(key_id: str, origin: Callable[[], Origin], segments: int = 1) -> None:
    """Destroy a field key that no item needs any more.

    Args:
        key_id: The key.
        origin: Who retires it, and when; called after the table was read.
        segments: How many parts of the table are read at once.

    Raises:
        KeyInUse: Items still need it.
        NoSuchKey: There is no such key, or it was retired before.
    """
    if users := users_of(key_id, segments):
        raise KeyInUse(users)
    by = origin()
    try:
        table.commit(
            rotation.key_retired(KeyPurpose.FIELD, key_id, by.at),
            _key_audited(AuditAction.KEY_RETIRED, by, f"field#{key_id}"),
        )
    except KeyError:
        raise NoSuchKey from None


def is_digest_rotation_under_way() -> bool:
    """Whether the newest digest key is closed: a rotation has begun and not ended."""
    items = keyring.items(KeyPurpose.DIGEST)
    return bool(items) and "closed" in items[0]


def digest_keys() -> tuple[Item, Item]:
    """The items of the newest digest key and of the one before."""
    keyring.forget()
    newest, before = [item for item in keyring.items(KeyPurpose.DIGEST) if "wrapped" in item][:2]
    return newest, before


def moving_digests(newest: Item, before: Item) -> Callable[[Item], Sequence[Write]]:
    """The change for a sweep that moves digests from one key to another."""
    new, old = (keyring.by_id(KeyPurpose.DIGEST, item["key_id"]) for item in (newest, before))
    return lambda item: digest_rotation.digests_moved(item, old, new)


def planned_digests() -> Callable[[Item], Sequence[Write]]:
    """The change that a rotation of the digest key would make: with the next key, or with one that is thrown away."""
    if is_digest_rotation_under_way():
        return moving_digests(*digest_keys())
    current = keyring.current(KeyPurpose.DIGEST)
    next_one = PortalKey("not made", secrets.token_bytes(len(current.secret)))
    return lambda item: digest_rotation.digests_moved(item, current, next_one)


def open_digest_key(item: Item, origin: Origin) -> None:
    """Make the closed digest key of this item current, once all digests were moved to it."""
    subject = f"digest#{item['key_id']}"
    table.commit(rotation.key_opened(item), _key_audited(AuditAction.DIGESTS_MOVED, origin, subject))
    keyring.forget()


def rewrap(kms_key: str, origin: Origin) -> Iterator[str]:
    """Wrap every key with another key of KMS; repeating it is harmless.

    Yields:
        Purpose and id of each key after it was wrapped, as `field#20270101000000-0000`.
    """
    for purpose in KeyPurpose:
        for item in keyring.items(purpose):
            if "wrapped" not in item:
                continue
            subject = f"{purpose}#{item['key_id']}"
            entry = audit.entry_added(
                accounts.OFFICERS, origin, AuditAction.KEY_REWRAPPED, subject, after={"kms_key": kms_key}
            )
            table.commit(rotation.key_rewrapped(item, purpose, kms_key), entry)
            yield subject


def users_of(key_id: str, segments: int = 1) -> Counter[str]:
    """How many items need a field key, by the first part of their partition keys."""
    everything = enterprise_data.sweep(segments)
    return Counter(item["pk"].partition("#")[0] for item in everything if key_id in reencryption.key_ids(item))


def _key_audited(action: AuditAction, origin: Origin, subject: str) -> Write:
    return audit.entry_added(accounts.OFFICERS, origin, action, subject)
