"""The second port: pages and calls for the mailbox, the licence wallet and the scheduled functions."""

import dataclasses
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

from chalice.app import Chalice, Response

from sandbox.http.page_calls import answering, content, reply, request_of
from sandbox.http.pages import html, wants_html
from sandbox.http.refusals import CallRefused
from sandbox.mailbox import Mailbox
from sandbox.schedules import Schedules, UnknownFunction
from sandbox.wallet.page import add_wallet
from sandbox.wallet.wallet import Wallet

IDENTITIES = {"enterprise": "企业", "agent": "经办人", "officer": "审批人员"}
"""What the home page calls each identity of `POST /sessions`."""
LINKS_OPEN_TABS = '<base target="_blank">'
"""Put before a mail's HTML: the pages refuse to be framed, so a link of a mail must open a tab."""


def portal_page(mailbox: Mailbox, wallet: Wallet, schedules: Schedules, facts: Mapping[str, Any]) -> Chalice:
    """The application of the second port. `facts`: addresses and log-ins for the home page."""
    app = Chalice("sandbox-page", configure_logs=False)

    @app.route("/", methods=["GET"])
    def home() -> Response:
        return html("home.html", identities=IDENTITIES, **facts)

    add_mailbox(app, mailbox)
    add_runs(app, schedules)
    add_wallet(app, wallet)
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
            return html("mailbox.html", mails=mails, to=to or "", base=LINKS_OPEN_TABS)
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
            raise CallRefused(HTTPStatus.NOT_FOUND, f"没有名为{unquote(name)}的定时任务") from None


EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
"""The times at which a function can be run; adding months or years must not leave the calendar."""


def moment(text: object) -> datetime:
    """Parse an RFC 3339 time; None means now.

    Events have whole seconds. Now is rounded up, so that it is later than everything that was just written.

    Raises:
        CallRefused: 422 if the text is no time with an offset, or the time is out of range.
    """
    if text is None:
        return (datetime.now(UTC) + timedelta(microseconds=999_999)).replace(microsecond=0)
    try:
        time = datetime.fromisoformat(text if isinstance(text, str) else "")
        if time.tzinfo is None:
            raise ValueError
    except ValueError:
        raise _wrong_time("时间格式不正确", "应为 RFC 3339 时间，例如 2026-01-31T08:00:00Z") from None
    if not EARLIEST <= time < LATEST:
        raise _wrong_time("时间超出范围", f"应在{EARLIEST.year}年至{LATEST.year - 1}年之间")
    return time.astimezone(UTC)


def _wrong_time(message: str, expected: str) -> CallRefused:
    error = {"field": "time", "message": expected}
    return CallRefused(HTTPStatus.UNPROCESSABLE_ENTITY, message, [error])
