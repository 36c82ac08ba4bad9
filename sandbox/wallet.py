"""The electronic licence platform and its users' phones, simulated: who holds and may use which licence.

Rules R13-R21 of the registration guide. Whether an authorisation is good enough is for the portal to decide:
the wallet states facts.
"""

import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sandbox import wallet_scan
from sandbox.wallet_forms import (
    Grant,
    LicenceChange,
    Manager,
    NewLicence,
    Person,
    PersonChange,
    Scan,
    WalletError,
)
from sandbox.wallet_store import (
    Authorization,
    AuthorizationMode,
    Book,
    Holder,
    HolderKind,
    Licence,
    PlatformKey,
    WalletStore,
)

CHINA = ZoneInfo("Asia/Shanghai")
MOST_MANAGERS = 5
CONSULAR_ITEM = "电子政务-外交-领事服务"
"""The item that this portal asks for (R13), as the wallet's page proposes it."""


class Wallet:
    """All simulated phones together, and the platform behind them."""

    def __init__(self, directory: Path) -> None:
        self._store = WalletStore(directory)
        self._key = PlatformKey(directory)

    def jwks(self) -> dict[str, Any]:
        """The platform's public keys."""
        return self._key.jwks()

    def licences(self) -> dict[str, Licence]:
        """All licences by their ids."""
        return self._store.read().licences

    def add_licence(self, form: NewLicence) -> tuple[str, str]:
        """Issue a licence to its legal representative. Returns the ids of the licence and of the holder."""
        licence_id, holder_id = _new_id(), _new_id()
        holder = _holder(HolderKind.LEGAL_REPRESENTATIVE, form.legal_representative, may_authorize=True)
        with self._store.change() as book:
            book.licences[licence_id] = Licence(name=form.name, uscc=form.uscc, holders={holder_id: holder})
        return licence_id, holder_id

    def change_licence(self, licence_id: str, form: LicenceChange) -> None:
        """Register a change. A new representative takes the place, and the holder id, of the old one."""
        with self._store.change() as book:
            licence = _licence(book, licence_id)
            licence.name = form.name or licence.name
            licence.status = form.status or licence.status
            if form.legal_representative:
                holder_id = _representative_id(licence)
                licence.holders[holder_id] = _holder(
                    HolderKind.LEGAL_REPRESENTATIVE, form.legal_representative, may_authorize=True
                )

    def add_manager(self, licence_id: str, form: Manager) -> str:
        """Appoint a manager; a licence has at most five."""
        with self._store.change() as book:
            licence = _licence(book, licence_id)
            if sum(h.kind is HolderKind.MANAGER for h in licence.holders.values()) >= MOST_MANAGERS:
                raise WalletError(409, f"证照管理员最多{MOST_MANAGERS}名")
            holder_id = _new_id()
            licence.holders[holder_id] = _holder(HolderKind.MANAGER, form, may_authorize=form.may_authorize)
        return holder_id

    def add_delegate(self, licence_id: str, form: Person) -> str:
        """Add a delegate (R19), who can do nothing yet."""
        with self._store.change() as book:
            holder_id = _new_id()
            _licence(book, licence_id).holders[holder_id] = _holder(HolderKind.DELEGATE, form)
        return holder_id

    def change_delegate(self, licence_id: str, holder_id: str, form: PersonChange) -> None:
        """Edit a delegate; ID number and phone are fixed from the download to the last cancellation (R20)."""
        with self._store.change() as book:
            licence = _licence(book, licence_id)
            holder = _member(licence, holder_id, HolderKind.DELEGATE)
            changes = form.model_dump(exclude_none=True)
            fixed = holder.downloaded_at is not None and bool(licence.authorizations_of(holder_id))
            if fixed and any(changes.get(name, getattr(holder, name)) != getattr(holder, name) for name in FIXED):
                raise WalletError(409, "该办事人已下载执照，取消全部授权后方可修改身份证号和手机号")
            licence.holders[holder_id] = holder.model_copy(update=changes)

    def remove_member(self, licence_id: str, holder_id: str, kind: HolderKind) -> None:
        """Delete a delegate or manager; what he or she was authorised to do ends with it (R21)."""
        with self._store.change() as book:
            licence = _licence(book, licence_id)
            _member(licence, holder_id, kind)
            del licence.holders[holder_id]
            for authorization_id in licence.authorizations_of(holder_id):
                del licence.authorizations[authorization_id]

    def authorize(self, licence_id: str, form: Grant) -> str:
        """Grant an authorisation (R14-R17). It may lie in the future: downloadable, not usable."""
        with self._store.change() as book:
            licence = _licence(book, licence_id)
            _member(licence, form.holder_id, HolderKind.DELEGATE)
            granter = licence.holders.get(form.granted_by or _representative_id(licence))
            if granter is None or not granter.may_authorize:
                raise WalletError(403, "仅法定代表人或具有下级授权权限的证照管理员可以授权")
            items = form.items if form.mode is AuthorizationMode.PRECISE else None
            granted_by = form.granted_by or _representative_id(licence)
            content = form.model_dump() | {"items": items or [], "granted_by": granted_by}
            authorization_id = _new_id()
            licence.authorizations[authorization_id] = Authorization.model_validate(content)
        return authorization_id

    def cancel_authorization(self, licence_id: str, authorization_id: str) -> None:
        """Cancel; with the last authorisation the downloaded licence is void (R18)."""
        with self._store.change() as book:
            licence = _licence(book, licence_id)
            cancelled = licence.authorizations.pop(authorization_id, None)
            if cancelled is None:
                raise WalletError(404, "未找到该授权")
            if not licence.authorizations_of(cancelled.holder_id):
                licence.holders[cancelled.holder_id].downloaded_at = None

    def scan(self, form: Scan) -> tuple[int, object]:
        """Hold a holder's phone before a QR code: sign what it shows, and post it to the portal.

        Returns what the portal answered: its status and its JSON body, if any.
        """
        code = wallet_scan.read_qr(form.qr_content)
        now = datetime.now(UTC)
        with self._store.change() as book:
            licence = _licence(book, form.licence_id)
            holder = _member(licence, form.holder_id, None)
            authorization = _best(licence.authorizations_of(form.holder_id), now)
            if authorization and holder.downloaded_at is None:
                holder.downloaded_at = now
        claims = wallet_scan.claims(code, form.action, licence, holder, authorization, now)
        return wallet_scan.post(code.callback, self._key.sign(claims))


