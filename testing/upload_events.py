"""Events of S3 about new uploads, as Lambda gets them from their queue."""

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
