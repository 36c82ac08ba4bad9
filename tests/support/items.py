"""Items of no particular kind, refusals that name their part, and hooks into botocore."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from chalicelib.repos import aws, ids, table


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


@contextmanager
def hooked(moment: str, operation: str, handler: Callable[..., Any]) -> Iterator[None]:
    """Call the handler at a moment (`before-call`, `before-send`, `after-call`) of a table operation."""
    events = aws.client("dynamodb").meta.events
    events.register(f"{moment}.dynamodb.{operation}", handler)
    try:
        yield
    finally:
        events.unregister(f"{moment}.dynamodb.{operation}", handler)
