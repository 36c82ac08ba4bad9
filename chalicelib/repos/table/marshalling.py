"""Items and primary keys in the typed format of DynamoDB."""

from collections.abc import Mapping
from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

Item = dict[str, Any]
Key = tuple[str, str]
"""Partition and sort key."""


class _Reader(TypeDeserializer):  # type: ignore[misc]
    """The deserializer of boto3, with numbers as int (no others are stored) and binary values as bytes."""

    def _deserialize_n(self, value: str) -> int:
        return int(value)

    def _deserialize_b(self, value: bytes) -> bytes:
        return bytes(value)


_reader = _Reader()
_writer = TypeSerializer()


def dump(item: Mapping[str, Any]) -> dict[str, Any]:
    """An item in the format of DynamoDB, without the values that are None."""
    return {name: _writer.serialize(value) for name, value in item.items() if value is not None}


def load(wire: Mapping[str, Any]) -> Item:
    """An item from the format of DynamoDB."""
    return {name: _reader.deserialize(value) for name, value in wire.items()}


def key(at: Key) -> dict[str, Any]:
    """A primary key in the format of DynamoDB."""
    return dump({"pk": at[0], "sk": at[1]})


def equals(expected: Mapping[str, Any]) -> tuple[str, dict[str, str], dict[str, Any]]:
    """Expression, attribute names and values of the condition that attributes have these values."""
    condition = " AND ".join(f"#{name} = :is_{name}" for name in expected)
    names = {f"#{name}": name for name in expected}
    return condition, names, {f":is_{name}": value for name, value in expected.items()}
