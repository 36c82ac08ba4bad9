"""The template of each kind of region: what the region lacks is not in it, and cfn-lint knows the rest there."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import boto3
import pytest
from botocore.config import Config

from chalicelib.repos.process import aws
from chalicelib.rules.files import upload_events
from tests.support.merged import ROOT, merged
from tools.packaging import aws_regions
from tools.packaging.finish import of_type
from tools.packaging.stage import Unconfigured, read

CLAMD = {"ABTC_SCANNER": "clamd://10.0.1.20:3310"}
NETWORK = {"scanner_subnets": ["subnet-0a"], "scanner_security_groups": ["sg-0123456789abcdef0"]}
SMTP = {"ABTC_MAIL_SERVER": "smtps://portal@smtp.test", "ABTC_MAIL_PARAMETER": "/abtc-portal/prod/mail-password"}
REGIONS = {
    "cn-north-1": SMTP | CLAMD,
    "cn-northwest-1": SMTP | CLAMD,
    "ap-east-1": SMTP,
    "eu-central-1": {},
    "us-east-1": {},
}
CHINA = ("cn-north-1", "cn-northwest-1")


@pytest.fixture(scope="module")
def templates(portal):
    """The template of production in each region; the settings of a region without SES name an SMTP server."""
    return {region: merged("prod", region, variables, NETWORK) for region, variables in REGIONS.items()}


@pytest.mark.parametrize("regions", [("cn-north-1", "cn-northwest-1"), ("ap-east-1",), ("eu-central-1", "us-east-1")])
def test_cfn_lint_accepts_the_template_in_its_regions(templates, regions, tmp_path):
    first, *others = (templates[region] for region in regions)
    assert all(other == first for other in others)
    file = tmp_path / "sam.json"
    file.write_text(json.dumps(first), encoding="utf-8")
    lint = Path(sys.executable).with_name("cfn-lint")
    done = subprocess.run([lint, "--regions", *regions, "--", file], capture_output=True, text=True, check=False)
    assert done.stdout == ""
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("region", ["cn-north-1", "cn-northwest-1", "ap-east-1"])
def test_nothing_of_ses_is_in_the_template_of_a_region_without_it(templates, region):
    text = json.dumps(templates[region])
    assert not re.search(r"AWS::SES|AWS/SES|ses\.amazonaws|ses:|MailFeedback", text)
    relay = templates[region]["Resources"]["DeliverMailRole"]["Properties"]["Policies"][0]["PolicyDocument"]
    sids = {statement["Sid"] for statement in relay["Statement"]}
    assert {"ReadTheMailServersPassword", "FindAccounts", "Suppress"} <= sids


@pytest.mark.parametrize("region", ["eu-central-1", "us-east-1"])
def test_with_ses_no_function_may_read_a_password_of_a_mail_server(templates, region):
    text = json.dumps(templates[region])
    assert "AWS::SES::EmailIdentity" in text
    assert "ssm:GetParameter" not in text
    assert "secretsmanager:" not in text


@pytest.mark.parametrize(("stage", "expected"), [("prod", False), ("staging", True), ("dev", True)])
def test_outside_production_mail_may_go_to_verified_recipients(portal, stage, expected):
    resources = merged(stage, "eu-central-1")["Resources"]
    relay = resources["DeliverMailRole"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
    (mail,) = [statement for statement in relay if statement["Sid"] == "Mail"]
    assert any(str(resource).endswith("identity/*'}") for resource in mail["Resource"]) == expected


@pytest.mark.parametrize("region", REGIONS)
def test_traces_and_snapshots_are_asked_for_only_where_lambda_has_them(templates, region):
    text = json.dumps(templates[region])
    assert ("xray:" in text) == ('"Tracing"' in text) == ('"TracingEnabled"' in text) == (region not in CHINA)
    api = templates[region]["Resources"]["APIHandler"]["Properties"]
    assert ("SnapStart" in api) == (region not in CHINA)


@pytest.mark.parametrize("region", REGIONS)
def test_no_name_of_a_resource_is_of_one_partition_only(templates, region):
    assert "arn:aws:" not in json.dumps(templates[region])
    assert "arn:aws-cn:" not in json.dumps(templates[region])


@pytest.mark.parametrize("region", REGIONS)
def test_links_of_mails_have_the_paths_of_pages_behind_the_number_sign_in_china(templates, region):
    for function in of_type(templates[region], "AWS::Serverless::Function").values():
        prefix = function["Properties"]["Environment"]["Variables"]["ABTC_PAGE_PREFIX"]
        assert prefix == ("/#" if region in CHINA else "")
    # The pages are built for it.
    environment = {**os.environ, "STAGE": "prod", "REGION": region}
    script = "from tools.packaging import stage, region; read = stage.read\n"
    script += f"region.read = lambda name, where: read(name, where, {REGIONS[region]!r}, deployment={NETWORK!r})\n"
    command = [sys.executable, "-c", f"{script}region.main()", "--mode"]
    mode = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True).stdout
    assert mode.strip() == ("china" if region in CHINA else "production")


@pytest.mark.parametrize("region", CHINA)
def test_kms_is_used_through_services_under_both_of_their_names_in_china(templates, region):
    found = []
    for role in templates[region]["Resources"].values():
        for policy in role["Properties"].get("Policies", ()):
            for statement in policy["PolicyDocument"]["Statement"]:
                named = statement.get("Condition", {}).get("StringEquals", {}).get("kms:ViaService")
                if named:
                    found.append({one["Fn::Sub"].partition("${AWS::Region}")[2] for one in named})
    assert len(found) > 8
    assert all(endings == {".amazonaws.com", ".${AWS::URLSuffix}"} for endings in found)


def test_the_functions_of_the_api_trust_the_service_of_codedeploy_in_its_own_region(templates):
    for region in REGIONS:
        trusted = templates[region]["Resources"]["TrafficShiftRole"]["Properties"]["AssumeRolePolicyDocument"]
        (statement,) = trusted["Statement"]
        # In China no other name of CodeDeploy is known.
        assert statement["Principal"] == {"Service": {"Fn::Sub": "codedeploy.${AWS::Region}.${AWS::URLSuffix}"}}


def test_the_api_calls_the_alias_of_a_version_and_a_changed_setting_makes_a_version(templates):
    resources = templates["eu-central-1"]["Resources"]
    api = resources["APIHandler"]["Properties"]
    assert (api["AutoPublishAlias"], api["AutoPublishAliasAllProperties"]) == ("live", True)
    preference = api["DeploymentPreference"]
    assert preference["Type"] == "Canary10Percent5Minutes"
    assert preference["Alarms"] == [{"Ref": name} for name in ("ApiFails", "ApiIsSlow", "NewVersionFails")]
    text = json.dumps(resources["RestAPI"]["Properties"]["DefinitionBody"])
    assert "${APIHandlerAliaslive}/invocations" in text
    assert "APIHandler.Arn" not in text
    assert resources["APIHandlerInvokePermission"]["Properties"]["FunctionName"] == {"Ref": "APIHandlerAliaslive"}


def test_a_stage_must_name_its_region(portal):
    configured = json.loads((ROOT / ".chalice" / "config.json").read_text(encoding="utf-8"))
    assert {stage["deployment"]["region"] for stage in configured["stages"].values()} == {""}
    with pytest.raises(Unconfigured, match="names no region"):
        read("prod")
    with pytest.raises(Unconfigured, match="mars-1 is not a region"):
        read("prod", "mars-1")
    with pytest.raises(Unconfigured, match="SES is not in cn-north-1"):
        read("prod", "cn-north-1")
    with pytest.raises(Unconfigured, match="GuardDuty scans no uploads in cn-north-1"):
        read("prod", "cn-north-1", SMTP)
    with pytest.raises(Unconfigured, match="scanner_subnets and scanner_security_groups"):
        read("prod", "cn-north-1", SMTP | CLAMD)
    with pytest.raises(Unconfigured, match="ABTC_SCANNER is 'sandbox'"):
        read("dev", "eu-central-1", {"ABTC_SCANNER": "sandbox"})


SCANNED = ("ReadScanResults", "StoreForAnotherScan", "ResultsOfScans")


@pytest.mark.parametrize("region", REGIONS)
def test_guardduty_scans_the_uploads_where_it_is_and_clamd_elsewhere(templates, region):
    resources, text = templates[region]["Resources"], json.dumps(templates[region])
    is_china = region in CHINA
    assert ("guardduty" in text.replace("GuardDutyMalware", "").replace('"ABTC_SCANNER": "guardduty"', "")) != is_china
    for sid in SCANNED:
        assert (sid in text) != is_china, sid
    notified = resources["PortalBucket"]["Properties"]["NotificationConfiguration"]
    assert ("EventBridgeConfiguration" in notified) != is_china
    in_network = {name for name, one in resources.items() if "VpcConfig" in one["Properties"]}
    assert in_network == ({"InspectUploads", "PurgeDrafts"} if is_china else set())
    for name in in_network:
        role = resources[f"{name}Role"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
        assert "ec2:CreateNetworkInterface" in json.dumps(role)


def test_guardduty_reads_and_tags_uploads_only_and_its_results_come_into_their_queue(templates):
    resources = templates["eu-central-1"]["Resources"]
    plan = resources["ScanPlan"]["Properties"]
    assert plan["ProtectedResource"]["S3Bucket"]["ObjectPrefixes"] == ["uploads/"]
    assert plan["Actions"] == {"Tagging": {"Status": "ENABLED"}}
    rule = resources["ScanResults"]["Properties"]
    assert rule["EventPattern"]["detail-type"] == [upload_events.SCAN_RESULT]
    assert rule["Targets"][0]["Arn"] == {"Fn::GetAtt": ["UploadEvents", "Arn"]}
    (statement,) = [
        one
        for one in resources["ScanPlanRole"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
        if "s3:GetObject" in one["Action"]
    ]
    assert statement["Resource"] == {"Fn::Sub": "${PortalBucket.Arn}/uploads/*"}


HOSTS = {
    "us-east-1": "files.s3.us-east-1.amazonaws.com",
    "eu-central-1": "files.s3.eu-central-1.amazonaws.com",
    "ap-east-1": "files.s3.ap-east-1.amazonaws.com",
    "ap-southeast-1": "files.s3.ap-southeast-1.amazonaws.com",
    "cn-north-1": "files.s3.cn-north-1.amazonaws.com.cn",
    "cn-northwest-1": "files.s3.cn-northwest-1.amazonaws.com.cn",
}


@pytest.mark.parametrize("region", HOSTS)
def test_presigned_addresses_name_the_bucket_in_its_own_region(region, monkeypatch):
    """The global name answers a form with a redirect, which browsers do not follow."""
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    config: Config = aws.CONFIG.merge(aws.SPECIAL["s3"])
    session = boto3.Session("-", "-", region_name=region)
    client = session.client("s3", config=config)
    form = client.generate_presigned_post("files", "uploads/e/f")
    address = client.generate_presigned_url("get_object", Params={"Bucket": "files", "Key": "exports/e/f"})
    assert form["url"] == f"https://{HOSTS[region]}/"
    assert address.startswith(f"https://{HOSTS[region]}/exports/e/f?X-Amz-Algorithm=AWS4-HMAC-SHA256")


def test_the_regions_with_ses_are_those_that_the_sdk_knows():
    assert [region for region in REGIONS if aws_regions.has_ses(region)] == ["eu-central-1", "us-east-1"]
    assert not aws_regions.has_snap_start("ap-east-2")
