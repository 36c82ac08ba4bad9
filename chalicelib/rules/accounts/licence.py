"""电子营业执照: what a signed assertion must say before the portal believes it (domain 6.3, R13-R18)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from chalicelib.rules.base import limits
from chalicelib.rules.base.errors import AssertionRefused, invalid

ISSUER = "elicence-platform"
AUDIENCE = "abtc-portal"
ITEM = "领事服务"
"""The item of a precise authorisation that covers this portal (电子政务 - 外交 - 领事服务, R13)."""


class TicketState(StrEnum):
    """A ticket's life: 待扫码, 已扫码, 已确认, 已取消, 已过期."""

    WAITING = "waiting"
    SCANNED = "scanned"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class Purpose(StrEnum):
    """What the scan is for."""

    REGISTER = "register"
    LOGIN = "login"
    RECOVER = "recover"
    UPDATE_LICENCE = "update_licence"


class LicenceElements(BaseModel):
    """企业三要素: name, USCC and legal representative; read-only, renewed only by a new scan (A05)."""

    model_config = ConfigDict(defer_build=True, frozen=True, hide_input_in_errors=True)

    name: str
    uscc: str
    legal_representative: str


class LicensedEnterprise(LicenceElements):
    """The enterprise as the platform knows it."""

    status: str


class Holder(BaseModel):
    """Who scanned."""

    model_config = ConfigDict(defer_build=True, frozen=True, hide_input_in_errors=True)

    kind: str
    name: str


class Authorization(BaseModel):
    """A delegate's authorisation: full, or precise with its items; in force from day to day."""

    model_config = ConfigDict(defer_build=True, frozen=True)

    mode: str
    items: tuple[str, ...] = ()
    starts_on: date
    ends_on: date

    def covers(self, today: date) -> bool:
        """Whether it is in force today and covers this portal (R16, R17)."""
        return self.starts_on <= today <= self.ends_on and (
            self.mode == "full" or any(ITEM in item for item in self.items)
        )


class Claims(BaseModel):
    """The assertion's content; `iat` in seconds since 1970, `jti` unique."""

    model_config = ConfigDict(defer_build=True, frozen=True, hide_input_in_errors=True)

    ticket: Annotated[str, Field(max_length=200)]
    nonce: str
    jti: str
    iat: Annotated[int, Field(ge=0, lt=2**40)]
    action: str
    enterprise: LicensedEnterprise
    holder: Holder
    authorization: Authorization | None = None


@dataclass(frozen=True)
class Ticket:
    """One QR code shown to one browser."""

    id: str
    purpose: Purpose
    nonce: str
    secret_hash: str
    state: TicketState
    expires_at: datetime
    enterprise: LicenceElements | None = None
    holder: Holder | None = None
    used: bool = False

    def seen_at(self, now: datetime) -> TicketState:
        """Its state now: what was not confirmed in time has expired."""
        ended = self.expires_at <= now
        if ended and self.state in (TicketState.WAITING, TicketState.SCANNED):
            return TicketState.EXPIRED
        return self.state


NEXT_STATE: Mapping[tuple[str, TicketState], TicketState] = {
    ("scan", TicketState.WAITING): TicketState.SCANNED,
    ("confirm", TicketState.WAITING): TicketState.CONFIRMED,
    ("confirm", TicketState.SCANNED): TicketState.CONFIRMED,
    ("cancel", TicketState.WAITING): TicketState.CANCELLED,
    ("cancel", TicketState.SCANNED): TicketState.CANCELLED,
}


def read_claims(payload: Mapping[str, Any]) -> Claims:
    """The claims of a payload whose signature was checked; as JSON again, for that knows no lone surrogates."""
    try:
        return Claims.model_validate_json(json.dumps(payload))
    except ValidationError as error:
        raise AssertionRefused from error


def accept(claims: Claims, ticket: Ticket, now: datetime, today: date) -> TicketState:
    """The ticket's next state, if every check holds.

    Freshness, the nonce of this very QR, the ticket's time and state, an enterprise that is alive, and a holder
    who may act: the legal representative, a licence manager, or a delegate whose authorisation covers us today.
    `today` is the Chinese calendar day.

    Raises:
        AssertionRefused: any of them fails; which one is not told to whoever sent it.

    """
    fresh = abs(now.timestamp() - claims.iat) <= limits.ASSERTION_LIFE.total_seconds()
    to = NEXT_STATE.get((claims.action, ticket.seen_at(now)))
    if not fresh or claims.nonce != ticket.nonce or to is None:
        raise AssertionRefused
    if claims.enterprise.status != "active" or not _may_act(claims, today):
        raise AssertionRefused
    return to


def _may_act(claims: Claims, today: date) -> bool:
    if claims.holder.kind in ("legal_representative", "manager"):
        return True
    return claims.holder.kind == "delegate" and bool(claims.authorization and claims.authorization.covers(today))


NAMING = (Purpose.REGISTER, Purpose.UPDATE_LICENCE)
"""Scans whose name of the enterprise is taken over."""


def usable(ticket: Ticket, purpose: Purpose, now: datetime) -> LicenceElements:
    """The enterprise of a confirmed ticket of this purpose, unused and within its time.

    Raises:
        Invalid: on `ticket_id`, saying what to do: scan first, scan again, or scan for this purpose; or that the name
            is longer than any that can be kept.

    """
    state = ticket.seen_at(now)
    refusals = {
        "TICKET_CANCELLED": state is TicketState.CANCELLED,
        "TICKET_EXPIRED": state is TicketState.EXPIRED or now >= ticket.expires_at + limits.TICKET_USE,
        "TICKET_UNCONFIRMED": state is not TicketState.CONFIRMED,
        "TICKET_USED": ticket.used,
        "TICKET": ticket.purpose is not purpose,
    }
    code = next((code for code, refused in refusals.items() if refused), None)
    if code is not None or ticket.enterprise is None:
        raise invalid("ticket_id", code or "TICKET")
    if purpose in NAMING and len(ticket.enterprise.name) > limits.ENTERPRISE_NAME:
        raise invalid("ticket_id", "LICENCE_NAME", max_length=limits.ENTERPRISE_NAME)
    return ticket.enterprise
