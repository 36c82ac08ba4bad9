"""Every minute: send what waits in the outbox. Entered by Lambda without app.py: self-contained."""

from typing import Any

from chalice.app import Blueprint, CloudWatchEvent, Rate

from chalicelib.repos import clock, delivery, log, mail
from chalicelib.rules.limits import MAIL_BATCH
from chalicelib.rules.numbers import parse_time

routes = Blueprint(__name__)


@routes.schedule(Rate(1, unit=Rate.MINUTES), name="deliver_mail")
def deliver_mail(event: CloudWatchEvent) -> dict[str, Any]:
    """Try what is due at the event's time; how many entries came to which state."""
    # An event that comes late must not lease in the past: another run would take the same mails.
    now = max(parse_time(event.time), clock.now())
    counts = dict(delivery.attempt_all(now, MAIL_BATCH))
    log.metrics(
        "deliver_mail",
        sent=counts.get("SENT", 0),
        dead=counts.get("DEAD", 0),
        unavailable=counts.get("unavailable", 0),
        oldest_seconds=mail.oldest(now).total_seconds(),
    )
    return counts
