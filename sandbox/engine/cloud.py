"""Creates the cloud's resources through their APIs, from the definitions that production deploys.

Every function is idempotent: an existing resource is left unchanged.
"""

import contextlib
import functools
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chalicelib.rules.accounts.passkeys import relying_party

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_kms import KMSClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sesv2 import SESV2Client

RESOURCES = Path(__file__).resolve().parents[2] / ".chalice" / "resources.json"
UPLOAD_EVENTS = "abtc-portal-upload-events"
"""Name of the queue of new uploads."""

KEY_ALIASES = {"PortalKey": "alias/abtc-portal", "ReceiptKey": "alias/abtc-portal-receipts"}
"""The names by which later starts find the keys."""


@functools.cache
def definitions() -> dict[str, Any]:
    """The resources of the deployment, by their logical names."""
    resources: dict[str, Any] = json.loads(RESOURCES.read_text(encoding="utf-8"))["Resources"]
    return resources


def properties(name: str) -> dict[str, Any]:
    """A resource's properties without those that only CloudFormation can resolve (`Fn::GetAtt`, `Ref`, ...)."""
    plain: dict[str, Any] = _plain(definitions()[name]["Properties"])
    return plain


def create_table(client: "DynamoDBClient", name: str, resource: str = "PortalTable") -> None:
    """Create one table of the deployment with its indexes, expiry and point-in-time recovery.

    Args:
        client: the DynamoDB on which it is created.
        name: its name there.
        resource: its logical name in the deployment.
    """
    table = properties(resource)
    expiry = table.pop("TimeToLiveSpecification", None)
    recovery = table.pop("PointInTimeRecoverySpecification", None)
    if "SSESpecification" in table:
        encryption = table["SSESpecification"]
        encryption["Enabled"] = encryption.pop("SSEEnabled")
    try:
        client.create_table(**_accepted(client, "CreateTable", {**table, "TableName": name}))
    except client.exceptions.ResourceInUseException:
        return
    client.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 10})
    if expiry:
        client.update_time_to_live(TableName=name, TimeToLiveSpecification=expiry)
    if recovery:
        client.update_continuous_backups(TableName=name, PointInTimeRecoverySpecification=recovery)


def is_as_declared(client: "DynamoDBClient", name: str, resource: str) -> bool:
    """Whether a table has the indexes that the deployment declares for it; other versions of the portal have others."""
    declared = {index["IndexName"] for index in properties(resource).get("GlobalSecondaryIndexes", ())}
    table = client.describe_table(TableName=name)["Table"]
    return {index["IndexName"] for index in table.get("GlobalSecondaryIndexes", ())} == declared


def create_bucket(client: "S3Client", name: str, web_origin: str) -> None:
    """Create the portal's bucket: private, encrypted, versioned, with CORS for uploads and expiry of exports."""
    bucket = properties("PortalBucket")
    location: Any = {"LocationConstraint": client.meta.region_name}
    elsewhere: Any = {} if client.meta.region_name == "us-east-1" else {"CreateBucketConfiguration": location}
    with contextlib.suppress(client.exceptions.BucketAlreadyOwnedByYou):
        client.create_bucket(Bucket=name, **elsewhere)
    client.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=bucket["PublicAccessBlockConfiguration"])
    encryption = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    client.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": _as_rules(encryption)})
    client.put_bucket_versioning(Bucket=name, VersioningConfiguration=bucket["VersioningConfiguration"])
    cors = [_cors_rule(rule, web_origin) for rule in bucket["CorsConfiguration"]["CorsRules"]]
    client.put_bucket_cors(Bucket=name, CORSConfiguration={"CORSRules": cors})
    lifecycle = [_lifecycle_rule(rule) for rule in bucket["LifecycleConfiguration"]["Rules"]]
    client.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": lifecycle})


def create_roots_bucket(client: "S3Client", name: str) -> None:
    """Create the bucket of daily roots, whose objects nobody deletes for a day."""
    location: Any = {"LocationConstraint": client.meta.region_name}
    elsewhere: Any = {} if client.meta.region_name == "us-east-1" else {"CreateBucketConfiguration": location}
    with contextlib.suppress(client.exceptions.BucketAlreadyOwnedByYou):
        client.create_bucket(Bucket=name, ObjectLockEnabledForBucket=True, **elsewhere)
    # Mode and days of a deployment are values of its stage.
    retention: Any = {"Mode": "GOVERNANCE", "Days": 1}
    client.put_object_lock_configuration(
        Bucket=name,
        ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": retention}},
    )


