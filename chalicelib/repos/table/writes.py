"""The writes that transactions are built from: put, replace, delete, check, change."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from chalicelib.repos.table.marshalling import Item, Key, dump, equals, key


@dataclass(frozen=True)
class Write:
    """One write of a transaction, and the exception to raise if its condition fails."""

    verb: Literal["Put", "Update", "Delete", "ConditionCheck"]
    request: Mapping[str, Any]
    refusal: Callable[[Item | None], Exception] | None = None
    """Gets the stored item (None if there is none) and returns the exception to raise."""


def put(item: Mapping[str, Any], *, only_new: Callable[[Item | None], Exception] | None = None) -> Write:
    """Write a whole item. With `only_new` the item must not exist yet; it returns the exception to raise if it does."""
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
    """Replace a whole item on conditions about the stored one.

    Args:
        item: The new item.
        expected: Attributes that must have these values.
        refusal: The exception if a condition fails.
        later: Attributes that must be greater than these texts, such as times.
        at_most: Attributes that must not exceed these numbers.
    """
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
    """Delete an item.

    Args:
        at: Its primary key.
        expected: Attributes that must have these values, if any.
        refusal: The exception if a condition fails.
        condition: Instead of `expected` an expression, as for `change`.
        values: The values of that expression.
    """
    request: dict[str, Any] = {"Key": key(at)}
    if expected:
        expression, names, given = equals(expected)
    elif condition:
        expression, names = condition, _names(_named(condition))
        given = {f":{name}": value for name, value in (values or {}).items()}
    else:
        return Write("Delete", request, refusal)
    request |= {
        "ConditionExpression": expression,
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": dump(given),
    }
    return Write("Delete", request, refusal)


def check(at: Key, expected: Mapping[str, Any], refusal: Callable[[Item | None], Exception]) -> Write:
    """Write nothing, but let the transaction succeed only if attributes of an item have these values."""
    condition, names, values = equals(expected)
    request = {
        "Key": key(at),
        "ConditionExpression": condition,
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": dump(values),
    }
    return Write("ConditionCheck", request, refusal)


def check_below(at: Key, attribute: str, most: int, refusal: Callable[[Item | None], Exception]) -> Write:
    """Write nothing, but let the transaction succeed only if a counter is missing or less than `most`."""
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
    """Change attributes of an item, which is created if it does not exist.

    Args:
        at: Its primary key.
        assign: Attributes to set; None removes one.
        add: Numbers to add to counters, and members to add to sets.
        drop: Attributes to remove.
        condition: An expression with attribute names as `#name` and the names of `values` as `:name`.
        values: The values of the condition.
        refusal: The exception if the condition fails.
    """
    removed = [*drop, *(name for name, value in (assign or {}).items() if value is None)]
    assigned = {name: value for name, value in (assign or {}).items() if value is not None}
    clauses = {
        "SET": [f"#{name} = :set_{name}" for name in assigned],
        "ADD": [f"#{name} :add_{name}" for name in add or {}],
        "REMOVE": [f"#{name}" for name in removed],
    }
    given = {
        **{f":{name}": value for name, value in (values or {}).items()},
        **{f":set_{name}": value for name, value in assigned.items()},
        **{f":add_{name}": value for name, value in (add or {}).items()},
    }
    request: dict[str, Any] = {
        "Key": key(at),
        "UpdateExpression": " ".join(f"{verb} {', '.join(terms)}" for verb, terms in clauses.items() if terms),
        "ExpressionAttributeNames": _names([*assigned, *(add or {}), *removed, *_named(condition)]),
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
