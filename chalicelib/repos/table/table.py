"""The tables: reading items, and committing writes as one transaction.

Partitions named in `layout.JOURNAL` lie in a table of their own, which functions can only add to; the partition key
alone says which table is meant (docs/decisions/0040).

Single conditional writes go through `commit` too: DynamoDB remembers the token of a transaction for ten minutes, so a
retry after a lost reply succeeds instead of meeting its own write. Only the lease of a mail (`repos/mail/outbox.py`) is
a plain update: if its reply is lost, the lease expires.
"""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.config import settings
from chalicelib.repos.process import aws, outcomes
from chalicelib.repos.process.attempts import attempts
from chalicelib.repos.table.client import client
from chalicelib.repos.table.expressions import filtered, projected
from chalicelib.repos.table.layout import HIGHEST, INDEXES, JOURNAL, JOURNAL_INDEXES, LOWEST, table_of
from chalicelib.repos.table.marshalling import Item, Key, dump, key, load
from chalicelib.repos.table.segments import WHOLE, Segment
from chalicelib.repos.table.writes import Write, change, check, check_below, delete, put, replace
from chalicelib.rules.base.errors import Unavailable

__all__ = [
    "BATCH_GET",
    "HIGHEST",
    "INDEXES",
    "JOURNAL",
    "JOURNAL_INDEXES",
    "LOWEST",
    "Item",
    "Key",
    "Page",
    "Write",
    "change",
    "check",
    "check_below",
    "client",
    "commit",
    "count",
    "count_up",
    "delete",
    "dump",
    "get",
    "get_many",
    "key",
    "load",
    "put",
    "query",
    "query_all",
    "replace",
    "scan",
    "table_of",
    "update",
]
"""Callers need only this module: `table.commit(table.put(...))`."""

BATCH_GET = 100
CONFLICT_TRIES = 6
"""How often a run without a client tries a transaction that conflicts, and keys that were not processed."""

_JOURNAL_BEGINS = {"pk": JOURNAL[0], "sk": LOWEST}
"""The position of a scan that has read the portal's table and nothing of the journal."""

# Writing


@outcomes.watched()
def commit(*writes: Write) -> None:
    """Commit all writes or none.

    Raises:
        Exception: The refusal of the first write whose condition failed.
        OutcomeUnknown: An attempt may have taken effect, and no later one told whether it did.
        Unavailable: Conflicts with other transactions continued, or the table cannot be reached.
    """
    actions: list[Any] = [
        {
            write.verb: {
                "TableName": table_of((write.request.get("Key") or write.request["Item"])["pk"]["S"]),
                "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
                **write.request,
            }
        }
        for write in writes
    ]
    # The same token for all attempts: if the reply of one is lost, the next one does not meet its write.
    token = str(uuid.uuid4())
    for _ in attempts(CONFLICT_TRIES):
        try:
            with aws.translated_faults():
                client().transact_write_items(TransactItems=actions, ClientRequestToken=token)
        except ClientError as error:
            if aws.error_code(error) != "TransactionCanceledException":
                raise
            _explain(error, writes)
        else:
            return
    raise Unavailable


def _explain(error: ClientError, writes: tuple[Write, ...]) -> None:
    """Raise what a cancelled transaction means; return if it only met another transaction and may be retried."""
    reasons: list[Mapping[str, Any]] = error.response.get("CancellationReasons", [])
    for write, reason in zip(writes, reasons, strict=False):
        if reason.get("Code") == "ConditionalCheckFailed" and write.refusal is not None:
            old = reason.get("Item")
            raise write.refusal(load(old) if old else None) from error
    transient = {"None", "TransactionConflict"}
    codes = {str(reason.get("Code")) for reason in reasons}
    if codes & {"ThrottlingError", "ProvisionedThroughputExceeded"}:
        raise Unavailable from error
    if not reasons or codes - transient:
        raise error


def update(write: Write) -> None:
    """Carry out one change by itself. It does not conflict with other changes of its item, as a transaction would.

    Only for counters that users do not see: a repetition after a lost reply counts once more.

    Raises:
        Exception: The refusal of the write, if its condition failed.
        Unavailable: The table cannot be reached.
    """
    request: Any = write.request
    try:
        with aws.translated_faults():
            client().update_item(TableName=settings().table, **request)
    except ClientError as error:
        if write.refusal is None or aws.error_code(error) != "ConditionalCheckFailedException":
            raise
        raise write.refusal(None) from error


