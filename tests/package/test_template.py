"""What is deployed: the template of each stage, merged as Chalice merges it, read as data."""

import json
import re

import pytest

from chalicelib.config import VARIABLES
from chalicelib.data import texts
from chalicelib.handlers.http import problems
from chalicelib.repos.process import log
from chalicelib.rules.base import limits
from sandbox.http.compression import minimum_size
from scheduled.expire_cards import expire_cards
from scheduled.purge_drafts import purge_drafts
from scheduled.remind import remind
from tests.support import logs
from tests.support.merged import ROOT, merged
from tools.packaging import stage_template

STAGES = ("dev", "staging", "prod")
RETENTION = {"dev": 14, "staging": 30, "prod": 180}
ROLES = {
    "APIHandler": "ApiHandlerRole",
    "PurgeDrafts": "PurgeDraftsRole",
    "DeliverMail": "DeliverMailRole",
    "ExpireCards": "ExpireCardsRole",
    "Remind": "RemindRole",
    "MailFeedback": "MailFeedbackRole",
    "InspectUploads": "InspectUploadsRole",
}
SCHEDULED = {name: role for name, role in ROLES.items() if name not in ("APIHandler", "MailFeedback", "InspectUploads")}

WIDE = {
    "OperationsKey/AccountAdministers": "a key's own policy: `*` is this key, and the account must be able to keep it",
    "PortalKey/AccountAdministers": "the same",
    "OperationsKey/NoticesOfThisAccount": "a key's own policy: `*` is this key; only for this account",
    "OperationsKey/LogsOfThisStack": "a key's own policy: `*` is this key; only for this stack's logs",
    **{f"{role}/Trace": "X-Ray has no resources in IAM" for role in ROLES.values()},
}
"""Statements that allow a wildcard as action or resource, and why."""


@pytest.fixture(scope="module")
def templates(portal):
    """The template of each stage; `app` is imported with the test's own variables."""
    return {stage: merged(stage) for stage in STAGES}


@pytest.fixture(scope="module", params=STAGES)
def stage(request):
    return request.param


@pytest.fixture
def resources(templates, stage):
    return templates[stage]["Resources"]


def of_type(resources, kind):
    return {name: resource for name, resource in resources.items() if resource["Type"] == kind}


def properties(resources, name):
    return resources[name]["Properties"]


def arn(name):
    return {"Fn::GetAtt": [name, "Arn"]}


# Functions


def test_every_function_has_a_role_of_its_own(resources):
    functions = of_type(resources, "AWS::Serverless::Function")
    assert {name: function["Properties"]["Role"] for name, function in functions.items()} == {
        name: arn(role) for name, role in ROLES.items()
    }
    assert set(of_type(resources, "AWS::IAM::Role")) == {*ROLES.values(), "ApiLogRole"}


def test_every_function_is_traced_and_has_an_encrypted_log_with_a_retention(resources, stage):
    for name, function in of_type(resources, "AWS::Serverless::Function").items():
        declared = function["Properties"]
        group = declared["LoggingConfig"]["LogGroup"]["Ref"]
        kept = properties(resources, group)
        assert (declared["Tracing"], kept["RetentionInDays"]) == ("Active", RETENTION[stage]), name
        assert kept["KmsKeyId"] == arn("OperationsKey"), name
        # A name after the function would make function, role and log wait for each other.
        assert "${AWS::StackName}/" in kept["LogGroupName"]["Fn::Sub"], name
        own = [statement for statement in _statements(resources, ROLES[name]) if statement["Sid"] == "Log"]
        assert [statement["Resource"] for statement in own] == [arn(group)], name


def test_every_function_gets_every_variable(templates, stage):
    template = templates[stage]
    shared = template["Globals"]["Function"]["Environment"]["Variables"]
    for name, function in of_type(template["Resources"], "AWS::Serverless::Function").items():
        own = function["Properties"]["Environment"]["Variables"]
        assert own.keys() | shared.keys() == set(VARIABLES.values()), name
        assert not own.keys() & shared.keys(), name
        assert own["ABTC_STAGE"] == stage, name


