"""Every minute: send the mails that wait in the outbox (M02). Lambda calls this module without app.py."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from chalice.app import Blueprint, CloudWatchEvent, Rate

from chalicelib.config import settings
from chalicelib.repos.mail import outbox
from chalicelib.repos.mail.send_quota import SendQuota
from chalicelib.repos.process import clock, deadline, log
from chalicelib.rules.base import limits
from chalicelib.rules.base.china_time import parse_time
from chalicelib.usecases.notices import mail_feedback
from chalicelib.usecases.notices.mail_relay import Relay

routes = Blueprint(__name__)


@routes.schedule(Rate(1, unit=Rate.MINUTES), name="deliver_mail")
def deliver_mail(event: CloudWatchEvent) -> dict[str, Any]:
    """Try the mails that are due at the time of the event, in batches; how many have which state."""
    # A late event must not lease in the past, or another run would take the same mails.
    now = max(parse_time(event.time), clock.now())
    is_deadline_near = deadline.is_deadline_near(event.context, limits.MAIL_RUN)
    relay = Relay(now, quota=SendQuota(settings().mails_per_second), is_deadline_near=is_deadline_near)
    # A mail that cannot be leased belongs to another relay, or the index is not up to date: the next run tries it.
    while relay.stopped is None and relay.deliver(outbox.due(now, limits.MAIL_BATCH)):
        pass
    reports, failed_reports = _read_mailbox(now, is_deadline_near)
    log.metrics(
        "deliver_mail",
        reports=reports,
        reports_failed=failed_reports,
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


def _read_mailbox(now: datetime, is_deadline_near: Callable[[], bool]) -> tuple[int, bool]:
    """Read reports of undelivered mail; how many, and whether the mailbox could not be read."""
    if is_deadline_near():
        return 0, False
    try:
        return mail_feedback.read_mailbox(now)[0], False
    except Exception as error:  # noqa: BLE001  a mailbox that is down or a mail that cannot be read must not stop mail
        log.failure("reports_not_read", error)
        return 0, True
