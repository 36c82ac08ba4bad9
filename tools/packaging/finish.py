"""Completes the template that Chalice has generated, for one stage in one region.

CloudFormation refuses a template with a type of resource that its region does not have, even under a condition that is
false. What a region lacks is therefore left out here, and the values of the stage are written as literals, so that a
changed value changes the template (docs/decisions/0078).
"""

import copy
import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from tools.packaging import aws_regions, backup
from tools.packaging.stage import Stage

API = "APIHandler"
ALIAS = "live"
ALIAS_RESOURCE = f"{API}Alias{ALIAS}"
"""The name that SAM gives to the alias of the API's function."""
RESTORABLE = {"PortalTable": ("TableName", "HasOwnTable"), "JournalTable": ("JournalName", "HasOwnJournal")}
"""Tables that a restored one can replace: the parameter with its name, and the condition that there is none."""
ROLLBACK_ALARMS = ("ApiFails", "ApiIsSlow", "NewVersionFails")
"""Alarms that end the shift of traffic to a new version and return it to the old one."""

Template = dict[str, Any]


def finished(template: Mapping[str, Any], stage: Stage) -> Template:
    """The template of a stage; the given one remains unchanged."""
    made: Template = copy.deepcopy(dict(template))
    _set_variables(made, stage)
    _publish_versions(made, stage)
    _follow_mail_way(made, stage)
    _follow_scanner(made, stage)
    backup.add_backups(made, stage)
    backup.allow_replica(made, stage)
    if not aws_regions.has_traces(stage.region):
        _remove_traces(made)
    if stage.partition == aws_regions.CHINA:
        made = _rewritten(made, _both_spellings)
    made = _with_literals(made, stage)
    for table in RESTORABLE:
        _use_restored(made, table)
    return made


def _set_variables(template: Template, stage: Stage) -> None:
    for function in functions(template).values():
        function["Properties"]["Environment"]["Variables"].update(stage.variables)


def functions(template: Mapping[str, Any]) -> dict[str, Any]:
    """The functions of a template, by their logical names."""
    return of_type(template, "AWS::Serverless::Function")


