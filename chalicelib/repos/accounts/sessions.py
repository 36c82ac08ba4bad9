"""Sessions: opaque tokens of which only the hash is stored."""

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from chalicelib.repos.accounts import accounts
from chalicelib.repos.table import table
from chalicelib.repos.table.table import Write
from chalicelib.rules.accounts.accounts import Account
from chalicelib.rules.accounts.sessions import Session
from chalicelib.rules.base import limits
from chalicelib.rules.base.china_time import parse_time, rfc3339
from chalicelib.rules.base.errors import ProofRequired, Unauthenticated

MAX_TOKEN = 300
"""Characters of a token; longer ones are refused unread."""


@dataclass(frozen=True)
class NewSession:
    """A session that is about to be written, with the only copy of its token."""

    token: str = field(repr=False)
    session: Session
    account: Account
    write: Write = field(repr=False)
    device_token: str = field(default="", repr=False)
    """The token by which the browser is known from now on; empty if it is known already or keeps none."""


class TokenKeys(NamedTuple):
    """Where the account and the session of a token are stored."""

    account_id: str
    account: table.Key
    session: table.Key


def new_session(account: Account, now: datetime, *, is_proven: bool = True) -> NewSession:
    """A new session of the account; its `write` belongs into the transaction that signs in.

    Args:
        account: who signs in.
        now: the moment of the request.
        is_proven: whether the sign-in shows that the user is the owner of the account, which a delegate is not.
    """
    token = f"{accounts.partition_owner_of(account)}.{account.id}.{secrets.token_urlsafe(32)}"
    session = Session(_hash(token), account.id, now, now, account.session_epoch, now if is_proven else None)
    pk, sk = _key(account.id, session.id)
    item = {
        "pk": pk,
        "sk": sk,
        "created_at": rfc3339(now),
        "last_seen_at": rfc3339(now),
        "epoch": session.epoch,
        "proven_at": rfc3339(now) if is_proven else None,
        "expires_at": int((now + limits.SESSION_LIFE).timestamp()),
    }
    return NewSession(token, session, account, table.put(item))


def keys_of(token: str) -> TokenKeys:
    """Primary keys of the account and the session that a bearer token names.

    Raises:
        Unauthenticated: the token does not have the form of one.
    """
    partition_owner, _, rest = token.partition(".")
    account_id, _, secret = rest.partition(".")
    if not (partition_owner and account_id and secret):
        raise Unauthenticated
    if len(token) > MAX_TOKEN or not token.isascii() or "#" in token:
        raise Unauthenticated
    return TokenKeys(account_id, accounts.account_key(partition_owner, account_id), _key(account_id, _hash(token)))


def living_sessions(account: Account, now: datetime) -> list[Session]:
    """The account's living sessions, newest first."""
    items = table.query_all(f"ACC#{account.id}", prefix="SESSION#")
    found = [from_item(account.id, item) for item in items]
    alive = [session for session in found if session.is_alive(now) and session.is_of(account)]
    return sorted(alive, key=lambda session: session.created_at, reverse=True)


def session_touched(session: Session, now: datetime) -> Write:
    """Store the time of the session's last request; the transaction raises `Unauthenticated` if it has ended."""
    return table.change(
        _key(session.account_id, session.id),
        assign={"last_seen_at": rfc3339(now)},
        condition="attribute_exists(#pk)",
        refusal=lambda _: Unauthenticated(),
    )


def proof_noted(session: Session, now: datetime) -> Write:
    """Note a proof; the transaction raises `Unauthenticated` if the session has ended."""
    return table.change(
        _key(session.account_id, session.id),
        assign={"proven_at": rfc3339(now), "has_spare_proof": True},
        condition="attribute_exists(#pk)",
        refusal=lambda _: Unauthenticated(),
    )


def proof_used(session: Session) -> Write:
    """Use up the proof in an act that needs its own; the transaction raises `ProofRequired` if another act has."""
    return table.change(
        _key(session.account_id, session.id),
        drop=["has_spare_proof"],
        condition="attribute_exists(#has_spare_proof)",
        refusal=lambda _: ProofRequired(),
    )


def session_ended(account: Account, session_id: str) -> Write:
    """End one session of the account."""
    return table.delete(_key(account.id, session_id))


def from_item(account_id: str, item: table.Item) -> Session:
    """The session of an item."""
    return Session(
        id=item["sk"].removeprefix("SESSION#"),
        account_id=account_id,
        created_at=parse_time(item["created_at"]),
        last_seen_at=parse_time(item["last_seen_at"]),
        epoch=item.get("epoch", 0),
        proven_at=parse_time(item["proven_at"]) if "proven_at" in item else None,
        has_spare_proof=item.get("has_spare_proof", False),
    )


def _key(account_id: str, session_id: str) -> table.Key:
    return f"ACC#{account_id}", f"SESSION#{session_id}"


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
