"""What the rehearsal changes of the template: what its tables say, and nothing else."""

import json

import pytest

from rehearsal import template
from tests.support.merged import merged

KEYS = {"ABTC_LICENCE_KEYS": json.dumps({"keys": []})}


@pytest.fixture(scope="module")
def packaged(portal):
    return merged("prod")


def test_resources_that_the_engine_cannot_create_are_omitted_by_name_and_reported(packaged):
    made, left_out = template.for_engine(packaged, "s3://packages/a.zip", KEYS)
    gone = set(packaged["Resources"]) - set(made["Resources"])
    assert gone == {
        *("WebAcl", "WebAclAssociation", "PortalBucketPolicy"),
        *("FunctionsThrottled", "FunctionsFail", "TableThrottles"),
    }
    assert {name.split()[0] for name in left_out} == gone
    lines = template.not_rehearsed(left_out)
    for name in gone:
        assert any(line.startswith(f"not rehearsed: {name} (AWS::") for line in lines)


def test_only_the_zip_the_settings_and_the_listed_rights_differ_from_the_package(packaged):
    made, _ = template.for_engine(packaged, "s3://packages/a.zip", KEYS)
    changed = {name for name, resource in made["Resources"].items() if resource != packaged["Resources"][name]}
    kinds = {made["Resources"][name]["Type"] for name in changed}
    assert kinds == {"AWS::Serverless::Function", "AWS::IAM::Role", "AWS::SQS::QueuePolicy"}
    for name in changed:
        mine, theirs = (template["Resources"][name]["Properties"] for template in (made, packaged))
        if made["Resources"][name]["Type"] == "AWS::IAM::Role":
            for ours, original in zip(statements(mine), statements(theirs), strict=True):
                assert ours == loosened(original), name
        elif made["Resources"][name]["Type"] == "AWS::SQS::QueuePolicy":
            kept, original = (policy["PolicyDocument"]["Statement"] for policy in (mine, theirs))
            assert [statement for statement in original if statement not in kept] == [
                statement for statement in original if "aws:SecureTransport" in str(statement.get("Condition"))
            ]
        else:
            assert mine["CodeUri"] == "s3://packages/a.zip"
            assert {**mine, "CodeUri": theirs["CodeUri"], "Environment": theirs["Environment"]} == theirs


def test_the_packaged_template_is_not_modified(packaged):
    before = json.dumps(packaged)
    template.for_engine(packaged, "s3://packages/a.zip", KEYS)
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
