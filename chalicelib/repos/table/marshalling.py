"""Items on the wire: DynamoDB's typed form of attributes, and primary keys."""

from collections.abc import Mapping
from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

Item = dict[str, Any]
Key = tuple[str, str]
"""Partition and sort key."""


class _Reader(TypeDeserializer):  # type: ignore[misc]
    """boto3's reader, with whole numbers as int (there are no others here) and bytes as bytes."""

    def _deserialize_n(self, value: str) -> int:
        return int(value)

    def _deserialize_b(self, value: bytes) -> bytes:
        return bytes(value)


_reader = _Reader()
_writer = TypeSerializer()


def dump(item: Mapping[str, Any]) -> dict[str, Any]:
    """An item in the wire's form; values that are None are left out."""
    return {name: _writer.serialize(value) for name, value in item.items() if value is not None}


def load(wire: Mapping[str, Any]) -> Item:
    """An item from the wire's form."""
    return {name: _reader.deserialize(value) for name, value in wire.items()}


def key(at: Key) -> dict[str, Any]:
    """A primary key in the wire's form."""
    return dump({"pk": at[0], "sk": at[1]})


def equals(expected: Mapping[str, Any]) -> tuple[str, dict[str, str], dict[str, Any]]:
    """Condition, names and values that say: these attributes are so."""
    condition = " AND ".join(f"#{name} = :is_{name}" for name in expected)
    names = {f"#{name}": name for name in expected}
    return condition, names, {f":is_{name}": value for name, value in expected.items()}
