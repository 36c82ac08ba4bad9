"""Authorisations of delegates: granted, cancelled, void with the people they hang on (R13-R18, R21)."""

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
"""The item that this portal asks for (R13), as the wallet's page proposes it."""


def grant(licence: Licence, authorization_id: str, form: Grant) -> None:
    """Grant an authorisation (R14-R17). It may lie in the future: downloadable, not usable."""
    member.find(licence, form.holder_id, HolderKind.DELEGATE)
    granted_by = member.authorizer(licence, form.granted_by)
    # 全业务授权 names no items: it covers all of them (R16).
    items = form.items if form.mode is AuthorizationMode.PRECISE else None
    content = form.model_dump() | {"items": items or [], "granted_by": granted_by}
    licence.authorizations[authorization_id] = Authorization.model_validate(content)


def cancel(licence: Licence, authorization_id: str, now: datetime) -> None:
    """Cancel; with the last authorisation the downloaded licence is void (R18)."""
    if authorization_id not in licence.authorizations:
        raise CallRefused(404, "未找到该授权")
    end(licence, [authorization_id], VoidReason.CANCELLED, now)


def end_with_member(licence: Licence, holder_id: str, now: datetime) -> None:
    """End all authorisations that somebody who is to be deleted has or, as a manager, has granted (R21)."""
    end(licence, licence.authorizations_of(holder_id), VoidReason.DELEGATE_DELETED, now)
    granted = [key for key, one in licence.authorizations.items() if one.granted_by == holder_id]
    end(licence, granted, VoidReason.GRANTER_DELETED, now)


def end(licence: Licence, authorization_ids: Iterable[str], reason: VoidReason, now: datetime) -> None:
    """Make authorisations void, and the downloaded licences of those who have none left."""
    for authorization_id in list(authorization_ids):
        ended = licence.authorizations.pop(authorization_id)
        holder = licence.holders[ended.holder_id]
        content = ended.model_dump() | {"holder_name": holder.name, "reason": reason}
        licence.void_authorizations.append(VoidAuthorization.model_validate(content))
        if holder.downloaded_at is not None and not licence.authorizations_of(ended.holder_id):
            holder.downloaded_at, holder.void_since = None, now


def best(authorizations: dict[str, Authorization], today: date) -> Authorization | None:
    """The authorisation to show: one in force before one that is not, full before precise, newest first."""

    def merit(one: Authorization) -> tuple[bool, bool, bool]:
        names_item = any("领事服务" in item for item in one.items)
        return one.is_in_force(today), one.mode is AuthorizationMode.FULL, names_item

    return max(reversed(authorizations.values()), key=merit, default=None)
