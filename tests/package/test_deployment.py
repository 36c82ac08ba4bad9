"""`python -m tools.deployment` on the embedded engine: first deployments, later ones, and what refuses them."""

import dataclasses
import json
import zipfile
from typing import Any

import boto3
import pytest

from rehearsal import template as rehearsed
from sandbox.engine.engine import REGION
from tests.support.merged import for_stage
from tools.deployment import __main__ as command
from tools.deployment import changes, preflight
from tools.deployment.account import Account, Refused, parameters
from tools.packaging.stage import read

ARCHIVE = "abtc-portal-prod-arm64.zip"
TEMPLATES: dict[str, Any] = {}
READY = {"ABTC_WEB_ORIGIN": "https://portal.test", "ABTC_API_URL": "https://api.portal.test/v1"}
MAIL = {"ABTC_MAIL_FROM": "portal@portal.test", "ABTC_MAILS_PER_SECOND": "1"}


def stage(deployment=None, **variables):
    """The stage prod as a team configures it."""
    configured = read("prod", REGION, {**READY, **MAIL, **variables})
    own = {"alarm_email": "oncall@portal.test", "traffic_shift": "AllAtOnce", **(deployment or {})}
    return dataclasses.replace(configured, deployment={**configured.deployment, **own})


def template_of(wanted):
    """The template of a stage; making one takes seconds."""
    key = json.dumps(dataclasses.asdict(wanted), sort_keys=True)
    if key not in TEMPLATES:
        TEMPLATES[key] = for_stage(wanted)
    return TEMPLATES[key]


@pytest.fixture
def region(engine, monkeypatch):
    """An account without any stack."""
    engine.reset()
    monkeypatch.setattr(changes, "PAUSE", 0.1)
    yield engine
    engine.reset()


@pytest.fixture
def packaged(tmp_path):
    """Writes the package of a stage, as `make package` does, with the template as the engine can read it."""

    def write(wanted, change=lambda _: None):
        with zipfile.ZipFile(tmp_path / ARCHIVE, "w") as archive:
            archive.writestr("app.py", "")
        made, _ = rehearsed.for_engine(template_of(wanted), ARCHIVE)
        change(made)
        (tmp_path / "sam.json").write_text(json.dumps(made), encoding="utf-8")
        return tmp_path

    return write


def deploy(wanted, folder, agreed=lambda: True):
    command.deploy(Account(wanted), folder, agreed, smoke=False)


def resource(name):
    return Account(stage()).resources()[name]


def status():
    return (Account(stage()).stack() or {}).get("StackStatus")


def test_a_second_deployment_with_another_web_origin_changes_every_place_that_names_it(region, packaged, capsys):
    deploy(stage(), packaged(stage()))
    assert origins() == {"https://portal.test"}
    capsys.readouterr()
    other = stage(ABTC_WEB_ORIGIN="https://other.test")
    deploy(other, packaged(other))
    assert origins() == {"https://other.test"}
    shown = capsys.readouterr().out
    assert "~ AWS::S3::Bucket" in shown
    removed = {line.split()[1] for line in shown.splitlines() if line.startswith("- ")}
    # The template of SAM keeps them in the account: a version is what a rollback returns to.
    assert removed == {"AWS::Lambda::Version", "AWS::ApiGateway::Deployment"}


def origins():
    """The web origin of the deployed bucket and of every deployed function."""
    (rule,) = boto3.client("s3").get_bucket_cors(Bucket=resource("PortalBucket"))["CORSRules"]
    functions = boto3.client("lambda")
    found = (
        functions.get_function_configuration(FunctionName=resource(name))["Environment"]["Variables"]
        for name in ("APIHandler", "DeliverMail")
    )
    return {*rule["AllowedOrigins"], *(variables["ABTC_WEB_ORIGIN"] for variables in found)}


def test_the_same_package_again_changes_nothing(region, packaged, capsys):
    folder = packaged(stage())
    deploy(stage(), folder)
    capsys.readouterr()
    deploy(stage(), folder)
    assert "Nothing to change." in capsys.readouterr().out


def test_a_changed_parameter_reaches_the_version_that_the_api_calls(region, packaged):
    folder = packaged(stage())
    deploy(stage(), folder)
    assert serving()["ABTC_TABLE"] == resource("PortalTable")
    restored = stage({"table": "restored", "journal": "restored-journal"})
    deploy(restored, folder)
    assert (serving()["ABTC_TABLE"], serving()["ABTC_JOURNAL"]) == ("restored", "restored-journal")
    command.roll_back(Account(restored), "", lambda: True)
    assert serving()["ABTC_TABLE"] == resource("PortalTable")


def serving():
    """The environment of the version of the API's function that gets the requests."""
    found = boto3.client("lambda").get_function_configuration(FunctionName=resource("APIHandler"), Qualifier="live")
    return found["Environment"]["Variables"]


