"""The template after the SAM transform of AWS: what CloudFormation sees calls the alias of the API and nothing else."""

import json
import re

import pytest

from tests.support.merged import merged
from tools.packaging.transform import transformed

ALIAS = "APIHandlerAliaslive"


CHINA_VARIABLES = {"ABTC_MAIL_SERVER": "smtps://u@smtp.test", "ABTC_SCANNER": "clamd://10.0.1.20:3310"}
CHINA_DEPLOYMENT = {"scanner_subnets": ["subnet-1"], "scanner_security_groups": ["sg-1"]}


@pytest.fixture(scope="module", params=["eu-central-1", "cn-north-1"])
def resources(request, portal):
    variables, deployment = (CHINA_VARIABLES, CHINA_DEPLOYMENT) if request.param.startswith("cn-") else ({}, {})
    return transformed(merged("prod", request.param, variables, deployment), request.param)


def test_every_integration_of_the_api_calls_the_alias(resources):
    (api,) = [one for one in resources.values() if one["Type"] == "AWS::ApiGateway::RestApi"]
    paths = api["Properties"]["Body"]["paths"]
    called = [
        json.dumps(operation["x-amazon-apigateway-integration"]["uri"])
        for operations in paths.values()
        for operation in operations.values()
        if operation["x-amazon-apigateway-integration"]["type"] == "aws_proxy"
    ]
    assert len(called) > 100
    assert {re.findall(r"\$\{(APIHandler\w*)", uri)[0] for uri in called} == {ALIAS}


def test_the_alias_names_the_newest_version_and_the_api_may_call_it(resources):
    alias = resources[ALIAS]
    assert alias["Type"] == "AWS::Lambda::Alias"
    version = alias["Properties"]["FunctionVersion"]["Fn::GetAtt"][0]
    assert resources[version]["Type"] == "AWS::Lambda::Version"
    assert resources[version]["DeletionPolicy"] == "Retain"
    permissions = [
        one["Properties"]["FunctionName"]
        for one in resources.values()
        if one["Type"] == "AWS::Lambda::Permission" and one["Properties"]["Principal"].startswith("apigateway.")
    ]
    assert permissions == [{"Ref": ALIAS}]


def test_the_transform_leaves_no_resource_of_its_own_language(resources):
    assert not [name for name, one in resources.items() if one["Type"].startswith("AWS::Serverless::")]


def test_a_changed_setting_makes_another_version(portal):
    names = []
    for origin in ("https://portal.example", "https://other.example"):
        made = transformed(merged("prod", "eu-central-1", {"ABTC_WEB_ORIGIN": origin}), "eu-central-1")
        names.append([name for name, one in made.items() if one["Type"] == "AWS::Lambda::Version"])
    assert len(names[0]) == len(names[1]) == 1
    assert names[0] != names[1]
