"""Bounce and complaint messages of SES as SNS delivers them, in both formats."""

import json
import uuid
from typing import Any

FORMS = ("eventType", "notificationType")
"""The type field of event publishing, and that of the older notifications."""


def bounce(address: str, kind: str = "Permanent", form: str = "eventType") -> dict[str, Any]:
    """A message about a bounced mail."""
    recipient = {"emailAddress": address, "action": "failed", "status": "5.1.1", "diagnosticCode": "smtp; 550 5.1.1"}
    facts = {"bounceType": kind, "bounceSubType": "General", "bouncedRecipients": [recipient]}
    return {form: "Bounce", "bounce": {**facts, **_feedback()}, "mail": _mail(address)}


def complaint(address: str, feedback: str | None = "abuse", form: str = "eventType") -> dict[str, Any]:
    """A message about a complaint of a recipient."""
    facts = {"complainedRecipients": [{"emailAddress": address}], "userAgent": "Feedback-Loop/1.0"}
    kind = {"complaintFeedbackType": feedback} if feedback else {}
    return {form: "Complaint", "complaint": {**facts, **kind, **_feedback()}, "mail": _mail(address)}


def sns(message: object) -> dict[str, Any]:
    """The Lambda event of an SNS message; a string is sent unchanged."""
    text = message if isinstance(message, str) else json.dumps(message)
    topic = "arn:aws:sns:us-east-1:000000000000:mail-feedback"
    notification = {"Type": "Notification", "MessageId": str(uuid.uuid4()), "TopicArn": topic, "Message": text}
    subject = {"Subject": "Amazon SES Email Event Notification", "Timestamp": "2026-11-21T04:30:00.000Z"}
    record = {"EventVersion": "1.0", "EventSource": "aws:sns", "EventSubscriptionArn": f"{topic}:1"}
    return {"Records": [{**record, "Sns": {**notification, **subject, "MessageAttributes": {}}}]}


def _feedback() -> dict[str, str]:
    return {"feedbackId": str(uuid.uuid4()), "timestamp": "2026-11-21T04:30:00.000Z"}


def _mail(address: str) -> dict[str, Any]:
    sent = {"source": "portal@abtc.example", "timestamp": "2026-11-21T04:29:00.000Z"}
    return {"messageId": str(uuid.uuid4()), "destination": [address], **sent}
