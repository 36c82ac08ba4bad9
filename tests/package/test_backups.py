"""Backups by AWS Backup and the Multi-Region key: templates with these options and without (docs/decisions/0090)."""

import copy
import json
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tests.support.merged import ROOT, merged
from tools.deployment import changes
from tools.deployment.account import Refused
from tools.packaging.finish import of_type
from tools.packaging.stage import Unconfigured, read

CHINA_VARIABLES = {
    "ABTC_MAIL_SERVER": "smtps://portal@smtp.test",
    "ABTC_MAIL_PARAMETER": "/abtc-portal/prod/mail-password",
    "ABTC_SCANNER": "clamd://10.0.1.20:3310",
}
NETWORK = {"scanner_subnets": ["subnet-0a"], "scanner_security_groups": ["sg-0123456789abcdef0"]}
PLACES = {"eu-central-1": ("aws", "eu-west-1"), "cn-north-1": ("aws-cn", "cn-northwest-1")}
"""Partition of a stage's region, and the region of its copies and its replica."""
STACK = ("PortalTable", "JournalTable", "PortalBucket", "RootsBucket")
"""What is backed up."""
KEPT = ("BackupKey", "BackupVault", "BackupRole")
PLANNED = {"BackupPlan", "BackupSelection", "BackupDidNotRun"}
ADDED = {*KEPT, *PLANNED, "RestoreRole", "BackupFails", "BackupsAreEndangered"}
OTHER_ACCOUNT = "210987654321"


def copies(region):
    partition, other = PLACES[region]
    return f"arn:{partition}:backup:{other}:{OTHER_ACCOUNT}:backup-vault:copies"


def made(region="eu-central-1", **deployment):
    variables = CHINA_VARIABLES if region in ("cn-north-1", "cn-northwest-1") else {}
    return merged("prod", region, variables, {**NETWORK, **deployment})


@pytest.fixture(scope="module", params=PLACES)
def region(request):
    return request.param


@pytest.fixture(scope="module")
def without(portal, region):
    return made(region)


@pytest.fixture(scope="module")
def full(portal, region):
    """The template with all options."""
    options = {"backup": "daily", "backup_lock": "compliance", "backup_copy_to": copies(region)}
    return made(region, **options, replica_region=PLACES[region][1])


@pytest.fixture(scope="module")
def simple(portal):
    """The template with daily backups and nothing else."""
    return made(backup="daily")["Resources"]


def properties(resources, name):
    return resources[name]["Properties"]


def arn(name):
    return {"Fn::GetAtt": [name, "Arn"]}


def in_use(table, name):
    """The ARN of a table that a restored one can replace."""
    place = "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/"
    return {"Fn::If": [f"HasOwn{name}", arn(table), {"Fn::Sub": f"{place}${{{name}Name}}"}]}


TABLES = [in_use("PortalTable", "Table"), in_use("JournalTable", "Journal")]


def statements(resources, role):
    (policy,) = properties(resources, role)["Policies"]
    return {statement["Sid"]: statement for statement in policy["PolicyDocument"]["Statement"]}


def lint(template, file, regions):
    """What cfn-lint prints about a template in these regions, and its exit code."""
    file.write_text(template, encoding="utf-8")
    command = [Path(sys.executable).with_name("cfn-lint"), "--regions", *regions, "--", file]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout, done.returncode


# Off


def test_without_the_options_nothing_of_them_is_in_the_template(without):
    assert without["Resources"].keys().isdisjoint(ADDED)
    text = json.dumps(without)
    assert "AWS::Backup" not in text
    assert "MultiRegion" not in text
    assert "ReplicateKey" not in text


def test_the_options_are_off_in_every_stage():
    configured = json.loads((ROOT / ".chalice" / "config.json").read_text(encoding="utf-8"))["stages"]
    names = ("backup", "backup_days", "backup_lock", "backup_copy_to", "replica_region")
    given = {tuple(stage["deployment"][name] for name in names) for stage in configured.values()}
    assert given == {("", 35, "", "", "")}


def test_the_options_add_resources_and_change_five(without, full):
    before, after = without["Resources"], full["Resources"]
    assert after.keys() - before.keys() == ADDED
    assert before.keys() - after.keys() == set()
    assert {name for name in before if before[name] != after[name]} == {
        *("PortalKey", "KeyIsEndangered", "AlarmTopicPolicy", "RootsBucket"),
        # Outside China the bucket sends events to GuardDuty already.
        *({"PortalBucket"} if "EventBridgeConfiguration" not in json.dumps(before["PortalBucket"]) else ()),
    }
    assert full["Parameters"] == without["Parameters"]


# On


