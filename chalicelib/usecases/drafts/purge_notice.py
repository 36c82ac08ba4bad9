"""The notice 您有×个草稿超出保存日期（180 天），系统已自动清理 (F05; docs/domain.md 9)."""

from datetime import datetime

from chalicelib.repos.drafts import counters
from chalicelib.rules.base.vocabulary import AccountId


def dismiss(account_id: AccountId, shown: int | None, now: datetime) -> None:
    """Dismiss the notice.

    Args:
        account_id: Whose notice it is.
        shown: How many purged drafts the notice showed; drafts purged later stay on it. None: all until now.
        now: The moment of the request.
    """
    seen = counters.get(account_id)
    counters.settle(account_id, seen, now)
    if count := seen.on_notice(now) if shown is None else shown:
        counters.dismiss_purge_notice(account_id, count)
