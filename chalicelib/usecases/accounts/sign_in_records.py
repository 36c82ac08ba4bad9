"""What a sign-in leaves behind: an audit entry, the known device, a mail about a new device (decision 0070)."""

from dataclasses import dataclass, field
from datetime import datetime

from chalicelib.repos.accounts import accounts, audit, known_devices
from chalicelib.repos.accounts.known_devices import Caller, Known
from chalicelib.repos.accounts.sign_in_log import Way
from chalicelib.repos.table.table import Write
from chalicelib.rules.accounts.accounts import Account
from chalicelib.rules.accounts.acts import Act
from chalicelib.rules.accounts.audit_actions import AuditAction
from chalicelib.rules.accounts.licence import Holder
from chalicelib.rules.base import masks
from chalicelib.usecases.accounts.security_notices import owner_notified


@dataclass(frozen=True)
class Recorded:
    """The writes that record a sign-in, and the token that the browser is to keep."""

    writes: list[Write]
    device_token: str = field(repr=False)
    """Empty for a caller that keeps none, and for a browser that has one already."""


def recorded(act: Act, known: Known, way: Way, *, keeps: bool, holder: Holder | None = None) -> Recorded:
    """Record a sign-in.

    Args:
        act: the account that signs in.
        known: what is stored of the caller.
        way: how it signs in.
        keeps: whether the caller is a browser that keeps cookies.
        holder: who scanned the licence; None for another way.
    """
    caller = known.caller
    fresh = known_devices.new_token() if keeps and not caller.device_token else ""
    after = {"way": way.value, "source": caller.address}
    if holder:
        after |= {"holder": holder.kind, "holder_name": masks.name(holder.name)}
    account = act.actor
    owner = accounts.partition_owner_of(account)
    writes = [
        audit.entry_added(owner, act.origin, AuditAction.SIGNED_IN, account.id, after=after),
        *known.noted(caller.device_token or fresh, act.at),
    ]
    if known.is_new(keeps=keeps):
        notice = owner_notified("new_device_notice", account, act.at, act.request_id, address=caller.address)
        writes.append(notice)
    return Recorded(writes, fresh)


def first_noted(account: Account, caller: Caller, *, keeps: bool, now: datetime) -> Recorded:
    """Note the device of a registration, which is a sign-in with an audit entry of its own."""
    fresh = known_devices.new_token() if keeps and not caller.device_token else ""
    nothing_stored = Known(account.id, caller, {})
    return Recorded(nothing_stored.noted(caller.device_token or fresh, now), fresh)
