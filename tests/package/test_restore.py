"""Tables restored by DynamoDB or by AWS Backup are completed as the tables in use are; the manual about restores."""

import re
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest

from sandbox.engine.engine import REGION
from tests.support.merged import ROOT
from tools.deployment import __main__ as command
from tools.deployment import restore
from tools.deployment.account import Account, Refused
from tools.packaging.stage import read

IN_USE = {"PortalTable": "abtc-portal-prod-PortalTable-1A2B", "JournalTable": "abtc-portal-prod-JournalTable-3C4D"}
NEW = {name: f"abtc-portal-prod-{name}-20261121-1" for name in IN_USE}


class DeployedAccount(Account):
    """An account whose stack has these tables."""

    def __init__(self) -> None:
        super().__init__(read("prod", REGION))

    def stack(self, name: str = "") -> dict[str, Any] | None:
        """The parameters of a stack that uses its own tables."""
        names = ("TableName", "JournalName")
        return {"Parameters": [{"ParameterKey": key, "ParameterValue": ""} for key in names]}

    def resources(self) -> dict[str, str]:
        """The tables."""
        return dict(IN_USE)


@pytest.fixture
def dynamodb(engine):
    """An account with the two tables of a stack."""
    engine.reset()
    client = boto3.client("dynamodb")
    key = boto3.client("kms").create_key()["KeyMetadata"]["Arn"]
    for name in IN_USE.values():
        table(client, name, key)
        client.update_time_to_live(
            TableName=name, TimeToLiveSpecification={"Enabled": True, "AttributeName": "expires_at"}
        )
    yield client
    engine.reset()


def table(client, name, key="", index="by_owner"):
    """A table as the template declares one, or as a restore makes one."""
    encrypted = {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key}
    projected = {"Projection": {"ProjectionType": "KEYS_ONLY"}}
    client.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": attribute, "AttributeType": "S"} for attribute in ("pk", "owner_pk")],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        GlobalSecondaryIndexes=[
            {"IndexName": index, "KeySchema": [{"AttributeName": "owner_pk", "KeyType": "HASH"}], **projected}
        ],
        Tags=[{"Key": "stage", "Value": "prod"}],
        **({"SSESpecification": encrypted} if key else {}),
    )


def key_of(client, name):
    return client.describe_table(TableName=name)["Table"]["SSEDescription"]["KMSMasterKeyArn"]


def restored_by_aws_backup(client, **wrong):
    key = key_of(client, IN_USE["PortalTable"])
    for name in NEW.values():
        table(client, name, **{"key": key, **wrong})


def complete():
    command.completed(DeployedAccount(), NEW["PortalTable"], NEW["JournalTable"])


def test_tables_of_aws_backup_get_expiry_recovery_and_protection_of_those_in_use(dynamodb, capsys):
    restored_by_aws_backup(dynamodb)
    complete()
    for name in NEW.values():
        assert dynamodb.describe_table(TableName=name)["Table"]["DeletionProtectionEnabled"] is True
        expiry = dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
        assert expiry["AttributeName"] == "expires_at"
        backups = dynamodb.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
        assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"
    assert f'"table": "{NEW["PortalTable"]}", "journal": "{NEW["JournalTable"]}"' in capsys.readouterr().out


def test_a_table_that_was_restored_under_a_key_of_aws_is_refused(dynamodb):
    restored_by_aws_backup(dynamodb, key="")
    with pytest.raises(Refused, match="20261121-1 is encrypted with a key of AWS, not with arn:aws:kms"):
        complete()


def test_a_table_that_was_restored_without_an_index_is_refused(dynamodb):
    restored_by_aws_backup(dynamodb, index="by_other")
    with pytest.raises(Refused, match=r"has other indexes than .*by_other.*by_owner"):
        complete()


def test_both_tables_must_be_named(dynamodb):
    with pytest.raises(Refused, match="complete needs the names of both restored tables"):
        command.completed(DeployedAccount(), NEW["PortalTable"], "")


def test_tables_of_point_in_time_recovery_are_completed_by_the_same_steps(dynamodb):
    for name in IN_USE.values():
        dynamodb.update_continuous_backups(
            TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
        )
    made = restore.restore(DeployedAccount(), datetime.now(UTC), lambda _: None)
    for name in made.values():
        assert dynamodb.describe_table(TableName=name)["Table"]["DeletionProtectionEnabled"] is True


# Manual


def rows(manual, heading):
    """The cells of the table under a line that begins with this heading of a column."""
    lines = manual.partition(f"\n| {heading} |")[2].splitlines()[2:]
    for line in lines:
        if not line.startswith("|"):
            return
        yield [cell.strip() for cell in line.strip("|").split("|")]


def test_the_manual_gives_rpo_and_rto_of_every_loss_and_the_minutes_of_each_drill():
    manual = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    losses = [*rows(manual, "loss")]
    assert len(losses) >= 6
    assert all(len(loss) == 3 and all(loss) for loss in losses)
    drills = [*rows(manual, "drill")]
    assert drills
    for *_, total in drills:
        assert re.fullmatch(r"\d+(\.\d)? minutes", total)