def count_up(at: Key, attribute: str) -> int:
    """Add one to a counter and return its value. A lost reply leaves a gap, which callers accept.

    Users do not see these counters, so a lost reply is `Unavailable` and not `OutcomeUnknown`.
    """
    with aws.translated_faults():
        reply = client().update_item(
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
    """Items of one request, and the key from which the next one continues (None at the end)."""

    items: list[Item] = field(repr=False)
    next_key: dict[str, Any] | None = None


def get(at: Key) -> Item | None:
    """One item, read consistently; None if it does not exist."""
    with aws.translated_faults():
        reply = client().get_item(TableName=table_of(at[0]), Key=key(at), ConsistentRead=True)
    return load(reply["Item"]) if "Item" in reply else None


def get_many(keys: Iterable[Key]) -> dict[Key, Item]:
    """The items of up to 100 distinct keys, read consistently in one request; missing ones are left out.

    Raises:
        Unavailable: The table did not return all items after several attempts.
    """
    wanted: list[Any] = [key(primary_key) for primary_key in dict.fromkeys(keys)]
    if not wanted:
        return {}
    found: dict[Key, Item] = {}
    for _ in attempts(CONFLICT_TRIES):
        request: Any = {settings().table: {"Keys": wanted, "ConsistentRead": True}}
        with aws.translated_faults():
            reply = client().batch_get_item(RequestItems=request)
        for wire in reply["Responses"].get(settings().table, []):
            item = load(wire)
            found[item["pk"], item["sk"]] = item
        unread: Any = reply.get("UnprocessedKeys", {})
        wanted = unread.get(settings().table, {}).get("Keys", [])
        if not wanted:
            return found
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
    containing: Mapping[str, str] | None = None,
    below: Mapping[str, str] | None = None,
    attributes: tuple[str, ...] | None = None,
) -> Page:
    """One page of a partition, in the order of its sort key.

    Args:
        partition: Value of the partition key of the table or of the index.
        index: Name of the index; None for the table itself, which is read consistently.
        prefix: How sort keys begin.
        between: First and last sort key.
        newest_first: Whether in descending order.
        limit: How many items are read at most.
        start: The `next_key` of the page before.
        only: Attributes (not keys of the index) that items must have; the table filters after reading.
        containing: Texts that attributes must contain; the table filters after reading.
        below: Texts before which attributes must sort; the table filters after reading.
        attributes: The attributes of the items that are sent; None for all. The read units are the same.
    """
    pk, sk = JOURNAL_INDEXES[index] if index in JOURNAL_INDEXES else INDEXES[index]
    values: dict[str, Any] = {":pk": partition}
    names = {"#pk": pk}
    condition = "#pk = :pk"
    if prefix:
        condition += " AND begins_with(#sk, :prefix)"
        values[":prefix"] = prefix
        names["#sk"] = sk
    if between is not None:
        condition += " AND #sk BETWEEN :low AND :high"
        values |= {":low": between[0], ":high": between[1]}
        names["#sk"] = sk
    name = settings().journal if index in JOURNAL_INDEXES else table_of(partition)
    request: dict[str, Any] = {"TableName": name, "ScanIndexForward": not newest_first}
    if index:
        request["IndexName"] = index
    else:
        request["ConsistentRead"] = True
    if limit:
        request["Limit"] = limit
    if start:
        request["ExclusiveStartKey"] = dump(start)
    if only or containing or below:
        request["FilterExpression"], more_names, more_values = filtered(only or {}, containing or {}, below or {})
        names |= more_names
        values |= more_values
    if attributes:
        request["ProjectionExpression"], more_names = projected(attributes)
        names |= more_names
    request |= {
        "KeyConditionExpression": condition,
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": dump(values),
    }
    with aws.translated_faults():
        reply = client().query(**request)
    last = reply.get("LastEvaluatedKey")
    return Page([load(wire) for wire in reply["Items"]], load(last) if last else None)


def count(partition: str, *, index: str, between: tuple[str, str], at_most: int | None = None) -> int:
    """How many items of an index lie between two sort keys, in one request.

    Args:
        partition: Value of the partition key of the index.
        index: Its name.
        between: First and last sort key.
        at_most: How many are counted at most; None for all in the one megabyte that a request reads.
    """
    pk, sk = INDEXES[index]
    request: dict[str, Any] = {"Limit": at_most} if at_most else {}
    with aws.translated_faults():
        reply = client().query(
            TableName=settings().table,
            IndexName=index,
            Select="COUNT",
            KeyConditionExpression="#pk = :pk AND #sk BETWEEN :low AND :high",
            ExpressionAttributeNames={"#pk": pk, "#sk": sk},
            ExpressionAttributeValues=dump({":pk": partition, ":low": between[0], ":high": between[1]}),
            **request,
        )
    return reply["Count"]


def query_all(
    partition: str,
    *,
    prefix: str | None = None,
    between: tuple[str, str] | None = None,
    attributes: tuple[str, ...] | None = None,
) -> list[Item]:
    """All items of a partition, or of a part of it. Only for partitions that are small by design."""
    items: list[Item] = []
    page = query(partition, prefix=prefix, between=between, attributes=attributes)
    items += page.items
    while page.next_key:
        page = query(partition, prefix=prefix, between=between, attributes=attributes, start=page.next_key)
        items += page.items
    return items


def scan(*, limit: int, start: dict[str, Any] | None = None, segment: Segment = WHOLE) -> Page:
    """One page of a segment of both tables, the journal last, read consistently. Only for commands of operators."""
    name = table_of(start["pk"]) if start else settings().table
    request: dict[str, Any] = {"TableName": name, "ConsistentRead": True, "Limit": limit, **segment.parameters}
    if start and start != _JOURNAL_BEGINS:
        request["ExclusiveStartKey"] = dump(start)
    with aws.translated_faults():
        reply = client().scan(**request)
    last = reply.get("LastEvaluatedKey")
    after = _JOURNAL_BEGINS if name == settings().table else None
    return Page([load(wire) for wire in reply["Items"]], load(last) if last else after)
