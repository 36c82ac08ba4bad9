"""Items of no particular kind, refusals that name their part, and hooks into botocore."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from chalicelib.repos.process import aws, ids
from chalicelib.repos.table import table


class Refused(Exception):
    """What a failed condition meant, with the item as it stood."""


def refused(name: object) -> Callable[[table.Item | None], Refused]:
    """A refusal that tells whose it is."""
    return lambda old: Refused(name, old)


def fresh(**attributes: Any) -> table.Key:
    """A new item's key; the item is there already if attributes are given."""
    at = (f"TEST#{ids.new()}", "ITEM")
    if attributes:
        table.commit(table.put({"pk": at[0], "sk": at[1], **attributes}))
    return at


def attributes(at: table.Key) -> table.Item | None:
    """An item without its key."""
    item = table.get(at)
    return item and {name: value for name, value in item.items() if name not in ("pk", "sk")}


def damaged(person_number: str) -> list[table.Item]:
    """Damage one byte of what a person has sealed; its items as they were, for `put_back`."""
    kept = _of_person(person_number)
    for item in kept:
        sealed = item["content"]
        table.commit(table.put(item | {"content": sealed[:-1] + bytes([sealed[-1] ^ 1])}))
    return kept


def taken_away(person_number: str) -> list[table.Item]:
    """Delete a person's group, so that an index still leads to the person; the items as they were, for `put_back`."""
    found = table.query_all(f"APP#{person_number.partition('-')[0]}")
    kept = [item for item in found if item.get("kind") == "header"]
    table.commit(*(table.delete((item["pk"], item["sk"])) for item in kept))
    return kept


def put_back(*kept: table.Item) -> None:
    """Write items as they were."""
    table.commit(*(table.put(item) for item in kept))


def _of_person(person_number: str) -> list[table.Item]:
    items = table.query_all(f"APP#{person_number.partition('-')[0]}")
    return [item for item in items if item.get("kind") == "person" and item["sk"].endswith(person_number[-2:])]


@contextmanager
def hooked(moment: str, operation: str, handler: Callable[..., Any]) -> Iterator[None]:
    """Call the handler at a moment (`before-call`, `before-send`, `after-call`) of a table operation."""
    events = aws.client("dynamodb").meta.events
    events.register(f"{moment}.dynamodb.{operation}", handler)
    try:
        yield
    finally:
        events.unregister(f"{moment}.dynamodb.{operation}", handler)
