"""Who acts, when and by which request: every use case that changes something takes an `Act`."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from chalicelib import data
from chalicelib.rules.accounts.accounts import Account
from chalicelib.rules.base import masks
from chalicelib.rules.base.vocabulary import EnterpriseId, Role


class Origin(NamedTuple):
    """The origin of an audit entry: the actor, as others see it, the moment and the request."""

    actor_id: str
    actor: str
    at: datetime
    request_id: str


@dataclass(frozen=True)
class Act:
    """One action of one account at one moment."""

    actor: Account
    at: datetime
    request_id: str

    @property
    def actor_name(self) -> str:
        """The name under which the actor appears to everybody: an agent is masked, an officer appears as the office."""
        if self.actor.role is Role.AGENT:
            return masks.name(self.actor.display_name)
        office = data.offices().get(self.actor.office or "")
        return office.name if office else self.actor.display_name

    @property
    def own_name(self) -> str | None:
        """The name of the agent or officer for its own side; None for an enterprise account, which has no other."""
        return None if self.actor.role is Role.ENTERPRISE else self.actor.display_name

    @property
    def agent_name(self) -> str | None:
        """The name of the agent for its enterprise; None for other accounts."""
        return self.actor.display_name if self.actor.role is Role.AGENT else None

    @property
    def username(self) -> str | None:
        """The user name of an agent; None for other accounts, of which an enterprise's is an e-mail address."""
        return self.actor.login if self.actor.role is Role.AGENT else None

    @property
    def tenant(self) -> EnterpriseId:
        """The actor's enterprise; `TypeError` for officers."""
        return self.actor.tenant

    @property
    def origin(self) -> Origin:
        """The origin of an audit entry about this act."""
        return Origin(self.actor.id, self.actor_name, self.at, self.request_id)