def test_memory_and_time_are_set_for_each_function(resources):
    functions = of_type(resources, "AWS::Serverless::Function")
    figures = {
        name: (function["Properties"]["MemorySize"], function["Properties"]["Timeout"])
        for name, function in functions.items()
    }
    assert figures == {
        "APIHandler": (1024, 29),
        "PurgeDrafts": (512, 300),
        "DeliverMail": (512, 55),
        "ExpireCards": (512, 300),
        "Remind": (512, 300),
        "MailFeedback": (512, 30),
        "InspectUploads": (512, 60),
    }


@pytest.mark.parametrize("name", SCHEDULED)
def test_scheduled_runs_do_not_overlap_are_retried_and_end_in_the_queue(resources, name):
    declared = properties(resources, name)
    assert declared["ReservedConcurrentExecutions"] == 1
    assert declared["DeadLetterQueue"] == {"Type": "SQS", "TargetArn": arn("FailedRuns")}
    assert {"MaximumRetryAttempts", "MaximumEventAgeInSeconds"} == declared["EventInvokeConfig"].keys()
    ((_, event),) = declared["Events"].items()
    assert event["Type"] == "Schedule"
    assert event["Properties"]["Schedule"].startswith(("rate(", "cron("))
    assert event["Properties"]["DeadLetterConfig"] == {"Arn": arn("FailedRuns")}
    assert event["Properties"]["RetryPolicy"]["MaximumRetryAttempts"] > 0


def test_events_of_ses_come_by_the_topic_are_retried_and_end_in_the_queue(resources):
    declared = properties(resources, "MailFeedback")
    ((_, event),) = declared["Events"].items()
    topic = "arn:${AWS::Partition}:sns:${AWS::Region}:${AWS::AccountId}:${MailFeedbackTopic.TopicName}"
    assert (event["Type"], event["Properties"]) == ("SNS", {"Topic": {"Fn::Sub": topic}})
    assert declared["DeadLetterQueue"] == {"Type": "SQS", "TargetArn": arn("FailedRuns")}
    assert declared["EventInvokeConfig"]["MaximumRetryAttempts"] > 0


def test_the_queue_of_failed_runs_is_encrypted_and_keeps_them_for_14_days(resources):
    queue = properties(resources, "FailedRuns")
    assert (queue["SqsManagedSseEnabled"], queue["MessageRetentionPeriod"]) == (True, 14 * 86_400)
    allowed = _allowed(properties(resources, "FailedRunsPolicy")["PolicyDocument"])
    assert [(statement["Principal"], statement["Action"]) for statement in allowed] == [
        ({"Service": "events.amazonaws.com"}, "sqs:SendMessage")
    ]
    assert "aws:SourceArn" in allowed[0]["Condition"]["ArnLike"]


