"""Every minute: send what waits in the outbox. Entered by Lambda without app.py: self-contained."""

from typing import Any

from chalice.app import Blueprint, CloudWatchEvent, Rate

from chalicelib.config import settings
from chalicelib.repos.mail import outbox
from chalicelib.repos.mail.send_quota import SendQuota
from chalicelib.repos.process import clock, deadline, log
from chalicelib.rules.base import limits
from chalicelib.rules.base.china_time import parse_time
from chalicelib.usecases.notices.mail_relay import Relay

routes = Blueprint(__name__)


@routes.schedule(Rate(1, unit=Rate.MINUTES), name="deliver_mail")
def deliver_mail(event: CloudWatchEvent) -> dict[str, Any]:
    """Try what is due at the event's time, batch by batch; how many entries came to which state."""
    # An event that comes late must not lease in the past: another run would take the same mails.
    now = max(parse_time(event.time), clock.now())
    is_short = deadline.is_short(event.context, limits.MAIL_RUN)
    relay = Relay(now, quota=SendQuota(settings().mails_per_second), is_short=is_short)
    # What could not be leased is another relay's, or an index that is behind: the next run will see.
    while relay.stopped is None and relay.deliver(outbox.due(now, limits.MAIL_BATCH)):
        pass
    log.metrics(
        "deliver_mail",
        sent=relay.outcome["SENT"],
        dead=relay.outcome["DEAD"],
        suppressed=relay.outcome["SUPPRESSED"],
        failed=relay.outcome["failed"],
        waiting=relay.outcome["WAITING"],
        released=relay.outcome["released"],
        unavailable=relay.outcome["unavailable"],
        letters=relay.letters,
        throttled=relay.stopped == "throttled",
        unfinished=relay.stopped is not None,
        oldest_seconds=outbox.oldest(now).total_seconds(),
    )
    return dict(relay.outcome)