FIXED = ("id_number", "phone")


def _new_id() -> str:
    return uuid.uuid4().hex


def _holder(kind: HolderKind, person: Person, *, may_authorize: bool = False) -> Holder:
    return Holder(
        kind=kind,
        name=person.name,
        id_number=person.id_number,
        phone=person.phone,
        may_authorize=may_authorize,
    )


def _licence(book: Book, licence_id: str) -> Licence:
    if licence_id not in book.licences:
        raise WalletError(404, "未找到该执照")
    return book.licences[licence_id]


def _member(licence: Licence, holder_id: str, kind: HolderKind | None) -> Holder:
    holder = licence.holders.get(holder_id)
    if holder is None or (kind and holder.kind is not kind):
        raise WalletError(404, "未找到该持照人")
    return holder


def _representative_id(licence: Licence) -> str:
    representative = licence.legal_representative
    return next(key for key, holder in licence.holders.items() if holder is representative)


def _best(authorizations: dict[str, Authorization], now: datetime) -> Authorization | None:
    """The authorisation to show: one in force before one that is not, full before precise, newest first."""
    today = now.astimezone(CHINA).date()

    def merit(one: Authorization) -> tuple[bool, bool, bool]:
        names_item = any("领事服务" in item for item in one.items)
        return one.is_in_force(today), one.mode is AuthorizationMode.FULL, names_item

    return max(reversed(authorizations.values()), key=merit, default=None)