def of_type(template: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """The resources of a type, by their logical names."""
    return {name: resource for name, resource in template["Resources"].items() if resource["Type"] == kind}


# Versions of the API's function


def _publish_versions(template: Template, stage: Stage) -> None:
    """Let the API call an alias, which moves to a new version when the code or any setting changes."""
    api = template["Resources"][API]["Properties"]
    api["AutoPublishAlias"] = ALIAS
    api["AutoPublishAliasAllProperties"] = True
    if stage.deployment["snap_start"] and aws_regions.has_snap_start(stage.region):
        api["SnapStart"] = {"ApplyOn": "PublishedVersions"}
    if stage.shifts_traffic:
        api["DeploymentPreference"] = {
            "Type": stage.deployment["traffic_shift"],
            "Role": {"Fn::GetAtt": ["TrafficShiftRole", "Arn"]},
            "Alarms": [{"Ref": alarm} for alarm in ROLLBACK_ALARMS],
        }
    else:
        del template["Resources"]["TrafficShiftRole"]
    template["Resources"]["APIHandlerInvokePermission"]["Properties"]["FunctionName"] = {"Ref": ALIAS_RESOURCE}
    gateway = template["Resources"]["RestAPI"]["Properties"]
    text = json.dumps(gateway["DefinitionBody"])
    gateway["DefinitionBody"] = json.loads(text.replace(f"${{{API}.Arn}}", f"${{{ALIAS_RESOURCE}}}"))


# Mail


def _follow_mail_way(template: Template, stage: Stage) -> None:
    """Leave out what belongs to the way by which mail does not go.

    Without SES the relay reads reports from a mailbox: it gets the rights with which `mail_feedback` acts on them.
    """
    resources = template["Resources"]
    unused = SMTP_STATEMENTS if stage.sends_by_ses else SES_STATEMENTS
    for role in of_type(template, "AWS::IAM::Role").values():
        for policy in role["Properties"].get("Policies", ()):
            _without(policy["PolicyDocument"], unused)
    if stage.sends_by_ses:
        del resources["ReportsNotRead"]
        if stage.name != PRODUCTION:
            _allow_verified_recipients(template)
        return
    relay, feedback = (_statements(template, name) for name in ("DeliverMailRole", "MailFeedbackRole"))
    relay += [one for one in feedback if one["Sid"] in FEEDBACK_STATEMENTS]
    _remove(template, {name for name, resource in resources.items() if _is_of_ses(name, resource)})
    for statement in resources["OperationsKey"]["Properties"]["KeyPolicy"]["Statement"]:
        services = statement["Principal"].get("Service")
        if isinstance(services, list):
            statement["Principal"]["Service"] = [name for name in services if not name.startswith("ses.")]
    for name in ("CreatesMailIdentity", "MailsPerDay"):
        del template["Parameters"][name]
    del template["Conditions"]["HasMailIdentity"]


PRODUCTION = "prod"


def _allow_verified_recipients(template: Template) -> None:
    """Let functions send to verified recipients: in the sandbox SES asks for the right on their identities too."""
    identities = {"Fn::Sub": "arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}:identity/*"}
    for role in of_type(template, "AWS::IAM::Role").values():
        for policy in role["Properties"].get("Policies", ()):
            for statement in policy["PolicyDocument"]["Statement"]:
                if statement.get("Sid") in SES_STATEMENTS:
                    statement["Resource"] = [*statement["Resource"], identities]


SMTP_STATEMENTS = ("ReadTheMailServersPassword", "ReadItFromSecretsManager")
SES_STATEMENTS = ("Mail",)
FEEDBACK_STATEMENTS = ("FindAccounts", "Suppress")


def _statements(template: Template, role: str) -> list[Any]:
    statements: list[Any] = template["Resources"][role]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
    return statements


def _without(document: dict[str, Any], sids: Iterable[str]) -> None:
    document["Statement"] = [one for one in document["Statement"] if one.get("Sid") not in sids]


def _is_of_ses(name: str, resource: Mapping[str, Any]) -> bool:
    by_type = resource["Type"].startswith("AWS::SES::")
    return by_type or name.startswith("MailFeedback") or '"AWS/SES"' in json.dumps(resource)


def _remove(template: Template, names: set[str]) -> None:
    """Remove resources, and the metrics of them that alarms add up."""
    for name in names:
        del template["Resources"][name]
    for alarm in of_type(template, "AWS::CloudWatch::Alarm").values():
        properties = alarm["Properties"]
        if "Metrics" in properties:
            properties["Metrics"] = [one for one in properties["Metrics"] if not _measures(one, names)]


def _measures(query: Mapping[str, Any], names: set[str]) -> bool:
    dimensions = query.get("MetricStat", {}).get("Metric", {}).get("Dimensions", ())
    return any(isinstance(one["Value"], dict) and one["Value"].get("Ref") in names for one in dimensions)


# Scans of uploads


GUARDDUTY = ("ScanPlan", "ScanPlanRole", "ScanResults")
"""What only GuardDuty needs."""
SCANNING = {"InspectUploads": "InspectUploadsRole", "PurgeDrafts": "PurgeDraftsRole"}
"""Functions that ask clamd, and their roles."""
NETWORK = {
    "Sid": "JoinTheNetworkOfTheScanner",
    "Effect": "Allow",
    "Action": [
        "ec2:CreateNetworkInterface",
        "ec2:DeleteNetworkInterface",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSubnets",
        "ec2:AssignPrivateIpAddresses",
        "ec2:UnassignPrivateIpAddresses",
    ],
    "Resource": "*",
}
"""What Lambda asks of a role whose function is in a network (its managed AWSLambdaENIManagementAccess)."""


def _follow_scanner(template: Template, stage: Stage) -> None:
    """Leave out GuardDuty where it does not scan, and let the functions that scan join the network of clamd."""
    if stage.scanner == "guardduty":
        return
    resources = template["Resources"]
    _remove(template, set(GUARDDUTY))
    del resources["PortalBucket"]["Properties"]["NotificationConfiguration"]["EventBridgeConfiguration"]
    _without(resources["UploadEventsPolicy"]["Properties"]["PolicyDocument"], ("ResultsOfScans",))
    for role in of_type(template, "AWS::IAM::Role").values():
        for policy in role["Properties"].get("Policies", ()):
            _without(policy["PolicyDocument"], ("ReadScanResults", "StoreForAnotherScan"))
    for function, role in SCANNING.items():
        resources[function]["Properties"]["VpcConfig"] = {
            "SubnetIds": stage.deployment["scanner_subnets"],
            "SecurityGroupIds": stage.deployment["scanner_security_groups"],
        }
        _statements(template, role).append(NETWORK)


# Regions


def _remove_traces(template: Template) -> None:
    for function in functions(template).values():
        function["Properties"].pop("Tracing", None)
    template["Resources"]["RestAPI"]["Properties"].pop("TracingEnabled", None)
    for role in of_type(template, "AWS::IAM::Role").values():
        for policy in role["Properties"].get("Policies", ()):
            _without(policy["PolicyDocument"], ("Trace",))


def _both_spellings(value: Any) -> Any:
    """Accept both names that services in China have towards KMS, with `.cn` at the end and without."""
    match value:
        case {"kms:ViaService": named}:
            services = named if isinstance(named, list) else [named]
            plain = [{"Fn::Sub": one["Fn::Sub"].replace("${AWS::URLSuffix}", "amazonaws.com")} for one in services]
            return {**value, "kms:ViaService": [*services, *plain]}
    return value


# Values of the stage


def _with_literals(template: Template, stage: Stage) -> Template:
    """Write the stage's values in place of the references to the parameters, which go."""

    def literal(value: Any) -> Any:
        match value:
            case {"Ref": str(name)} if name in stage.literals and len(value) == 1:
                return stage.literals[name]
            case {"Fn::Sub": str(text)}:
                for name, known in stage.literals.items():
                    text = text.replace(f"${{{name}}}", str(known))
                return {"Fn::Sub": text} if "${" in text else text
        return value

    made: Template = _rewritten(template, literal)
    for name in stage.literals:
        del made["Parameters"][name]
    return made


def _use_restored(template: Template, table: str) -> None:
    """Let everything but the table itself refer to the table whose name the parameter gives, if it gives one."""
    parameter, is_own = RESTORABLE[table]
    arn = f"arn:${{AWS::Partition}}:dynamodb:${{AWS::Region}}:${{AWS::AccountId}}:table/${{{parameter}}}"

    def restored(value: Any) -> Any:
        match value:
            case {"Ref": name} if name == table:
                return {"Fn::If": [is_own, value, {"Ref": parameter}]}
            case {"Fn::GetAtt": [name, "Arn"]} if name == table:
                return {"Fn::If": [is_own, value, {"Fn::Sub": arn}]}
            case {"Fn::Sub": str(text)} if re.search(rf"\$\{{{table}(\.Arn)?}}", text):
                other = text.replace(f"${{{table}.Arn}}", arn).replace(f"${{{table}}}", f"${{{parameter}}}")
                return {"Fn::If": [is_own, value, {"Fn::Sub": other}]}
        return value

    for part in ("Resources", "Globals"):
        for name, content in template[part].items():
            if name != table:
                template[part][name] = _rewritten(content, restored)


def _rewritten(value: Any, change: Callable[[Any], Any]) -> Any:
    """A copy of a part of a template in which every object is replaced by what `change` makes of it."""
    if isinstance(value, dict):
        changed = change(value)
        # What replaces an object may contain it: it is not looked at again.
        if changed is not value:
            return changed
        return {name: _rewritten(part, change) for name, part in value.items()}
    return [_rewritten(part, change) for part in value] if isinstance(value, list) else value
