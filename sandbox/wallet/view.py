"""The view of a licence on the wallet's page: holders and authorisations with their states as text."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sandbox.wallet.download import may_download
from sandbox.wallet.member import is_fixed
from sandbox.wallet.store import Authorization, AuthorizationMode, Holder, HolderKind, Licence, VoidReason

ROLES: Mapping[HolderKind, str] = {
    HolderKind.LEGAL_REPRESENTATIVE: "法定代表人",
    HolderKind.MANAGER: "证照管理员",
    HolderKind.DELEGATE: "办事人",
}
STATUSES: Mapping[str, str] = {"active": "存续", "suspended": "暂停", "revoked": "吊销", "deregistered": "注销"}
REASONS: Mapping[VoidReason, str] = {
    VoidReason.CANCELLED: "授权已取消",
    VoidReason.DELEGATE_DELETED: "办事人已删除",
    VoidReason.GRANTER_DELETED: "授权人已删除",
}


@dataclass(frozen=True)
class State:
    """A state as text, and its tone: good, wait or bad."""

    text: str
    tone: str


@dataclass(frozen=True)
class AuthorizationView:
    """One authorisation; `id` is empty once it is void."""

    id: str
    scope: str
    starts_on: date
    ends_on: date
    holder_name: str
    granter_name: str
    state: State


@dataclass(frozen=True)
class HolderView:
    """One holder; `is_fixed`: ID number and phone cannot be changed (R20)."""

    id: str
    role: str
    kind: str
    name: str
    id_number: str
    phone: str
    may_authorize: bool
    is_fixed: bool
    state: State
    authorizations: list[AuthorizationView]


@dataclass(frozen=True)
class LicenceView:
    """One enterprise's licence; `void`: authorisations ended before their last day, newest first."""

    id: str
    name: str
    uscc: str
    status: State
    holders: list[HolderView]
    void: list[AuthorizationView]

    @property
    def has_authorizations(self) -> bool:
        """Whether there is an authorisation to show, void ones included."""
        return bool(self.void) or any(holder.authorizations for holder in self.holders)

    def of_kind(self, *kinds: str) -> list[HolderView]:
        """The holders of the given kinds."""
        return [holder for holder in self.holders if holder.kind in kinds]


def shown(licence_id: str, licence: Licence, today: date) -> LicenceView:
    """The view of a licence on the given Chinese calendar day."""
    return LicenceView(
        id=licence_id,
        name=licence.name,
        uscc=licence.uscc,
        status=State(STATUSES.get(licence.status, licence.status), "good" if licence.status == "active" else "bad"),
        holders=[_holder(licence, key, today) for key in licence.holders],
        void=[
            _authorization(licence, "", void, void.holder_name, State(f"已失效（{REASONS[void.reason]}）", "bad"))
            for void in reversed(licence.void_authorizations)
        ],
    )


def _holder(licence: Licence, holder_id: str, today: date) -> HolderView:
    holder = licence.holders[holder_id]
    return HolderView(
        id=holder_id,
        role=ROLES[holder.kind],
        kind=holder.kind.value,
        name=holder.name,
        id_number=holder.id_number,
        phone=holder.phone,
        may_authorize=holder.may_authorize,
        is_fixed=is_fixed(licence, holder_id),
        state=_download_state(licence, holder_id, holder, today),
        authorizations=[
            _authorization(licence, key, authorization, holder.name, _term_state(authorization, today))
            for key, authorization in licence.authorizations_of(holder_id).items()
        ],
    )


def _download_state(licence: Licence, holder_id: str, holder: Holder, today: date) -> State:
    if holder.downloaded_at is not None:
        return State("已下载", "good")
    if holder.kind is not HolderKind.LEGAL_REPRESENTATIVE and not licence.is_claimed:
        return State("待法定代表人首次下载", "wait")
    if holder.kind is not HolderKind.DELEGATE or may_download(licence, holder_id, today):
        return State("可下载", "wait")
    return State("已失效", "bad") if holder.void_since else State("待授权", "wait")


def _term_state(authorization: Authorization, today: date) -> State:
    if today < authorization.starts_on:
        return State("未生效（可下载，不可使用）", "wait")
    return State("生效中", "good") if authorization.is_in_force(today) else State("已到期", "bad")


def _authorization(
    licence: Licence, authorization_id: str, authorization: Authorization, holder_name: str, state: State
) -> AuthorizationView:
    is_full = authorization.mode is AuthorizationMode.FULL
    granter = licence.holders.get(authorization.granted_by)
    return AuthorizationView(
        id=authorization_id,
        scope="全业务授权：全部事项" if is_full else f"精准授权：{'、'.join(authorization.items)}",
        starts_on=authorization.starts_on,
        ends_on=authorization.ends_on,
        holder_name=holder_name,
        granter_name=granter.name if granter else "（已删除）",
        state=state,
    )
