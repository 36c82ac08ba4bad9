"""Each role has exactly the rights that its function uses: requests in botocore against `.chalice/policy-*.json`.

`tests/support/scenario.py` calls every function. In a run of all tests this module is the last, so that the requests
of all other tests are checked against the policies too.
"""

import json
import re

import pytest

from testing.rights import CHALICE, LEADING, RECORDED, TABLE, Use, is_allowed, policy, rights
from tests.support.scenario_record import recorded_scenario

CONFIG = json.loads((CHALICE / "config.json").read_text(encoding="utf-8"))
POLICIES = {name: declared["iam_policy_file"] for name, declared in CONFIG["lambda_functions"].items()}

NOT_SEEN = {
    "logs:CreateLogStream": "Lambda opens the log",
    "logs:PutLogEvents": "Lambda writes the log",
    "xray:PutTraceSegments": "Lambda sends traces",
    "xray:PutTelemetryRecords": "Lambda sends traces",
    "sqs:SendMessage": "Lambda puts the event of a run that failed for good into the queue",
    "sqs:ReceiveMessage": "Lambda takes events from the queue",
    "sqs:DeleteMessage": "the same",
    "sqs:GetQueueAttributes": "the same",
    "ssm:GetParameter": "only where mail goes by SMTP: tests/repos/test_smtp.py",
    "secretsmanager:GetSecretValue": "the same: Parameter Store asks for it in the caller's name",
}
"""Rights used by Lambda, by AWS itself or by some deployments only, which the scenario does not use."""


@pytest.fixture(scope="module")
def record(portal):
    """The record of the scenario."""
    return recorded_scenario(portal)


def test_the_scenario_succeeds_on_every_route(record):
    from chalicelib.handlers.http.routing import ROUTES

    succeeded = {(success.method, success.path) for success in record.successes}
    patterns = {f"{route.method} {route.path}": re.sub(r"{\w+}", "[^/]+", route.path) for route in ROUTES}
    left = {
        name
        for name, pattern in patterns.items()
        if not any(name.startswith(f"{method} ") and re.fullmatch(pattern, path) for method, path in succeeded)
    }
    assert left == set()


def test_every_function_with_a_policy_was_entered(record):
    assert record.uses.keys() == POLICIES.keys()


@pytest.mark.parametrize("function", POLICIES)
def test_no_right_is_missing(record, function):
    granted = rights(policy(POLICIES[function]))
    missing = sorted(use for use in RECORDED.uses[function] if not is_allowed(use, granted))
    assert missing == []


@pytest.mark.parametrize("function", POLICIES)
def test_no_right_is_left_unused(record, function):
    allowed = [right for right in rights(policy(POLICIES[function])) if right.effect == "Allow"]
    unused = [
        right for right in allowed if right.action not in NOT_SEEN and not any(map(right.covers, record.uses[function]))
    ]
    assert unused == []


@pytest.mark.parametrize("function", POLICIES)
def test_no_item_of_an_application_or_of_the_audit_can_be_changed_or_deleted(function):
    granted = rights(policy(POLICIES[function]))
    # The denial holds even if a later statement allows everything.
    granted += rights([{"Effect": "Allow", "Action": "dynamodb:*", "Resource": [TABLE, f"{TABLE}/*"]}])
    for partition in ("APP#", "APP#APEC20261121000001", "AUDIT#", "AUDIT#OFFICERS"):
        for verb in ("UpdateItem", "DeleteItem"):
            assert not is_allowed(Use(f"dynamodb:{verb}", TABLE, LEADING, partition), granted), (verb, partition)
    for verb in ("BatchWriteItem", "PartiQLUpdate", "PartiQLDelete", "PartiQLInsert", "PartiQLSelect", "Scan"):
        assert not is_allowed(Use(f"dynamodb:{verb}", TABLE), granted), verb
    assert is_allowed(Use("dynamodb:PutItem", TABLE, LEADING, "APP#"), granted)


@pytest.mark.parametrize("function", sorted(set(POLICIES) - {"api_handler", "expire_cards", "remind"}))
def test_a_function_that_writes_no_history_cannot_put_anything_there(function):
    granted = rights(policy(POLICIES[function]))
    for partition in ("APP#", "AUDIT#"):
        assert not is_allowed(Use("dynamodb:PutItem", TABLE, LEADING, partition), granted)


def test_only_traces_are_allowed_on_every_resource():
    """Traces have no resource in IAM; denials may cover everything."""
    wide = {
        (name, statement["Sid"])
        for name, file in POLICIES.items()
        for statement in policy(file)
        if statement["Effect"] == "Allow" and ("*" in str(statement["Action"]) or statement["Resource"] == "*")
    }
    assert wide == {(name, "Trace") for name in POLICIES}
