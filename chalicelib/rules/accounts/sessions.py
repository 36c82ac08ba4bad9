"""How long a session lives (docs/domain.md 5.4)."""

from dataclasses import dataclass
from datetime import datetime

from chalicelib.rules.accounts.accounts import Account
from chalicelib.rules.base import limits


@dataclass(frozen=True)
class Session:
    """One sign-in of one account."""

    id: str
    account_id: str
    created_at: datetime
    last_seen_at: datetime
    epoch: int = 0
    """The account's `session_epoch` when the session began."""
    proven_at: datetime | None = None
    """When its user last showed to be the owner: by password, code or scan, at the sign-in or later."""
    has_spare_proof: bool = False
    """Whether a proof was given after the sign-in that no change of address or new passkey has used up."""

    @property
    def ends_at(self) -> datetime:
        """When the session ends if it is not used again."""
        return min(self.created_at + limits.SESSION_LIFE, self.last_seen_at + limits.SESSION_IDLE)

    def is_of(self, account: Account) -> bool:
        """Whether the account still accepts the session: a new password and 取消授权 (H08) end earlier sessions."""
        is_current = self.epoch == account.session_epoch or self.id == account.kept_session
        return account.authorized and is_current

    def is_alive(self, now: datetime) -> bool:
        """Whether the session is within its idle limit and its absolute limit.

        The last request is known to within `SESSION_TOUCH_INTERVAL`; the idle limit is extended by that much.
        """
        idle = now - self.last_seen_at
        return (
            idle < limits.SESSION_IDLE + limits.SESSION_TOUCH_INTERVAL and now < self.created_at + limits.SESSION_LIFE
        )

    def is_proven(self, now: datetime) -> bool:
        """Whether its user has lately shown to be the owner, so that a stolen session alone is not enough."""
        return self.proven_at is not None and now < self.proven_at + limits.PROOF_LIFE

    def has_unused_proof(self, now: datetime) -> bool:
        """Whether a proof was given for one change of the address or one new passkey: the sign-in itself is none."""
        return self.has_spare_proof and self.is_proven(now)

    def is_touch_due(self, now: datetime) -> bool:
        """Whether the stored time of the last request is so old that this request must update it."""
        return now - self.last_seen_at >= limits.SESSION_TOUCH_INTERVAL
