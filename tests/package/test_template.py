"""What is deployed: the template of each stage, merged as Chalice merges it, read as data."""

import json
import re

import pytest

from chalicelib.config import VARIABLES
from chalicelib.data import texts
from chalicelib.handlers.http import problems
from chalicelib.handlers.http.serving import HEADERS
from chalicelib.repos.process import log
from chalicelib.rules.base import limits
from sandbox.http.compression import minimum_size
from scheduled.expire_cards import expire_cards
from scheduled.look_up_persons import look_up_persons
from scheduled.purge_drafts import purge_drafts
from scheduled.remind import remind
from testing import people
from tests.support import logs
from tests.support.merged import ROOT, merged
from tools.packaging.stage import Unconfigured
from tools.packaging.stage import read as read_stage

STAGES = ("dev", "staging", "prod")
RETENTION = {"dev": 14, "staging": 30, "prod": 365}
"""Days that logs are kept; sign-ins of the service itself at least 190 (docs/decisions/0077)."""
ROLES = {
    "APIHandler": "ApiHandlerRole",
    "PurgeDrafts": "PurgeDraftsRole",
    "DeliverMail": "DeliverMailRole",
    "ExpireCards": "ExpireCardsRole",
    "Remind": "RemindRole",
    "MailFeedback": "MailFeedbackRole",
    "InspectUploads": "InspectUploadsRole",
    "LookUpPersons": "LookUpPersonsRole",
}
SCHEDULED = {name: role for name, role in ROLES.items() if name not in ("APIHandler", "MailFeedback", "InspectUploads")}

