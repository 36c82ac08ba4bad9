"""Notices to the owner of an account about a change of its e-mail address or password (docs/domain.md 8.2)."""

from collections.abc import Mapping
from datetime import datetime

from chalicelib.repos.accounts import accounts
from chalicelib.repos.mail import outbox
from chalicelib.repos.table.table import Write
from chalicelib.rules.accounts.accounts import Account
from chalicelib.rules.base.china_time import china_time

TO_ENTERPRISE: Mapping[str, str] = {
    "new_device_notice": "agent_new_device_notice",
    "password_changed_notice": "agent_password_changed_notice",
}
"""The notices that an enterprise gets while the mailbox of its agent is not confirmed (decision 0067)."""


def owner_notified(kind: str, account: Account, now: datetime, request_id: str, **values: str) -> Write:
    """Put a mail into the outbox for the address that the account has before the change.

    While the mailbox of an agent is not confirmed, the enterprise gets the mail.

    Args:
        kind: the text of the mail, as the catalogue of texts names it.
        account: the account before the change.
        now: the moment of the change.
        request_id: the id of the request.
        values: further values of the text, and `link`, the path of a page.
    """
    told = {"time": china_time(now), **values}
    address = account.email
    if not account.mailbox_confirmed:
        kind, address = TO_ENTERPRISE[kind], accounts.own_account(account.tenant).email
        told["name"] = account.display_name
    _, notice = outbox.address_notified(kind, address, told, now, request_id, account.enterprise_id)
    return notice
