"""Simulates the delivery reports of SES: mail to `bounce+...` bounces, mail to `complaint+...` is complained about."""

import json
import threading
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from chalicelib.repos.process import aws

TOPIC = "arn:aws:sns:us-east-1:000000000000:mail-feedback"


def play(handler: Callable[[dict[str, Any], Any], Any]) -> None:
    """Report every later mail to such an address to the handler, as an event of SES within a notification of SNS."""

    def sent(params: dict[str, Any], **_: object) -> None:
        for address in params["Destination"]["ToAddresses"]:
            if event := _event(address):
                threading.Thread(target=handler, args=(_by_sns(event), None), daemon=True).start()

    aws.client("sesv2").meta.events.register("before-parameter-build.sesv2.SendEmail", sent)


def _event(address: str) -> dict[str, Any] | None:
    report = {"feedbackId": str(uuid.uuid4()), "timestamp": datetime.now(UTC).isoformat()}
    mail = {"messageId": str(uuid.uuid4()), "destination": [address]}
    recipients = [{"emailAddress": address}]
    if address.startswith("bounce+"):
        bounce = {"bounceType": "Permanent", "bounceSubType": "General", "bouncedRecipients": recipients}
        return {"eventType": "Bounce", "bounce": bounce | report, "mail": mail}
    if address.startswith("complaint+"):
        complaint = {"complaintFeedbackType": "abuse", "complainedRecipients": recipients}
        return {"eventType": "Complaint", "complaint": complaint | report, "mail": mail}
    return None


def _by_sns(event: dict[str, Any]) -> dict[str, Any]:
    message = {"Type": "Notification", "Subject": "Amazon SES Email Event Notification", "Message": json.dumps(event)}
    return {"Records": [{"EventSource": "aws:sns", "Sns": {**message, "TopicArn": TOPIC, "MessageAttributes": {}}}]}
