"""What an account has used of its quotas: one counter for each kind of act and day in China."""

from datetime import datetime, timedelta

from chalicelib.repos.table import table
from chalicelib.repos.table.table import Write
from chalicelib.rules.accounts.quotas import Quota
from chalicelib.rules.base.china_time import day_of, seconds_to_midnight
from chalicelib.rules.base.vocabulary import AccountId


def key(account_id: AccountId, quota: Quota, now: datetime) -> table.Key:
    """Primary key of the counter of the day."""
    return f"RATE#{account_id}", f"QUOTA#{day_of(now)}#{quota.name}"


def refuse_if_used_up(counter: table.Item | None, quota: Quota, now: datetime) -> None:
    """Refuse an act of amount 1 early, before it takes anything scarce.

    Args:
        counter: the item of `key` as it was read; None if there is none.
        quota: the quota of the act.
        now: the moment of the act.

    Raises:
        QuotaUsedUp: the quota is used up.
    """
    if counter is not None and counter["used"] >= quota.most:
        raise quota.used_up(now)


def quota_checked(account_id: AccountId, quota: Quota, now: datetime) -> Write:
    """Require that the quota is not used up; counts nothing. The write raises `QuotaUsedUp` if it is."""
    return table.check_below(key(account_id, quota, now), "used", quota.most, lambda _: quota.used_up(now))


def quota_used(account_id: AccountId, quota: Quota, now: datetime, amount: int = 1) -> Write:
    """Count an act. Within the act's transaction a refused act uses nothing up.

    The write raises `QuotaUsedUp` if the act would exceed the quota.
    """
    expires_at = int((now + timedelta(seconds=seconds_to_midnight(now), days=1)).timestamp())
    return table.change(
        key(account_id, quota, now),
        add={"used": amount},
        assign={"expires_at": expires_at},
        condition="attribute_not_exists(#used) OR #used <= :most",
        values={"most": quota.most - amount},
        refusal=lambda _: quota.used_up(now),
    )
