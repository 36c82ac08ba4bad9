"""忘记密码: how long a recovery and its token are valid (P01-P04; docs/domain.md 5.5)."""

import hmac
from dataclasses import dataclass
from datetime import datetime

from chalicelib.rules.accounts.accounts import Account
from chalicelib.rules.accounts.code_purposes import CodePurpose
from chalicelib.rules.accounts.login_targets import LoginTarget
from chalicelib.rules.base import limits


@dataclass(frozen=True)
class Recovery:
    """One request for a new password; without a login target it can set none."""

    id: str
    way: CodePurpose
    """How the request was made, which is the purpose of its e-mail code."""
    subject: str
    """A digest of the address of the account when the recovery began."""
    login_target: LoginTarget | None
    started_at: datetime
    reset_hash: str = ""
    """Hash of the token that may set the password; empty until the code was verified."""
    verified_at: datetime | None = None

    @property
    def is_by_owner(self) -> bool:
        """Whether the scan was the proof: the address may be replaced too, and no change since then voids it."""
        return self.way is CodePurpose.RECOVER_BY_OWNER

    def is_open(self, now: datetime) -> bool:
        """Whether it is within its time: half of it for the code, half for the password."""
        return now < self.started_at + 2 * limits.RECOVERY_LIFE

    def is_token_valid(self, token_hash: str, now: datetime) -> bool:
        """Whether the token of this hash may set the password now: 30 minutes from the verification of the code."""
        in_time = self.verified_at is not None and now < self.verified_at + limits.RECOVERY_LIFE
        return in_time and hmac.compare_digest(self.reset_hash, token_hash)

    def still_holds(self, account: Account, subject: str) -> bool:
        """Whether the account is unchanged since the request: a new address or password ends earlier recoveries.

        Not those of the owner, whom nobody else can overtake.

        Args:
            account: the account as it is now.
            subject: the subject made of its address as it is now.
        """
        is_same_password = account.password_set_at is None or account.password_set_at <= self.started_at
        return self.is_by_owner or (self.subject == subject and is_same_password)
