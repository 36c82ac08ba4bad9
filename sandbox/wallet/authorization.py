"""Authorisations of delegates: granted, cancelled, and ended with their delegate or granter (R13-R18, R21)."""

from collections.abc import Iterable
from datetime import date, datetime

from sandbox.http.refusals import CallRefused
from sandbox.wallet import member
from sandbox.wallet.forms import Grant
from sandbox.wallet.store import (
    Authorization,
    AuthorizationMode,
    HolderKind,
    Licence,
    VoidAuthorization,
    VoidReason,
)

CONSULAR_ITEM = "电子政务-外交-领事服务"
"""The item that this portal requires (R13); the wallet's page proposes it."""


def grant(licence: Licence, authorization_id: str, form: Grant) -> None:
    """Grant an authorisation (R14-R17). Before its first day it permits the download, but no use."""
    member.find(licence, form.holder_id, HolderKind.DELEGATE)
    granted_by = member.authorizer(licence, form.granted_by)
    # 全业务授权 covers all items and names none (R16).
    items = form.items if form.mode is AuthorizationMode.PRECISE else None
    content = form.model_dump() | {"items": items or [], "granted_by": granted_by}
    licence.authorizations[authorization_id] = Authorization.model_validate(content)


def cancel(licence: Licence, authorization_id: str, now: datetime) -> None:
    """Cancel an authorisation; without any other the delegate's downloaded licence is void (R18)."""
    if authorization_id not in licence.authorizations:
        raise CallRefused(404, "未找到该授权")
    end(licence, [authorization_id], VoidReason.CANCELLED, now)


def end_with_member(licence: Licence, holder_id: str, now: datetime) -> None:
    """End all authorisations that a holder has or, as a manager, has granted, before the holder is deleted (R21)."""
    end(licence, licence.authorizations_of(holder_id), VoidReason.DELEGATE_DELETED, now)
    granted = [key for key, authorization in licence.authorizations.items() if authorization.granted_by == holder_id]
    end(licence, granted, VoidReason.GRANTER_DELETED, now)


def end(licence: Licence, authorization_ids: Iterable[str], reason: VoidReason, now: datetime) -> None:
    """Make authorisations void, and the downloaded licence of every delegate without another one."""
    for authorization_id in list(authorization_ids):
        ended = licence.authorizations.pop(authorization_id)
        holder = licence.holders[ended.holder_id]
        content = ended.model_dump() | {"holder_name": holder.name, "reason": reason}
        licence.void_authorizations.append(VoidAuthorization.model_validate(content))
        if holder.downloaded_at is not None and not licence.authorizations_of(ended.holder_id):
            holder.downloaded_at, holder.void_since = None, now


def best(authorizations: dict[str, Authorization], today: date) -> Authorization | None:
    """The authorisation to present: in force before not in force, then full before precise, then the newest."""

    def merit(authorization: Authorization) -> tuple[bool, bool, bool]:
        names_item = any("领事服务" in item for item in authorization.items)
        return authorization.is_in_force(today), authorization.mode is AuthorizationMode.FULL, names_item

    return max(reversed(authorizations.values()), key=merit, default=None)
