"""Backups by AWS Backup and the Multi-Region key, as the stage asks for them (docs/decisions/0090).

Both are off by default, and the template is then the same as without this module.
"""

import json
from typing import Any

from tools.packaging.stage import CHALICE, BackupVault, Stage

PLANNED = ("BackupPlan", "BackupSelection", "BackupDidNotRun")
"""What makes the backups of each day; without it the vault remains until its last backup expires."""
RULES = ("BackupFails", "BackupsAreEndangered")
"""Rules whose events go to the topic of alarms."""
NOTIFYING = ("PortalBucket", "RootsBucket")
"""Buckets whose changes AWS Backup follows by EventBridge."""
GRACE_DAYS = 3
"""Days within which a lock in compliance mode can still be removed; AWS allows no fewer."""

Template = dict[str, Any]


def add_backups(template: Template, stage: Stage) -> None:
    """Add vault, plan, roles and alarms if the stage has backups."""
    if not stage.has_backups:
        return
    made = json.loads((CHALICE / "backup.json").read_text(encoding="utf-8"))["Resources"]
    days = stage.deployment["backup_days"]
    _lock(made["BackupVault"]["Properties"], stage.deployment["backup_lock"], days)
    (rule,) = made["BackupPlan"]["Properties"]["BackupPlan"]["BackupPlanRule"]
    rule["Lifecycle"] = {"DeleteAfterDays": days}
    if stage.copy_vault:
        rule["CopyActions"] = [{"DestinationBackupVaultArn": stage.copy_vault.arn, "Lifecycle": rule["Lifecycle"]}]
        _exchange(made, stage.copy_vault)
    if stage.deployment["backup"] != "daily":
        for name in PLANNED:
            del made[name]
    template["Resources"] |= made
    _watch(template["Resources"])


def _lock(vault: dict[str, Any], mode: str, days: int) -> None:
    """Let AWS refuse backups that expire earlier or later, and their deletion before."""
    if not mode:
        return
    vault["LockConfiguration"] = {"MinRetentionDays": days, "MaxRetentionDays": days}
    if mode == "compliance":
        vault["LockConfiguration"]["ChangeableForDays"] = GRACE_DAYS


def _exchange(resources: dict[str, Any], other: BackupVault) -> None:
    """Let the role copy into the other vault, and the account of that vault bring a copy back."""
    statements = resources["BackupRole"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
    (copies,) = [one for one in statements if one["Sid"] == "StoreAndCopyBackups"]
    copies["Resource"].append(other.arn)
    resources["BackupVault"]["Properties"]["AccessPolicy"]["Statement"].append(
        {
            "Sid": "CopiesComeBack",
            "Effect": "Allow",
            "Principal": {"AWS": {"Fn::Sub": f"arn:${{AWS::Partition}}:iam::{other.account}:root"}},
            "Action": "backup:CopyIntoBackupVault",
            "Resource": "*",
        }
    )


def _watch(resources: dict[str, Any]) -> None:
    """Let the new rules write to the topic, watch the key of the backups too, and send events of the buckets."""
    statements = resources["AlarmTopicPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    (rules,) = [one for one in statements if one["Sid"] == "TheRuleOfTheKey"]
    source = rules["Condition"]["ArnEquals"]
    source["aws:SourceArn"] = [source["aws:SourceArn"], *({"Fn::GetAtt": [name, "Arn"]} for name in RULES)]
    of_ours, _denied = resources["KeyIsEndangered"]["Properties"]["EventPattern"]["detail"]["$or"]
    watched = of_ours["requestParameters"]["keyId"]
    watched += [{"Ref": "BackupKey"}, {"Fn::GetAtt": ["BackupKey", "Arn"]}]
    for name in NOTIFYING:
        notified = resources[name]["Properties"].setdefault("NotificationConfiguration", {})
        notified["EventBridgeConfiguration"] = {"EventBridgeEnabled": True}


def allow_replica(template: Template, stage: Stage) -> None:
    """Make the key of the data a Multi-Region key that can be replicated to one named region only."""
    region = stage.deployment["replica_region"]
    if not region:
        return
    key = template["Resources"]["PortalKey"]["Properties"]
    key["MultiRegion"] = True
    key["KeyPolicy"]["Statement"].append(
        {
            "Sid": "OnlyOneRegionGetsAReplica",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "kms:ReplicateKey",
            "Resource": "*",
            "Condition": {"StringNotEquals": {"kms:ReplicaRegion": region}},
        }
    )
    detail = template["Resources"]["KeyIsEndangered"]["Properties"]["EventPattern"]["detail"]
    detail["eventName"] += ["ReplicateKey", "UpdatePrimaryRegion"]
