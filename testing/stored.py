"""Every item as DynamoDB stores it.

botocore's parser walks through each value of a reply, which takes longer than the rest of a scan. Replies of this
client are parsed by `json` alone and have the same items.
"""

import base64
import functools
import json
from collections.abc import Iterator, Mapping
from typing import Any

from botocore.parsers import JSONParser, ResponseParserFactory
from botocore.session import get_session


def items(table: str) -> Iterator[dict[str, Any]]:
    """Every item of a table by a consistent scan, as a client of botocore returns it."""
    from chalicelib.repos.process import aws

    client = _client(aws.client("dynamodb").meta.endpoint_url)
    for page in client.get_paginator("scan").paginate(TableName=table, ConsistentRead=True):
        yield from page["Items"]


def both_tables() -> dict[tuple[str, str], dict[str, Any]]:
    """Every item of the table and of the journal by its primary key."""
    from chalicelib.config import settings

    found = [item for table in (settings().table, settings().journal) for item in items(table)]
    return {(item["pk"]["S"], item["sk"]["S"]): item for item in found}


class _Parser(JSONParser):  # type: ignore[misc]
    """Leaves a successful reply as its JSON is, apart from binary values."""

    def parse(self, response: Mapping[str, Any], shape: Any) -> Any:
        if response["status_code"] >= 300:
            return super().parse(response, shape)
        reply = json.loads(response["body"], object_hook=_with_bytes)
        return reply | {"ResponseMetadata": {"HTTPStatusCode": response["status_code"]}}


class _Parsers(ResponseParserFactory):  # type: ignore[misc]
    def create_parser(self, protocol_name: str) -> Any:
        return _Parser(**self._defaults)


def _with_bytes(value: dict[str, Any]) -> dict[str, Any]:
    """The same object of JSON; an attribute value that is binary has bytes."""
    if len(value) != 1:
        return value
    if isinstance(content := value.get("B"), str):
        return {"B": base64.b64decode(content)}
    if isinstance(content := value.get("BS"), list):
        return {"BS": [base64.b64decode(element) for element in content]}
    return value


@functools.cache
def _client(endpoint: str) -> Any:
    """A client of the engine at this address, by the credentials of the environment."""
    session = get_session()
    session.register_component("response_parser_factory", _Parsers())
    return session.create_client("dynamodb", endpoint_url=endpoint)
