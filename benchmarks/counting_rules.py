"""Whether the engine counts write units as AWS documents it, by single writes to a table of its own.

`python -m benchmarks.counting_rules`, with a DynamoDB that `DYNAMODB_URL` names.
"""

import os
import sys
from collections.abc import Mapping
from typing import Any

import boto3

from benchmarks import dynoxide

KEY = {"pk": {"S": "a"}, "sk": {"S": "a"}}
LARGE, LARGER = "x" * 2500, "x" * 2600

RULES: tuple[tuple[str, str, Mapping[str, str], tuple[float, float]], ...] = (
    ("a new item of 3 KB, and its entry in an index", "Put", {"partition": "1", "more": LARGE}, (6, 1)),
    ("the entry is unchanged", "Put", {"partition": "1", "more": LARGER}, (6, 0)),
    ("an attribute of the entry has changed", "Put", {"partition": "1", "shown": "y", "more": LARGE}, (6, 1)),
    ("the entry moves", "Put", {"partition": "2", "shown": "y", "more": LARGE}, (6, 2)),
    ("a smaller item counts by its size before", "Put", {"partition": "2", "shown": "y"}, (6, 0)),
    ("a condition counts as a write", "ConditionCheck", {}, (2, 0)),
    ("the entry ends", "Put", {}, (2, 1)),
    ("a deletion", "Delete", {}, (2, 0)),
)
"""Writes one after the other: rule, action of a transaction, attributes, and units of the table and of the index."""


def broken() -> list[str]:
    """The rules that the engine of `DYNAMODB_URL` does not follow."""
    client = boto3.client("dynamodb", endpoint_url=os.environ["DYNAMODB_URL"])
    table = f"counting-rules-{os.getpid()}"
    _create(client, table)
    found = []
    for rule, verb, attributes, expected in RULES:
        counted = _counted(client, table, verb, attributes)
        if counted != expected:
            found.append(f"{rule}: {counted} and not {expected}")
    client.delete_table(TableName=table)
    return found


def _create(client: Any, table: str) -> None:
    def keys(*names: str) -> list[dict[str, str]]:
        return [{"AttributeName": name, "KeyType": kind} for name, kind in zip(names, ("HASH", "RANGE"), strict=True)]

    client.create_table(
        TableName=table,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk", "partition")],
        KeySchema=keys("pk", "sk"),
        GlobalSecondaryIndexes=[
            {
                "IndexName": "index",
                "KeySchema": keys("partition", "sk"),
                "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["shown"]},
            }
        ],
    )


def _counted(client: Any, table: str, verb: str, attributes: Mapping[str, str]) -> tuple[float, float]:
    wire = {**KEY, **{name: {"S": value} for name, value in attributes.items()}}
    what: dict[str, Any] = {"Item": wire} if verb == "Put" else {"Key": KEY}
    if verb == "ConditionCheck":
        what["ConditionExpression"] = "attribute_exists(pk)"
    reply = client.transact_write_items(
        TransactItems=[{verb: {"TableName": table, **what}}], ReturnConsumedCapacity="INDEXES"
    )
    (part,) = reply["ConsumedCapacity"]
    index = part.get("GlobalSecondaryIndexes", {}).get("index", {})
    return part["Table"]["CapacityUnits"], index.get("CapacityUnits", 0)


def main() -> int:
    """Print the rules that are broken."""
    os.environ |= {"AWS_ACCESS_KEY_ID": "-", "AWS_SECRET_ACCESS_KEY": "-", "AWS_DEFAULT_REGION": "us-east-1"}
    with dynoxide.running() as counts_units:
        found = broken() if counts_units else ["there is no engine"]
    print(*(found or [f"all {len(RULES)} rules are followed"]), sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
