"""Each role has the rights its function uses and no other: what botocore is asked against `.chalice/policy-*.json`.

The scenario of `tests/support/scenario.py` drives everything. In a run of the whole suite this file comes last, and
what all tests asked is held against the policies too.
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
    "ssm:GetParameter": "only where mail goes by SMTP: tests/repos/test_smtp.py",
    "secretsmanager:GetSecretValue": "the same: Parameter Store asks for it in the caller's name",
}
"""What Lambda or AWS itself does with a role, or some deployments only: no walk shows it."""


@pytest.fixture(scope="module")
def walk(portal):
    """Every route answered with success at least once; what was asked on the way, by function."""
    return recorded_scenario(portal)


def test_the_walk_succeeds_on_every_route(walk):
    from chalicelib.handlers.http.routing import ROUTES

    succeeded = {(each.method, each.path) for each in walk.successes}
    patterns = {f"{route.method} {route.path}": re.sub(r"{\w+}", "[^/]+", route.path) for route in ROUTES}
    left = {
        name
        for name, pattern in patterns.items()
        if not any(name.startswith(f"{method} ") and re.fullmatch(pattern, path) for method, path in succeeded)
    }
    assert left == set()


def test_every_function_with_a_policy_was_entered(walk):
    assert walk.uses.keys() == POLICIES.keys()


@pytest.mark.parametrize("function", POLICIES)
def test_no_right_is_missing(walk, function):
    held = rights(policy(POLICIES[function]))
    missing = sorted(use for use in RECORDED.uses[function] if not is_allowed(use, held))
    assert missing == []


@pytest.mark.parametrize("function", POLICIES)
def test_no_right_is_left_unused(walk, function):
    allowed = [right for right in rights(policy(POLICIES[function])) if right.effect == "Allow"]
    unused = [
        right for right in allowed if right.action not in NOT_SEEN and not any(map(right.covers, walk.uses[function]))
    ]
    assert unused == []


@pytest.mark.parametrize("function", POLICIES)
def test_nothing_of_an_application_or_of_the_audit_can_be_changed_or_deleted(function):
    held = rights(policy(POLICIES[function]))
    # Whatever a later statement allowed: a refusal holds.
    held += rights([{"Effect": "Allow", "Action": "dynamodb:*", "Resource": [TABLE, f"{TABLE}/*"]}])
    for partition in ("APP#", "APP#APEC20261121000001", "AUDIT#", "AUDIT#OFFICERS"):
        for verb in ("UpdateItem", "DeleteItem"):
            assert not is_allowed(Use(f"dynamodb:{verb}", TABLE, LEADING, partition), held), (verb, partition)
    for verb in ("BatchWriteItem", "PartiQLUpdate", "PartiQLDelete", "PartiQLInsert", "PartiQLSelect", "Scan"):
        assert not is_allowed(Use(f"dynamodb:{verb}", TABLE), held), verb
    assert is_allowed(Use("dynamodb:PutItem", TABLE, LEADING, "APP#"), held)


@pytest.mark.parametrize("function", sorted(set(POLICIES) - {"api_handler", "expire_cards", "remind"}))
def test_a_function_that_writes_no_history_cannot_put_anything_there(function):
    held = rights(policy(POLICIES[function]))
    for partition in ("APP#", "AUDIT#"):
        assert not is_allowed(Use("dynamodb:PutItem", TABLE, LEADING, partition), held)


def test_only_these_statements_reach_everything():
    """Traces have no resource of their own in IAM; a refusal may be as wide as it likes."""
    wide = {
        (name, statement["Sid"])
        for name, file in POLICIES.items()
        for statement in policy(file)
        if statement["Effect"] == "Allow" and ("*" in str(statement["Action"]) or statement["Resource"] == "*")
    }
    assert wide == {(name, "Trace") for name in POLICIES}
