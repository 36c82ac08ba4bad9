"""What SES reports by SNS: addresses that bounce for good or complain get no more mail.

Entered by Lambda without app.py: self-contained. An event told twice changes nothing; one that cannot be read is
logged and dropped, or SNS would bring it again.
"""

from typing import Any

from chalice.app import Blueprint, SNSEvent
from pydantic import ValidationError

from chalicelib.repos.accounts import suppressions
from chalicelib.repos.process import clock, log
from chalicelib.rules.notices.mail_feedback import read

routes = Blueprint(__name__)

TOPIC = "${MailFeedbackTopic.TopicName}"
"""The topic of `.chalice/resources.json`: Chalice puts the name into `Fn::Sub`."""


@routes.on_sns_message(topic=TOPIC, name="mail_feedback")
def mail_feedback(event: SNSEvent) -> dict[str, Any]:
    """Suppress the addresses that one event tells of; how many, and how many accounts use them."""
    try:
        feedback = read(event.message)
    except ValidationError:
        counts: dict[str, Any] = {"addresses": 0, "accounts": 0, "unreadable": True}
    else:
        addresses = feedback.addresses()
        accounts = sum(suppressions.suppress(each, status, clock.now()) for each, status in addresses.items())
        counts = {"kind": feedback.kind, "addresses": len(addresses), "accounts": accounts}
    log.event("mail_feedback", **counts)
    return counts
