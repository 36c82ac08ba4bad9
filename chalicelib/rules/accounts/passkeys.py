"""Passkeys (通行密钥): which site they belong to, and what is known of each (docs/domain.md 5.4, decision 0075)."""

import ipaddress
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from urllib.parse import urlsplit

LOOPBACK = "127.0.0.1"
LOOPBACK_NAME = "localhost"


class RelyingParty(NamedTuple):
    """The site for which browsers make passkeys, in the words of WebAuthn."""

    id: str
    """A domain. Passkeys of it work on no other one."""
    origin: str
    """The only origin whose pages may make and use them."""


@dataclass(frozen=True)
class Passkey:
    """One passkey of an account."""

    id: str
    account_id: str
    name: str = field(repr=False)
    """What its owner calls it."""
    credential: str = field(repr=False)
    """The id that the authenticator gave it and its public key, as `repos.keys.webauthn` reads them."""
    sign_count: int
    """How often it has signed, as the authenticator counts; 0 for one that does not count."""
    epoch: int
    """The account's `passkey_epoch` when it was added."""
    created_at: datetime
    used_at: datetime | None = None


def relying_party(web_origin: str) -> RelyingParty | None:
    """The site of the pages; None for an address that is no domain, for which browsers make no passkeys.

    Pages of a loopback address are served as `localhost` too, which browsers accept without TLS.
    """
    split = urlsplit(web_origin)
    host = split.hostname or ""
    if host == LOOPBACK:
        return RelyingParty(LOOPBACK_NAME, web_origin.replace(LOOPBACK, LOOPBACK_NAME, 1))
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return RelyingParty(host, web_origin) if host else None
    return None


def is_count_accepted(stored: int, sent: int) -> bool:
    """Whether a counter has gone forward, or neither side counts: one that stands still or goes back shows a copy."""
    return sent > stored or sent == stored == 0
