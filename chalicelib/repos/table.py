"""The table: reading, and writing as one transaction built from named parts.

Every conditional write goes through `commit`, single ones too: DynamoDB remembers a transaction's token for ten
minutes, so a reply that was lost on the way and asked for again is not taken for somebody else's write.
"""

import random
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.exceptions import ClientError

from chalicelib.config import settings
from chalicelib.repos import aws
from chalicelib.rules.errors import Unavailable

Item = dict[str, Any]
Key = tuple[str, str]
"""Partition and sort key."""

INDEXES: Mapping[str | None, tuple[str, str]] = {
    None: ("pk", "sk"),
    "by_owner": ("owner_pk", "owner_sk"),
    "by_creator": ("creator_pk", "creator_sk"),
    "by_passport": ("passport_pk", "passport_sk"),
    "work_queue": ("queue_pk", "queue_sk"),
}
"""The table's own key and its indexes, as .chalice/resources.json declares them."""

LOWEST = " "
HIGHEST = "\U0010ffff"
"""Sort before and after everything a key of ours begins or goes on with."""

BATCH_GET = 100
CONFLICT_TRIES = 6


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


# Writing


@dataclass(frozen=True)
class Part:
    """One write of a transaction, and what it means when its condition fails.

    `refusal` gets the item as it stands (None if there is none) and returns the exception to raise.
    """

    verb: Literal["Put", "Update", "Delete", "ConditionCheck"]
    request: Mapping[str, Any]
    refusal: Callable[[Item | None], Exception] | None = None


def put(item: Mapping[str, Any], *, only_new: Callable[[Item | None], Exception] | None = None) -> Part:
    """Write a whole item; with `only_new` it must not exist yet."""
    request: dict[str, Any] = {"Item": dump(item)}
    if only_new:
        request["ConditionExpression"] = "attribute_not_exists(pk)"
    return Part("Put", request, only_new)


def replace(
    item: Mapping[str, Any],
    expected: Mapping[str, Any],
    refusal: Callable[[Item | None], Exception],
    *,
    later: Mapping[str, str] | None = None,
) -> Part:
    """Write a whole item over one whose attributes are as expected, and `later` than given (times, as text)."""
    condition, names, values = _equals(expected)
    for name, value in (later or {}).items():
        condition += f" AND #{name} > :after_{name}"
        names[f"#{name}"] = name
        values[f":after_{name}"] = value
    request = {
        "Item": dump(item),
        "ConditionExpression": condition,
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": dump(values),
    }
    return Part("Put", request, refusal)


def delete(
    at: Key,
    expected: Mapping[str, Any] | None = None,
    refusal: Callable[[Item | None], Exception] | None = None,
) -> Part:
    """Delete an item, if given only while its attributes are as expected."""
    request: dict[str, Any] = {"Key": key(at)}
    if expected:
        condition, names, values = _equals(expected)
        request |= {
            "ConditionExpression": condition,
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": dump(values),
        }
    return Part("Delete", request, refusal)


def check(at: Key, expected: Mapping[str, Any], refusal: Callable[[Item | None], Exception]) -> Part:
    """Write nothing, but let the transaction happen only while an item's attributes are as expected."""
    condition, names, values = _equals(expected)
    request = {
        "Key": key(at),
        "ConditionExpression": condition,
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": dump(values),
    }
    return Part("ConditionCheck", request, refusal)


