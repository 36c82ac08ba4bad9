"""Where sealed values stand in items, whatever the item is: to open all of them, and to seal them anew.

One list for all kinds of items, so that a new key reaches everything. Values under `KEYS` are wrapped by KMS, not
sealed.
"""

from collections.abc import Iterator
from typing import Any

from chalicelib.repos.drafts import counters, orphaned_uploads
from chalicelib.repos.keys import keyring, sealing
from chalicelib.repos.table import table
from chalicelib.repos.table.table import Item, Write

WHOLE = (("content",),)
"""What enterprises and applications have sealed as JSON; everything else of theirs is text."""


PACKED = (counters.STATE, orphaned_uploads.RECORD)
"""Sort keys of items whose bytes are names of uploads."""


class SavedMeanwhile(Exception):
    """Somebody wrote the item after it was read; what they wrote is under the current key."""


def key_ids(item: Item) -> set[str]:
    """The keys that the item cannot be read without."""
    return {sealing.key_id_of(sealed) for _, sealed, _ in _sealed(item)}


def decrypted(item: Item) -> Item:
    """The item with everything sealed in clear: text, or whatever was sealed as JSON."""
    clear = dict(item)
    for path, sealed, context in _sealed(item):
        plain = _plain(item, path, sealed, context)
        if len(path) > 1:
            below: Item = clear[path[0]]
            plain = below | {path[1]: plain}
        clear[path[0]] = plain
    return clear


def reencrypted(item: Item, current: str) -> Write | None:
    """The part that seals anew what is not under the current key; None if there is nothing to do.

    It raises `SavedMeanwhile` if one of the values is no longer the one that was read, and touches nothing else.
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
    """Path, value and context of everything sealed in the item; attributes one below another at most."""
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
    """What the repo of this item binds its sealed values to."""
    at = f"{item['pk']}#{item['sk']}"
    if item["pk"].startswith(("MAIL#", "IDEM#", "DELETION#")):
        return str(item["pk"])
    if item.get("kind") == "draft":
        return f"DRAFT#{item['account_id']}#{item['id']}"
    if name == "card":
        return f"{at}#card"
    return f"{at}#{inner or name}"


def _plain(item: Item, path: tuple[str, ...], sealed: bytes, context: str) -> Any:
    whole = path in WHOLE or item.get("kind") == "draft" or not item["pk"].startswith(("ENT#", "APP#"))
    return sealing.unseal_json(sealed, context) if whole else sealing.unseal(sealed, context).decode()
