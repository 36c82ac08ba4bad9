"""Snapshots of table and bucket: to restore a state, and to compare two states without generated values."""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from itertools import batched
from typing import Any

from testing import stored

RANDOM = (
    (re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z"), "<time>"),
    (re.compile(r"APEC\d{14}"), "<number>"),
    (re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"), "<uuid>"),
    (re.compile(r"[0-9a-f]{16,}"), "<id>"),
    (re.compile(r"^(DAY#[\d-]+)#\d+$"), r"\1#<part>"),  # it follows from the id of an entry
)
"""Generated values, with the names that replace them."""

DRAWN = {"nonce", "password_hash", "expires_at", "jti", "last_seen_at"}
"""Attributes with generated values."""

RELAY_STATE = {"state", "tries", "queue_pk", "queue_sk", "finished_at", "values", "to", "reached", "reason"}
"""Attributes of a mail that the relay changes by itself."""

INCIDENTAL = ("SEQ#", "MAILRATE#", "RATE#", "GONE#", "CLAIMS#", "FILE#", "KEYS")
"""Partitions that a comparison leaves out: sequences may have gaps, failed attempts are counted, orphaned uploads are
deleted and claims settled by the next purge, an inspection is completed by the next one, and keys are created on first
use."""

UNSEEN = (("IDEM#",), ("SESSION#", "QUOTA#"))
"""Partitions and sort keys that no user sees: stored replies, sessions and counts."""


class Snapshot:
    """The state that the service writes, except mails."""

    def __init__(self, *, objects: bool = False) -> None:
        """With `objects`, `restore` also restores the bucket."""
        self.items = stored.both_tables()
        self.objects = _objects() if objects else None

    def restore(self) -> None:
        """Restore the state."""
        from chalicelib.repos.keys import keyring
        from chalicelib.repos.process import aws
        from chalicelib.repos.table import table

        now = stored.both_tables()
        gone = [at for at in now if at not in self.items]
        wrong = [item for at, item in self.items.items() if now.get(at) != item]
        requests: list[Any] = [{"DeleteRequest": {"Key": {"pk": {"S": pk}, "sk": {"S": sk}}}} for pk, sk in gone]
        requests += [{"PutRequest": {"Item": item}} for item in wrong]
        by_table: dict[str, list[Any]] = defaultdict(list)
        for request in requests:
            (part,) = request.values()
            by_table[table.table_of((part.get("Key") or part["Item"])["pk"]["S"])].append(request)
        for name, own in by_table.items():
            for batch in batched(own, 25):
                aws.client("dynamodb").batch_write_item(RequestItems={name: list(batch)})
        if self.objects is not None:
            _put_back(self.objects)
        if any(item["pk"]["S"] == "KEYS" for item in wrong) or any(pk == "KEYS" for pk, _ in gone):
            keyring.forget()

    @property
    def shape(self) -> Counter[str]:
        """The number of items with the same attributes, generated values aside."""
        return Counter(_attributes(item) for at, item in self.items.items() if not at[0].startswith(INCIDENTAL))

    @property
    def seen(self) -> Counter[str]:
        """As `shape`, of what users see."""
        partitions, sort_keys = UNSEEN
        return Counter(
            _attributes(item)
            for (pk, sk), item in self.items.items()
            if not pk.startswith((*INCIDENTAL, *partitions)) and not sk.startswith(sort_keys)
        )


def _put_back(wanted: Mapping[str, tuple[str, bytes]]) -> None:
    from chalicelib.config import settings
    from chalicelib.repos.process import aws

    found = _objects()
    for key in found.keys() - wanted.keys():
        aws.client("s3").delete_object(Bucket=settings().bucket, Key=key)
    for key, (tag, content) in wanted.items():
        if found.get(key, ("", b""))[0] != tag:
            aws.client("s3").put_object(Bucket=settings().bucket, Key=key, Body=content)


_known: dict[tuple[str, str], tuple[Mapping[str, Any], str]] = {}
"""The latest item of each key with its attributes: most items are the same in two snapshots."""


def _attributes(wire: Mapping[str, Any]) -> str:
    """The attributes of an item, generated values aside."""
    at = (wire["pk"]["S"], wire["sk"]["S"])
    known = _known.get(at)
    if known is None or known[0] != wire:
        _known[at] = known = (wire, _without_generated(wire))
    return known[1]


def _without_generated(wire: Mapping[str, Any]) -> str:
    from chalicelib.repos.table import table

    item = table.load(wire)
    is_mail = item["pk"].startswith("MAIL#")
    attributes = {
        _plain(name): _plain(value)
        for name, value in item.items()
        if name not in DRAWN and not (is_mail and name in RELAY_STATE)
    }
    return repr(sorted(attributes.items()))


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        for pattern, name in RANDOM:
            value = pattern.sub(name, value)
        return value
    if isinstance(value, dict):
        return {name: _plain(content) for name, content in sorted(value.items())}
    if isinstance(value, list | set):
        return sorted(str(_plain(element)) for element in value)
    return "<bytes>" if isinstance(value, bytes) else value


_contents: dict[tuple[str, str], bytes] = {}


def _objects() -> dict[str, tuple[str, bytes]]:
    """Every object with its ETag and content; each content is read only once."""
    from chalicelib.config import settings
    from chalicelib.repos.process import aws

    client, bucket = aws.client("s3"), settings().bucket
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    found = {}
    for page in pages:
        for entry in page.get("Contents", ()):
            version = (entry["Key"], entry["ETag"])
            if version not in _contents:
                _contents[version] = client.get_object(Bucket=bucket, Key=entry["Key"])["Body"].read()
            found[entry["Key"]] = (entry["ETag"], _contents[version])
    return found