def change(
    at: Key,
    *,
    assign: Mapping[str, Any] | None = None,
    add: Mapping[str, int] | None = None,
    drop: Iterable[str] = (),
    condition: str | None = None,
    values: Mapping[str, Any] | None = None,
    refusal: Callable[[Item | None], Exception] | None = None,
) -> Part:
    """Change attributes of an item: assign values, add to counters, drop attributes.

    `condition` is an expression over plain attribute names written `#name` and the `values` written `:name`.
    """
    names: dict[str, str] = {}
    given: dict[str, Any] = {f":{name}": value for name, value in (values or {}).items()}
    clauses = []
    if assign:
        clauses.append("SET " + ", ".join(f"#{name} = :set_{name}" for name in assign))
        given |= {f":set_{name}": value for name, value in assign.items()}
    if add:
        clauses.append("ADD " + ", ".join(f"#{name} :add_{name}" for name in add))
        given |= {f":add_{name}": value for name, value in add.items()}
    drop = tuple(drop)
    if drop:
        clauses.append("REMOVE " + ", ".join(f"#{name}" for name in drop))
    for name in (*(assign or ()), *(add or ()), *drop, *_named(condition)):
        names[f"#{name}"] = name
    request: dict[str, Any] = {
        "Key": key(at),
        "UpdateExpression": " ".join(clauses),
        "ExpressionAttributeNames": names,
    }
    if given:
        request["ExpressionAttributeValues"] = {name: _writer.serialize(value) for name, value in given.items()}
    if condition:
        request["ConditionExpression"] = condition
    return Part("Update", request, refusal)


def _named(condition: str | None) -> list[str]:
    words = (condition or "").replace("(", " ").replace(")", " ").replace(",", " ").split()
    return [word[1:] for word in words if word.startswith("#")]


def _equals(expected: Mapping[str, Any]) -> tuple[str, dict[str, str], dict[str, Any]]:
    condition = " AND ".join(f"#{name} = :is_{name}" for name in expected)
    names = {f"#{name}": name for name in expected}
    return condition, names, {f":is_{name}": value for name, value in expected.items()}


def commit(*parts: Part) -> None:
    """Write all parts or none.

    Raises:
        Exception: what the first part whose condition failed says it means.
        Unavailable: conflicts with other writers did not end, or the table cannot be reached.

    """
    actions: list[Any] = [
        {
            part.verb: {
                "TableName": settings().table,
                "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
                **part.request,
            }
        }
        for part in parts
    ]
    for attempt in range(1, CONFLICT_TRIES + 1):
        try:
            with aws.faults():
                aws.client("dynamodb").transact_write_items(TransactItems=actions)
        except ClientError as error:
            if aws.code_of(error) != "TransactionCanceledException":
                raise
            _explain(error, parts)
        else:
            return
        _wait(attempt)
    raise Unavailable


def _wait(attempt: int) -> None:
    """Wait a random time that grows, but not after the last try."""
    if attempt < CONFLICT_TRIES:
        time.sleep(random.uniform(0, 0.02 * 2**attempt))


def _explain(error: ClientError, parts: tuple[Part, ...]) -> None:
    """Raise what a cancelled transaction means; return if it only met another writer and may be tried again."""
    reasons: list[Mapping[str, Any]] = error.response.get("CancellationReasons", [])
    for part, reason in zip(parts, reasons, strict=False):
        if reason.get("Code") == "ConditionalCheckFailed" and part.refusal is not None:
            old = reason.get("Item")
            raise part.refusal(load(old) if old else None) from error
    passing = {"None", "TransactionConflict"}
    codes = {str(reason.get("Code")) for reason in reasons}
    if codes & {"ThrottlingError", "ProvisionedThroughputExceeded"}:
        raise Unavailable from error
    if not reasons or codes - passing:
        raise error


def count_up(at: Key, attribute: str) -> int:
    """Add one to a counter and return it; a gap after a lost reply is harmless where this is used."""
    with aws.faults():
        reply = aws.client("dynamodb").update_item(
            TableName=settings().table,
            Key=key(at),
            UpdateExpression="ADD #counter :one",
            ExpressionAttributeNames={"#counter": attribute},
            ExpressionAttributeValues={":one": {"N": "1"}},
            ReturnValues="UPDATED_NEW",
        )
    return int(load(reply["Attributes"])[attribute])


# Reading


@dataclass(frozen=True)
class Page:
    """Items of one query and where the next one starts (None at the end)."""

    items: list[Item] = field(repr=False)
    next_key: dict[str, Any] | None = None


def get(at: Key) -> Item | None:
    """One item as it is now, or None."""
    with aws.faults():
        reply = aws.client("dynamodb").get_item(TableName=settings().table, Key=key(at), ConsistentRead=True)
    return load(reply["Item"]) if "Item" in reply else None


