"""Sessions: opaque tokens, only their hash is kept, idle and absolute limits."""

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime

from chalicelib.repos.accounts import accounts, idempotency
from chalicelib.repos.table import table
from chalicelib.repos.table.table import Write
from chalicelib.rules.accounts.accounts import Account
from chalicelib.rules.base import limits
from chalicelib.rules.base.china_time import parse_time, rfc3339
from chalicelib.rules.base.errors import Unauthenticated


@dataclass(frozen=True)
class Session:
    """One sign-in of one account."""

    id: str
    account_id: str
    created_at: datetime
    last_seen_at: datetime
    epoch: int = 0

    @property
    def ends_at(self) -> datetime:
        """When it ends if it is not used again."""
        return min(self.created_at + limits.SESSION_LIFE, self.last_seen_at + limits.SESSION_IDLE)

    def is_of(self, account: Account) -> bool:
        """Whether the account still accepts it: a new password and 取消授权 end what began before."""
        current = self.epoch == account.session_epoch or self.id == account.kept_session
        return account.authorized and current

    def is_alive(self, now: datetime) -> bool:
        """Within both limits; the last request is known to `SESSION_TOUCH`, in the user's favour."""
        idle = now - self.last_seen_at
        return idle < limits.SESSION_IDLE + limits.SESSION_TOUCH and now < self.created_at + limits.SESSION_LIFE


@dataclass(frozen=True)
class NewSession:
    """A session about to be written, with the only copy of its token."""

    token: str
    session: Session
    write: Write


def new_session(account: Account, now: datetime) -> NewSession:
    """A session for the account: write its part in the act that signs in."""
    token = f"{accounts.partition_owner_of(account)}.{account.id}.{secrets.token_urlsafe(32)}"
    session = Session(_hash(token), account.id, now, now, account.session_epoch)
    item = {
        "pk": f"ACC#{account.id}",
        "sk": f"SESSION#{session.id}",
        "created_at": rfc3339(now),
        "last_seen_at": rfc3339(now),
        "epoch": session.epoch,
        "expires_at": int((now + limits.SESSION_LIFE).timestamp()),
    }
    return NewSession(token, session, table.put(item))


@dataclass(frozen=True)
class Authenticated:
    """Who sends a request, and what is stored under the Idempotency-Key that came with it."""

    account: Account
    session: Session
    stored_reply: table.Item | None = field(repr=False, default=None)


def authenticate(token: str, now: datetime, idempotency_name: str | None = None) -> Authenticated:
    """Read the account and session of a token, so that revoking an account acts on its very next request.

    One request reads everything; at most once a minute another one notes that the session is used.

    Args:
        token: the bearer token.
        now: the moment of the request.
        idempotency_name: the Idempotency-Key of the request, if any; its stored reply is read along.

    Raises:
        Unauthenticated: there is no such session, it has ended, or the account is revoked or deleted.

    """
    partition_owner, account_id = _parts_of(token)
    at_account = accounts.account_key(partition_owner, account_id)
    at_session = (f"ACC#{account_id}", f"SESSION#{_hash(token)}")
    at_reply = [idempotency.item_key(account_id, idempotency_name)] if idempotency_name else []
    found = table.get_many([at_account, at_session, *at_reply])
    if at_account not in found or at_session not in found:
        raise Unauthenticated
    account = accounts.from_item(found[at_account])
    session = _from_item(account_id, found[at_session])
    if not session.is_alive(now) or not session.is_of(account):
        raise Unauthenticated
    if now - session.last_seen_at >= limits.SESSION_TOUCH:
        table.commit(
            table.change(
                at_session,
                assign={"last_seen_at": rfc3339(now)},
                condition="attribute_exists(#pk)",
                refusal=lambda _: Unauthenticated(),
            )
        )
    return Authenticated(account, session, found.get(at_reply[0]) if at_reply else None)


def living_sessions(account: Account, now: datetime) -> list[Session]:
    """The account's living sessions, newest first."""
    items = table.query_all(f"ACC#{account.id}", prefix="SESSION#")
    found = [_from_item(account.id, item) for item in items]
    alive = [session for session in found if session.is_alive(now) and session.is_of(account)]
    return sorted(alive, key=lambda session: session.created_at, reverse=True)


def session_ended(account: Account, session_id: str) -> Write:
    """End one session of the account."""
    return table.delete((f"ACC#{account.id}", f"SESSION#{session_id}"))


def _parts_of(token: str) -> tuple[str, str]:
    partition_owner, _, rest = token.partition(".")
    account_id, _, secret = rest.partition(".")
    if not (partition_owner and account_id and secret) or len(token) > 300 or not token.isascii() or "#" in token:
        raise Unauthenticated
    return partition_owner, account_id


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _from_item(account_id: str, item: table.Item) -> Session:
    return Session(
        id=item["sk"].removeprefix("SESSION#"),
        account_id=account_id,
        created_at=parse_time(item["created_at"]),
        last_seen_at=parse_time(item["last_seen_at"]),
        epoch=item.get("epoch", 0),
    )
