"""Simulates the electronic licence platform and the phones of its users: who holds and may use which licence.

It follows the acceptance items R06, R07 and R13-R21. It states facts only; the portal decides whether an authorisation
suffices.

The download is optional for clients of the calls alone (`POST /wallet/licences`, delegates, authorisations, `POST
/wallet/scan`): the legal representative has the licence at once, and an authorised delegate from the first scan on. The
wallet's page requires it: it sends `downloaded: false` and `must_claim: true`.
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.http.refusals import CallRefused
from sandbox.wallet import authorization, download, member, scan
from sandbox.wallet.forms import (
    Act,
    Download,
    Grant,
    LicenceChange,
    Manager,
    NewLicence,
    Person,
    PersonChange,
    Scan,
)
from sandbox.wallet.store import Book, HolderKind, Licence, PlatformKey, WalletStore

CHINA = ZoneInfo("Asia/Shanghai")


class Wallet:
    """All simulated phones, and the platform."""

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
        """Issue a licence to its legal representative. Returns the ids of the licence and of the holder.

        It counts as downloaded unless the form says otherwise.
        """
        licence_id, holder_id = _new_id(), _new_id()
        holder = member.make_representative(form.legal_representative, china_now(), downloaded=form.downloaded)
        with self._store.change() as book:
            book.licences[licence_id] = Licence(name=form.name, uscc=form.uscc, holders={holder_id: holder})
        return licence_id, holder_id

    def change_licence(self, licence_id: str, form: LicenceChange) -> None:
        """Register a change: another name, status or legal representative."""
        with self._changed(licence_id) as licence:
            member.change_licence(licence, form, china_now())

    def download(self, licence_id: str, form: Download) -> datetime:
        """Download to a holder's phone after the real-name check (R06, R07)."""
        with self._changed(licence_id) as licence:
            return download.download(licence, form, china_now())

    def add_manager(self, licence_id: str, form: Manager, by: str | None = None) -> str:
        """Appoint a manager, who has to download the licence before using it."""
        holder_id = _new_id()
        with self._changed(licence_id) as licence:
            member.representative(licence, by)
            member.add_manager(licence, holder_id, form)
        return holder_id

    def add_delegate(self, licence_id: str, form: Person, act: Act | None = None) -> str:
        """Add a delegate (R19), who has no authorisation yet."""
        act, holder_id = act or Act(), _new_id()
        with self._changed(licence_id) as licence:
            member.authorizer(licence, act.by)
            licence.holders[holder_id] = member.make(HolderKind.DELEGATE, form, must_claim=act.must_claim)
        return holder_id

    def change_delegate(self, licence_id: str, holder_id: str, form: PersonChange, by: str | None = None) -> None:
        """Edit a delegate (R20)."""
        with self._changed(licence_id) as licence:
            member.authorizer(licence, by)
            member.change_delegate(licence, holder_id, form)

    def remove_member(self, licence_id: str, holder_id: str, kind: HolderKind, by: str | None = None) -> None:
        """Delete a delegate or manager together with every authorisation that the person has or has granted (R21)."""
        allowed = member.representative if kind is HolderKind.MANAGER else member.authorizer
        with self._changed(licence_id) as licence:
            allowed(licence, by)
            member.find(licence, holder_id, kind)
            authorization.end_with_member(licence, holder_id, china_now())
            del licence.holders[holder_id]

    def authorize(self, licence_id: str, form: Grant) -> str:
        """Grant an authorisation (R14-R17)."""
        authorization_id = _new_id()
        with self._changed(licence_id) as licence:
            authorization.grant(licence, authorization_id, form)
        return authorization_id

    def cancel_authorization(self, licence_id: str, authorization_id: str, by: str | None = None) -> None:
        """Cancel an authorisation (R18)."""
        with self._changed(licence_id) as licence:
            member.authorizer(licence, by)
            authorization.cancel(licence, authorization_id, china_now())

    def scan(self, form: Scan) -> tuple[int, object]:
        """Scan a QR code with a holder's phone: sign an assertion and post it to the portal.

        Returns:
            The status and the JSON body of the portal's reply; None without a body.

        Raises:
            CallRefused: the holder has not downloaded the licence, or the QR code is not one of this machine.
        """
        code = scan.read_qr(form.qr_content)
        now = china_now()
        with self._changed(form.licence_id) as licence:
            holder = member.find(licence, form.holder_id)
            download.use(licence, form.holder_id, now)
        granted = authorization.best(licence.authorizations_of(form.holder_id), now.date())
        claims = scan.claims(code, form.action, licence, holder, granted, now)
        return scan.post(code.callback, self._key.sign(claims))

    @contextmanager
    def _changed(self, licence_id: str) -> Iterator[Licence]:
        with self._store.change() as book:
            yield _licence(book, licence_id)


def china_now() -> datetime:
    """The present time in China, whose calendar days authorisations use."""
    return datetime.now(CHINA)


def _new_id() -> str:
    return uuid.uuid4().hex


def _licence(book: Book, licence_id: str) -> Licence:
    if licence_id not in book.licences:
        raise CallRefused(404, "未找到该执照")
    return book.licences[licence_id]