def test_cfn_lint_accepts_the_template_with_all_options(full, region, tmp_path):
    regions = (region, "cn-northwest-1" if region == "cn-north-1" else "us-east-1")
    assert lint(json.dumps(full), tmp_path / "sam.json", regions) == ("", 0)


def test_tables_and_buckets_in_use_are_backed_up_each_day_and_no_backup_outlives_35_days(simple):
    plan = properties(simple, "BackupPlan")["BackupPlan"]
    (rule,) = plan["BackupPlanRule"]
    assert rule["Lifecycle"] == {"DeleteAfterDays": 35}
    assert rule["ScheduleExpression"] == "cron(0 17 * * ? *)"
    assert rule["TargetBackupVault"] == {"Ref": "BackupVault"}
    assert "CopyActions" not in rule
    selection = properties(simple, "BackupSelection")["BackupSelection"]
    assert selection["Resources"] == [*TABLES, arn("PortalBucket"), arn("RootsBucket")]
    assert selection["IamRoleArn"] == arn("BackupRole")
    # A restored table makes another selection, which exists beside the old one for a moment.
    assert selection["SelectionName"] == {"Fn::If": ["HasOwnTable", {"Ref": "PortalTable"}, {"Ref": "TableName"}]}


def test_the_buckets_have_what_aws_backup_needs_of_them(full):
    for name in ("PortalBucket", "RootsBucket"):
        bucket = properties(full["Resources"], name)
        assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
        # A bucket whose events were switched off by a deployment would have no new backups.
        assert bucket["NotificationConfiguration"]["EventBridgeConfiguration"] == {"EventBridgeEnabled": True}
    assert properties(full["Resources"], "PortalBucket")["NotificationConfiguration"]["QueueConfigurations"]


def test_the_manual_explains_every_value_of_a_deployment():
    configured = json.loads((ROOT / ".chalice" / "config.json").read_text(encoding="utf-8"))
    manual = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    listed = {
        name
        for line in manual.splitlines()
        if line.strip().startswith("| `")
        for name in re.findall(r"`(\w+)`", line.split("|")[1])
    }
    assert configured["stages"]["prod"]["deployment"].keys() <= listed


@pytest.mark.parametrize("regions", [("eu-central-1", "us-east-1"), ("cn-north-1", "cn-northwest-1")])
def test_the_template_of_the_manual_for_the_account_of_the_copies_is_accepted(regions, tmp_path):
    manual = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    text = textwrap.dedent(manual.partition("```yaml\n")[2].partition("```")[0])
    assert "backup:CopyIntoBackupVault" in text
    assert lint(text, tmp_path / "copies.yaml", regions) == ("", 0)


def test_each_backup_is_copied_into_the_named_vault_for_as_long(full, region):
    (rule,) = properties(full["Resources"], "BackupPlan")["BackupPlan"]["BackupPlanRule"]
    assert rule["CopyActions"] == [
        {"DestinationBackupVaultArn": copies(region), "Lifecycle": {"DeleteAfterDays": 35}},
    ]
    stored = statements(full["Resources"], "BackupRole")["StoreAndCopyBackups"]
    assert stored["Resource"] == [{"Fn::GetAtt": ["BackupVault", "BackupVaultArn"]}, copies(region)]


def test_the_account_of_the_copies_can_bring_one_back_and_nothing_else(full, simple):
    policy = properties(full["Resources"], "BackupVault")["AccessPolicy"]["Statement"]
    (allowed,) = [statement for statement in policy if statement["Effect"] == "Allow"]
    assert allowed["Action"] == "backup:CopyIntoBackupVault"
    assert allowed["Principal"] == {"AWS": {"Fn::Sub": f"arn:${{AWS::Partition}}:iam::{OTHER_ACCOUNT}:root"}}
    effects = [statement["Effect"] for statement in properties(simple, "BackupVault")["AccessPolicy"]["Statement"]]
    assert effects == ["Deny"]
    for name in ("PortalKey", "BackupKey"):
        assert OTHER_ACCOUNT not in json.dumps(full["Resources"][name])


def test_nobody_deletes_a_backup_or_changes_when_it_expires(simple):
    (denied,) = properties(simple, "BackupVault")["AccessPolicy"]["Statement"]
    assert (denied["Effect"], denied["Principal"]) == ("Deny", "*")
    # An empty vault can be deleted: otherwise a deployment that failed could not be rolled back.
    assert denied["Action"] == ["backup:DeleteRecoveryPoint", "backup:UpdateRecoveryPointLifecycle"]
    assert "LockConfiguration" not in properties(simple, "BackupVault")


@pytest.mark.parametrize(("lock", "more"), [("governance", {}), ("compliance", {"ChangeableForDays": 3})])
def test_a_lock_admits_only_backups_that_expire_on_their_day(portal, lock, more):
    vault = properties(made(backup="daily", backup_days=14, backup_lock=lock)["Resources"], "BackupVault")
    assert vault["LockConfiguration"] == {"MinRetentionDays": 14, "MaxRetentionDays": 14, **more}


