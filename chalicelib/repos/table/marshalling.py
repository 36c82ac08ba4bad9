"""Items and primary keys in the typed format of DynamoDB."""

from collections.abc import Mapping
from typing import Any

from pydantic_core import SchemaValidator, core_schema

Item = dict[str, Any]
Key = tuple[str, str]
"""Partition and sort key."""

_from_base64: Any = SchemaValidator(
    core_schema.bytes_schema(), core_schema.CoreConfig(val_json_bytes="base64")
).validate_strings
"""The bytes of a text in base64, in a third of the time that `base64` takes."""


def dump(item: Mapping[str, Any]) -> dict[str, Any]:
    """An item in the format of DynamoDB, without the values that are None.

    Raises:
        TypeError: A value is of a type that items do not have.
    """
    return {name: _dumped(value) for name, value in item.items() if value is not None}


def _dumped(value: Any) -> dict[str, Any]:  # noqa: PLR0911  one for each type, the most frequent first
    kind = type(value)
    if kind is str:
        return {"S": value}
    if kind is int:
        return {"N": str(value)}
    if kind is bool:
        return {"BOOL": value}
    if kind is bytes:
        return {"B": value}
    if kind is dict:
        return {"M": {name: _dumped(part) for name, part in value.items()}}
    if kind is list or kind is tuple:
        return {"L": [_dumped(part) for part in value]}
    return _dumped_rarely(value)


def _dumped_rarely(value: Any) -> dict[str, Any]:
    """The format of enums, sets of texts, other mappings, and None within a list or mapping."""
    match value:
        case None:
            return {"NULL": True}
        case str():
            return {"S": str(value)}
        case int():
            return {"N": str(int(value))}
        case set() | frozenset() if value and all(isinstance(member, str) for member in value):
            return {"SS": [str(member) for member in value]}
        case Mapping():
            return _dumped(dict(value))
    raise TypeError(f"{type(value).__name__} is no type of an item")


def load(wire: Mapping[str, Any]) -> Item:
    """An item from the format of DynamoDB; binary values as bytes or, as in replies, in base64."""
    item: Item = {}
    # Most values are texts and numbers: they are read here, without a call for each.
    for name, typed in wire.items():
        ((kind, value),) = typed.items()
        if kind == "S":
            item[name] = value
        elif kind == "N":
            item[name] = int(value)
        else:
            item[name] = _loaded(kind, value)
    return item


def _loaded(kind: str, value: Any) -> Any:  # noqa: PLR0911  one for each type
    match kind:
        case "M":
            return load(value)
        case "B":
            return _from_base64(value) if type(value) is str else bytes(value)
        case "S" | "BOOL":
            return value
        case "N":
            return int(value)
        case "L":
            return [_loaded(*part) for typed in value for part in typed.items()]
        case "SS":
            return set(value)
        case "NULL":
            return None
    raise TypeError(f"{kind} is no type of an item")


def key(at: Key) -> dict[str, Any]:
    """A primary key in the format of DynamoDB."""
    return dump({"pk": at[0], "sk": at[1]})


def equals(expected: Mapping[str, Any]) -> tuple[str, dict[str, str], dict[str, Any]]:
    """Expression, attribute names and values of the condition that attributes have these values."""
    condition = " AND ".join(f"#{name} = :is_{name}" for name in expected)
    names = {f"#{name}": name for name in expected}
    return condition, names, {f":is_{name}": value for name, value in expected.items()}
