"""Plain items, refusals that name their write, and hooks into botocore."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from chalicelib.repos.process import aws, ids
from chalicelib.repos.table import table


class Refused(Exception):
    """Raised for a failed condition, with the name of the write and the stored item."""


def refused(name: object) -> Callable[[table.Item | None], Refused]:
    """The refusal of the write with this name."""
    return lambda old: Refused(name, old)


def fresh(**attributes: Any) -> table.Key:
    """A new key; if attributes are given, an item with them is stored under it."""
    key = (f"TEST#{ids.new()}", "ITEM")
    if attributes:
        table.commit(table.put({"pk": key[0], "sk": key[1], **attributes}))
    return key


def attributes(key: table.Key) -> table.Item | None:
    """The attributes of an item without its key."""
    item = table.get(key)
    return item and {name: value for name, value in item.items() if name not in ("pk", "sk")}


def damaged(person_number: str) -> list[table.Item]:
    """Change one byte of the sealed content of a person; returns its original items, for `put_back`."""
    originals = _of_person(person_number)
    for item in originals:
        sealed = item["content"]
        table.commit(table.put(item | {"content": sealed[:-1] + bytes([sealed[-1] ^ 1])}))
    return originals


def taken_away(person_number: str) -> list[table.Item]:
    """Delete the header above a person that an index still names; returns the original items, for `put_back`."""
    found = table.query_all(f"APP#{person_number.partition('-')[0]}")
    originals = [item for item in found if item.get("kind") == "header"]
    table.commit(*(table.delete((item["pk"], item["sk"])) for item in originals))
    return originals


def put_back(*originals: table.Item) -> None:
    """Store the original items again."""
    table.commit(*(table.put(item) for item in originals))


def _of_person(person_number: str) -> list[table.Item]:
    items = table.query_all(f"APP#{person_number.partition('-')[0]}")
    return [item for item in items if item.get("kind") == "person" and item["sk"].endswith(person_number[-2:])]


@contextmanager
def hooked(moment: str, operation: str, handler: Callable[..., Any]) -> Iterator[None]:
    """Call the handler at one moment of a table operation: `before-call`, `before-send` or `after-call`."""
    events = aws.client("dynamodb").meta.events
    events.register(f"{moment}.dynamodb.{operation}", handler)
    try:
        yield
    finally:
        events.unregister(f"{moment}.dynamodb.{operation}", handler)
