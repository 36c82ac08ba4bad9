"""Finding the sealed values of any item, to decrypt all of them or to encrypt them with the current key.

One list for all kinds of items, so that a new key reaches everything. The values under `KEYS` are wrapped by KMS, not
sealed.
"""

from collections.abc import Iterator
from typing import Any

from chalicelib.repos.drafts import counters, orphaned_uploads
from chalicelib.repos.keys import keyring, sealing
from chalicelib.repos.table import table
from chalicelib.repos.table.table import Item, Write

JSON_SEALED_PATHS = (("content",), ("warnings",), ("invoice",))
"""Paths that enterprises and applications seal as JSON; they and claims of cards seal all other values as text."""

PACKED = (counters.STATE, orphaned_uploads.RECORD)
"""Sort keys of items whose bytes are packed names of uploads, not sealed values."""


class SavedMeanwhile(Exception):
    """Raised when the item was saved after it was read, and so under the current key."""


def key_ids(item: Item) -> set[str]:
    """The ids of the keys that are needed to read an item."""
    return {sealing.key_id_of(sealed) for _, sealed, _ in _sealed(item)}


def decrypted(item: Item) -> Item:
    """An item with its sealed values in clear: as text, or as what was sealed as JSON."""
    clear = dict(item)
    for path, sealed, context in _sealed(item):
        plain = _plain(item, path, sealed, context)
        if len(path) > 1:
            below: Item = clear[path[0]]
            plain = below | {path[1]: plain}
        clear[path[0]] = plain
    return clear


def reencrypted(item: Item, current: str) -> Write | None:
    """Encrypt with the current key what is under another one; None if there is nothing to do.

    The write changes nothing else, and raises `SavedMeanwhile` if one of the values changed after it was read.

    Args:
        item: Any item of the table.
        current: The id of the current field key.
    """
    assign: dict[str, Any] = {}
    for path, sealed, context in _sealed(item):
        if sealing.key_id_of(sealed) == current:
            continue
        fresh = sealing.reseal(sealed, context)
        if len(path) == 1:
            assign[path[0]] = fresh
        else:
            around: Item = (item | assign)[path[0]]
            assign[path[0]] = around | {path[1]: fresh}
    if not assign:
        return None
    return table.change(
        (item["pk"], item["sk"]),
        assign=assign,
        condition=" AND ".join(f"#{name} = :seen_{name}" for name in assign),
        values={f"seen_{name}": item[name] for name in assign},
        refusal=lambda _: SavedMeanwhile(),
    )


def _sealed(item: Item) -> Iterator[tuple[tuple[str, ...], bytes, str]]:
    """Path, value and context of every sealed value of an item: attributes, and attributes of maps."""
    if item["pk"] == keyring.PARTITION or item["sk"] in PACKED:
        return
    for name, value in item.items():
        if isinstance(value, bytes):
            yield (name,), value, _context(item, name)
        elif isinstance(value, dict):
            for inner, below in value.items():
                if isinstance(below, bytes):
                    yield (name, inner), below, _context(item, name, inner)


def _context(item: Item, name: str, inner: str = "") -> str:
    """The context with which the repo of this item seals the value."""
    key = f"{item['pk']}#{item['sk']}"
    if item["pk"].startswith(("MAIL#", "IDEM#", "DELETION#")):
        return str(item["pk"])
    if item.get("kind") == "draft":
        return f"DRAFT#{item['account_id']}#{item['id']}"
    if name == "card":
        return f"{key}#card"
    return f"{key}#{inner or name}"


def _plain(item: Item, path: tuple[str, ...], sealed: bytes, context: str) -> Any:
    whole = (
        path in JSON_SEALED_PATHS
        or item.get("kind") == "draft"
        or not item["pk"].startswith(("ENT#", "APP#", "HISTORY#", "CARD#"))
    )
    return sealing.unseal_json(sealed, context) if whole else sealing.unseal(sealed, context).decode()
