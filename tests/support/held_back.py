"""Indexes that lag behind the table, at the level of botocore."""

import itertools
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import batched
from typing import Any

from sandbox.engine import cloud
from testing import stored
from tests.support import faults

_SERIAL = itertools.count(1)


@contextmanager
def indexes_held_back() -> Iterator[None]:
    """Queries of an index see nothing that is written within the block; reads of a table see everything."""
    from chalicelib.config import settings
    from chalicelib.repos.process import aws

    client: Any = aws.client("dynamodb")
    names = {settings().table: "PortalTable", settings().journal: "JournalTable"}
    copies = {name: f"{next(_SERIAL)}-{name}" for name in names}
    for name, resource in names.items():
        cloud.create_table(client, copies[name], resource)
        for some in batched(stored.items(name), 25):
            client.batch_write_item(RequestItems={copies[name]: [{"PutRequest": {"Item": item}} for item in some]})

    def divert(params: dict[str, Any], **_: Any) -> None:
        if "IndexName" in params:
            params["TableName"] = copies[params["TableName"]]

    with ExitStack() as stack:
        for copy in copies.values():
            stack.callback(_dropped, client, copy)
        stack.enter_context(faults.hooked("before-parameter-build", "dynamodb.Query", divert))
        yield


def _dropped(client: Any, name: str) -> None:
    client.update_table(TableName=name, DeletionProtectionEnabled=False)
    client.delete_table(TableName=name)
