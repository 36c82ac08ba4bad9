"""Bounces and complaints: stop mail to addresses that the provider reports (docs/domain.md 8.3)."""

from datetime import datetime

from chalicelib.config import settings
from chalicelib.repos.accounts import accounts, audit, suppressions
from chalicelib.repos.mail import bounce_mailbox, message_ids
from chalicelib.rules.accounts.acts import Origin
from chalicelib.rules.accounts.audit_actions import AuditAction
from chalicelib.rules.notices import delivery_reports
from chalicelib.rules.notices.mail_feedback import Feedback


def suppress_addresses(feedback: Feedback, now: datetime) -> tuple[int, int]:
    """Suppress the addresses of one event; repeating it changes nothing.

    Returns:
        How many addresses the event names, and how many accounts that use them were marked.
    """
    addresses = feedback.addresses()
    marked = sum(suppressions.suppress(address, status, now) for address, status in addresses.items())
    return len(addresses), marked


MOST_REPORTS = 20
"""Mails of the mailbox that one run reads."""


def read_mailbox(now: datetime) -> tuple[int, int]:
    """Suppress the addresses of the reports in the mailbox, and delete what was read; nothing if there is no mailbox.

    Returns:
        How many mails were read, and how many addresses they named.

    Raises:
        NotSent: The mailbox's password cannot be read.
        Unavailable: The mailbox cannot be read; what was read so far is done.
    """
    if not settings().bounce_mailbox:
        return 0, 0
    mails = addresses = 0
    with bounce_mailbox.opened(settings().bounce_mailbox, settings().mail_parameter) as mailbox:
        for uid, raw in mailbox.mails(MOST_REPORTS):
            for report in delivery_reports.read(raw):
                if message_ids.is_genuine(report.mail_id, report.signature, report.address):
                    suppressions.suppress(report.address, report.status, now)
                    addresses += 1
            mailbox.delete(uid)
            mails += 1
    return mails, addresses


def clear(address: str, origin: Origin) -> bool:
    """Send mail to an address again that was suppressed; the audit of the officers names its digest, not the address.

    Returns:
        Whether it was suppressed.
    """
    subject = suppressions.partition(address)
    entry = audit.entry_added(accounts.OFFICERS, origin, AuditAction.ADDRESS_CLEARED, subject)
    return suppressions.clear(address, entry)
