"""`python -m tools.deployment pause | restore | complete | resume`: both tables at an earlier moment, as new tables.

DynamoDB restores into a new table, without time to live, point-in-time recovery, deletion protection and tags: they are
set here, as the table in use has them, for tables that AWS Backup has restored too (`complete`). The names of the new
tables then go into the stage's configuration.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from tools.deployment.account import Account, Refused
from tools.packaging.finish import RESTORABLE

PAUSE = 5.0
"""Seconds between two looks at a table."""
FUNCTIONS = (
    *("APIHandler", "PurgeDrafts", "DeliverMail", "ExpireCards", "Remind", "MailFeedback", "InspectUploads"),
    "LookUpPersons",
)
RUN_ALONE = frozenset({"PurgeDrafts", "DeliverMail", "ExpireCards", "Remind", "LookUpPersons"})
"""Functions of which the template reserves one execution, where the account can reserve some."""

Say = Callable[[str], None]


def tables(account: Account) -> dict[str, str]:
    """The name of the table in use for each of the stack's tables."""
    stack, resources = account.stack(), account.resources()
    if stack is None:
        raise Refused(f"there is no stack {account.stage.stack}")
    given = {one["ParameterKey"]: one["ParameterValue"] for one in stack["Parameters"]}
    return {logical: given[parameter] or resources[logical] for logical, (parameter, _) in RESTORABLE.items()}


def restore(account: Account, moment: datetime | None, say: Say) -> dict[str, str]:
    """Restore both tables to the same moment.

    Args:
        account: Account and stage.
        moment: To which moment; None for the latest that is possible.
        say: Prints a line.

    Returns:
        The name of the new table for each of the stack's tables.
    """
    sources = tables(account)
    suffix = f"{datetime.now(UTC):%Y%m%d-%H%M%S}"
    made = {logical: f"{account.stage.stack}-{logical}-{suffix}" for logical in sources}
    dynamodb = account.client("dynamodb")
    if moment is None:
        moment = min(_latest(dynamodb, source) for source in sources.values())
    for logical, source in sources.items():
        _begin(dynamodb, source, made[logical], moment)
        say(f"{source} is restored to {moment:%Y-%m-%dT%H:%M:%SZ} as {made[logical]}")
    complete(account, made, say)
    return made


def complete(account: Account, made: Mapping[str, str], say: Say) -> None:
    """Wait for restored tables, and set what a restore does not bring back.

    Args:
        account: Account and stage.
        made: The name of the new table for each of the stack's tables.
        say: Prints a line.

    Raises:
        Refused: A new table has other indexes than the table in use.
    """
    dynamodb = account.client("dynamodb")
    for logical, source in tables(account).items():
        _wait(dynamodb, made[logical])
        _complete(dynamodb, source, made[logical])
        say(f"{made[logical]} is ACTIVE, with the indexes, protection and expiry of {source}")


def check_keys(account: Account, made: Mapping[str, str]) -> None:
    """Refuse tables that AWS Backup has restored under another key: it asks for one, and takes its own otherwise."""
    dynamodb = account.client("dynamodb")
    for logical, source in tables(account).items():
        old, new = (_key(dynamodb.describe_table(TableName=name)["Table"]) for name in (source, made[logical]))
        if old != new:
            raise Refused(f"{made[logical]} is encrypted with {new or 'a key of AWS'}, not with {old}")


def _latest(dynamodb: Any, table: str) -> datetime:
    described = dynamodb.describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"]
    recovery = described.get("PointInTimeRecoveryDescription", {})
    if recovery.get("PointInTimeRecoveryStatus") != "ENABLED":
        raise Refused(f"{table} has no point-in-time recovery: it cannot be restored")
    latest: datetime = recovery.get("LatestRestorableDateTime", datetime.now(UTC))
    return latest


def _begin(dynamodb: Any, source: str, target: str, moment: datetime) -> None:
    key = _key(dynamodb.describe_table(TableName=source)["Table"])
    # Without it the new table would be under a key of DynamoDB's own.
    encrypted = {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key}
    dynamodb.restore_table_to_point_in_time(
        SourceTableName=source,
        TargetTableName=target,
        RestoreDateTime=moment,
        **({"SSESpecificationOverride": encrypted} if key else {}),
    )


def _wait(dynamodb: Any, table: str) -> None:
    while dynamodb.describe_table(TableName=table)["Table"]["TableStatus"] != "ACTIVE":
        time.sleep(PAUSE)


def _complete(dynamodb: Any, source: str, target: str) -> None:
    old, new = (dynamodb.describe_table(TableName=name)["Table"] for name in (source, target))
    if _indexes(old) != _indexes(new):
        raise Refused(f"{target} has other indexes than {source}: {sorted(_indexes(old) ^ _indexes(new))}")
    dynamodb.update_table(TableName=target, DeletionProtectionEnabled=True)
    dynamodb.update_continuous_backups(
        TableName=target, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    expiry = dynamodb.describe_time_to_live(TableName=source)["TimeToLiveDescription"]
    if "AttributeName" in expiry:
        dynamodb.update_time_to_live(
            TableName=target,
            TimeToLiveSpecification={"Enabled": True, "AttributeName": expiry["AttributeName"]},
        )
    # CloudFormation alone sets tags that begin with `aws:`.
    tags = [tag for tag in _tags(dynamodb, old["TableArn"]) if not tag["Key"].startswith("aws:")]
    if tags:
        dynamodb.tag_resource(ResourceArn=new["TableArn"], Tags=tags)


def _key(table: Mapping[str, Any]) -> str:
    """ARN of the key of KMS with which a table is encrypted; empty for a key of DynamoDB's own."""
    return str(table.get("SSEDescription", {}).get("KMSMasterKeyArn", ""))


def _indexes(table: Mapping[str, Any]) -> set[str]:
    return {index["IndexName"] for index in table.get("GlobalSecondaryIndexes", ())}


def _tags(dynamodb: Any, arn: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = dynamodb.list_tags_of_resource(ResourceArn=arn).get("Tags", [])
    return found


def pause(account: Account) -> None:
    """Let no function run: nothing is written, and callers get 503, until `resume`."""
    for name in _functions(account):
        account.client("lambda").put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)


def resume(account: Account) -> None:
    """Let all functions run again, with the reservations of the template."""
    stack = account.stack() or {}
    given = {one["ParameterKey"]: one["ParameterValue"] for one in stack.get("Parameters", ())}
    reserving = RUN_ALONE if given["ReservesConcurrency"] == "yes" else frozenset()
    resources, functions = account.resources(), account.client("lambda")
    for logical in FUNCTIONS:
        if logical in reserving:
            functions.put_function_concurrency(FunctionName=resources[logical], ReservedConcurrentExecutions=1)
        elif logical in resources:
            functions.delete_function_concurrency(FunctionName=resources[logical])


def _functions(account: Account) -> Iterator[str]:
    resources = account.resources()
    return (resources[logical] for logical in FUNCTIONS if logical in resources)
