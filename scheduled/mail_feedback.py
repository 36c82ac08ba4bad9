"""Reports of SES by SNS: addresses that bounce permanently or complain get no more mail (docs/domain.md 8.3).

Lambda calls this module without app.py. A repeated event changes nothing. An event that cannot be read is logged and
dropped, because SNS would deliver it again otherwise.
"""

from typing import Any

from chalice.app import Blueprint, SNSEvent
from pydantic import ValidationError

from chalicelib.repos.process import clock, log
from chalicelib.rules.notices.mail_feedback import read
from chalicelib.usecases.notices.mail_feedback import suppress_addresses

routes = Blueprint(__name__)

TOPIC = "${MailFeedbackTopic.TopicName}"
"""The topic of `.chalice/resources.json`: Chalice puts the name into `Fn::Sub`."""


@routes.on_sns_message(topic=TOPIC, name="mail_feedback")
def mail_feedback(event: SNSEvent) -> dict[str, Any]:
    """Suppress the addresses of one event; how many, and how many accounts use them."""
    try:
        feedback = read(event.message)
    except ValidationError:
        counts: dict[str, Any] = {"addresses": 0, "accounts": 0, "unreadable": True}
    else:
        addresses, accounts = suppress_addresses(feedback, clock.now())
        counts = {"kind": feedback.kind, "addresses": addresses, "accounts": accounts}
    log.event("mail_feedback", **counts)
    return counts
