"""Adapts the package's template to the embedded engine, and lists what is not rehearsed because of that.

The tables of this module are the only source of omissions; the rehearsal prints all of them.
"""

import copy
from collections.abc import Iterator, Mapping
from typing import Any

from rehearsal import edge

WITHOUT = {
    "AWS::WAFv2::WebACL": "the engine attaches no firewall to a stage",
    "AWS::WAFv2::WebACLAssociation": "as above",
    "AWS::GuardDuty::MalwareProtectionPlan": "the engine has no GuardDuty; the rehearsal plays it",
    "AWS::S3::BucketPolicy": "refuses what does not come by TLS, and the engine speaks plain HTTP",
}
"""Omitted types of resources, with the reason."""

WITHOUT_PROPERTY = {("AWS::CloudWatch::Alarm", "Metrics"): "the engine has no metric mathematics"}
"""Resources of a type that are omitted if they have the property, with the reason."""

WITHOUT_CONDITION = {
    "kms:EncryptionContext:purpose": "the engine's rights know no context, and would refuse; its KMS checks the context"
}
"""Conditions that are removed from the roles' policies, with the reason."""

WITHOUT_STATEMENT = {"aws:SecureTransport": "policies of queues and topics refuse plain HTTP, which the engine speaks"}
"""Conditions whose statements are removed from the policies of queues and topics, with the reason."""

OPENED = ("AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy")
"""The types of these policies."""

WITHOUT_FUNCTION_PROPERTY = {
    "DeploymentPreference": "the engine has no CodeDeploy: a new version gets all traffic at once"
}
"""Properties that are removed from the functions, with the reason."""

OF_ANY_RESOURCE = {"ses:SendEmail": "the engine does not know from which identity a mail is sent"}
"""Actions that the roles are allowed on any resource, with the reason."""

ACCEPTED_ONLY = {
    "AWS::CloudWatch::Alarm, Dashboard; AWS::Logs::MetricFilter": "kept, but nothing is measured",
    "AWS::DynamoDB::Table": "no time to live, no point-in-time recovery, no key of ours; capacity has no end",
    "AWS::S3::Bucket": "no rules for old objects, no key of ours",
    "AWS::KMS::Key": "nothing rotates",
    "AWS::Logs::LogGroup": "nothing ends, nothing is encrypted; of the access log there is nothing",
    "AWS::SES::EmailIdentity": "verified at once, without DNS; no quota",
    "AWS::SES::ConfigurationSetEventDestination": "kept; the rehearsal publishes SES's event to the topic itself",
    "AWS::Events::Rule ScanResults": "kept; nobody may publish events of GuardDuty, so the rehearsal fills the queue",
    "AWS::SNS::Subscription AlarmMail": "nobody is asked to confirm, nobody gets mail",
    "AWS::Serverless::Api": "no gateway responses, throttling, compression, binary types and traces; no custom domain;"
    " a changed definition makes another API",
    "AWS::Lambda::Version": "no snapshot is made",
    "AWS::Serverless::Function": "a process of this machine: no end of memory, no reserved concurrency, no traces",
    "dead letters, tries again": "kept; no run fails here",
    "rights of an operator": "the commands have those of the account",
    "conditions on leading keys": "the engine's rights do not know them; tests/assurance/test_rights.py proves them",
}
"""What the engine creates or accepts without the effect that it has on AWS."""

Template = dict[str, Any]


def not_rehearsed(left_out: Mapping[str, str]) -> list[str]:
    """Everything that this rehearsal does not prove, with its reason."""
    reasons = [
        *left_out.items(),
        *edge.WITHOUT.items(),
        *WITHOUT_STATEMENT.items(),
        *WITHOUT_CONDITION.items(),
        *WITHOUT_FUNCTION_PROPERTY.items(),
        *OF_ANY_RESOURCE.items(),
        *ACCEPTED_ONLY.items(),
    ]
    return [f"not rehearsed: {name}: {why}" for name, why in reasons]


def for_engine(
    template: Mapping[str, Any], code: str, settings: Mapping[str, str] | None = None
) -> tuple[Template, dict[str, str]]:
    """Copy a template for the engine.

    Args:
        template: the package's template.
        code: address of the zip.
        settings: variables that replace those of the package: the key of the simulated licence platform.

    Returns:
        The copy, and the reason for each omitted resource by its name and type.
    """
    made: Template = copy.deepcopy(dict(template))
    resources: dict[str, Any] = made["Resources"]
    reasons = {name: why for name, resource in resources.items() for why in _reasons(resource)}
    left_out = {f"{name} ({resources.pop(name)['Type']})": why for name, why in reasons.items()}
    for resource in resources.values():
        if resource["Type"] == "AWS::IAM::Role":
            _loosen(resource["Properties"].get("Policies", []))
        if resource["Type"] in OPENED:
            _open(resource["Properties"]["PolicyDocument"])
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = code
            resource["Properties"]["Environment"]["Variables"].update(settings or {})
            for name in WITHOUT_FUNCTION_PROPERTY:
                resource["Properties"].pop(name, None)
    return made, left_out


def _open(document: dict[str, Any]) -> None:
    """Remove the statements of a policy that the engine cannot fulfil."""
    document["Statement"] = [
        statement
        for statement in document["Statement"]
        if not any(name in keys for keys in statement.get("Condition", {}).values() for name in WITHOUT_STATEMENT)
    ]


def _loosen(policies: list[dict[str, Any]]) -> None:
    for policy in policies:
        for statement in policy["PolicyDocument"]["Statement"]:
            for keys in statement.get("Condition", {}).values():
                for name in WITHOUT_CONDITION:
                    keys.pop(name, None)
            if str(statement["Action"]) in OF_ANY_RESOURCE:
                statement["Resource"] = "*"


def _reasons(resource: Mapping[str, Any]) -> Iterator[str]:
    kind, properties = resource["Type"], resource.get("Properties", {})
    if kind in WITHOUT:
        yield WITHOUT[kind]
    yield from (why for (type_, name), why in WITHOUT_PROPERTY.items() if type_ == kind and name in properties)
