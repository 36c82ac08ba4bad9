"""Marking messages of 消息中心 as read (M03; docs/domain.md 8.1)."""

from datetime import datetime

from chalicelib.repos.notices import messages
from chalicelib.repos.table import table
from chalicelib.rules.accounts.accounts import Account


def mark_read(account: Account, message_id: str) -> None:
    """Mark one message as read; repeating it changes nothing.

    Raises:
        NotFound: The account has no such message.

    """
    table.commit(messages.message_marked_read(account, message_id))


def mark_all_read(account: Account, now: datetime) -> None:
    """Mark every message until now as read.

    Raises:
        Unauthenticated: The account was deleted by a concurrent request.

    """
    table.commit(messages.all_marked_read(account, now))
