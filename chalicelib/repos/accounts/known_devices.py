"""Devices and network addresses from which an account has signed in (docs/domain.md 5.4, decision 0070).

A device is a browser that keeps a random token in a cookie; of it only the hash is stored. Both kinds are forgotten
after 180 days without a sign-in.
"""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from chalicelib.repos.keys import sealing
from chalicelib.repos.table import table
from chalicelib.repos.table.table import Item, Write
from chalicelib.rules.accounts.mailboxes import source_of
from chalicelib.rules.base import limits
from chalicelib.rules.base.vocabulary import AccountId

MAX_TOKEN = 200
"""Characters of a device token; a longer one is taken for none."""
MARK_LIFE = timedelta(days=730)
"""How long an account without a sign-in counts as one that has signed in before."""
RENEWED_AFTER = timedelta(days=1)
"""The age from which a sign-in writes a known device again, so that it lives on."""


@dataclass(frozen=True)
class Caller:
    """Where a request to sign in comes from."""

    address: str
    """The network address; of IPv6 the network of one subscriber counts."""
    device_token: str = field(default="", repr=False)
    """The token of the browser; empty for none."""


class Known(NamedTuple):
    """What is stored of a caller for one account."""

    account_id: AccountId
    caller: Caller
    items: Mapping[table.Key, Item]

    @property
    def is_known(self) -> bool:
        """Whether the account has signed in from this device or address before."""
        return any(key in self.items for key in _keys(self.account_id, self.caller).values())

    def is_new(self, *, keeps: bool) -> bool:
        """Whether the account has signed in before, but not from here.

        Args:
            keeps: whether the caller is a browser that keeps its token: then only the token counts, because an intruder
                may share the address of the owner.
        """
        key = _keys(self.account_id, self.caller).get("device" if keeps else "address")
        return _first(self.account_id) in self.items and key not in self.items

    def noted(self, device_token: str, now: datetime) -> list[Write]:
        """Note the device and the address at a successful sign-in, unless they were noted within a day.

        Args:
            device_token: the token that the browser keeps; empty for a caller that keeps none.
            now: the moment of the sign-in.
        """
        keys = _keys(self.account_id, Caller(self.caller.address, device_token))
        ends_at = int((now + limits.KNOWN_DEVICE_LIFE).timestamp())
        due = [key for key in keys.values() if self._is_due(key, ends_at)]
        writes = [table.put({"pk": pk, "sk": sk, "expires_at": ends_at}) for pk, sk in due]
        if due:
            pk, sk = _first(self.account_id)
            writes.append(table.put({"pk": pk, "sk": sk, "expires_at": int((now + MARK_LIFE).timestamp())}))
        return writes

    def _is_due(self, key: table.Key, ends_at: int) -> bool:
        stored = self.items.get(key)
        return stored is None or ends_at - stored["expires_at"] >= RENEWED_AFTER.total_seconds()


def keys_of(account_id: AccountId, caller: Caller) -> list[table.Key]:
    """Primary keys of everything that `known` needs; as many for an unknown account as for a known one."""
    return [*_keys(account_id, caller).values(), _first(account_id)]


def known(account_id: AccountId, caller: Caller, found: Mapping[table.Key, Item], now: datetime) -> Known:
    """What is stored of a caller, from the items of `keys_of`; expired items that are not deleted yet do not count."""
    second = int(now.timestamp())
    wanted = keys_of(account_id, caller)
    living = {key: found[key] for key in wanted if key in found and found[key].get("expires_at", second + 1) > second}
    return Known(account_id, caller, living)


def read(account_id: AccountId, caller: Caller, now: datetime) -> Known:
    """What is stored of a caller; one request."""
    return known(account_id, caller, table.get_many(keys_of(account_id, caller)), now)


def new_token() -> str:
    """A random token for a browser."""
    return secrets.token_urlsafe(32)


def _keys(account_id: AccountId, caller: Caller) -> dict[str, table.Key]:
    token = caller.device_token if len(caller.device_token) <= MAX_TOKEN else ""
    digests = {"address": sealing.digest("known address", source_of(caller.address))}
    if token:
        digests["device"] = hashlib.sha256(token.encode()).hexdigest()
    return {kind: (f"ACC#{account_id}", f"KNOWN#{digest}") for kind, digest in digests.items()}


def _first(account_id: AccountId) -> table.Key:
    return f"ACC#{account_id}", "SIGNED_IN"
