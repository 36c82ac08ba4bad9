"""`make preflight` of the options of backups, against fakes: the embedded engine lacks their settings and locks."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from tools.deployment import preflight
from tools.deployment.account import Account, Facts
from tools.packaging.stage import read

ACCOUNT = "123456789012"
FACTS = Facts(1000, 1000, "", 0, 0.0, False, "")
ALL_ON = {"DynamoDB": True, "S3": True}
COPIES = "arn:aws:backup:eu-west-1:210987654321:backup-vault:copies"
OWN_COPIES = f"arn:aws:backup:eu-west-1:{ACCOUNT}:backup-vault:copies"


class KnownAccount(Account):
    """An account with these resources and these clients."""

    def __init__(self, deployment, resources=(), **clients):
        super().__init__(read("prod", "eu-central-1", deployment=deployment))
        self._resources = {name: name for name in resources}
        session: Any = SimpleNamespace(client=lambda service, config: clients[service])
        self._session = session

    def resources(self):
        return self._resources

    @property
    def caller(self):
        return f"arn:aws:iam::{ACCOUNT}:role/deployment"


def backup_service(managed=None, opted_in=None, cross_account="true", vault=None):
    return SimpleNamespace(
        describe_region_settings=lambda: {
            "ResourceTypeManagementPreference": ALL_ON if managed is None else managed,
            "ResourceTypeOptInPreference": ALL_ON if opted_in is None else opted_in,
        },
        describe_global_settings=lambda: {"GlobalSettings": {"isCrossAccountBackupEnabled": cross_account}},
        describe_backup_vault=lambda BackupVaultName: vault or {},  # noqa: N803  as boto3 calls it
    )


def key_service(**metadata):
    return SimpleNamespace(describe_key=lambda KeyId: {"KeyMetadata": metadata})  # noqa: N803  as boto3 calls it


def found(account, check):
    return [(finding.level, finding.text) for finding in check(account, FACTS)]


def only(account, check, level):
    ((given, text),) = found(account, check)
    assert given == level
    return text


CHECKED = (preflight._replica, preflight._backups, preflight._copies, preflight._vault_lock)


def test_preflight_makes_each_of_these_checks():
    assert set(CHECKED) <= set(preflight.CHECKS)


@pytest.mark.parametrize("check", CHECKED)
def test_without_the_options_nothing_is_asked_of_aws_backup(check):
    account = KnownAccount({}, ["PortalKey"], kms=key_service(MultiRegion=False))
    assert found(account, check) == []


# AWS Backup


def test_backups_need_the_advanced_features_of_dynamodb():
    account = KnownAccount({"backup": "daily"}, backup=backup_service(managed={"DynamoDB": False}))
    (level, text), _ = found(account, preflight._backups)
    assert level == preflight.STOP
    assert "--resource-type-management-preference DynamoDB=true" in text


def test_backups_need_both_services_switched_on():
    account = KnownAccount({"backup": "daily"}, backup=backup_service(opted_in={"DynamoDB": True, "S3": False}))
    (level, text), _ = found(account, preflight._backups)
    assert level == preflight.STOP
    assert text.endswith("--resource-type-opt-in-preference S3=true")


def test_backups_in_an_account_that_is_ready_are_good():
    account = KnownAccount({"backup": "daily", "backup_days": 14}, backup=backup_service())
    assert only(account, preflight._backups, preflight.GOOD) == "AWS Backup: daily, kept for 14 days"


def test_a_deployed_vault_cannot_be_left_out():
    account = KnownAccount({"backup": ""}, ["BackupVault"])
    assert "can be daily or paused, not empty" in only(account, preflight._backups, preflight.STOP)


def test_copies_to_another_account_need_the_consent_of_the_organization():
    wanted = {"backup": "daily", "backup_copy_to": COPIES}
    account = KnownAccount(wanted, backup=backup_service(cross_account="false"))
    (note, where), (stop, text) = found(account, preflight._copies)
    assert (note, stop) == (preflight.NOTE, preflight.STOP)
    assert "the account 210987654321 in eu-west-1" in where
    assert "isCrossAccountBackupEnabled=true" in text
    account = KnownAccount(wanted, backup=backup_service())
    assert "all data" in only(account, preflight._copies, preflight.NOTE)


def test_copies_to_another_region_of_the_account_need_no_organization():
    account = KnownAccount({"backup": "daily", "backup_copy_to": OWN_COPIES})
    assert f"the account {ACCOUNT} in eu-west-1" in only(account, preflight._copies, preflight.NOTE)


@pytest.mark.parametrize(
    "changed", [{"backup_days": 14}, {"backup_lock": "governance"}, {"backup_lock": ""}, {"backup": "paused"}]
)
def test_a_lock_that_nobody_can_change_stops_another_value_of_it(changed):
    locked = {"LockDate": datetime.now(UTC) - timedelta(days=1), "MinRetentionDays": 35, "MaxRetentionDays": 35}
    deployment = {"backup": "daily", "backup_lock": "compliance", **changed}
    account = KnownAccount(deployment, ["BackupVault"], backup=backup_service(vault=locked))
    if changed == {"backup": "paused"}:
        assert found(account, preflight._vault_lock) == []
    else:
        said = only(account, preflight._vault_lock, preflight.STOP)
        assert "backup_lock must be compliance and backup_days 35" in said


def test_a_lock_can_be_changed_within_its_days_of_grace():
    locked = {"LockDate": datetime.now(UTC) + timedelta(days=1), "MinRetentionDays": 35, "MaxRetentionDays": 35}
    account = KnownAccount({"backup": "daily"}, ["BackupVault"], backup=backup_service(vault=locked))
    assert found(account, preflight._vault_lock) == []


# Multi-Region key


def test_the_kind_of_a_deployed_key_cannot_be_changed():
    account = KnownAccount({"replica_region": "eu-west-1"}, ["PortalKey"], kms=key_service(MultiRegion=False))
    said = only(account, preflight._replica, preflight.STOP)
    assert said.startswith("the deployed key is a single-Region key, which cannot be changed")
    assert said.endswith("stages.prod.deployment.replica_region must be empty")
    account = KnownAccount({}, ["PortalKey"], kms=key_service(MultiRegion=True))
    said = only(account, preflight._replica, preflight.STOP)
    assert said.startswith("the deployed key is a Multi-Region key")
    assert said.endswith("must name the region of its replica")


def test_before_the_first_deployment_the_choice_is_said_to_be_final():
    account = KnownAccount({"replica_region": "eu-west-1"})
    assert "cannot be changed later" in only(account, preflight._replica, preflight.NOTE)


def test_a_missing_replica_is_noted_until_it_is_there():
    wanted = {"replica_region": "eu-west-1"}
    account = KnownAccount(wanted, ["PortalKey"], kms=key_service(MultiRegion=True, MultiRegionConfiguration={}))
    assert "has no replica in eu-west-1: aws kms replicate-key" in only(account, preflight._replica, preflight.NOTE)
    there = {"ReplicaKeys": [{"Region": "eu-west-1"}]}
    account = KnownAccount(wanted, ["PortalKey"], kms=key_service(MultiRegion=True, MultiRegionConfiguration=there))
    assert "has a replica in eu-west-1" in only(account, preflight._replica, preflight.GOOD)
