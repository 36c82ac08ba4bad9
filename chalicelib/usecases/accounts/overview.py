"""Who is signed in, and what the pages announce to them."""

from datetime import datetime
from typing import NamedTuple

from chalicelib.repos.accounts import enterprises
from chalicelib.repos.accounts.enterprises import Enterprise
from chalicelib.repos.drafts import counters
from chalicelib.repos.notices import messages
from chalicelib.repos.notices.messages import UnreadCount
from chalicelib.repos.table import table
from chalicelib.rules.accounts.accounts import Account
from chalicelib.rules.base.vocabulary import Role


class Overview(NamedTuple):
    """An account with its enterprise and what its pages announce."""

    account: Account
    enterprise: Enterprise | None
    unread: UnreadCount
    purged_drafts: int
    """Drafts whose purge time has passed since the owner last dismissed the notice (F05)."""


def of(account: Account, now: datetime) -> Overview:
    """The account, its enterprise, and the numbers of unread messages and purged drafts."""
    counters_key, enterprise_key = counters.key(account.id), enterprises.key(account.enterprise_id or "")
    found = table.get_many([counters_key, enterprise_key])
    return Overview(
        account=account,
        enterprise=enterprises.from_item(found[enterprise_key]) if account.enterprise_id else None,
        unread=messages.NONE_UNREAD if account.role is Role.OFFICER else messages.unread_count(account),
        purged_drafts=counters.on_notice(found.get(counters_key), now),
    )