def create_upload_events(queues: Any, storage: "S3Client", bucket: str) -> str:
    """Create the queue of the bucket's events about new uploads. Returns its address."""
    declared = properties("UploadEvents")
    seconds = {name: str(declared[name]) for name in ("VisibilityTimeout", "MessageRetentionPeriod")}
    queue = queues.create_queue(QueueName=UPLOAD_EVENTS)
    arn = queues.get_queue_attributes(QueueUrl=queue["QueueUrl"], AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "s3.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    queues.set_queue_attributes(QueueUrl=queue["QueueUrl"], Attributes={"Policy": policy, **seconds})
    (events,) = definitions()["PortalBucket"]["Properties"]["NotificationConfiguration"]["QueueConfigurations"]
    rules = [{"Name": rule["Name"], "Value": rule["Value"]} for rule in events["Filter"]["S3Key"]["Rules"]]
    configured: Any = {"QueueArn": arn, "Events": [events["Event"]], "Filter": {"Key": {"FilterRules": rules}}}
    storage.put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration={"QueueConfigurations": [configured]}
    )
    return str(queue["QueueUrl"])


def create_key(client: "KMSClient", resource: str = "PortalKey") -> str:
    """Create a key of the deployment by its logical name, or find the existing one. Returns its id."""
    alias = KEY_ALIASES[resource]
    try:
        return client.describe_key(KeyId=alias)["KeyMetadata"]["KeyId"]
    except client.exceptions.NotFoundException:
        key = client.create_key(**_accepted(client, "CreateKey", properties(resource)))
    key_id = key["KeyMetadata"]["KeyId"]
    client.create_alias(AliasName=alias, TargetKeyId=key_id)
    return key_id


def create_identity(client: "SESV2Client", sender: str) -> None:
    """Let the portal send mail as `sender`."""
    with contextlib.suppress(client.exceptions.AlreadyExistsException):
        client.create_email_identity(EmailIdentity=sender)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items() if not _is_intrinsic(part)}
    if isinstance(value, list):
        return [_plain(part) for part in value if not _is_intrinsic(part)]
    return value


def _is_intrinsic(value: Any) -> bool:
    return isinstance(value, dict) and len(value) == 1 and next(iter(value)).startswith(("Fn::", "Ref"))


def _accepted(client: Any, operation: str, given: dict[str, Any]) -> dict[str, Any]:
    """The properties that the operation accepts. The key policy is not one of them: the engine has a default."""
    members = client.meta.service_model.operation_model(operation).input_shape.members
    return {name: value for name, value in given.items() if name in members}


def _as_rules(encryption: list[dict[str, Any]]) -> list[Any]:
    # Without its KMSMasterKeyID (an intrinsic function) the rule means the account's own key.
    return [{"ApplyServerSideEncryptionByDefault": rule["ServerSideEncryptionByDefault"]} for rule in encryption]


def _cors_rule(rule: dict[str, Any], web_origin: str) -> Any:
    # The only origin of the deployment is a parameter of the template.
    known = {name: rule[name] for name in ("AllowedMethods", "AllowedHeaders") if name in rule}
    party = relying_party(web_origin)
    origins = {web_origin, *([party.origin] if party else [])}
    return {**known, "AllowedOrigins": sorted(origins), "MaxAgeSeconds": rule.get("MaxAge", 0)}


def _lifecycle_rule(rule: dict[str, Any]) -> Any:
    known = ("NoncurrentVersionExpiration", "AbortIncompleteMultipartUpload")
    days, marker = rule.get("ExpirationInDays"), rule.get("ExpiredObjectDeleteMarker")
    expiration = {"Days": days} if days else {"ExpiredObjectDeleteMarker": True} if marker else None
    return {
        "ID": rule["Id"],
        "Status": rule["Status"],
        "Filter": {"Prefix": rule.get("Prefix", "")},
        **({"Expiration": expiration} if expiration else {}),
        **{name: rule[name] for name in known if name in rule},
    }