WIDE = {
    "OperationsKey/AccountAdministers": "a key's own policy: `*` is this key, and the account must be able to keep it",
    "PortalKey/AccountAdministers": "the same",
    "ReceiptKey/AccountAdministers": "the same",
    "OperationsKey/NoticesOfThisAccount": "a key's own policy: `*` is this key; only for this account",
    "OperationsKey/RulesOfThisAccount": "the same; EventBridge names no account towards KMS",
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
    others = set(of_type(resources, "AWS::IAM::Role")) - set(ROLES.values())
    assert others - {"TrafficShiftRole"} == {"ApiLogRole", "OperatorRole", "ScanPlanRole"}


def test_an_operator_needs_a_second_factor_and_has_the_role_for_an_hour(resources):
    role = properties(resources, "OperatorRole")
    (trusted,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trusted["Condition"] == {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    assert role["MaxSessionDuration"] == 3600
    allowed = {
        action
        for statement in _statements(resources, "OperatorRole")
        for action in ([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])
    }
    # The role of a person that runs commands can neither read the mail server's password nor send mail.
    assert {action.partition(":")[0] for action in allowed} == {
        *("cloudformation", "logs", "lambda", "dynamodb", "s3", "kms")
    }


def test_an_operator_reads_restored_tables_before_the_stack_uses_them_and_the_old_ones_afterwards(resources):
    (tables,) = [one for one in _statements(resources, "OperatorRole") if one["Sid"] == "UseTheTables"]
    place = "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${AWS::StackName}"
    # The names that CloudFormation and `python -m tools.deployment restore` give.
    for table in ("PortalTable", "JournalTable"):
        assert {"Fn::Sub": f"{place}-{table}-*"} in tables["Resource"]


def test_an_operator_can_redact_the_journal_and_delete_every_version_of_a_file(resources):
    granted = set(_grants(resources, "OperatorRole"))
    journal, bucket = "JournalTable", "PortalBucket"
    assert {(journal, f"dynamodb:{name}Item") for name in ("Put", "Update", "Delete")} <= granted
    assert {(bucket, "s3:DeleteObjectVersion"), (bucket, "s3:ListBucketVersions")} <= granted


def _grants(resources, role):
    """The resource of the stack and the action of each right of a role."""
    for statement in _statements(resources, role):
        actions = [statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"]
        text = json.dumps(statement["Resource"])
        for name in ("JournalTable", "PortalBucket"):
            yield from ((name, action) for action in actions if name in text)


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
        "LookUpPersons": (512, 55),
    }


@pytest.mark.parametrize("name", SCHEDULED)
def test_scheduled_runs_do_not_overlap_are_retried_and_end_in_the_queue(resources, name):
    declared = properties(resources, name)
    # A new account has too few executions to reserve some (docs/operations.md).
    reserved = {"Fn::If": ["HasReservedConcurrency", 1, {"Ref": "AWS::NoValue"}]}
    assert declared["ReservedConcurrentExecutions"] == reserved
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
    allowed, results = _allowed(properties(resources, "UploadEventsPolicy")["PolicyDocument"])
    assert (results["Principal"], results["Action"]) == ({"Service": "events.amazonaws.com"}, "sqs:SendMessage")
    assert "rule/${AWS::StackName}-ScanResults-" in json.dumps(results["Condition"])
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
    origin = properties(template["Resources"], "APIHandler")["Environment"]["Variables"]["ABTC_WEB_ORIGIN"]
    assert rule["AllowedOrigins"] == [origin]
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
        "ReceiptKey",
        "RootsBucket",
    ):
        kept = (resources[name]["DeletionPolicy"], resources[name]["UpdateReplacePolicy"])
        assert kept == ("RetainExceptOnCreate", "Retain"), name
    for name in ("PortalTable", "JournalTable"):
        table = properties(resources, name)
        assert table["DeletionProtectionEnabled"] is True
        assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
        assert table["SSESpecification"]["KMSMasterKeyId"] == arn("PortalKey")


# API


def test_the_api_is_throttled_traced_and_its_access_log_has_the_address_and_no_name(templates, stage):
    template = templates[stage]
    api = properties(template["Resources"], "RestAPI")
    (method,) = api["MethodSettings"]
    figures = template["Mappings"]["Stages"][stage]
    for setting, name in (("ThrottlingRateLimit", "Rate"), ("ThrottlingBurstLimit", "Burst")):
        assert method[setting] == {"Fn::FindInMap": ["Stages", stage, name]}
        assert figures[name] > 0
    assert method["DataTraceEnabled"] is False
    assert api["TracingEnabled"] is True
    assert api["StageName"] == stage
    said = json.loads(api["AccessLogSetting"]["Format"])
    assert set(said.values()) == {
        *("$context.requestTimeEpoch", "$context.requestId", "$context.xrayTraceId", "$context.httpMethod"),
        # The pattern of a path: the path itself holds application numbers.
        *("$context.resourcePath", "$context.status", "$context.responseLength", "$context.responseLatency"),
        *("$context.error.responseType", "$context.identity.sourceIp"),
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
    origin = properties(resources, "APIHandler")["Environment"]["Variables"]["ABTC_WEB_ORIGIN"]
    assert answers.keys() == codes.keys()
    for kind, code in codes.items():
        headers = answers[kind]["ResponseParameters"]["Headers"]
        assert headers["Access-Control-Allow-Origin"] == f"'{origin}'", kind
        assert headers["Content-Type"] == "'application/problem+json'", kind
        assert {name: headers[name] for name in HEADERS} == {name: f"'{value}'" for name, value in HEADERS.items()}
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
    assert templates["prod"]["Conditions"]["HasWaf"] == {"Fn::Equals": [{"Ref": "Firewall"}, "yes"]}
    wall = templates["prod"]["Resources"]["WebAcl"]
    rate, common = wall["Properties"]["Rules"]
    assert wall["Condition"] == "HasWaf"
    limited = rate["Statement"]["RateBasedStatement"]
    assert (limited["AggregateKeyType"], limited["EvaluationWindowSec"]) == ("IP", 300)
    # 30 people behind one address, each with 90 requests a minute, are not stopped.
    assert limited["Limit"] >= 30 * 90 * 5
    answer = rate["Action"]["Block"]["CustomResponse"]
    headers = {header["Name"]: header["Value"] for header in answer["ResponseHeaders"]}
    assert (answer["ResponseCode"], headers["Retry-After"]) == (429, "60")
    assert headers["Access-Control-Allow-Origin"] == "https://portal.example"
    body = wall["Properties"]["CustomResponseBodies"][answer["CustomResponseBodyKey"]]
    assert body["ContentType"] == "APPLICATION_JSON"
    assert json.loads(body["Content"]) == {
        "type": "about:blank",
        "title": texts.text("errors", "TOO_MANY_REQUESTS", "en"),
        "status": 429,
        "code": "TOO_MANY_REQUESTS",
        "message": texts.text("errors", "TOO_MANY_REQUESTS", "zh"),
        "errors": [],
        "request_id": "",
    }
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
    _, statement = properties(resources, "MailFeedbackTopicPolicy")["PolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "ses.amazonaws.com"}
    assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
    identity = properties(resources, "MailIdentity")["ConfigurationSetAttributes"]
    assert identity == {"ConfigurationSetName": {"Ref": "PortalMail"}}


@pytest.mark.parametrize("topic", ["MailFeedbackTopic", "AlarmTopic"])
def test_topics_accept_nothing_over_plain_http(resources, topic):
    statements = properties(resources, f"{topic}Policy")["PolicyDocument"]["Statement"]
    assert [statement for statement in statements if statement["Effect"] == "Deny"] == [
        {
            "Sid": "TlsOnly",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "sns:Publish",
            "Resource": {"Ref": topic},
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
    ]


@pytest.mark.parametrize("function", ["api", "deliver_mail"])
def test_the_password_of_the_mail_server_is_readable_by_its_own_stage_only(function):
    policy = json.loads((ROOT / ".chalice" / f"policy-{function}.json").read_text(encoding="utf-8"))
    allowed = [one for one in policy["Statement"] if str(one["Action"]).startswith(("ssm:", "secretsmanager:"))]
    named = [arn["Fn::Sub"] for one in allowed for arn in [one["Resource"]] if isinstance(arn, dict)]
    named += [arn["Fn::Sub"] for one in allowed if isinstance(one["Resource"], list) for arn in one["Resource"]]
    assert len(named) == 3
    assert [name for name in named if not name.endswith("abtc-portal/${Stage}/*")] == []


def test_mail_comes_from_the_verified_domain(templates, stage):
    sender = properties(templates[stage]["Resources"], "DeliverMail")["Environment"]["Variables"]["ABTC_MAIL_FROM"]
    identity = properties(templates[stage]["Resources"], "MailIdentity")
    assert sender.endswith(f"@{identity['EmailIdentity']}")


# Rights


def test_only_the_listed_permissions_use_a_wildcard(resources):
    found = {f"{owner}/{statement['Sid']}" for owner, statement in _all_allowed(resources) if _is_wide(statement)}
    assert found == WIDE.keys()


def test_keys_are_used_only_through_services_or_for_data_keys(resources):
    for role in ROLES.values():
        for statement in _statements(resources, role):
            actions = statement["Action"]
            if any(action.startswith("kms:") for action in ([actions] if isinstance(actions, str) else actions)):
                if statement["Resource"] == arn("ReceiptKey"):
                    assert set(actions) <= {"kms:GetPublicKey", "kms:Sign"}, (role, statement["Sid"])
                    continue
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


def test_an_alarm_tells_at_half_of_the_anonymous_mails_of_a_day(resources):
    alarm = properties(resources, "AnonymousMailHalf")
    assert (alarm["Threshold"], alarm["Period"]) == (limits.ANONYMOUS_MAILS_A_DAY / 2, 86_400)


def test_every_alarm_notifies_the_topic(resources):
    alarms = of_type(resources, "AWS::CloudWatch::Alarm")
    assert len(alarms) > 30
    for name, alarm in alarms.items():
        assert alarm["Properties"]["AlarmActions"] == [{"Ref": "AlarmTopic"}], name
    assert properties(resources, "AlarmTopic")["KmsMasterKeyId"] == arn("OperationsKey")
    assert "Condition" not in resources["AlarmMail"], "alarms have a receiver in every deployment"


def test_every_alarm_has_an_action_in_the_manual(portal):
    """Of every region; the manual has no row of an alarm that does not exist."""
    made = [merged("prod", "us-east-1", deployment={"backup": "daily"}), _of_china()]
    names = {name for template in made for name in of_type(template["Resources"], "AWS::CloudWatch::Alarm")}
    manual = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    section = manual.partition("## Alarms")[2].partition("\n## ")[0]
    rows = [line.split("|") for line in section.splitlines() if line.startswith("| `")]
    assert all(len(row) == 5 and row[2].strip() and row[3].strip() for row in rows)
    listed = {name for row in rows for name in re.findall(r"`(\w+)`", row[1])}
    assert listed == {*names, "KeyIsEndangered", "BackupFails", "BackupsAreEndangered"}


def _of_china():
    variables = {"ABTC_MAIL_SERVER": "smtps://u@smtp.test", "ABTC_SCANNER": "clamd://10.0.1.20:3310"}
    network = {"scanner_subnets": ["subnet-0a"], "scanner_security_groups": ["sg-0123456789abcdef0"]}
    return merged("prod", "cn-north-1", variables, network)


def test_every_index_is_watched_for_throttling(resources):
    indexes = {
        (table, index["IndexName"])
        for table in ("PortalTable", "JournalTable")
        for index in properties(resources, table)["GlobalSecondaryIndexes"]
    }
    watched: dict[tuple[str, str], list[str]] = {}
    for name, alarm in of_type(resources, "AWS::CloudWatch::Alarm").items():
        if name.startswith("IndexesThrottled"):
            queries = [query for query in alarm["Properties"]["Metrics"] if "MetricStat" in query]
            assert len(queries) <= 10, "CloudWatch adds up ten metrics in an alarm"
            for query in queries:
                table, index = (one["Value"] for one in query["MetricStat"]["Metric"]["Dimensions"])
                watched.setdefault((table["Fn::If"][1]["Ref"], index), []).append(
                    query["MetricStat"]["Metric"]["MetricName"]
                )
    assert watched.keys() == indexes
    assert all(metrics == ["ReadThrottleEvents", "WriteThrottleEvents"] for metrics in watched.values())


@pytest.mark.parametrize("key", ["PortalKey", "ReceiptKey"])
def test_keys_of_data_and_receipts_cannot_be_deleted_or_disabled_and_an_attempt_raises_an_alarm(resources, key):
    (denied,) = [one for one in properties(resources, key)["KeyPolicy"]["Statement"] if one["Effect"] == "Deny"]
    assert (denied["Principal"], denied["Action"]) == ("*", ["kms:ScheduleKeyDeletion", "kms:DisableKey"])
    rule = properties(resources, "KeyIsEndangered")
    detail = rule["EventPattern"]["detail"]
    of_ours, denied = detail["$or"]
    # A caller names a key by its id or its ARN; CloudTrail leaves out the name if the call was denied.
    assert all(name in of_ours["requestParameters"]["keyId"] for name in ({"Ref": key}, arn(key)))
    assert denied == {"errorCode": ["AccessDenied", "AccessDeniedException"]}
    # Without the policy nothing would deny the deletion: a change of it is an attempt too.
    assert set(detail["eventName"]) == {"ScheduleKeyDeletion", "DisableKey", "PutKeyPolicy"}
    assert rule["Targets"] == [{"Id": "alarms", "Arn": {"Ref": "AlarmTopic"}}]


def test_only_figures_that_are_watched_become_metrics(resources):
    watched = {metric for _, metric in _watched(resources)}
    # The mailbox of returned mail is watched where mail goes by SMTP.
    assert watched | {"reports_failed"} == log.PUBLISHED


@pytest.mark.parametrize("name", ["PurgeDidNotRun", "ExpiryDidNotRun", "RemindersDidNotRun"])
def test_a_daily_function_that_has_not_completed_for_26_hours_raises_an_alarm(resources, name):
    alarm = properties(resources, name)
    assert alarm["Period"] * alarm["EvaluationPeriods"] == 26 * 3600
    assert (alarm["Statistic"], alarm["ComparisonOperator"], alarm["Threshold"]) == ("Sum", "LessThanThreshold", 1)
    assert (alarm["MetricName"], alarm["TreatMissingData"]) == ("runs", "breaching")


def test_a_scheduled_function_that_leaves_work_to_its_next_run_raises_an_alarm(resources):
    watched = {function for function, metric in _watched(resources) if metric == "unfinished"}
    assert watched == {"purge_drafts", "expire_cards", "remind", "deliver_mail", "look_up_persons"}


def test_every_watched_custom_metric_is_written_by_the_code(world, resources):
    runs = (purge_drafts, expire_cards, remind, look_up_persons)
    written = {run.func.__name__: _written(world, run) for run in runs}
    written["deliver_mail"] = _written(world, None)
    written["inspect_uploads"] = _written_by(lambda: world.attach(world.enterprise(), "photo"))
    form = {"username": "nobody", "email": f"nobody{people.serial()}@enterprise.example"}
    written["anonymous_mail"] = _written_by(lambda: world.anybody.ok("POST", "/recoveries", form))
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
    return _written_by(lambda: world.run(function) if function else world.deliver())


def _written_by(act):
    with logs.recorded() as caught:
        act()
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
            assert dimensions["stage"] in STAGES
            yield dimensions["function"], alarm["Properties"]["MetricName"]
    _, own, _ = properties(resources, "PortalDashboard")["DashboardBody"]["Fn::If"]
    board = json.loads(own["Fn::Sub"])
    for widget in board["widgets"]:
        last: list[str] = []
        for row in widget["properties"]["metrics"]:
            plain = [word for word in row if isinstance(word, str)]
            full = last if plain == ["..."] else [last[n] if word == "." else word for n, word in enumerate(plain)]
            last = full
            if full[0] == "ABTC":
                yield full[full.index("function") + 1], full[1]


# Stages


def test_the_values_of_a_stage_are_literals_of_its_template(templates, stage):
    """A parameter keeps its value in an update unless it is given again: a changed setting would change nothing."""
    raw = json.loads((ROOT / ".chalice" / "resources.json").read_text(encoding="utf-8"))
    written = {"Stage", "WebOrigin", "MailDomain", "LogRetentionDays"}
    assert raw["Parameters"].keys() - templates[stage]["Parameters"].keys() == written
    text = json.dumps(templates[stage])
    for name in written:
        assert f'{{"Ref": "{name}"}}' not in text, name
        assert f"${{{name}}}" not in text, name


def test_no_parameter_of_the_deployment_has_a_default(templates, stage):
    assert not [name for name, declared in templates[stage]["Parameters"].items() if "Default" in declared]
    assert templates[stage]["Parameters"].keys() == {
        *("EdgeKeyHash", "AlarmEmail", "TableName", "JournalName", "Firewall", "ReservesConcurrency"),
        *("CreatesApiLogRole", "CreatesMailIdentity", "ConcurrencyLimit", "MailsPerDay"),
    }


def test_an_unknown_stage_is_refused():
    with pytest.raises(Unconfigured, match="there is no stage 'test', only dev, staging, prod"):
        read_stage("test", "eu-central-1")


@pytest.mark.parametrize("alarm", ["FunctionsThrottled", "FunctionsFail"])
def test_alarms_of_functions_watch_all_of_them(resources, alarm):
    parts = [
        query["MetricStat"]["Metric"] for query in resources[alarm]["Properties"]["Metrics"] if "MetricStat" in query
    ]
    assert {part["Dimensions"][0]["Value"]["Ref"] for part in parts} == set(ROLES)
