"""Write units by partition key, of tables and indexes.

DynamoDB reports units by table and index, not by key. Here they are computed from the requests: `Entries` remembers
the size and the index attributes of every item, so that an unchanged entry of an index counts nothing and a moved one
under both keys.
"""

import functools
import re
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from benchmarks.stored import size

JOURNAL = "journal"
TABLE = "table"
ITEM = "item"
"""Beside tables and indexes: transactions that write or check one item, by its partition and sort key."""
CHANGED = re.compile(r"(#?\w+) (?:= )?(:\w+)")
"""One term of SET or ADD in an update expression. What ADD adds to a set is taken for the whole set."""

type Place = tuple[str, str]
"""A table or index, and a partition key."""

type Indexes = dict[str, tuple[tuple[str, str], tuple[str, ...]]]
"""Key attributes and projected attributes of indexes, by place."""


@dataclass
class _Known:
    sizes: dict[str, int] = field(default_factory=dict)
    """Bytes of each attribute with its name."""
    values: dict[str, Any] = field(default_factory=dict)
    """The attributes themselves, as they are sent."""

    @property
    def units(self) -> int:
        return max(1, -(-sum(self.sizes.values()) // 1024))


class Entries:
    """What is known of every item that was written since the beginning."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str, str], _Known] = {}
        self._lock = threading.Lock()

    def written(self, params: Mapping[str, Any]) -> Counter[Place]:
        """The write units of one request that succeeded, by place."""
        actions = params.get("TransactItems")
        units: Counter[Place] = Counter()
        with self._lock:
            if actions is not None:
                for action in actions:
                    ((verb, write),) = action.items()
                    units.update(dict(self._of_write(verb, write, times=2)))
            elif "UpdateExpression" in params:
                units.update(dict(self._of_write("Update", params, times=1)))
        return units

    def _of_write(self, verb: str, write: Mapping[str, Any], times: int) -> Iterator[tuple[Place, int]]:
        key = write.get("Item") or write["Key"]
        name, place, indexes = _indexes(write["TableName"])
        at = (name, key["pk"]["S"], key["sk"]["S"])
        before = self._known.get(at, _Known())
        after = before if verb == "ConditionCheck" else _after(verb, write, before)
        self._known[at] = after
        yield (place, key["pk"]["S"]), times * max(before.units, after.units)
        if times > 1:
            yield (ITEM, f"{key['pk']['S']} {key['sk']['S']}"), 1
        moved: Counter[Place] = Counter()
        for index, (attributes, projected) in indexes.items():
            old, new = (_entry(known, attributes, projected) for known in (before, after))
            if old != new:
                entries = (new,) if _same_key(old, new) else (old, new)
                moved.update((index, entry[0]["S"]) for entry in entries if entry)
        yield from moved.items()


def _entry(known: _Known, attributes: tuple[str, str], projected: tuple[str, ...]) -> tuple[Any, ...] | None:
    """What an index has of an item: its keys and the attributes that it projects; None if the item is not in it."""
    keys = [known.values.get(name) for name in attributes]
    return (*keys, *(known.values.get(name) for name in projected)) if all(keys) else None


def _same_key(old: tuple[Any, ...] | None, new: tuple[Any, ...] | None) -> bool:
    """Whether an entry stays at its place: then it is written once; else it is deleted and written anew."""
    return old is not None and new is not None and old[:2] == new[:2]


def _indexes(name: str) -> tuple[str, str, Indexes]:
    """The name of a table, its place, and its indexes by place."""
    from chalicelib.config import settings
    from chalicelib.repos.table import table

    if name == settings().journal:
        # The journal is only added to: no entry of its index is ever changed.
        return (
            name,
            JOURNAL,
            {f"{JOURNAL}.{index}": (keys, ()) for index, keys in table.JOURNAL_INDEXES.items() if index},
        )
    projected = _projections()
    return name, TABLE, {index: (keys, projected[index]) for index, keys in table.INDEXES.items() if index}


@functools.cache
def _projections() -> dict[str, tuple[str, ...]]:
    """The attributes that each index of the portal's table projects beside keys."""
    from sandbox.engine import cloud

    declared = cloud.properties("PortalTable")["GlobalSecondaryIndexes"]
    return {index["IndexName"]: tuple(index["Projection"].get("NonKeyAttributes", ())) for index in declared}


def _after(verb: str, write: Mapping[str, Any], before: _Known) -> _Known:
    if verb == "Delete":
        return _Known()
    if verb == "Put":
        return _known(write["Item"])
    names, values = write.get("ExpressionAttributeNames", {}), write.get("ExpressionAttributeValues", {})
    changing, _, removing = write["UpdateExpression"].partition("REMOVE ")
    given = _known({names.get(name, name): values[value] for name, value in CHANGED.findall(changing)})
    dropped = {names.get(name, name) for name in re.findall(r"#?\w+", removing)}
    return _Known(
        {name: known for name, known in before.sizes.items() if name not in dropped} | given.sizes,
        {name: known for name, known in before.values.items() if name not in dropped} | given.values,
    )


def _known(attributes: Mapping[str, Any]) -> _Known:
    return _Known(
        {name: size({name: value}) for name, value in attributes.items()},
        dict(attributes),
    )
