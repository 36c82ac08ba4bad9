"""What SES tells by SNS, in both of its forms."""

import json
import uuid
from typing import Any

FORMS = ("eventType", "notificationType")
"""First field of event publishing, and of the older notifications."""


def bounce(address: str, kind: str = "Permanent", form: str = "eventType") -> dict[str, Any]:
    """A mail came back."""
    recipient = {"emailAddress": address, "action": "failed", "status": "5.1.1", "diagnosticCode": "smtp; 550 5.1.1"}
    facts = {"bounceType": kind, "bounceSubType": "General", "bouncedRecipients": [recipient]}
    return {form: "Bounce", "bounce": {**facts, **_told()}, "mail": _mail(address)}


def complaint(address: str, feedback: str | None = "abuse", form: str = "eventType") -> dict[str, Any]:
    """A reader called a mail junk."""
    facts = {"complainedRecipients": [{"emailAddress": address}], "userAgent": "Feedback-Loop/1.0"}
    kind = {"complaintFeedbackType": feedback} if feedback else {}
    return {form: "Complaint", "complaint": {**facts, **kind, **_told()}, "mail": _mail(address)}


def sns(message: object) -> dict[str, Any]:
    """The event that Lambda gets from SNS; a text goes out as it is."""
    text = message if isinstance(message, str) else json.dumps(message)
    topic = "arn:aws:sns:us-east-1:000000000000:mail-feedback"
    notification = {"Type": "Notification", "MessageId": str(uuid.uuid4()), "TopicArn": topic, "Message": text}
    subject = {"Subject": "Amazon SES Email Event Notification", "Timestamp": "2026-11-21T04:30:00.000Z"}
    record = {"EventVersion": "1.0", "EventSource": "aws:sns", "EventSubscriptionArn": f"{topic}:1"}
    return {"Records": [{**record, "Sns": {**notification, **subject, "MessageAttributes": {}}}]}


def _told() -> dict[str, str]:
    return {"feedbackId": str(uuid.uuid4()), "timestamp": "2026-11-21T04:30:00.000Z"}


def _mail(address: str) -> dict[str, Any]:
    sent = {"source": "portal@abtc.example", "timestamp": "2026-11-21T04:29:00.000Z"}
    return {"messageId": str(uuid.uuid4()), "destination": [address], **sent}
