"""What the rehearsal changes of the template: what its tables say, and nothing else."""

import json

import pytest

from rehearsal import template
from tests.support.merged import merged


@pytest.fixture(scope="module")
def packaged(portal):
    return merged("prod")


def test_resources_that_the_engine_cannot_create_are_omitted_by_name_and_reported(packaged):
    made, left_out = template.for_engine(packaged, "s3://packages/a.zip")
    gone = set(packaged["Resources"]) - set(made["Resources"])
    assert gone == {
        *("WebAcl", "WebAclAssociation", "PortalBucketPolicy", "RootsBucketPolicy", "ScanPlan"),
        *("FunctionsThrottled", "FunctionsFail", "TableThrottles", "ConcurrencyRunsOut", "MailQuotaRunsOut"),
        *("IndexesThrottled1", "IndexesThrottled2", "IndexesThrottled3", "IndexesThrottled4"),
    }
    assert {name.split()[0] for name in left_out} == gone
    lines = template.not_rehearsed(left_out)
    for name in gone:
        assert any(line.startswith(f"not rehearsed: {name} (AWS::") for line in lines)


def test_only_the_zip_the_settings_and_the_listed_rights_differ_from_the_package(packaged):
    made, _ = template.for_engine(packaged, "s3://packages/a.zip")
    changed = {name for name, resource in made["Resources"].items() if resource != packaged["Resources"][name]}
    kinds = {made["Resources"][name]["Type"] for name in changed}
    assert kinds == {"AWS::Serverless::Function", "AWS::IAM::Role", *template.OPENED}
    for name in changed:
        mine, theirs = (template["Resources"][name]["Properties"] for template in (made, packaged))
        if made["Resources"][name]["Type"] == "AWS::IAM::Role":
            for ours, original in zip(statements(mine), statements(theirs), strict=True):
                assert ours == loosened(original), name
        elif made["Resources"][name]["Type"] in template.OPENED:
            kept, original = (policy["PolicyDocument"]["Statement"] for policy in (mine, theirs))
            assert [statement for statement in original if statement not in kept] == [
                statement for statement in original if "aws:SecureTransport" in str(statement.get("Condition"))
            ]
        else:
            assert mine["CodeUri"] == "s3://packages/a.zip"
            expected = {key: value for key, value in theirs.items() if key != "DeploymentPreference"}
            assert mine == {**expected, "CodeUri": "s3://packages/a.zip"}


def test_the_packaged_template_is_not_modified(packaged):
    before = json.dumps(packaged)
    template.for_engine(packaged, "s3://packages/a.zip")
    assert json.dumps(packaged) == before


def statements(role):
    return [statement for policy in role["Policies"] for statement in policy["PolicyDocument"]["Statement"]]


def loosened(statement):
    """The statement without what the engine's rights do not know."""
    found = json.loads(json.dumps(statement))
    if found["Action"] == "ses:SendEmail":
        found["Resource"] = "*"
    if "kms:EncryptionContext:purpose" in found.get("Condition", {}).get("StringEquals", {}):
        found["Condition"] = {"StringEquals": {}}
    return found