def test_the_vault_has_a_key_of_its_own_that_cannot_be_deleted_or_disabled(simple):
    assert properties(simple, "BackupVault")["EncryptionKeyArn"] == arn("BackupKey")
    key = properties(simple, "BackupKey")
    assert key["EnableKeyRotation"] is True
    (denied,) = [one for one in key["KeyPolicy"]["Statement"] if one["Effect"] == "Deny"]
    assert (denied["Principal"], denied["Action"]) == ("*", ["kms:ScheduleKeyDeletion", "kms:DisableKey"])
    of_ours, _denied = properties(simple, "KeyIsEndangered")["EventPattern"]["detail"]["$or"]
    watched = of_ours["requestParameters"]["keyId"]
    assert watched[-2:] == [{"Ref": "BackupKey"}, arn("BackupKey")]


def test_vault_key_and_the_role_that_expires_backups_outlive_the_stack_and_its_deployments(simple):
    for name in KEPT:
        kept = (simple[name]["DeletionPolicy"], simple[name]["UpdateReplacePolicy"])
        assert kept == ("RetainExceptOnCreate", "Retain"), name
        assert name in changes.PROTECTED
    removed = {"LogicalResourceId": "BackupVault", "Action": "Remove"}
    with pytest.raises(Refused, match="would replace or remove BackupVault"):
        changes.check(changes.ChangeSet("", "", False, (removed,)))


def test_paused_backups_leave_the_vault_without_a_plan(portal, simple):
    paused = made(backup="paused")["Resources"]
    assert simple.keys() - paused.keys() == PLANNED
    assert {name: paused[name] for name in KEPT} == {name: simple[name] for name in KEPT}


# Roles


def test_the_role_of_backups_reads_what_is_backed_up_and_writes_into_vaults_only(simple):
    allowed = statements(simple, "BackupRole")
    assert allowed["BackUpTables"]["Resource"] == TABLES
    assert allowed["FollowBuckets"]["Resource"] == [arn("PortalBucket"), arn("RootsBucket")]
    assert allowed["ReadFiles"]["Resource"] == [
        {"Fn::Sub": "${PortalBucket.Arn}/*"},
        {"Fn::Sub": "${RootsBucket.Arn}/*"},
    ]
    assert {sid for sid, statement in allowed.items() if statement["Resource"] == "*"} == {"FindBucketsAndRules"}
    actions = {action for statement in allowed.values() for action in statement["Action"]}
    assert not [action for action in actions if "*" in action]
    assert {action for action in actions if action.startswith(("dynamodb:", "s3:Put", "s3:Delete"))} == {
        *("dynamodb:DescribeTable", "dynamodb:ListTagsOfResource", "dynamodb:StartAwsBackupJob"),
        *("s3:PutBucketNotification", "s3:PutInventoryConfiguration"),
    }


def test_the_role_of_restores_writes_restored_tables_and_files_and_not_the_tables_of_the_stack(simple):
    allowed = statements(simple, "RestoreRole")
    place = "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${AWS::StackName}"
    # A name that CloudFormation gives has no second hyphen after the logical name.
    assert allowed["RestoreTablesUnderNewNames"]["Resource"] == [
        {"Fn::Sub": f"{place}-PortalTable-*-*"},
        {"Fn::Sub": f"{place}-JournalTable-*-*"},
    ]
    assert allowed["RestoreFiles"]["Resource"] == {"Fn::Sub": "${PortalBucket.Arn}/files/*"}
    assert not [statement for statement in allowed.values() if statement["Resource"] == "*"]
    assert allowed["LetDynamodbUseTheKey"]["Condition"]["Bool"] == {"kms:GrantIsForAWSResource": "true"}


