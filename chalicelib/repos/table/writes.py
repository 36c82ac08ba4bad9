"""The named parts that transactions are built from: put, replace, delete, check, change."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from chalicelib.repos.table.marshalling import Item, Key, dump, equals, key


@dataclass(frozen=True)
class Write:
    """One write of a transaction, and what it means when its condition fails.

    `refusal` gets the item as it stands (None if there is none) and returns the exception to raise.
    """

    verb: Literal["Put", "Update", "Delete", "ConditionCheck"]
    request: Mapping[str, Any]
    refusal: Callable[[Item | None], Exception] | None = None


def put(item: Mapping[str, Any], *, only_new: Callable[[Item | None], Exception] | None = None) -> Write:
    """Write a whole item; with `only_new` it must not exist yet."""
    request: dict[str, Any] = {"Item": dump(item)}
    if only_new:
        request["ConditionExpression"] = "attribute_not_exists(pk)"
    return Write("Put", request, only_new)


def replace(
    item: Mapping[str, Any],
    expected: Mapping[str, Any],
    refusal: Callable[[Item | None], Exception],
    *,
    later: Mapping[str, str] | None = None,
    at_most: Mapping[str, int] | None = None,
) -> Write:
    """Write a whole item over one whose attributes are as expected, `later` than given times, `at_most` so much."""
    condition, names, values = equals(expected)
    for name, value in (later or {}).items():
        condition += f" AND #{name} > :after_{name}"
        names[f"#{name}"] = name
        values[f":after_{name}"] = value
    for name, most in (at_most or {}).items():
        condition += f" AND #{name} <= :most_{name}"
        names[f"#{name}"] = name
        values[f":most_{name}"] = most
    request = {
        "Item": dump(item),
        "ConditionExpression": condition,
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": dump(values),
    }
    return Write("Put", request, refusal)


def delete(
    at: Key,
    expected: Mapping[str, Any] | None = None,
    refusal: Callable[[Item | None], Exception] | None = None,
    *,
    condition: str | None = None,
    values: Mapping[str, Any] | None = None,
) -> Write:
    """Delete an item, if given only while its attributes are as expected, or on a `condition` as `change` takes it."""
    request: dict[str, Any] = {"Key": key(at)}
    if expected:
        wanted, names, held = equals(expected)
    elif condition:
        wanted, names = condition, _names(_named(condition))
        held = {f":{name}": value for name, value in (values or {}).items()}
    else:
        return Write("Delete", request, refusal)
    request |= {
        "ConditionExpression": wanted,
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": dump(held),
    }
    return Write("Delete", request, refusal)


def check(at: Key, expected: Mapping[str, Any], refusal: Callable[[Item | None], Exception]) -> Write:
    """Write nothing, but let the transaction happen only while an item's attributes are as expected."""
    condition, names, values = equals(expected)
    request = {
        "Key": key(at),
        "ConditionExpression": condition,
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": dump(values),
    }
    return Write("ConditionCheck", request, refusal)


def check_below(at: Key, attribute: str, most: int, refusal: Callable[[Item | None], Exception]) -> Write:
    """Write nothing, but let the transaction happen only while a counter is below a figure, or not there."""
    request = {
        "Key": key(at),
        "ConditionExpression": "attribute_not_exists(#counter) OR #counter < :most",
        "ExpressionAttributeNames": {"#counter": attribute},
        "ExpressionAttributeValues": dump({":most": most}),
    }
    return Write("ConditionCheck", request, refusal)


def change(
    at: Key,
    *,
    assign: Mapping[str, Any] | None = None,
    add: Mapping[str, int | set[str]] | None = None,
    drop: Iterable[str] = (),
    condition: str | None = None,
    values: Mapping[str, Any] | None = None,
    refusal: Callable[[Item | None], Exception] | None = None,
) -> Write:
    """Change attributes of an item: assign values (None takes one away), add to counters and sets, drop attributes.

    `condition` is an expression over plain attribute names written `#name` and the `values` written `:name`.
    """
    taken = [*drop, *(name for name, value in (assign or {}).items() if value is None)]
    kept = {name: value for name, value in (assign or {}).items() if value is not None}
    clauses = {
        "SET": [f"#{name} = :set_{name}" for name in kept],
        "ADD": [f"#{name} :add_{name}" for name in add or {}],
        "REMOVE": [f"#{name}" for name in taken],
    }
    given = {
        **{f":{name}": value for name, value in (values or {}).items()},
        **{f":set_{name}": value for name, value in kept.items()},
        **{f":add_{name}": value for name, value in (add or {}).items()},
    }
    request: dict[str, Any] = {
        "Key": key(at),
        "UpdateExpression": " ".join(f"{verb} {', '.join(terms)}" for verb, terms in clauses.items() if terms),
        "ExpressionAttributeNames": _names([*kept, *(add or {}), *taken, *_named(condition)]),
    }
    if given:
        request["ExpressionAttributeValues"] = dump(given)
    if condition:
        request["ConditionExpression"] = condition
    return Write("Update", request, refusal)


def _names(attributes: Iterable[str]) -> dict[str, str]:
    return {f"#{name}": name for name in attributes}


def _named(condition: str | None) -> list[str]:
    words = (condition or "").replace("(", " ").replace(")", " ").replace(",", " ").split()
    return [word[1:] for word in words if word.startswith("#")]
