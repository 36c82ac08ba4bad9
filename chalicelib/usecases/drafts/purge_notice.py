"""The notice 您有×个草稿超出保存日期（180 天），系统已自动清理 (F05; docs/domain.md 9)."""

from datetime import datetime

from chalicelib.repos.drafts import counters
from chalicelib.repos.drafts.counters import DraftsChanged
from chalicelib.repos.table import table
from chalicelib.rules.base.vocabulary import AccountId
from chalicelib.usecases.retries import until_unchanged


def dismiss(account_id: AccountId, shown: int | None, now: datetime) -> None:
    """Dismiss the notice.

    Args:
        account_id: Whose notice it is.
        shown: How many purged drafts the notice showed; drafts purged later stay on it. None: all until now.
        now: The moment of the request.
    """

    def attempt() -> None:
        seen = counters.get(account_id)
        there = seen.on_notice(now)
        count = there if shown is None else shown
        if 0 < count <= there:  # otherwise another window has dismissed it
            table.commit(counters.settled(account_id, seen, now, count))

    until_unchanged(attempt, DraftsChanged)