@pytest.mark.parametrize("role", ["BackupRole", "RestoreRole"])
def test_only_aws_backup_of_this_account_has_the_roles(full, role):
    (trusted,) = properties(full["Resources"], role)["AssumeRolePolicyDocument"]["Statement"]
    assert trusted["Principal"] == {"Service": "backup.amazonaws.com"}
    assert trusted["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}


@pytest.mark.parametrize("role", ["BackupRole", "RestoreRole"])
def test_the_roles_use_the_key_of_the_data_through_services_only(full, region, role):
    for statement in statements(full["Resources"], role).values():
        if statement["Resource"] == arn("PortalKey"):
            named = statement["Condition"]["StringEquals"]["kms:ViaService"]
            texts = [one["Fn::Sub"] for one in (named if isinstance(named, list) else [named])]
            assert all(text.startswith(("dynamodb.", "s3.")) for text in texts)
            # In China services have both names towards KMS.
            assert any(text.endswith(".amazonaws.com") for text in texts) == region.startswith("cn-")


# Alarms


def test_failed_incomplete_and_missing_backups_and_attempts_to_delete_them_raise_an_alarm(simple):
    failed = properties(simple, "BackupFails")["EventPattern"]["detail"]["$or"]
    vault = {"backupVaultName": [{"Ref": "BackupVault"}]}
    assert failed == [
        {"state": ["ABORTED", "EXPIRED", "FAILED"], **vault},
        {"state": ["COMPLETED"], "statusMessage": [{"exists": True}], **vault},
        {"state": ["FAILED"], "sourceBackupVaultArn": [{"Fn::GetAtt": ["BackupVault", "BackupVaultArn"]}]},
    ]
    missing = properties(simple, "BackupDidNotRun")
    assert missing["Period"] * missing["EvaluationPeriods"] == 26 * 3600
    assert missing["TreatMissingData"] == "breaching"
    attempts = properties(simple, "BackupsAreEndangered")["EventPattern"]["detail"]
    assert {"DeleteRecoveryPoint", "PutBackupVaultAccessPolicy"} <= set(attempts["eventName"])
    (written,) = [
        statement
        for statement in properties(simple, "AlarmTopicPolicy")["PolicyDocument"]["Statement"]
        if statement["Sid"] == "TheRuleOfTheKey"
    ]
    rules = of_type({"Resources": simple}, "AWS::Events::Rule")
    alarming = [name for name, rule in rules.items() if "AlarmTopic" in json.dumps(rule["Properties"]["Targets"])]
    assert written["Condition"]["ArnEquals"]["aws:SourceArn"] == [arn(name) for name in alarming]


# Multi-Region key


def test_only_the_key_of_the_data_can_have_a_replica_and_in_one_region_only(full, region):
    keys = of_type(full, "AWS::KMS::Key")
    assert [name for name, key in keys.items() if key["Properties"].get("MultiRegion")] == ["PortalKey"]
    denied = keys["PortalKey"]["Properties"]["KeyPolicy"]["Statement"][-1]
    assert (denied["Effect"], denied["Principal"], denied["Action"]) == ("Deny", "*", "kms:ReplicateKey")
    assert denied["Condition"] == {"StringNotEquals": {"kms:ReplicaRegion": PLACES[region][1]}}
    watched = properties(full["Resources"], "KeyIsEndangered")["EventPattern"]["detail"]["eventName"]
    assert watched[-2:] == ["ReplicateKey", "UpdatePrimaryRegion"]


def test_a_replica_needs_no_backups(portal, region, without):
    replicated = made(region, replica_region=PLACES[region][1])
    changed = copy.deepcopy(without["Resources"])
    for name in ("PortalKey", "KeyIsEndangered"):
        changed[name] = replicated["Resources"][name]
    assert replicated["Resources"] == changed


# Wrong values


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"backup": "weekly"}, "backup is 'weekly': it can be empty, daily, paused"),
        ({"backup_lock": "hard", "backup": "daily"}, "backup_lock is 'hard'"),
        ({"backup": "daily", "backup_days": 36}, "may survive in backups for 1 to 35 days"),
        ({"backup": "daily", "backup_days": 0}, "may survive in backups for 1 to 35 days"),
        ({"backup_lock": "governance"}, "need stages.prod.deployment.backup"),
        ({"backup_copy_to": copies("eu-central-1")}, "need stages.prod.deployment.backup"),
        ({"backup": "daily", "backup_copy_to": "copies"}, "is not the ARN of a vault"),
        ({"backup": "daily", "backup_copy_to": copies("cn-north-1")}, "backups do not leave aws"),
        ({"replica_region": "cn-north-1"}, "must be another region in aws"),
        ({"replica_region": "eu-central-1"}, "must be another region in aws"),
        ({"replica_region": "mars-1"}, "mars-1 is not a region of AWS"),
    ],
)
def test_values_that_cannot_be_right_are_refused(wrong, said):
    with pytest.raises(Unconfigured, match=said):
        read("prod", "eu-central-1", deployment=wrong)


def test_backups_of_a_stage_in_china_stay_in_china():
    options = {**NETWORK, "backup": "daily", "backup_copy_to": copies("eu-central-1")}
    with pytest.raises(Unconfigured, match="backups do not leave aws-cn"):
        read("prod", "cn-north-1", CHINA_VARIABLES, deployment=options)
    with pytest.raises(Unconfigured, match="must be another region in aws-cn"):
        read("prod", "cn-north-1", CHINA_VARIABLES, deployment={**NETWORK, "replica_region": "eu-west-1"})
