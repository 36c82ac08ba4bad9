"""The wallet's page, and the calls that the page and other clients use."""

from http import HTTPStatus

from chalice.app import Chalice, Response

from sandbox.http.page_calls import answering, form, query, reply
from sandbox.http.pages import html
from sandbox.wallet.authorization import CONSULAR_ITEM
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
from sandbox.wallet.scan import purpose_of
from sandbox.wallet.store import HolderKind
from sandbox.wallet.view import shown
from sandbox.wallet.wallet import Wallet, china_now

LICENCE = "/wallet/licences/{licence_id}"
OTHER_ITEMS = ("电子政务-税务-发票业务", "电子商务-招标投标-投标文件签章")
"""Items of other services, to try a precise authorisation that the portal refuses (R17)."""


def add_wallet(app: Chalice, wallet: Wallet) -> None:
    """Everything under `/wallet`."""
    add_page(app, wallet)
    add_licences(app, wallet)
    add_managers(app, wallet)
    add_delegates(app, wallet)
    add_authorizations(app, wallet)


def add_page(app: Chalice, wallet: Wallet) -> None:
    """The page, the platform's public keys, and the scan."""

    @app.route("/wallet", methods=["GET"])
    def page() -> Response:
        today = china_now().date()
        licences = [shown(key, licence, today) for key, licence in wallet.licences().items()]
        items = (CONSULAR_ITEM, *OTHER_ITEMS)
        code = query(app, "qr") or ""
        read = {"qr_content": code, "purpose": purpose_of(code)}
        return html("wallet.html", licences=licences, today=today, items=items, **read)

    @app.route("/wallet/jwks.json", methods=["GET"])
    def keys() -> Response:
        return reply(HTTPStatus.OK, wallet.jwks())

    @app.route("/wallet/scan", methods=["POST"])
    @answering
    def scan() -> Response:
        status, body = wallet.scan(form(app, Scan))
        accepted = status == HTTPStatus.NO_CONTENT
        outcome = HTTPStatus.OK if accepted else HTTPStatus.UNPROCESSABLE_ENTITY
        return reply(outcome, {"status": status, "body": body})


def add_licences(app: Chalice, wallet: Wallet) -> None:
    """Licences: issued and changed by the market regulator, and downloaded."""

    @app.route("/wallet/licences", methods=["GET"])
    def licences() -> Response:
        known = {key: licence.model_dump(mode="json") for key, licence in wallet.licences().items()}
        return reply(HTTPStatus.OK, {"items": [{"licence_id": key, **licence} for key, licence in known.items()]})

    @app.route("/wallet/licences", methods=["POST"])
    @answering
    def add() -> Response:
        licence_id, holder_id = wallet.add_licence(form(app, NewLicence))
        return reply(HTTPStatus.CREATED, {"licence_id": licence_id, "holder_id": holder_id})

    @app.route(LICENCE, methods=["PATCH"])
    @answering
    def change(licence_id: str) -> Response:
        wallet.change_licence(licence_id, form(app, LicenceChange))
        return reply(HTTPStatus.NO_CONTENT)

    @app.route(LICENCE + "/downloads", methods=["POST"])
    @answering
    def download(licence_id: str) -> Response:
        claim = form(app, Download)
        time = wallet.download(licence_id, claim)
        return reply(HTTPStatus.CREATED, {"holder_id": claim.holder_id, "downloaded_at": time.isoformat()})


def add_managers(app: Chalice, wallet: Wallet) -> None:
    """证照管理员, with or without 下级授权."""

    @app.route(LICENCE + "/managers", methods=["POST"])
    @answering
    def add_manager(licence_id: str) -> Response:
        holder_id = wallet.add_manager(licence_id, form(app, Manager), form(app, Act).by)
        return reply(HTTPStatus.CREATED, {"holder_id": holder_id})

    @app.route(LICENCE + "/managers/{manager_id}", methods=["DELETE"])
    @answering
    def remove_manager(licence_id: str, manager_id: str) -> Response:
        wallet.remove_member(licence_id, manager_id, HolderKind.MANAGER, query(app, "by"))
        return reply(HTTPStatus.NO_CONTENT)


def add_delegates(app: Chalice, wallet: Wallet) -> None:
    """办事人 (R19-R21)."""

    @app.route(LICENCE + "/delegates", methods=["POST"])
    @answering
    def add_delegate(licence_id: str) -> Response:
        holder_id = wallet.add_delegate(licence_id, form(app, Person), form(app, Act))
        return reply(HTTPStatus.CREATED, {"holder_id": holder_id})

    @app.route(LICENCE + "/delegates/{delegate_id}", methods=["PATCH"])
    @answering
    def change_delegate(licence_id: str, delegate_id: str) -> Response:
        wallet.change_delegate(licence_id, delegate_id, form(app, PersonChange), form(app, Act).by)
        return reply(HTTPStatus.OK, {"holder_id": delegate_id})

    @app.route(LICENCE + "/delegates/{delegate_id}", methods=["DELETE"])
    @answering
    def remove_delegate(licence_id: str, delegate_id: str) -> Response:
        wallet.remove_member(licence_id, delegate_id, HolderKind.DELEGATE, query(app, "by"))
        return reply(HTTPStatus.NO_CONTENT)


def add_authorizations(app: Chalice, wallet: Wallet) -> None:
    """Authorisations of delegates (R13-R18)."""

    @app.route(LICENCE + "/authorizations", methods=["POST"])
    @answering
    def authorize(licence_id: str) -> Response:
        return reply(HTTPStatus.CREATED, {"authorization_id": wallet.authorize(licence_id, form(app, Grant))})

    @app.route(LICENCE + "/authorizations/{authorization_id}", methods=["DELETE"])
    @answering
    def cancel(licence_id: str, authorization_id: str) -> Response:
        wallet.cancel_authorization(licence_id, authorization_id, query(app, "by"))
        return reply(HTTPStatus.NO_CONTENT)
