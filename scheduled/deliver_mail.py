"""Every minute: send what waits in the outbox. Entered by Lambda without app.py: self-contained."""

from typing import Any

from chalice.app import Blueprint, CloudWatchEvent, Rate

from chalicelib.repos import delivery, log
from chalicelib.rules.limits import MAIL_BATCH
from chalicelib.rules.numbers import parse_time

routes = Blueprint(__name__)


@routes.schedule(Rate(1, unit=Rate.MINUTES), name="deliver_mail")
def deliver_mail(event: CloudWatchEvent) -> dict[str, Any]:
    """Try what is due at the event's time; how many entries came to which state."""
    counts = dict(delivery.attempt_all(parse_time(event.time), MAIL_BATCH))
    log.event("deliver_mail", **counts)
    return counts
