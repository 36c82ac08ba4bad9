"""Notices to the owner of an account about a change of its e-mail address or password (docs/domain.md 8.2)."""

from datetime import datetime

from chalicelib.repos.mail import outbox
from chalicelib.repos.table.table import Write
from chalicelib.rules.accounts.accounts import Account
from chalicelib.rules.base.china_time import china_time


def owner_notified(kind: str, account: Account, now: datetime, request_id: str) -> Write:
    """Put a mail into the outbox for the address that the account has before the change.

    Args:
        kind: the text of the mail, as the catalogue of texts names it.
        account: the account before the change.
        now: the moment of the change.
        request_id: the id of the request.

    """
    values = {"time": china_time(now)}
    _, notice = outbox.address_notified(kind, account.email, values, now, request_id, account.enterprise_id)
    return notice
