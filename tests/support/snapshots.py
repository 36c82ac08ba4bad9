"""Table and bucket as they are at a moment: to go back to it, and to compare two moments whatever ids were drawn."""

import re
from collections import Counter
from collections.abc import Mapping
from itertools import batched
from typing import Any

RANDOM = (
    (re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z"), "<time>"),
    (re.compile(r"APEC\d{14}"), "<number>"),
    (re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"), "<uuid>"),
    (re.compile(r"[0-9a-f]{16,}"), "<id>"),
)
"""What is drawn anew each time."""

DRAWN = {"nonce", "password_hash", "expires_at", "jti", "last_seen_at"}
"""Attributes that are."""

ON_ITS_WAY = {"state", "tries", "queue_pk", "queue_sk", "finished_at", "values", "to", "reached", "reason"}
"""Of a mail: where the relay is with it, which goes on by itself."""

BY_THE_WAY = ("SEQ#", "MAILRATE#", "RATE#", "GONE#", "KEYS")
"""Numbers may have gaps, wrong tries are counted; what is let go of is deleted by the next purge; keys are made by
whoever needs one first."""


class Snapshot:
    """The whole state of the engine that the service writes, mails apart."""

    def __init__(self, *, objects: bool = False) -> None:
        """`objects`: whether the bucket is to be put back too."""
        self.items = _items()
        self.objects = _objects() if objects else None

    def restore(self) -> None:
        """Put everything back."""
        from chalicelib.config import settings
        from chalicelib.repos.keys import keyring
        from chalicelib.repos.process import aws

        now = _items()
        gone = [at for at in now if at not in self.items]
        wrong = [item for at, item in self.items.items() if now.get(at) != item]
        requests: list[Any] = [{"DeleteRequest": {"Key": {"pk": {"S": pk}, "sk": {"S": sk}}}} for pk, sk in gone]
        requests += [{"PutRequest": {"Item": item}} for item in wrong]
        for some in batched(requests, 25):
            aws.client("dynamodb").batch_write_item(RequestItems={settings().table: list(some)})
        if self.objects is not None:
            _put_back(self.objects)
        if any(item["pk"]["S"] == "KEYS" for item in wrong) or any(pk == "KEYS" for pk, _ in gone):
            keyring.forget()

    @property
    def shape(self) -> Counter[str]:
        """How many items there are of each look, without what is random."""
        return Counter(_look(item) for at, item in self.items.items() if not at[0].startswith(BY_THE_WAY))


def _put_back(wanted: Mapping[str, tuple[str, bytes]]) -> None:
    from chalicelib.config import settings
    from chalicelib.repos.process import aws

    found = _objects()
    for key in found.keys() - wanted.keys():
        aws.client("s3").delete_object(Bucket=settings().bucket, Key=key)
    for key, (tag, content) in wanted.items():
        if found.get(key, ("", b""))[0] != tag:
            aws.client("s3").put_object(Bucket=settings().bucket, Key=key, Body=content)


def _look(wire: Mapping[str, Any]) -> str:
    from chalicelib.repos.table import table

    item = table.load(wire)
    is_mail = item["pk"].startswith("MAIL#")
    kept = {
        _plain(name): _plain(value)
        for name, value in item.items()
        if name not in DRAWN and not (is_mail and name in ON_ITS_WAY)
    }
    return repr(sorted(kept.items()))


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        for pattern, name in RANDOM:
            value = pattern.sub(name, value)
        return value
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in sorted(value.items())}
    if isinstance(value, list | set):
        return sorted(str(_plain(each)) for each in value)
    return "<bytes>" if isinstance(value, bytes) else value


def _items() -> dict[tuple[str, str], Any]:
    from chalicelib.config import settings
    from chalicelib.repos.process import aws

    pages = aws.client("dynamodb").get_paginator("scan").paginate(TableName=settings().table, ConsistentRead=True)
    return {(each["pk"]["S"], each["sk"]["S"]): each for page in pages for each in page["Items"]}


_contents: dict[tuple[str, str], bytes] = {}


def _objects() -> dict[str, tuple[str, bytes]]:
    """Every object with its tag and content, each content read once."""
    from chalicelib.config import settings
    from chalicelib.repos.process import aws

    client, bucket = aws.client("s3"), settings().bucket
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    found = {}
    for page in pages:
        for each in page.get("Contents", ()):
            at = (each["Key"], each["ETag"])
            if at not in _contents:
                _contents[at] = client.get_object(Bucket=bucket, Key=each["Key"])["Body"].read()
            found[each["Key"]] = (each["ETag"], _contents[at])
    return found
