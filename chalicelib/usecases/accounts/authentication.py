"""The authentication of requests: the account and the session of a token (docs/domain.md 5.4).

Every request asks for it, and the first one of an environment loads it: it is apart from the ways to sign in.
"""

from dataclasses import dataclass, field
from datetime import datetime

from chalicelib.repos.accounts import accounts, idempotency, sessions
from chalicelib.repos.process import outcomes
from chalicelib.repos.table import table
from chalicelib.rules.accounts.accounts import Account
from chalicelib.rules.accounts.sessions import Session
from chalicelib.rules.base.errors import Unauthenticated

type StoredReply = table.Item | None
"""What is stored under the Idempotency-Key of a request; None if the key is new or absent."""


@dataclass(frozen=True)
class Authenticated:
    """The account and session of a request, and the item stored under its Idempotency-Key."""

    account: Account
    session: Session
    stored_reply: StoredReply = field(repr=False, default=None)


def authenticate(
    token: str, now: datetime, idempotency_name: str | None = None, *, touch: bool = True
) -> Authenticated:
    """Read the account and session of a token; revoking an account takes effect on its next request.

    One request reads everything. At most once a minute another one stores that the session is in use.

    Args:
        token: the bearer token.
        now: the moment of the request.
        idempotency_name: the Idempotency-Key of the request, if any; its stored reply is read in the same request.
        touch: whether the request counts as a use of the session, which then does not end as idle.

    Raises:
        Unauthenticated: there is no such session, it has ended, or the account is revoked or deleted.
    """
    keys = sessions.keys_of(token)
    reply_key = idempotency.item_key(keys.account_id, idempotency_name) if idempotency_name else None
    found = table.get_many([keys.account, keys.session, *([reply_key] if reply_key else [])])
    if keys.account not in found or keys.session not in found:
        raise Unauthenticated
    account = accounts.from_item(found[keys.account])
    session = sessions.from_item(keys.account_id, found[keys.session])
    if not session.is_alive(now) or not session.is_of(account):
        raise Unauthenticated
    if touch and session.is_touch_due(now):
        with outcomes.unseen_by_users():
            table.commit(sessions.session_touched(session, now))
    return Authenticated(account, session, found.get(reply_key) if reply_key else None)
