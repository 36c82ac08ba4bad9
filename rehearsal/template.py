"""The template of the package as the embedded engine can create it, and what thereby is not rehearsed.

Nothing is left out but by the tables of this module, and everything in them is printed.
"""

import copy
from collections.abc import Iterator, Mapping
from typing import Any

WITHOUT = {
    "AWS::WAFv2::WebACL": "the engine reads no Fn::FindInMap in conditions, and attaches no firewall to a stage",
    "AWS::WAFv2::WebACLAssociation": "as above",
    "AWS::S3::BucketPolicy": "refuses what does not come by TLS, and the engine speaks plain HTTP",
}
"""Types of resources that are taken out of the copy, and why."""

WITHOUT_PROPERTY = {("AWS::CloudWatch::Alarm", "Metrics"): "the engine has no metric mathematics"}
"""Resources of a type are taken out if they have the property."""

WITHOUT_CONDITION = {
    "kms:EncryptionContext:purpose": "the engine's rights know no context, and would refuse; its KMS checks the context"
}
"""Conditions that are taken out of the roles' policies."""

OF_ANY_RESOURCE = {"ses:SendEmail": "the engine does not know from which identity a mail is sent"}
"""Actions that the roles may do to whatever resource."""

ACCEPTED_ONLY = {
    "AWS::CloudWatch::Alarm": "kept, but the engine measures nothing: no alarm goes off",
    "AWS::CloudWatch::Dashboard": "kept, never drawn",
    "AWS::KMS::Key": "no rotation; key policies are not asked where the role's own policy allows",
    "AWS::Logs::LogGroup": "the functions' lines are there; no end of retention, no encryption",
    "AWS::Logs::MetricFilter": "kept, counts nothing",
    "AWS::SES::ConfigurationSetEventDestination": "kept; the rehearsal publishes SES's event to the topic itself",
    "AWS::SES::EmailIdentity": "verified at once, without DNS",
    "DynamoDB TimeToLiveSpecification, PointInTimeRecovery, SSE": "not created by the engine",
    "DynamoDB conditions on leading keys": "not known to the engine; tests/test_rights.py proves them",
    "API gateway responses, throttling, access log, compression, X-Ray": "not read by the engine",
    "Functions' architecture, memory, dead letters": "a process of this machine, with all its memory; no run fails here",
    "AWS::SNS::Subscription of AlarmEmail": "mail to whoever is told of alarms is not sent",
}
"""What is created, or accepted, without the effect that it has on AWS."""

Template = dict[str, Any]


def not_rehearsed(left_out: Mapping[str, str]) -> list[str]:
    """Everything that this rehearsal does not prove, with its reason."""
    reasons = [*left_out.items(), *WITHOUT_CONDITION.items(), *OF_ANY_RESOURCE.items(), *ACCEPTED_ONLY.items()]
    return [f"not rehearsed: {name}: {why}" for name, why in reasons]


def for_engine(template: Mapping[str, Any], code: str, settings: Mapping[str, str]) -> tuple[Template, dict[str, str]]:
    """A copy that the engine can create, and the reason for each resource that is not in it.

    `code`: address of the zip; `settings`: variables of the stage, as an operator writes them into config.json.
    """
    made: Template = copy.deepcopy(dict(template))
    resources: dict[str, Any] = made["Resources"]
    left_out = {name: why for name, each in resources.items() for why in _reasons(each)}
    for name in left_out:
        del resources[name]
    for each in resources.values():
        if each["Type"] == "AWS::IAM::Role":
            _loosen(each["Properties"].get("Policies", []))
        if each["Type"] == "AWS::Serverless::Function":
            each["Properties"]["CodeUri"] = code
            each["Properties"]["Environment"]["Variables"].update(settings)
    return made, left_out


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
