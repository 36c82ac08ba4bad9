"""Bytes of stored items, counted as DynamoDB counts them: names and values of attributes, in UTF-8."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

RESOURCES = Path(__file__).resolve().parent.parent / ".chalice" / "resources.json"
INDEX_ENTRY = 100
"""Bytes that DynamoDB adds to each entry of an index."""


@dataclass
class Stored:
    """What both tables and their indexes contain."""

    lasting: int = 0
    """Bytes of items that stay, with their index entries."""
    expiring: int = 0
    """Bytes of items that DynamoDB deletes at their `expires_at`, with their index entries."""
    largest: Counter[str] = field(default_factory=Counter)
    """Bytes of the largest item by kind: the beginning of its sort key."""


def measured() -> Stored:
    """Read both tables."""
    from chalicelib.config import settings

    stored, projections = Stored(), dict(_projections())
    for table, resource in ((settings().table, "PortalTable"), (settings().journal, "JournalTable")):
        for item in _items(table):
            own = size(item)
            entries = sum(_entry_size(item, partition, names) for partition, names in projections[resource])
            if "expires_at" in item:
                stored.expiring += own + entries
            else:
                stored.lasting += own + entries
            kind = "journal entry" if table == settings().journal else item["sk"]["S"].partition("#")[0]
            stored.largest[kind] = max(stored.largest[kind], own)
    return stored


def _items(table: str) -> Iterator[Mapping[str, Any]]:
    from chalicelib.repos.process import aws

    for page in aws.client("dynamodb").get_paginator("scan").paginate(TableName=table):
        yield from page["Items"]


def _projections() -> Iterator[tuple[str, list[tuple[str, set[str] | None]]]]:
    """The indexes of each table: the attribute of the partition key, and those in an entry (None: all)."""
    declared = json.loads(RESOURCES.read_text(encoding="utf-8"))["Resources"]
    for resource in ("PortalTable", "JournalTable"):
        properties = declared[resource]["Properties"]
        own = {key["AttributeName"] for key in properties["KeySchema"]}
        indexes: list[tuple[str, set[str] | None]] = []
        for index in properties.get("GlobalSecondaryIndexes", []):
            keys = [key["AttributeName"] for key in sorted(index["KeySchema"], key=lambda key: key["KeyType"])]
            more = index["Projection"].get("NonKeyAttributes", [])
            is_whole = index["Projection"]["ProjectionType"] == "ALL"
            indexes.append((keys[0], None if is_whole else own | {*keys, *more}))
        yield resource, indexes


def _entry_size(item: Mapping[str, Any], partition: str, names: set[str] | None) -> int:
    if partition not in item:
        return 0
    return INDEX_ENTRY + size({name: value for name, value in item.items() if names is None or name in names})


def size(item: Mapping[str, Any]) -> int:
    """Bytes of an item as the client of DynamoDB sends it."""
    return sum(len(name.encode()) + _value_size(value) for name, value in item.items())


def _value_size(value: Mapping[str, Any]) -> int:
    (kind, content), *_ = value.items()
    match kind:
        case "S":
            counted = len(content.encode())
        case "B":
            counted = len(content)
        case "N":
            counted = len(content) // 2 + 2
        case "SS" | "NS" | "BS":
            counted = sum(len(part) for part in content)
        case "M":
            counted = 3 + sum(1 + len(name.encode()) + _value_size(part) for name, part in content.items())
        case "L":
            counted = 3 + sum(1 + _value_size(part) for part in content)
        case _:
            counted = 1
    return counted
