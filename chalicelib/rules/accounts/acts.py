"""Who does something, when and by which request: every use case that changes something gets an `Act`."""

from dataclasses import dataclass
from datetime import datetime

from chalicelib.rules.accounts.accounts import Account
from chalicelib.rules.base import masks
from chalicelib.rules.base.vocabulary import EnterpriseId, Role


@dataclass(frozen=True)
class Origin:
    """Where an audit entry comes from: who (as others see them), when, and by which request."""

    actor_id: str
    actor: str
    at: datetime
    request_id: str


@dataclass(frozen=True)
class Act:
    """An account doing something at a moment."""

    actor: Account
    at: datetime
    request_id: str

    @property
    def actor_name(self) -> str:
        """How the actor appears to others: offices and enterprises by their name, people masked."""
        if self.actor.role is Role.AGENT:
            return masks.name(self.actor.display_name)
        return self.actor.display_name

    @property
    def tenant(self) -> EnterpriseId:
        """The actor's enterprise; only for enterprises and agents."""
        return self.actor.tenant

    @property
    def origin(self) -> Origin:
        """The origin of an audit entry that this act leaves."""
        return Origin(self.actor.id, self.actor_name, self.at, self.request_id)
