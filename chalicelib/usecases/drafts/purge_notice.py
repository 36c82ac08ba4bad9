"""The notice 您有×个草稿超出保存日期（180 天），系统已自动清理 (F05; docs/domain.md 9)."""

from chalicelib.repos.drafts import counters
from chalicelib.rules.base.vocabulary import AccountId


def dismiss(account_id: AccountId, shown: int | None) -> None:
    """Dismiss the notice.

    Args:
        account_id: Whose notice it is.
        shown: How many purged drafts the notice showed; drafts purged later stay on it. None: all until now.

    """
    count = counters.get(account_id).purged_drafts if shown is None else shown
    if count:
        counters.dismiss_purge_notice(account_id, count)