def get_many(keys: Iterable[Key]) -> dict[Key, Item]:
    """The items of up to 100 distinct keys as they are now, in one request; those that are missing are left out."""
    wanted: list[Any] = [key(at) for at in dict.fromkeys(keys)]
    if not wanted:
        return {}
    found: dict[Key, Item] = {}
    for attempt in range(1, CONFLICT_TRIES + 1):
        request: Any = {settings().table: {"Keys": wanted, "ConsistentRead": True}}
        with aws.faults():
            reply = aws.client("dynamodb").batch_get_item(RequestItems=request)
        for wire in reply["Responses"].get(settings().table, []):
            item = load(wire)
            found[item["pk"], item["sk"]] = item
        unread: Any = reply.get("UnprocessedKeys", {})
        wanted = unread.get(settings().table, {}).get("Keys", [])
        if not wanted:
            return found
        _wait(attempt)
    raise Unavailable


def query(  # noqa: PLR0913  one for each part of DynamoDB's Query that is used here
    partition: str,
    *,
    index: str | None = None,
    prefix: str | None = None,
    between: tuple[str, str] | None = None,
    newest_first: bool = False,
    limit: int | None = None,
    start: dict[str, Any] | None = None,
    only: Mapping[str, Any] | None = None,
) -> Page:
    """One page of a partition, in the order of its sort key.

    Args:
        partition: value of the partition key of the table or of the index.
        index: name of the index; the table itself if None (then read consistently).
        prefix: how sort keys begin.
        between: first and last sort key.
        newest_first: descending.
        limit: how many items are looked at.
        start: where an earlier page ended.
        only: attributes (no keys) that an item must have, filtered by the table after reading.

    """
    pk, sk = INDEXES[index]
    values: dict[str, Any] = {":pk": partition}
    names = {"#pk": pk}
    condition = "#pk = :pk"
    if prefix is not None:
        condition += " AND begins_with(#sk, :prefix)"
        values[":prefix"] = prefix
        names["#sk"] = sk
    if between is not None:
        condition += " AND #sk BETWEEN :low AND :high"
        values |= {":low": between[0], ":high": between[1]}
        names["#sk"] = sk
    request: dict[str, Any] = {"TableName": settings().table, "ScanIndexForward": not newest_first}
    if index:
        request["IndexName"] = index
    else:
        request["ConsistentRead"] = True
    if limit:
        request["Limit"] = limit
    if start:
        request["ExclusiveStartKey"] = dump(start)
    if only:
        filter_, more_names, more_values = _equals(only)
        request["FilterExpression"] = filter_
        names |= more_names
        values |= more_values
    request |= {
        "KeyConditionExpression": condition,
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": dump(values),
    }
    with aws.faults():
        reply = aws.client("dynamodb").query(**request)
    last = reply.get("LastEvaluatedKey")
    return Page([load(wire) for wire in reply["Items"]], load(last) if last else None)


def count(partition: str, *, between: tuple[str, str], without: str) -> int:
    """How many items of a part of a partition lack an attribute; of the first megabyte, in one request."""
    with aws.faults():
        reply = aws.client("dynamodb").query(
            TableName=settings().table,
            Select="COUNT",
            KeyConditionExpression="#pk = :pk AND #sk BETWEEN :low AND :high",
            FilterExpression="attribute_not_exists(#without)",
            ExpressionAttributeNames={"#pk": "pk", "#sk": "sk", "#without": without},
            ExpressionAttributeValues=dump({":pk": partition, ":low": between[0], ":high": between[1]}),
            ConsistentRead=True,
        )
    return reply["Count"]


def query_all(partition: str, *, prefix: str | None = None, between: tuple[str, str] | None = None) -> list[Item]:
    """The whole of a partition, or of a part of it; for partitions that are small by design."""
    items: list[Item] = []
    page = query(partition, prefix=prefix, between=between)
    items += page.items
    while page.next_key:
        page = query(partition, prefix=prefix, between=between, start=page.next_key)
        items += page.items
    return items
