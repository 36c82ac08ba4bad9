"""The holders of a licence (legal representative, managers, delegates), and who may change them."""

from datetime import datetime

from sandbox.http.refusals import CallRefused
from sandbox.wallet.forms import LicenceChange, Manager, Person, PersonChange
from sandbox.wallet.store import Holder, HolderKind, Licence

MAX_MANAGERS = 5
FIXED = ("id_number", "phone")


def find(licence: Licence, holder_id: str, kind: HolderKind | None = None) -> Holder:
    """A holder of this licence, of the given kind if there is one; `CallRefused` 404 if there is none."""
    holder = licence.holders.get(holder_id)
    if holder is None or (kind and holder.kind is not kind):
        raise CallRefused(404, "未找到该持照人")
    return holder


def make(kind: HolderKind, person: Person, *, must_claim: bool, may_authorize: bool = False) -> Holder:
    """A holder who has not downloaded yet."""
    return Holder(
        kind=kind,
        name=person.name,
        id_number=person.id_number,
        phone=person.phone,
        may_authorize=may_authorize,
        must_claim=must_claim,
    )


def make_representative(person: Person, now: datetime, *, downloaded: bool) -> Holder:
    """A legal representative who has, or has not yet, downloaded the licence."""
    holder = make(HolderKind.LEGAL_REPRESENTATIVE, person, must_claim=not downloaded, may_authorize=True)
    holder.downloaded_at = now if downloaded else None
    return holder


def authorizer(licence: Licence, holder_id: str | None) -> str:
    """The id of the holder who acts for the enterprise: the named one, or the legal representative (R14, R19-R21).

    Raises:
        CallRefused: 403 for a holder without the right to authorise, 409 for one who has not downloaded the licence.
    """
    found = licence.holders.get(holder_id or licence.representative_id)
    if found is None or not found.may_authorize:
        raise CallRefused(403, "仅法定代表人或具有下级授权权限的证照管理员可以授权和管理办事人")
    if found.must_claim and found.downloaded_at is None:
        raise CallRefused(409, f"{found.name}尚未下载执照，请先完成实名认证并下载")
    return holder_id or licence.representative_id


def representative(licence: Licence, holder_id: str | None) -> None:
    """Refuse anybody but the legal representative, who alone appoints and removes managers (R06)."""
    if holder_id not in (None, licence.representative_id):
        raise CallRefused(403, "仅法定代表人可以添加或删除证照管理员")
    authorizer(licence, holder_id)


def add_manager(licence: Licence, holder_id: str, form: Manager) -> None:
    """Appoint a manager; a licence has at most five."""
    if sum(holder.kind is HolderKind.MANAGER for holder in licence.holders.values()) >= MAX_MANAGERS:
        raise CallRefused(409, f"证照管理员最多{MAX_MANAGERS}名")
    licence.holders[holder_id] = make(HolderKind.MANAGER, form, must_claim=True, may_authorize=form.may_authorize)


def change_delegate(licence: Licence, holder_id: str, form: PersonChange) -> None:
    """Edit a delegate; ID number and phone are fixed while a downloaded licence is authorised (R20)."""
    holder = find(licence, holder_id, HolderKind.DELEGATE)
    changes = form.model_dump(exclude_none=True)
    changed = [name for name in FIXED if changes.get(name, getattr(holder, name)) != getattr(holder, name)]
    if changed and is_fixed(licence, holder_id):
        message = "该办事人已下载执照，取消其全部授权后方可修改证件号码和手机号"
        raise CallRefused(409, message, [{"field": name, "message": message} for name in changed])
    licence.holders[holder_id] = holder.model_copy(update=changes)


def is_fixed(licence: Licence, holder_id: str) -> bool:
    """Whether a delegate's ID number and phone cannot be changed (R20)."""
    return licence.holders[holder_id].downloaded_at is not None and bool(licence.authorizations_of(holder_id))


def change_licence(licence: Licence, form: LicenceChange, now: datetime) -> None:
    """Register a change. A new legal representative takes over the holder id of the old one."""
    licence.name = form.name or licence.name
    licence.status = form.status or licence.status
    if form.legal_representative:
        fresh = make_representative(form.legal_representative, now, downloaded=form.downloaded)
        licence.holders[licence.representative_id] = fresh
