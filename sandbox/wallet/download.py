"""Download of a licence to a holder's phone, after a real-name check (R06, R07, R15)."""

from datetime import date, datetime

from sandbox.http.refusals import CallRefused
from sandbox.wallet import member
from sandbox.wallet.forms import Download
from sandbox.wallet.store import Holder, HolderKind, Licence

TO_THE_OFFICE = (
    "实名认证未通过：姓名或证件号码与该持照人的登记信息不一致。"
    "如信息无误，请携带有效证件到企业登记地的市场监督管理部门下载电子营业执照。"
)


def download(licence: Licence, form: Download, now: datetime) -> datetime:
    """Download a licence to a holder's phone. Returns the time of the first download; a repeated one changes nothing.

    A delegate needs an authorisation that has not ended; it need not have begun (R15).

    Raises:
        CallRefused: 403 if name or ID number is wrong; 409 if the licence cannot be downloaded by this holder now.
    """
    holder = member.find(licence, form.holder_id)
    if (form.name, form.id_number.upper()) != (holder.name, holder.id_number.upper()):
        raise CallRefused(403, TO_THE_OFFICE)
    if licence.status != "active":
        raise CallRefused(409, "企业当前不是存续状态，不能下载执照")
    if holder.kind is not HolderKind.LEGAL_REPRESENTATIVE and not licence.is_claimed:
        raise CallRefused(409, "首次下载只能由法定代表人完成，请法定代表人先行下载")
    if holder.kind is HolderKind.DELEGATE and not may_download(licence, form.holder_id, now.date()):
        raise CallRefused(409, "该办事人没有可用的授权，请先由法定代表人或证照管理员授权")
    return _mark_downloaded(holder, now)


def may_download(licence: Licence, holder_id: str, today: date) -> bool:
    """Whether a delegate has an authorisation that has not ended, begun or not (R15)."""
    return any(today <= authorization.ends_on for authorization in licence.authorizations_of(holder_id).values())


def use(licence: Licence, holder_id: str, now: datetime) -> None:
    """Check that a holder has the licence on the phone, as a scan requires.

    For clients that never download, the first scan of an authorised delegate counts as the download. A void licence
    can still be scanned: the portal gets its facts without an authorisation and refuses it. After a new authorisation
    the licence must be downloaded again.

    Raises:
        CallRefused: 409 if the holder has to download first.
    """
    holder = member.find(licence, holder_id)
    authorized = holder.kind is not HolderKind.DELEGATE or bool(licence.authorizations_of(holder_id))
    if holder.downloaded_at is not None or (holder.void_since is not None and not authorized):
        return
    if holder.must_claim or not authorized or not licence.is_claimed:
        raise CallRefused(409, f"{holder.name}尚未下载执照，请先完成实名认证并下载，再扫码")
    _mark_downloaded(holder, now)


def _mark_downloaded(holder: Holder, now: datetime) -> datetime:
    holder.downloaded_at = holder.downloaded_at or now
    holder.void_since = None
    return holder.downloaded_at