def test_events_of_uploads_come_by_a_queue_are_retried_and_end_in_a_queue_of_their_own(resources):
    declared = properties(resources, "InspectUploads")
    ((_, event),) = declared["Events"].items()
    arn_of_queue = "arn:${AWS::Partition}:sqs:${AWS::Region}:${AWS::AccountId}:${UploadEvents.QueueName}"
    assert (event["Type"], event["Properties"]["Queue"]) == ("SQS", {"Fn::Sub": arn_of_queue})
    assert (event["Properties"]["BatchSize"], event["Properties"]["ScalingConfig"]) == (1, {"MaximumConcurrency": 20})
    queue, failed = properties(resources, "UploadEvents"), properties(resources, "FailedUploads")
    assert queue["RedrivePolicy"] == {"deadLetterTargetArn": arn("FailedUploads"), "maxReceiveCount": 5}
    # AWS advises six times the time of the function, so that no event is delivered while it is handled.
    assert queue["VisibilityTimeout"] == 6 * declared["Timeout"]
    assert (queue["SqsManagedSseEnabled"], failed["SqsManagedSseEnabled"]) == (True, True)
    assert failed["MessageRetentionPeriod"] == 14 * 86_400
    bucket = resources["PortalBucket"]
    (sent,) = bucket["Properties"]["NotificationConfiguration"]["QueueConfigurations"]
    assert (sent["Event"], sent["Queue"]) == ("s3:ObjectCreated:*", arn("UploadEvents"))
    assert sent["Filter"] == {"S3Key": {"Rules": [{"Name": "prefix", "Value": "uploads/"}]}}
    # S3 tries the queue when the bucket is configured.
    assert bucket["DependsOn"] == "UploadEventsPolicy"
    (allowed,) = _allowed(properties(resources, "UploadEventsPolicy")["PolicyDocument"])
    assert (allowed["Principal"], allowed["Action"]) == ({"Service": "s3.amazonaws.com"}, "sqs:SendMessage")
    assert allowed["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}


# Data


def test_the_bucket_is_private_encrypted_versioned_and_requires_tls(resources):
    bucket = properties(resources, "PortalBucket")
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["ServerSideEncryptionByDefault"]["KMSMasterKeyID"] == arn("PortalKey")
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    (statement,) = properties(resources, "PortalBucketPolicy")["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", "s3:*")
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert statement["Resource"] == [arn("PortalBucket"), {"Fn::Sub": "${PortalBucket.Arn}/*"}]


def test_browsers_reach_the_bucket_from_the_web_origin_of_the_stage_only(templates, stage):
    template = templates[stage]
    (rule,) = properties(template["Resources"], "PortalBucket")["CorsConfiguration"]["CorsRules"]
    assert rule["AllowedOrigins"] == [{"Ref": "WebOrigin"}]
    origin = properties(template["Resources"], "APIHandler")["Environment"]["Variables"]["ABTC_WEB_ORIGIN"]
    assert template["Parameters"]["WebOrigin"]["Default"] == origin
    assert origin.startswith("https://")


def test_exports_replaced_files_and_incomplete_uploads_expire(resources):
    rules = {rule["Id"]: rule for rule in properties(resources, "PortalBucket")["LifecycleConfiguration"]["Rules"]}
    assert rules["exports-live-one-day"]["ExpirationInDays"] == 1
    assert rules["exports-live-one-day"]["NoncurrentVersionExpiration"] == {"NoncurrentDays": 1}
    assert rules["uploads-are-inspected-or-go"]["ExpirationInDays"] == limits.UPLOAD_RETENTION.days == 7
    assert rules["replaced-uploads-go"]["NoncurrentVersionExpiration"] == {"NoncurrentDays": 1}
    assert rules["replaced-files-can-be-restored"]["NoncurrentVersionExpiration"] == {"NoncurrentDays": 90}
    assert rules["no-remains"]["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 1}
    assert not any("ExpirationInDays" in rule for rule in rules.values() if rule.get("Prefix") == "files/")


def test_resources_with_data_outlive_the_stack(resources):
    for name in (
        "PortalTable",
        "JournalTable",
        "PortalBucket",
        "PortalKey",
        "ApiHandlerLogGroup",
        "ApiAccessLog",
        "OperationsKey",
    ):
        assert (resources[name]["DeletionPolicy"], resources[name]["UpdateReplacePolicy"]) == ("Retain", "Retain"), name
    for name in ("PortalTable", "JournalTable"):
        table = properties(resources, name)
        assert table["DeletionProtectionEnabled"] is True
        assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
        assert table["SSESpecification"]["KMSMasterKeyId"] == arn("PortalKey")


# API


def test_the_api_is_throttled_traced_and_its_access_log_names_nobody(templates, stage):
    template = templates[stage]
    api = properties(template["Resources"], "RestAPI")
    (method,) = api["MethodSettings"]
    figures = template["Mappings"]["Stages"][stage]
    for setting, name in (("ThrottlingRateLimit", "Rate"), ("ThrottlingBurstLimit", "Burst")):
        assert method[setting] == {"Fn::FindInMap": ["Stages", {"Ref": "Stage"}, name]}
        assert figures[name] > 0
    assert method["DataTraceEnabled"] is False
    assert api["TracingEnabled"] is True
    assert api["StageName"] == template["Parameters"]["Stage"]["Default"] == stage
    said = json.loads(api["AccessLogSetting"]["Format"])
    assert set(said.values()) == {
        *("$context.requestTimeEpoch", "$context.requestId", "$context.xrayTraceId", "$context.httpMethod"),
        # The pattern of a path: the path itself holds application numbers.
        *("$context.resourcePath", "$context.status", "$context.responseLength", "$context.responseLatency"),
        "$context.error.responseType",
    }


def test_the_gateway_compresses_replies_as_the_sandbox_does_and_no_json_is_binary(resources):
    api = properties(resources, "RestAPI")
    assert api["MinimumCompressionSize"] == minimum_size()
    binary = api["DefinitionBody"]["x-amazon-apigateway-binary-media-types"]
    assert "image/png" in binary
    assert [media_type for media_type in binary if "json" in media_type or media_type == "*/*"] == []


def test_the_gateway_refuses_with_problem_json_and_cors(resources):
    codes = {
        "MISSING_AUTHENTICATION_TOKEN": "NOT_FOUND",
        "INVALID_SIGNATURE": "NOT_FOUND",
        "ACCESS_DENIED": "NOT_FOUND",
        "RESOURCE_NOT_FOUND": "NOT_FOUND",
        "WAF_FILTERED": "FORBIDDEN",
        "REQUEST_TOO_LARGE": "TOO_LARGE",
        "UNSUPPORTED_MEDIA_TYPE": "UNSUPPORTED_MEDIA_TYPE",
        "THROTTLED": "TOO_MANY_REQUESTS",
        "QUOTA_EXCEEDED": "TOO_MANY_REQUESTS",
        "INTEGRATION_FAILURE": "OUTCOME_UNKNOWN",
        "INTEGRATION_TIMEOUT": "OUTCOME_UNKNOWN",
        "DEFAULT_4XX": "MALFORMED",
        "DEFAULT_5XX": "OUTCOME_UNKNOWN",
    }
    answers = properties(resources, "RestAPI")["GatewayResponses"]
    assert answers.keys() == codes.keys()
    for kind, code in codes.items():
        headers = answers[kind]["ResponseParameters"]["Headers"]
        assert headers["Access-Control-Allow-Origin"] == {"Fn::Sub": "'${WebOrigin}'"}, kind
        assert headers["Content-Type"] == "'application/problem+json'", kind
        assert answers[kind]["StatusCode"] == problems.STATUS[code], kind
        assert ("Retry-After" in headers) == (problems.STATUS[code] in (429, 503)), kind
        assert json.loads(answers[kind]["ResponseTemplates"]["application/json"]) == {
            "type": "about:blank",
            "title": texts.text("errors", code, "en"),
            "status": problems.STATUS[code],
            "code": code,
            "message": texts.text("errors", code, "zh"),
            "errors": [],
            "request_id": "$context.requestId",
        }


def test_the_firewall_protects_the_public_endpoints(templates):
    walls = {stage: templates[stage]["Mappings"]["Stages"][stage]["Waf"] for stage in STAGES}
    assert walls == {"dev": "no", "staging": "yes", "prod": "yes"}
    wall = templates["prod"]["Resources"]["WebAcl"]
    rate, common = wall["Properties"]["Rules"]
    assert (wall["Condition"], rate["Action"]) == ("HasWaf", {"Block": {}})
    assert rate["Statement"]["RateBasedStatement"]["AggregateKeyType"] == "IP"
    managed = common["Statement"]["ManagedRuleGroupStatement"]
    assert managed["Name"] == "AWSManagedRulesCommonRuleSet"
    # Bodies of a whole group are larger than the 8 KB of the common rule; the application has a limit of its own.
    assert {"Name": "SizeRestrictions_BODY", "ActionToUse": {"Count": {}}} in managed["RuleActionOverrides"]
    views = [part["VisibilityConfig"]["SampledRequestsEnabled"] for part in (wall["Properties"], rate, common)]
    assert views == [False] * 3, "samples would show session tokens"


# Mail


def test_bounces_and_complaints_go_to_an_encrypted_topic_that_only_ses_of_the_account_writes_to(resources):
    destination = properties(resources, "PortalMailFeedback")["EventDestination"]
    assert destination["MatchingEventTypes"] == ["bounce", "complaint"]
    assert destination["SnsDestination"] == {"TopicARN": {"Ref": "MailFeedbackTopic"}}
    assert properties(resources, "MailFeedbackTopic")["KmsMasterKeyId"] == arn("OperationsKey")
    (statement,) = properties(resources, "MailFeedbackTopicPolicy")["PolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "ses.amazonaws.com"}
    assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
    identity = properties(resources, "MailIdentity")["ConfigurationSetAttributes"]
    assert identity == {"ConfigurationSetName": {"Ref": "PortalMail"}}


def test_mail_comes_from_the_verified_domain(templates, stage):
    sender = properties(templates[stage]["Resources"], "DeliverMail")["Environment"]["Variables"]["ABTC_MAIL_FROM"]
    assert sender.endswith(f"@{templates[stage]['Parameters']['MailDomain']['Default']}")


def test_resources_of_ses_are_created_only_in_regions_with_ses(resources):
    made = {name for name, resource in resources.items() if resource["Type"].startswith("AWS::SES::")}
    made |= {name for name, resource in resources.items() if resource["Properties"].get("Namespace") == "AWS/SES"}
    assert made == {"MailIdentity", "PortalMail", "PortalMailFeedback", "MailBounces", "MailComplaints"}
    assert {resources[name]["Condition"] for name in made} == {"HasSes"}


# Rights


def test_only_the_listed_permissions_use_a_wildcard(resources):
    found = {f"{owner}/{statement['Sid']}" for owner, statement in _all_allowed(resources) if _is_wide(statement)}
    assert found == WIDE.keys()


def test_keys_are_used_only_through_services_or_for_data_keys(resources):
    for role in ROLES.values():
        for statement in _statements(resources, role):
            actions = statement["Action"]
            if any(action.startswith("kms:") for action in ([actions] if isinstance(actions, str) else actions)):
                (keys,) = statement["Condition"].values()
                assert keys.keys() <= {"kms:ViaService", "kms:EncryptionContext:purpose"}, (role, statement["Sid"])
                named = keys.get("kms:ViaService", {"Fn::Sub": "${AWS::URLSuffix}"})
                for service in named if isinstance(named, list) else [named]:
                    assert service["Fn::Sub"].endswith("${AWS::URLSuffix}"), "China has a suffix of its own"


def _statements(resources, role):
    (document,) = properties(resources, role)["Policies"]
    return document["PolicyDocument"]["Statement"]


def _allowed(document):
    return [statement for statement in document["Statement"] if statement["Effect"] == "Allow"]


def _all_allowed(resources):
    for name, resource in resources.items():
        inline = [policy["PolicyDocument"] for policy in resource["Properties"].get("Policies", [])]
        attached = [resource["Properties"].get(kind) for kind in ("PolicyDocument", "KeyPolicy")]
        for document in [*inline, *filter(None, attached)]:
            yield from ((name, statement) for statement in _allowed(document))


def _is_wide(statement):
    actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
    principal = statement.get("Principal")
    return any("*" in action for action in actions) or statement["Resource"] == "*" or principal in ("*", {"AWS": "*"})


# Secrets


@pytest.mark.parametrize("file", sorted((ROOT / ".chalice").glob("*.json")), ids=lambda file: file.name)
def test_no_file_of_the_deployment_holds_a_secret(file):
    text = file.read_text(encoding="utf-8")
    assert not re.search(r"AKIA[0-9A-Z]{16}|-----BEGIN|\"d\"\s*:", text)
    random = [word for word in re.findall(r"[A-Za-z0-9+/_-]{32,}={0,2}", text) if _looks_random(word)]
    assert random == []


def _looks_random(word):
    return bool(re.search(r"[0-9]", word) and re.search(r"[a-z]", word) and re.search(r"[A-Z]", word))


def test_variables_are_addresses_names_and_public_keys(resources):
    for name in ROLES:
        for variable, value in properties(resources, name)["Environment"]["Variables"].items():
            assert not re.search(r"PASSWORD(?!_PROFILE)|SECRET|TOKEN", variable), variable
            assert len(value) < 100, variable


# Watching


def test_every_alarm_is_listed_and_notifies_the_topic(resources):
    alarms = of_type(resources, "AWS::CloudWatch::Alarm")
    assert set(alarms) == {
        *("ApiFails", "ApiIsSlow", "ApiThrottles", "FunctionsThrottled", "FunctionsFail", "TableThrottles"),
        *("MailUnreadable", "CardsNotExpired", "RemindersNotGiven"),
        *("UploadsFailed", "UploadsWait", "FilesNotCleaned"),
        *("MailDied", "MailWaits", "RunsFailed", "MailBounces", "MailComplaints"),
        *("PurgeDidNotRun", "ExpiryDidNotRun", "RemindersDidNotRun"),
        *("PurgeUnfinished", "ExpiryUnfinished", "RemindersUnfinished", "RelayUnfinished"),
    }
    for name, alarm in alarms.items():
        assert alarm["Properties"]["AlarmActions"] == [{"Ref": "AlarmTopic"}], name
    assert properties(resources, "AlarmTopic")["KmsMasterKeyId"] == arn("OperationsKey")
    assert resources["AlarmMail"]["Condition"] == "HasAlarmMail"


@pytest.mark.parametrize("name", ["PurgeDidNotRun", "ExpiryDidNotRun", "RemindersDidNotRun"])
def test_a_daily_function_that_has_not_completed_for_26_hours_raises_an_alarm(resources, name):
    alarm = properties(resources, name)
    assert alarm["Period"] * alarm["EvaluationPeriods"] == 26 * 3600
    assert (alarm["Statistic"], alarm["ComparisonOperator"], alarm["Threshold"]) == ("Sum", "LessThanThreshold", 1)
    assert (alarm["MetricName"], alarm["TreatMissingData"]) == ("runs", "breaching")


def test_a_scheduled_function_that_leaves_work_to_its_next_run_raises_an_alarm(resources):
    watched = {function for function, metric in _watched(resources) if metric == "unfinished"}
    assert watched == {"purge_drafts", "expire_cards", "remind", "deliver_mail"}


def test_every_watched_custom_metric_is_written_by_the_code(world, resources):
    written = {run.func.__name__: _written(world, run) for run in (purge_drafts, expire_cards, remind)}
    written["deliver_mail"] = _written(world, None)
    watched = list(_watched(resources))
    assert len(watched) > 4
    for function, metric in watched:
        assert metric in written[function], (function, metric)


def test_metrics_are_logged_in_the_embedded_metric_format_of_cloudwatch(world):
    with logs.recorded() as caught:
        log.metrics("purge_drafts", purged=2, oldest_seconds=1.5, unfinished=True)
    (line,) = map(json.loads, caught.getvalue().splitlines())
    at = line.pop("_aws")
    assert at == {
        "Timestamp": 1795235400000,
        "CloudWatchMetrics": [
            {
                "Namespace": "ABTC",
                "Dimensions": [["stage", "function"]],
                "Metrics": [
                    {"Name": "purged", "Unit": "Count"},
                    {"Name": "oldest_seconds", "Unit": "Seconds"},
                    {"Name": "unfinished", "Unit": "Count"},
                    {"Name": "runs", "Unit": "Count"},
                ],
            }
        ],
    }
    figures = {"purged": 2, "oldest_seconds": 1.5, "unfinished": 1, "runs": 1}
    named = {"stage": "sandbox", "function": "purge_drafts"}
    heading = {"time": "2026-11-21T04:30:00.000Z", "level": "info", "event": "purge_drafts"}
    assert line == {**heading, **figures, **named}


def test_refused_requests_are_counted_from_the_access_log(resources):
    counted = properties(resources, "ApiThrottledFilter")
    assert counted["FilterPattern"] == '{ $.status = "429" }'
    (transformation,) = counted["MetricTransformations"]
    alarm = properties(resources, "ApiThrottles")
    assert (alarm["Namespace"], alarm["MetricName"]) == (
        transformation["MetricNamespace"],
        transformation["MetricName"],
    )


def _written(world, function):
    """The metrics that a run declares, each with a number in its line."""
    with logs.recorded() as caught:
        world.run(function) if function else world.deliver()
    lines = [line for line in map(json.loads, caught.getvalue().splitlines()) if "_aws" in line]
    (line,) = lines
    (described,) = line["_aws"]["CloudWatchMetrics"]
    names = [metric["Name"] for metric in described["Metrics"]]
    assert described["Namespace"] == "ABTC"
    assert all(isinstance(line[name], int | float) for name in names)
    assert all(name in line for name in described["Dimensions"][0])
    return names


def _watched(resources):
    """Function and name of every metric of ours in an alarm or on the dashboard."""
    for alarm in of_type(resources, "AWS::CloudWatch::Alarm").values():
        if alarm["Properties"].get("Namespace") == "ABTC":
            dimensions = {dimension["Name"]: dimension["Value"] for dimension in alarm["Properties"]["Dimensions"]}
            assert dimensions["stage"] == {"Ref": "Stage"}
            yield dimensions["function"], alarm["Properties"]["MetricName"]
    board = json.loads(properties(resources, "PortalDashboard")["DashboardBody"]["Fn::Sub"])
    for widget in board["widgets"]:
        last: list[str] = []
        for row in widget["properties"]["metrics"]:
            plain = [word for word in row if isinstance(word, str)]
            full = last if plain == ["..."] else [last[n] if word == "." else word for n, word in enumerate(plain)]
            last = full
            if full[0] == "ABTC":
                yield full[full.index("function") + 1], full[1]


# Stages


def test_the_values_of_a_stage_are_written_once(templates, stage):
    raw = json.loads((ROOT / ".chalice" / "resources.json").read_text(encoding="utf-8"))
    filled = {name for name, parameter in raw["Parameters"].items() if "Default" not in parameter}
    assert filled == {"Stage", "WebOrigin", "MailDomain", "LogRetentionDays"}
    assert all("Default" in parameter for parameter in templates[stage]["Parameters"].values())
    assert templates[stage]["Parameters"]["LogRetentionDays"]["Default"] == RETENTION[stage]
    assert stage in raw["Parameters"]["Stage"]["AllowedValues"]


def test_an_unknown_stage_is_refused():
    with pytest.raises(KeyError):
        stage_template.for_stage("test")


@pytest.mark.parametrize("alarm", ["FunctionsThrottled", "FunctionsFail"])
def test_alarms_of_functions_watch_all_of_them(resources, alarm):
    parts = [
        query["MetricStat"]["Metric"] for query in resources[alarm]["Properties"]["Metrics"] if "MetricStat" in query
    ]
    assert {part["Dimensions"][0]["Value"]["Ref"] for part in parts} == set(ROLES)
