"""Events of S3 about new uploads and of GuardDuty about scanned ones, as Lambda gets them from their queue."""

import json
import uuid
from typing import Any
from urllib.parse import quote_plus

TEST_EVENT = {"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "abtc", "RequestId": "5582815E1AEA5ADF"}
"""The event by which S3 tests a queue when its bucket is configured."""


def created(bucket: str, key: str, version: str = "", **facts: Any) -> dict[str, Any]:
    """The event of S3 about one new version of an object; `facts` are its size and ETag."""
    versioned = {"versionId": version} if version else {}
    return {
        "Records": [
            {
                "eventVersion": "2.1",
                "eventSource": "aws:s3",
                "awsRegion": "us-east-1",
                "eventTime": "2026-11-21T04:30:00.000Z",
                "eventName": "ObjectCreated:Post",
                "userIdentity": {"principalId": "AWS:AIDAEXAMPLE"},
                "requestParameters": {"sourceIPAddress": "127.0.0.1"},
                "responseElements": {"x-amz-request-id": "D82B88E5F771F645"},
                "s3": {
                    "s3SchemaVersion": "1.0",
                    "configurationId": "uploads",
                    "bucket": {"name": bucket, "arn": f"arn:aws:s3:::{bucket}"},
                    "object": {
                        "key": quote_plus(key, safe="/"),
                        **facts,
                        **versioned,
                        "sequencer": "0055AED6DCD90281E5",
                    },
                },
            }
        ]
    }


def scanned(bucket: str, key: str, version: str, status: str) -> dict[str, Any]:
    """The event of GuardDuty about one version of an object that it has scanned."""
    threats = [{"name": "EICAR-Test-File (not a virus)"}] if status == "THREATS_FOUND" else None
    return {
        "version": "0",
        "id": "72c7d362-737a-6dce-fc78-9e27a0171419",
        "detail-type": "GuardDuty Malware Protection Object Scan Result",
        "source": "aws.guardduty",
        "account": "000000000000",
        "time": "2026-11-21T04:30:05Z",
        "region": "us-east-1",
        "resources": ["arn:aws:guardduty:us-east-1:000000000000:malware-protection-plan/b4c7f464ab3a4EXAMPLE"],
        "detail": {
            "schemaVersion": "1.0",
            "scanStatus": "COMPLETED" if status in ("NO_THREATS_FOUND", "THREATS_FOUND") else "SKIPPED",
            "resourceType": "S3_OBJECT",
            "s3ObjectDetails": {
                "bucketName": bucket,
                "objectKey": key,
                "eTag": "ASIAI44QH8DHBEXAMPLE",
                "versionId": version,
                "s3Throttled": False,
            },
            "scanResultDetails": {"scanResultStatus": status, "threats": threats},
        },
    }


def by_queue(*events: dict[str, Any]) -> dict[str, Any]:
    """Events of S3 as messages of SQS."""
    return {"Records": [_message(event) for event in events]}


def _message(event: dict[str, Any]) -> dict[str, Any]:
    return {
        "messageId": str(uuid.uuid4()),
        "receiptHandle": "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a",
        "body": json.dumps(event),
        "attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": "1795234200000"},
        "messageAttributes": {},
        "md5OfBody": "00000000000000000000000000000000",
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:uploads",
        "awsRegion": "us-east-1",
    }
