"""The functions of the portal that run without a request, called as Lambda calls them."""

import uuid
from typing import Any

import boto3

from sandbox import environment
from testing import mail_events, upload_events
from testing.api import Api
from testing.rights import RECORDED


class Schedules(Api):
    """The API with the scheduled functions beside it."""

    def deliver(self) -> dict[str, Any]:
        """Run the mail relay now."""
        from scheduled.deliver_mail import deliver_mail

        return self.run(deliver_mail)

    def run(self, function: Any, **event: Any) -> dict[str, Any]:
        """Call a scheduled function with an EventBridge event at the time of the test; `event` changes its fields."""
        shape = {
            "version": "0",
            "account": "000000000000",
            "region": "us-east-1",
            "detail": {},
            "detail-type": "Scheduled Event",
            "source": "aws.events",
            "time": self.time().isoformat().replace("+00:00", "Z"),
            "id": str(uuid.uuid4()),
            "resources": [],
        }
        with RECORDED.within(function.func.__name__):
            result: dict[str, Any] = function({**shape, **event}, None)
        return result

    def feedback(self, message: dict[str, Any]) -> dict[str, Any]:
        """Deliver a message of SES about a mail through SNS."""
        from scheduled.mail_feedback import mail_feedback

        with RECORDED.within("mail_feedback"):
            result: dict[str, Any] = mail_feedback(mail_events.sns(message), None)
        return result

    def upload_arrives(self, key: str) -> dict[str, Any]:
        """Deliver the event about the current version of an upload, as S3 does soon after it."""
        return self.inspect(self.upload_event(key))

    def upload_event(self, key: str) -> dict[str, Any]:
        """The event of S3 about the current version of an upload."""
        stored = boto3.client("s3").head_object(Bucket=environment.BUCKET, Key=key)
        facts = {"size": stored["ContentLength"], "eTag": stored["ETag"].strip('"')}
        return upload_events.created(environment.BUCKET, key, stored.get("VersionId", ""), **facts)

    def inspect(self, *events: dict[str, Any]) -> dict[str, Any]:
        """Deliver events of S3 to the function that inspects uploads."""
        from scheduled.inspect_uploads import inspect_uploads

        with RECORDED.within("inspect_uploads"):
            result: dict[str, Any] = inspect_uploads(upload_events.by_queue(*events), None)
        return result
