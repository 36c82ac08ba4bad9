"""Bounces and complaints: stop mail to addresses that the provider reports (docs/domain.md 8.3)."""

from datetime import datetime

from chalicelib.repos.accounts import suppressions
from chalicelib.rules.notices.mail_feedback import Feedback


def suppress_addresses(feedback: Feedback, now: datetime) -> tuple[int, int]:
    """Suppress the addresses of one event; repeating it changes nothing.

    Returns:
        How many addresses the event names, and how many accounts that use them were marked.

    """
    addresses = feedback.addresses()
    marked = sum(suppressions.suppress(address, status, now) for address, status in addresses.items())
    return len(addresses), marked