def test_a_parameter_that_no_function_names_makes_no_version(region, packaged):
    folder = packaged(stage())
    deploy(stage(), folder)
    version = resource("APIHandlerAliaslive"), alias()
    other = stage({"alarm_email": "other@portal.test"})
    deploy(other, folder)
    assert (resource("APIHandlerAliaslive"), alias()) == version


def alias():
    """The number of the version that gets the requests."""
    found = boto3.client("lambda").get_alias(FunctionName=resource("APIHandler"), Name="live")
    return found["FunctionVersion"]


def test_nothing_is_executed_without_an_agreement(region, packaged):
    with pytest.raises(Refused, match="nothing was executed"):
        deploy(stage(), packaged(stage()), agreed=lambda: False)
    assert status() in (None, "REVIEW_IN_PROGRESS")


def test_a_first_creation_that_failed_does_not_block_the_second(region, packaged):
    def broken(template):
        retained = [name for name, one in template["Resources"].items() if "DeletionPolicy" in one]
        assert len(retained) > 10
        handle = {"Type": "AWS::CloudFormation::WaitConditionHandle", "DependsOn": retained}
        waits = {"Handle": {"Ref": "Handle"}, "Timeout": "1"}
        template["Resources"] |= {
            "Handle": handle,
            "Broken": {"Type": "AWS::CloudFormation::WaitCondition", "Properties": waits},
        }

    with pytest.raises(Refused, match="nothing of this deployment remains"):
        deploy(stage(), packaged(stage(), broken))
    assert boto3.client("dynamodb").list_tables()["TableNames"] == []
    assert (
        boto3.client("logs").describe_log_groups(logGroupNamePrefix="/aws/lambda/abtc-portal-prod")["logGroups"] == []
    )
    deploy(stage(), packaged(stage()))
    assert status() == "CREATE_COMPLETE"


def test_a_deployed_stack_is_protected_and_a_change_that_loses_data_is_refused(region, packaged):
    deploy(stage(), packaged(stage()))
    cloudformation = boto3.client("cloudformation")
    policy = json.loads(cloudformation.get_stack_policy(StackName="abtc-portal-prod")["StackPolicyBody"])
    (denied,) = [statement for statement in policy["Statement"] if statement["Effect"] == "Deny"]
    assert denied["Action"] == ["Update:Replace", "Update:Delete"]
    protected = {f"LogicalResourceId/{name}" for name in ("PortalTable", "JournalTable", "PortalBucket")}
    protected |= {f"LogicalResourceId/{name}" for name in ("PortalKey", "OperationsKey", "ReceiptKey", "RootsBucket")}
    protected |= {f"LogicalResourceId/{name}" for name in ("BackupVault", "BackupKey", "BackupRole")}
    assert protected == set(denied["Resource"])
    assert cloudformation.describe_stacks(StackName="abtc-portal-prod")["Stacks"][0]["EnableTerminationProtection"]

    def renamed(template):
        template["Resources"]["JournalTable"]["Properties"]["TableName"] = "other-journal"

    with pytest.raises(Refused, match="would replace or remove JournalTable"):
        deploy(stage(), packaged(stage(), renamed))


def test_a_rollback_deploys_code_template_and_parameters_of_the_deployment_before(region, packaged):
    deploy(stage(), packaged(stage()))
    other = stage({"firewall": False}, ABTC_WEB_ORIGIN="https://other.test")
    deploy(other, packaged(other))
    command.roll_back(Account(other), "", lambda: True)
    assert origins() == {"https://portal.test"}
    given = {one["ParameterKey"]: one["ParameterValue"] for one in (Account(other).stack() or {})["Parameters"]}
    assert given["Firewall"] == "yes"


def test_a_deployment_to_return_to_must_be_known(region, packaged):
    deploy(stage(), packaged(stage()))
    with pytest.raises(Refused, match="no such deployment to return to; known ones: 2"):
        command.roll_back(Account(stage()), "", lambda: True)


def test_every_parameter_of_the_template_gets_a_value_in_every_deployment(region, packaged):
    account = Account(stage())
    made = template_of(account.stage)
    assert parameters(account, account.facts()).keys() == made["Parameters"].keys()
    smtp = stage(ABTC_MAIL_SERVER="smtps://portal@smtp.test", ABTC_MAIL_PARAMETER="/abtc-portal/prod/mail-password")
    made = template_of(smtp)
    assert parameters(Account(smtp), Account(smtp).facts()).keys() == made["Parameters"].keys()


def test_an_account_with_few_executions_reserves_none(region):
    account = Account(stage())
    small = dataclasses.replace(account.facts(), concurrency=10, unreserved=10)
    assert parameters(account, small)["ReservesConcurrency"] == "no"
    large = dataclasses.replace(small, concurrency=1000, unreserved=1000)
    assert parameters(account, large)["ReservesConcurrency"] == "yes"


def test_the_role_for_logs_and_the_identity_of_the_account_are_used_if_there_are_some(region):
    account = Account(stage())
    used = dataclasses.replace(account.facts(), api_log_role="arn:aws:iam::0:role/logs", mail_identity="verified")
    assert parameters(account, used)["CreatesApiLogRole"] == "no"
    assert parameters(account, used)["CreatesMailIdentity"] == "no"


