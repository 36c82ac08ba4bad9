"""What every peer asks of AWS: the calls of the portal itself for the same request, recorded in the file of `CALLS`.

The first request of a process also reads the keys of the portal and has KMS decrypt them, as the portal does.
"""

import base64
import json
import os
from decimal import Decimal
from pathlib import Path
from typing import Any

import boto3
from boto3.dynamodb.types import TypeDeserializer


def _bytes(found: dict[str, Any]) -> Any:
    return base64.b64decode(found["base64"]) if found.keys() == {"base64"} else found


CALLS = json.loads(Path(os.environ["CALLS"]).read_text(), object_hook=_bytes)
"""`first`: the calls before those of the first request; `acts`: by method and path those of each request."""
dynamodb: Any = boto3.client("dynamodb")
kms: Any = boto3.client("kms")
METHODS = {
    "BatchGetItem": dynamodb.batch_get_item,
    "Decrypt": kms.decrypt,
    "GetItem": dynamodb.get_item,
    "Query": dynamodb.query,
    "TransactWriteItems": dynamodb.transact_write_items,
}
read = TypeDeserializer().deserialize
_before: list[Any] = list(CALLS["first"])


def items(token: str, act: str) -> list[dict[str, Any]]:
    """Ask what the portal asks for an act such as `GET /v1/me`; the items of all replies as JSON can have them."""
    assert token.startswith("Bearer ")
    replies = [METHODS[operation](**parameters) for operation, parameters in [*_before, *CALLS["acts"][act]]]
    _before.clear()
    return [
        {name: _plain(read(value)) for name, value in item.items()}
        for reply in replies
        for items in (reply.get("Items", []), *reply.get("Responses", {}).values())
        for item in items
    ]


def _plain(value: Any) -> Any:
    """Numbers and sealed bytes of the table, at every depth."""
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_plain(part) for part in value]
    if isinstance(value, Decimal):
        return int(value)
    return value if isinstance(value, str | bool | None) else base64.b64encode(bytes(value)).decode()
