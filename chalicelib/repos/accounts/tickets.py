"""Tickets of the electronic business licence: one QR code, one browser, one use (docs/domain.md 5.2)."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chalicelib.config import settings
from chalicelib.repos.keys import sealing
from chalicelib.repos.process import ids
from chalicelib.repos.table import table
from chalicelib.repos.table.table import Write
from chalicelib.rules.accounts import licence
from chalicelib.rules.accounts.licence import Claims, Holder, Purpose, Ticket, TicketState
from chalicelib.rules.accounts.licence_elements import LicenceElements
from chalicelib.rules.base import limits
from chalicelib.rules.base.china_time import parse_time, rfc3339
from chalicelib.rules.base.errors import AssertionRefused, NotFound, invalid


@dataclass(frozen=True)
class NewTicket:
    """A ticket with the only copy of its browser secret."""

    ticket: Ticket
    secret: str


def start(purpose: Purpose, now: datetime) -> NewTicket:
    """Create and store a ticket that waits for a scan."""
    secret = secrets.token_urlsafe(24)
    ticket = Ticket(
        id=ids.new(),
        purpose=purpose,
        nonce=secrets.token_urlsafe(16),
        secret_hash=_hash(secret),
        state=TicketState.WAITING,
        expires_at=now + limits.TICKET_LIFE,
    )
    pk, sk = _key(ticket.id)
    item = {
        "pk": pk,
        "sk": sk,
        "id": ticket.id,
        "purpose": purpose,
        "nonce": ticket.nonce,
        "secret_hash": ticket.secret_hash,
        "state": ticket.state,
        "ends_at": rfc3339(ticket.expires_at),
        "expires_at": int((ticket.expires_at + limits.TICKET_COMPLETION_TIME).timestamp()) + 3600,
    }
    table.commit(table.put(item))
    return NewTicket(ticket, secret)


def get(ticket_id: str) -> Ticket | None:
    """The ticket of this id, or None; does not check who asks."""
    item = table.get(_key(ticket_id))
    return from_item(item) if item else None


def of_browser(ticket_id: str, secret: str) -> Ticket:
    """The ticket, for the browser that holds its secret.

    Raises:
        NotFound: there is no such ticket, or the secret is not its own.
    """
    ticket = get(ticket_id)
    if ticket is None or not belongs_to_browser(ticket, secret):
        raise NotFound
    return ticket


def of_form(ticket_id: str, secret: str) -> Ticket:
    """The ticket that a form names.

    Raises:
        Invalid: on `ticket_id`: there is no such ticket, or the secret is not its own.
    """
    ticket = get(ticket_id)
    if ticket is None or not belongs_to_browser(ticket, secret):
        raise invalid("ticket_id", "TICKET")
    return ticket


def belongs_to_browser(ticket: Ticket, secret: str) -> bool:
    """Whether the secret is the one that the browser received with the ticket."""
    return hmac.compare_digest(ticket.secret_hash, _hash(secret))


def verify(assertion: str) -> Claims:
    """The claims of an assertion (compact JWS, EdDSA) after a check of its signature.

    Raises:
        AssertionRefused: it is not signed with a key of the platform, or its claims are incomplete.
    """
    import jwt  # imported late: only the platform's callback is signed

    try:
        key_id = jwt.get_unverified_header(assertion).get("kid")
        known = [jwt.PyJWK(key) for key in settings().licence_keys if key.get("kid") == key_id]
        if not known:
            raise AssertionRefused
        payload = jwt.decode(
            assertion,
            known[0].key,
            algorithms=["EdDSA"],
            audience=licence.AUDIENCE,
            issuer=licence.ISSUER,
            options={"require": ["iat", "aud", "iss", "jti"], "verify_iat": False},
        )
    except (jwt.PyJWTError, UnicodeError, ValueError) as error:
        raise AssertionRefused from error
    return licence.read_claims(payload)


def advance(ticket: Ticket, to: TicketState, claims: Claims) -> None:
    """Move a ticket to its next state and store the claims that are needed later.

    Raises:
        AssertionRefused: a concurrent request moved the ticket, or the assertion was used before.
    """
    stored = _stored(claims, with_enterprise=to is TicketState.CONFIRMED)
    table.commit(
        table.change(
            _key(ticket.id),
            assign={
                "state": to,
                "jti": claims.jti,
                "claims": sealing.seal_json(stored, "#".join((*_key(ticket.id), "claims"))),
            },
            condition="#state = :seen AND (attribute_not_exists(#jti) OR #jti <> :jti)",
            values={"seen": ticket.state, "jti": claims.jti},
            refusal=lambda _: AssertionRefused(),
        )
    )


def _stored(claims: Claims, *, with_enterprise: bool) -> dict[str, Any]:
    """The claims to store: holder and USCC and, once confirmed, the enterprise."""
    holder = {"holder": claims.holder.model_dump(), "uscc": claims.enterprise.uscc}
    return holder | {"enterprise": claims.enterprise.model_dump(exclude={"status"})} if with_enterprise else holder


def ticket_used(ticket: Ticket, recovery_id: str | None = None) -> Write:
    """Use a ticket up in the act that it was scanned for; the transaction raises `Invalid` if it was used before.

    Args:
        ticket: a confirmed ticket.
        recovery_id: the recovery that it begins, if any.
    """
    return table.change(
        _key(ticket.id),
        assign={"used": True, "recovery_id": recovery_id},
        condition="attribute_not_exists(#used)",
        refusal=lambda _: invalid("ticket_id", "TICKET_USED"),
    )


def from_item(item: table.Item) -> Ticket:
    """The ticket of an item."""
    claims = sealing.unseal_json(item["claims"], f"{item['pk']}#{item['sk']}#claims") if "claims" in item else {}
    return Ticket(
        id=item["id"],
        purpose=Purpose(item["purpose"]),
        nonce=item["nonce"],
        secret_hash=item["secret_hash"],
        state=TicketState(item["state"]),
        expires_at=parse_time(item["ends_at"]),
        enterprise=LicenceElements(**claims["enterprise"]) if "enterprise" in claims else None,
        holder=Holder(**claims["holder"]) if "holder" in claims else None,
        uscc=claims.get("uscc", ""),
        used=item.get("used", False),
        recovery_id=item.get("recovery_id", ""),
    )


def _key(ticket_id: str) -> table.Key:
    return f"TICKET#{ticket_id}", "TICKET"


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