def test_the_vault_of_backups_is_not_removed_by_a_deployment_without_backups(region, packaged, monkeypatch):
    # The engine has vaults, but neither settings of AWS Backup nor selections: their plan is paused here.
    monkeypatch.setattr(preflight, "CHECKS", ())
    paused = stage({"backup": "paused"})
    deploy(paused, packaged(paused))
    vault = boto3.client("backup").describe_backup_vault(BackupVaultName=resource("BackupVault"))
    assert vault["BackupVaultName"].startswith("abtc-portal-prod-")
    assert vault["EncryptionKeyArn"].endswith(resource("BackupKey"))
    with pytest.raises(Refused, match="would replace or remove BackupKey, BackupRole, BackupVault"):
        deploy(stage(), packaged(stage()))


def test_a_key_with_a_replica_keeps_its_kind(region, packaged, monkeypatch):
    replicated = stage({"replica_region": "eu-west-1"})
    deploy(replicated, packaged(replicated))
    assert boto3.client("kms").describe_key(KeyId=resource("PortalKey"))["KeyMetadata"]["MultiRegion"] is True
    assert "the deployed key is a Multi-Region key, which cannot be changed" in texts(stage(), preflight.STOP)
    assert "has no replica in eu-west-1" in texts(replicated, preflight.NOTE)
    with pytest.raises(Refused, match="a deployment would not work"):
        deploy(stage(), packaged(stage()))
    monkeypatch.setattr(preflight, "CHECKS", ())
    with pytest.raises(Refused, match="the stack is UPDATE_ROLLBACK_COMPLETE"):
        deploy(stage(), packaged(stage()))
    assert boto3.client("kms").describe_key(KeyId=resource("PortalKey"))["KeyMetadata"]["MultiRegion"] is True


# Preflight


def texts(wanted, level, **facts):
    account = Account(wanted)
    found = preflight.findings(account, dataclasses.replace(account.facts(), **facts))
    return " ".join(finding.text for finding in found if finding.level == level)


def test_example_addresses_and_a_missing_receiver_of_alarms_stop_a_deployment(region, packaged):
    untouched = dataclasses.replace(read("prod", REGION), region=REGION)
    said = texts(untouched, preflight.STOP)
    assert "ABTC_WEB_ORIGIN" in said
    assert "alarm_email is empty" in said
    with pytest.raises(Refused, match="a deployment would not work"):
        deploy(untouched, packaged(stage()))


def test_mail_faster_than_ses_grants_stops_a_deployment(region):
    fast = stage(ABTC_MAILS_PER_SECOND="10")
    assert "SES sends 1 a second: lower it" in texts(fast, preflight.STOP, mails_per_second=1.0)
    assert "lower it" not in texts(fast, preflight.STOP, mails_per_second=14.0)


def test_what_the_account_lacks_is_noted_with_what_to_do(region):
    said = texts(stage(), preflight.NOTE, concurrency=10, is_out_of_sandbox=False, mail_identity="unverified")
    assert "Request 1,000 (Service Quotas, L-B99A9384)" in said
    assert "Request production access" in said
    assert "add its three DKIM records" in said
    assert "CloudTrail has no trail" in said


def test_a_role_for_logs_that_does_not_exist_stops_a_deployment(region):
    said = texts(stage(), preflight.STOP, api_log_role="arn:aws:iam::000000000000:role/gone")
    assert "the role gone, which does not exist" in said


def test_log_groups_of_a_deleted_stack_stop_its_creation(region):
    boto3.client("logs").create_log_group(logGroupName="/aws/lambda/abtc-portal-prod/api_handler")
    assert "delete them: /aws/lambda/abtc-portal-prod/api_handler" in texts(stage(), preflight.STOP)


def test_a_missing_password_of_the_mail_server_stops_a_deployment(region):
    smtp = stage(ABTC_MAIL_SERVER="smtps://portal@smtp.test", ABTC_MAIL_PARAMETER="/abtc-portal/prod/mail-password")
    assert "put-parameter --type SecureString" in texts(smtp, preflight.STOP)
    boto3.client("ssm").put_parameter(Name="/abtc-portal/prod/mail-password", Value="-", Type="SecureString")
    assert "put-parameter" not in texts(smtp, preflight.STOP)


def test_a_key_that_is_to_be_deleted_stops_a_deployment(region, packaged):
    deploy(stage(), packaged(stage()))
    boto3.client("kms").schedule_key_deletion(KeyId=resource("PortalKey"))
    assert "is PendingDeletion: no data can be read" in texts(stage(), preflight.STOP)


def test_credentials_of_another_partition_are_refused(region):
    smtp = {"ABTC_MAIL_SERVER": "smtps://portal@smtp.test"}
    china = dataclasses.replace(stage(**smtp), region="cn-north-1")
    with pytest.raises(Refused, match="of an account in aws, but cn-north-1 is in aws-cn"):
        _ = Account(china).caller
