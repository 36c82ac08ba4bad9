"""The sandbox's own page and calls on the second port: mailbox, licence wallet, scheduled functions."""

import dataclasses
import functools
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

from chalice.app import Chalice, Request, Response

from sandbox.mailbox import Mailbox
from sandbox.pages import html, wants_html
from sandbox.schedules import Schedules, UnknownFunction
from sandbox.wallet import CONSULAR_ITEM, Wallet
from sandbox.wallet_forms import (
    Form,
    Grant,
    LicenceChange,
    Manager,
    NewLicence,
    Person,
    PersonChange,
    Scan,
    WalletError,
    read_form,
)
from sandbox.wallet_store import HolderKind

type View = Callable[..., Response]

LICENCE = "/wallet/licences/{licence_id}"


def portal_page(mailbox: Mailbox, wallet: Wallet, schedules: Schedules, facts: Mapping[str, Any]) -> Chalice:
    """The second port's application. `facts`: addresses and log-ins that the first page shows."""
    app = Chalice("sandbox-page", configure_logs=False)

    @app.route("/", methods=["GET"])
    def home() -> Response:
        return html("home.html", **facts)

    add_mailbox(app, mailbox)
    add_runs(app, schedules)
    add_wallet_page(app, wallet)
    add_licences(app, wallet)
    add_delegates(app, wallet)
    return app


def add_mailbox(app: Chalice, mailbox: Mailbox) -> None:
    """`GET /mailbox?to=`."""

    @app.route("/mailbox", methods=["GET"])
    def read() -> Response:
        request = request_of(app)
        query: Mapping[str, str] = request.query_params or {}
        to = query.get("to")
        mails = mailbox.mails(to)
        if wants_html(request):
            return html("mailbox.html", mails=mails, to=to or "")
        return reply(HTTPStatus.OK, {"items": [dataclasses.asdict(mail) for mail in mails]})


def add_runs(app: Chalice, schedules: Schedules) -> None:
    """`POST /run/{name}`: a scheduled function, now or as if at another time."""

    @app.route("/run/{name}", methods=["POST"])
    @answering
    def run(name: str) -> Response:
        time = moment(content(app).get("time"))
        try:
            return reply(HTTPStatus.OK, schedules.run(unquote(name), time))
        except UnknownFunction:
            raise WalletError(HTTPStatus.NOT_FOUND, f"没有名为{unquote(name)}的定时任务") from None


def add_wallet_page(app: Chalice, wallet: Wallet) -> None:
    """The page for people, the list for programs, the keys for the portal, and the scan."""

    @app.route("/wallet", methods=["GET"])
    def page() -> Response:
        return html("wallet.html", licences=wallet.licences(), item=CONSULAR_ITEM)

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
    """Licences and their managers."""

    @app.route("/wallet/licences", methods=["GET"])
    def licences() -> Response:
        known = {key: licence.model_dump(mode="json") for key, licence in wallet.licences().items()}
        return reply(HTTPStatus.OK, {"items": [{"licence_id": key, **one} for key, one in known.items()]})

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

    @app.route(LICENCE + "/managers", methods=["POST"])
    @answering
    def add_manager(licence_id: str) -> Response:
        return reply(HTTPStatus.CREATED, {"holder_id": wallet.add_manager(licence_id, form(app, Manager))})

    @app.route(LICENCE + "/managers/{manager_id}", methods=["DELETE"])
    @answering
    def remove_manager(licence_id: str, manager_id: str) -> Response:
        wallet.remove_member(licence_id, manager_id, HolderKind.MANAGER)
        return reply(HTTPStatus.NO_CONTENT)


def add_delegates(app: Chalice, wallet: Wallet) -> None:
    """Delegates (R19-R21) and their authorisations (R14-R18)."""

    @app.route(LICENCE + "/delegates", methods=["POST"])
    @answering
    def add(licence_id: str) -> Response:
        return reply(HTTPStatus.CREATED, {"holder_id": wallet.add_delegate(licence_id, form(app, Person))})

    @app.route(LICENCE + "/delegates/{delegate_id}", methods=["PATCH"])
    @answering
    def change(licence_id: str, delegate_id: str) -> Response:
        wallet.change_delegate(licence_id, delegate_id, form(app, PersonChange))
        return reply(HTTPStatus.OK, {"holder_id": delegate_id})

    @app.route(LICENCE + "/delegates/{delegate_id}", methods=["DELETE"])
    @answering
    def remove(licence_id: str, delegate_id: str) -> Response:
        wallet.remove_member(licence_id, delegate_id, HolderKind.DELEGATE)
        return reply(HTTPStatus.NO_CONTENT)

    @app.route(LICENCE + "/authorizations", methods=["POST"])
    @answering
    def authorize(licence_id: str) -> Response:
        return reply(HTTPStatus.CREATED, {"authorization_id": wallet.authorize(licence_id, form(app, Grant))})

    @app.route(LICENCE + "/authorizations/{authorization_id}", methods=["DELETE"])
    @answering
    def cancel(licence_id: str, authorization_id: str) -> Response:
        wallet.cancel_authorization(licence_id, authorization_id)
        return reply(HTTPStatus.NO_CONTENT)


def answering(view: View) -> View:
    """Let a view refuse by raising `WalletError`."""

    @functools.wraps(view)
    def wrapped(**parameters: str) -> Response:
        try:
            return view(**parameters)
        except WalletError as refusal:
            return reply(refusal.status, refusal.body)

    return wrapped


def reply(status: int, body: object = None) -> Response:
    """JSON with Chinese as it is; what JSON does not know becomes text."""
    text = "" if status == HTTPStatus.NO_CONTENT else json.dumps(body, ensure_ascii=False, default=str)
    return Response(text, headers={"Content-Type": "application/json"}, status_code=status)


def request_of(app: Chalice) -> Request:
    """The request in this thread's hands."""
    request = app.current_request
    if request is None:
        raise RuntimeError("outside of a request")
    return request


def content(app: Chalice) -> dict[str, Any]:
    """The request's JSON object; an empty body is an empty object."""
    try:
        found = json.loads(request_of(app).raw_body or b"{}")
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise WalletError(HTTPStatus.UNPROCESSABLE_ENTITY, "请求内容应为 JSON 对象")
    return found


def form[F: Form](app: Chalice, kind: type[F]) -> F:
    """The request's JSON as a form."""
    return read_form(kind, content(app))


def moment(text: object) -> datetime:
    """An RFC 3339 time; now if there is none.

    Events tell whole seconds. Now is rounded up, so that what was done a moment ago counts as done before.
    """
    if text is None:
        return (datetime.now(UTC) + timedelta(microseconds=999_999)).replace(microsecond=0)
    try:
        time = datetime.fromisoformat(str(text))
        if time.tzinfo is None:
            raise ValueError
        return time.astimezone(UTC)
    except (ValueError, OverflowError):
        error = {"field": "time", "message": "应为 RFC 3339 时间，例如 2026-01-31T08:00:00Z"}
        raise WalletError(HTTPStatus.UNPROCESSABLE_ENTITY, "时间格式不正确", [error]) from None
