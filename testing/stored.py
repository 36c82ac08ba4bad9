"""Every item as DynamoDB stores it.

It is read by the client of the tables: botocore's parser, which walks through each value, takes longer than the rest of
a scan.
"""

import base64
from collections.abc import Iterator
from typing import Any


def items(table: str) -> Iterator[dict[str, Any]]:
    """Every item of a table by a consistent scan, as a client of botocore returns it."""
    from chalicelib.repos.table.client import client

    for page in client().get_paginator("scan").paginate(TableName=table, ConsistentRead=True):
        yield from ({name: _with_bytes(value) for name, value in item.items()} for item in page["Items"])


def both_tables() -> dict[tuple[str, str], dict[str, Any]]:
    """Every item of the table and of the journal by its primary key."""
    from chalicelib.config import settings

    found = [item for table in (settings().table, settings().journal) for item in items(table)]
    return {(item["pk"]["S"], item["sk"]["S"]): item for item in found}


def _with_bytes(value: dict[str, Any]) -> dict[str, Any]:
    """An attribute value with bytes in place of base64."""
    ((kind, content),) = value.items()
    match kind:
        case "B":
            return {"B": base64.b64decode(content)}
        case "M":
            return {"M": {name: _with_bytes(part) for name, part in content.items()}}
        case "L":
            return {"L": [_with_bytes(part) for part in content]}
    return value
