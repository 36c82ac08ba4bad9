"""Tickets of the electronic business licence: one QR code, one browser, one use."""

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
from chalicelib.rules.accounts.licence import Claims, Holder, LicenceElements, Purpose, Ticket, TicketState
from chalicelib.rules.base import limits
from chalicelib.rules.base.china_time import parse_time, rfc3339
from chalicelib.rules.base.errors import AssertionRefused, NotFound, invalid


@dataclass(frozen=True)
class NewTicket:
    """A ticket with the only copy of its browser secret."""

    ticket: Ticket
    secret: str


def start(purpose: Purpose, now: datetime) -> NewTicket:
    """Make and store a ticket."""
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
        "expires_at": int((ticket.expires_at + limits.TICKET_USE).timestamp()) + 3600,
    }
    table.commit(table.put(item))
    return NewTicket(ticket, secret)


def get(ticket_id: str) -> Ticket | None:
    """The ticket, whoever asks."""
    item = table.get(_key(ticket_id))
    return from_item(item) if item else None


def of_browser(ticket_id: str, secret: str) -> Ticket:
    """The ticket, for the browser that holds its secret; `NotFound` for everybody else."""
    ticket = get(ticket_id)
    if ticket is None or not belongs_to_browser(ticket, secret):
        raise NotFound
    return ticket


def of_form(ticket_id: str, secret: str) -> Ticket:
    """The ticket that a form names, or `Invalid` on `ticket_id`: scan again."""
    ticket = get(ticket_id)
    if ticket is None or not belongs_to_browser(ticket, secret):
        raise invalid("ticket_id", "TICKET")
    return ticket


def belongs_to_browser(ticket: Ticket, secret: str) -> bool:
    """Whether the secret is the one that was given to the browser."""
    return hmac.compare_digest(ticket.secret_hash, _hash(secret))


def verify(assertion: str) -> Claims:
    """The claims of an assertion signed by the platform (JWS, EdDSA); `AssertionRefused` otherwise."""
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
    """Take the ticket to its next state, once: an assertion that comes again finds the state moved."""
    told = to is TicketState.CONFIRMED
    table.commit(
        table.change(
            _key(ticket.id),
            assign={
                "state": to,
                "jti": claims.jti,
                "claims": sealing.seal_json(_kept(claims, enterprise=told), "#".join((*_key(ticket.id), "claims"))),
            },
            condition="#state = :seen AND (attribute_not_exists(#jti) OR #jti <> :jti)",
            values={"seen": ticket.state, "jti": claims.jti},
            refusal=lambda _: AssertionRefused(),
        )
    )


def _kept(claims: Claims, *, enterprise: bool) -> dict[str, Any]:
    """What of an assertion is kept: who holds the licence, and once confirmed, whose licence it is."""
    holder = {"holder": claims.holder.model_dump()}
    return holder | {"enterprise": claims.enterprise.model_dump(exclude={"status"})} if enterprise else holder


def ticket_used(ticket: Ticket) -> Write:
    """Use the ticket up in the act it was scanned for; a second act with it fails."""
    return table.change(
        _key(ticket.id),
        assign={"used": True},
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
        used=item.get("used", False),
    )


def _key(ticket_id: str) -> table.Key:
    return f"TICKET#{ticket_id}", "TICKET"


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
