"""Each role has exactly the rights that its function uses: requests in botocore against `.chalice/policy-*.json`.

`tests/support/scenario.py` calls every function. `tests/conftest.py` checks the requests of all other tests against the
policies too, module by module.
"""

import re
from dataclasses import replace

import pytest

from testing.rights import JOURNAL, LEADING, POLICIES, TABLE, Use, granted_to, is_allowed, policy, rights
from tests.support import iam
from tests.support.scenario_record import recorded_scenario

NOT_SEEN = {
    "logs:CreateLogStream": "Lambda opens the log",
    "logs:PutLogEvents": "Lambda writes the log",
    "xray:PutTraceSegments": "Lambda sends traces",
    "xray:PutTelemetryRecords": "Lambda sends traces",
    "kms:GetPublicKey": "asked for once in a process, and all functions run in one here",
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
    granted = granted_to(function)
    missing = sorted(use for use in record.uses[function] if not is_allowed(use, granted))
    assert missing == []


@pytest.mark.parametrize("function", POLICIES)
def test_no_right_is_left_unused(record, function):
    allowed = [right for right in rights(policy(POLICIES[function])) if right.effect == "Allow"]
    unused = [
        right for right in allowed if right.action not in NOT_SEEN and not any(map(right.covers, record.uses[function]))
    ]
    assert unused == []


@pytest.mark.parametrize("function", POLICIES)
def test_no_entry_of_history_or_audit_can_be_changed_or_deleted(function):
    granted = rights(policy(POLICIES[function]))
    # The denial holds even if a later statement allows everything.
    every = [TABLE, f"{TABLE}/*", JOURNAL, f"{JOURNAL}/*"]
    granted += rights([{"Effect": "Allow", "Action": "dynamodb:*", "Resource": every}])
    for partition in ("HISTORY#", "HISTORY#APEC20261121000001", "AUDIT#", "AUDIT#OFFICERS"):
        for verb in ("UpdateItem", "DeleteItem"):
            assert not is_allowed(Use(f"dynamodb:{verb}", JOURNAL, LEADING, partition), granted), (verb, partition)
    for table in (TABLE, JOURNAL):
        for verb in ("BatchWriteItem", "PartiQLUpdate", "PartiQLDelete", "PartiQLInsert", "PartiQLSelect", "Scan"):
            assert not is_allowed(Use(f"dynamodb:{verb}", table), granted), (verb, table)
    assert is_allowed(Use("dynamodb:PutItem", JOURNAL, LEADING, "HISTORY#"), granted)


@pytest.mark.parametrize("function", sorted(set(POLICIES) - {"api_handler", "expire_cards"}))
def test_a_function_that_writes_no_history_cannot_put_anything_there(function):
    granted = rights(policy(POLICIES[function]))
    for partition in ("HISTORY#", "AUDIT#"):
        assert not is_allowed(Use("dynamodb:PutItem", JOURNAL, LEADING, partition), granted)


@pytest.mark.parametrize("function", POLICIES)
def test_the_rights_on_the_journal_depend_on_no_partition_key(function):
    """Nobody documents how IAM evaluates partition keys within a transaction."""
    on_journal = [right for right in rights(policy(POLICIES[function])) if right.resource.startswith(JOURNAL)]
    assert all(right.condition == "" for right in on_journal)
    assert {right.action for right in on_journal if right.effect == "Allow"} <= {"dynamodb:PutItem", "dynamodb:Query"}


def test_only_traces_are_allowed_on_every_resource():
    """Traces have no resource in IAM; denials may cover everything."""
    wide = {
        (name, statement["Sid"])
        for name, file in POLICIES.items()
        for statement in policy(file)
        if statement["Effect"] == "Allow" and ("*" in str(statement["Action"]) or statement["Resource"] == "*")
    }
    assert wide == {(name, "Trace") for name in POLICIES}


# The same policies, evaluated by a simulator of IAM


def test_iam_allows_every_use_of_the_scenario_with_its_condition_keys(record):
    uses = [(function, use) for function, used in record.uses.items() for use in sorted(used)]
    denied = [
        (function, use, decision)
        for (function, use), decision in zip(uses, iam.decisions(uses), strict=True)
        if decision != iam.ALLOWED and use.action not in ANYBODY
    ]
    assert denied == []
    assert {use.condition for _, use in uses} > {LEADING, "kms:ViaService", "kms:EncryptionContext:purpose"}


ANYBODY = {"sts:GetCallerIdentity"}
"""Actions that need no permission."""


def test_iam_denies_the_same_uses_under_another_value_of_their_condition(record):
    """The conditions are evaluated: each use that depends on one is denied with a value that nobody has."""
    uses = sorted(
        {
            (function, replace(use, value="OTHER#" if use.condition == LEADING else "other"))
            for function, used in record.uses.items()
            for use in used
            if use.condition and not use.resource.startswith(JOURNAL)
        }
    )
    allowed = [use for use, decision in zip(uses, iam.decisions(uses), strict=True) if decision == iam.ALLOWED]
    assert allowed == []
    assert len(uses) > 50


def test_iam_denies_every_function_to_change_the_journal_to_scan_and_to_end_a_key():
    verbs = ("UpdateItem", "DeleteItem", "BatchWriteItem", "PartiQLDelete", "Scan")
    uses = [(function, Use(f"dynamodb:{verb}", JOURNAL)) for function in POLICIES for verb in verbs]
    assert set(iam.decisions(uses)) == {"ExplicitlyDenied"}
    keys = [
        (function, Use(f"kms:{verb}", key))
        for function in POLICIES
        for key in ("PortalKey", "ReceiptKey")
        for verb in ("ScheduleKeyDeletion", "DisableKey")
    ]
    assert set(iam.decisions(keys)) == {"ExplicitlyDenied"}


def test_iam_lets_only_cloudformation_end_a_key_as_after_a_first_creation_that_failed():
    services = ("lambda.amazonaws.com", "cloudformation.amazonaws.com")
    uses = [
        ("api_handler", Use("kms:ScheduleKeyDeletion", key, "aws:CalledVia", service))
        for key in ("PortalKey", "ReceiptKey")
        for service in services
    ]
    # A function has no such right either way: what changes is that the key does not refuse by itself.
    assert iam.decisions(uses) == ["ExplicitlyDenied", "ImplicitlyDenied"] * 2


def test_iam_lets_no_function_read_or_replace_what_is_under_the_lock_but_the_nightly_run():
    roots = [Use(f"s3:{verb}", "RootsBucket/roots/") for verb in ("PutObject", "GetObject", "DeleteObjectVersion")]
    decided = {function: iam.decisions([(function, use) for use in roots]) for function in POLICIES}
    assert decided.pop("expire_cards") == ["Allowed", "Allowed", "ImplicitlyDenied"]
    assert {decision for found in decided.values() for decision in found} == {"ImplicitlyDenied"}
