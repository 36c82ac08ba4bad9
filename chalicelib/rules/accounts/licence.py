"""电子营业执照: the tickets of scans and the checks of the platform's assertions (docs/domain.md 5.2, R13-R18)."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from chalicelib.rules.accounts.licence_elements import LicenceElements
from chalicelib.rules.base import limits
from chalicelib.rules.base.errors import AssertionRefused, invalid

ISSUER = "elicence-platform"
AUDIENCE = "abtc-portal"
ITEM = "领事服务"
"""The item of a precise authorisation that covers this portal (电子政务 - 外交 - 领事服务, R13)."""

LEVELS = re.compile(r"[-‐-―－/／>＞]")
"""What separates the levels of an item."""


OWNERS = ("legal_representative", "manager")
"""Kinds of holders who act for the enterprise without an authorisation: 法定代表人 and 证照管理员."""


class TicketState(StrEnum):
    """The state of a ticket: 待扫码, 已扫码, 已确认, 已取消, 已过期."""

    WAITING = "waiting"
    SCANNED = "scanned"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class Purpose(StrEnum):
    """The purpose of a scan."""

    REGISTER = "register"
    LOGIN = "login"
    RECOVER = "recover"
    UPDATE_LICENCE = "update_licence"
    PROVE = "prove"
    """A proof, during a session, that its user may act for the enterprise."""


class LicensedEnterprise(LicenceElements):
    """The enterprise as the platform describes it."""

    status: str


class Holder(BaseModel):
    """The person who scanned."""

    model_config = ConfigDict(defer_build=True, frozen=True, hide_input_in_errors=True)

    kind: str
    name: str


class Authorization(BaseModel):
    """The authorisation of a delegate: full, or by items; both days are inclusive."""

    model_config = ConfigDict(defer_build=True, frozen=True)

    mode: str
    items: tuple[str, ...] = ()
    starts_on: date
    ends_on: date

    def covers(self, today: date) -> bool:
        """Whether it is in force on the day and covers this portal (R16, R17)."""
        return self.starts_on <= today <= self.ends_on and (
            self.mode == "full" or any(_last_level(name) == ITEM for name in self.items)
        )


def _last_level(item: str) -> str:
    """The last level of an item such as 电子政务 - 外交 - 领事服务: 非领事服务 and 领事服务费 are others."""
    return LEVELS.split(item)[-1].strip()


class Claims(BaseModel):
    """The content of an assertion; `iat` is in seconds since 1970, `jti` is unique."""

    model_config = ConfigDict(defer_build=True, frozen=True, hide_input_in_errors=True)

    ticket: Annotated[str, Field(max_length=200)]
    nonce: str
    jti: str
    iat: Annotated[int, Field(ge=0, lt=2**40)]
    action: str
    purpose: Purpose
    """What the holder was shown, and has agreed to."""
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
    uscc: str = ""
    """The enterprise of the scan, from the scan on; empty before it."""
    used: bool = False
    recovery_id: str = ""
    """The recovery that used it up; the same browser may ask for another code of it."""

    @property
    def is_by_owner(self) -> bool:
        """Whether the legal representative or a licence manager scanned, and no delegate (办事人)."""
        return self.holder is not None and self.holder.kind in OWNERS

    def seen_at(self, now: datetime) -> TicketState:
        """The state at a moment: a ticket that was not confirmed in time has expired."""
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
    """The claims of a payload whose signature has been checked.

    Raises:
        AssertionRefused: The payload does not have the shape of an assertion.
    """
    # By way of JSON, because that refuses lone surrogates.
    try:
        return Claims.model_validate_json(json.dumps(payload))
    except ValidationError as error:
        raise AssertionRefused from error


def accept(claims: Claims, ticket: Ticket, now: datetime, today: date) -> TicketState:
    """The next state of the ticket if the assertion passes all checks.

    The checks: the assertion is fresh, has nonce and purpose of this QR code, and the ticket is in time and in the
    right state; holder and enterprise are those of the scan; the enterprise is active; the holder is the legal
    representative, a licence manager, or a delegate whose authorisation covers this portal today.

    Args:
        claims: From `read_claims`.
        ticket: The ticket that the claims name.
        now: The moment of the call.
        today: The Chinese calendar day.

    Raises:
        AssertionRefused: A check fails. The sender is not told which one.
    """
    fresh = abs(now.timestamp() - claims.iat) <= limits.ASSERTION_LIFE.total_seconds()
    next_state = NEXT_STATE.get((claims.action, ticket.seen_at(now)))
    is_of_code = (claims.nonce, claims.purpose) == (ticket.nonce, ticket.purpose)
    if not fresh or not is_of_code or next_state is None:
        raise AssertionRefused
    if ticket.state is TicketState.SCANNED and (claims.holder, claims.enterprise.uscc) != (ticket.holder, ticket.uscc):
        raise AssertionRefused
    if claims.enterprise.status != "active" or not _may_act(claims, today):
        raise AssertionRefused
    return next_state


def _may_act(claims: Claims, today: date) -> bool:
    if claims.holder.kind in OWNERS:
        return True
    return claims.holder.kind == "delegate" and bool(claims.authorization and claims.authorization.covers(today))


NAMING = (Purpose.REGISTER, Purpose.UPDATE_LICENCE)
"""Purposes for which the enterprise's name is stored."""


def is_in_time(ticket: Ticket, now: datetime) -> bool:
    """Whether what a confirmed ticket was scanned for can still be completed."""
    return now < ticket.expires_at + limits.TICKET_COMPLETION_TIME


def usable(ticket: Ticket, purpose: Purpose, now: datetime) -> LicenceElements:
    """The enterprise of a ticket that is confirmed, unused, in time and of this purpose.

    Raises:
        Invalid: On `ticket_id`: the scan is not confirmed, expired, cancelled, used or of another purpose, or the
            enterprise's name is too long to be stored.
    """
    state = ticket.seen_at(now)
    refusals = {
        "TICKET_CANCELLED": state is TicketState.CANCELLED,
        "TICKET_EXPIRED": state is TicketState.EXPIRED or not is_in_time(ticket, now),
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
