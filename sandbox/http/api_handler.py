"""Serves one connection: framing, limits and errors like those of API Gateway, then the Chalice application."""

import io
import json
import logging
import re
import socket
import sys
import threading
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import Any

from chalice.app import Chalice
from chalice.config import Config
from chalice.local import ChaliceRequestHandler, LambdaEventConverter, LocalGateway, RouteMatcher

from chalicelib.handlers.http.serving import HEADERS
from sandbox.http.compression import compressed
from sandbox.http.gateway_problems import GatewayProblem, problem_body
from sandbox.http.request_time import TimedReading
from sandbox.http.site import Site

MAX_BODY_BYTES = 10 * 1024 * 1024
"""The limit of API Gateway; the application has a lower one."""
AT_ONCE = 4
"""Requests that the application works on at once; the others wait. More threads contend for the interpreter lock."""
DRAIN_SECONDS = 2.0
"""How long the rest of a refused upload is read and discarded, so that the client receives the reply."""
WITHOUT_BODY = (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)

gateway_log = logging.getLogger("sandbox.gateway")
"""Logs what the gateway refuses; the application logs every other request itself."""


class _Events(LambdaEventConverter):
    """Makes Lambda events with a request id; refuses unknown paths and methods."""

    def __init__(self, app: Chalice) -> None:
        super().__init__(RouteMatcher(list(app.routes)), app.api.binary_types)
        self._methods = {path: tuple(methods) for path, methods in app.routes.items()}

    def create_lambda_event(
        self, method: str, path: str, headers: dict[str, str], body: bytes | None = None
    ) -> dict[str, Any]:
        try:
            event = super().create_lambda_event(method, path, headers, body)
        except ValueError:
            raise GatewayProblem(HTTPStatus.NOT_FOUND) from None
        allowed = self._methods[event["requestContext"]["resourcePath"]]
        if method != "OPTIONS" and method not in allowed:
            raise GatewayProblem(HTTPStatus.METHOD_NOT_ALLOWED, allow=allowed)
        event["requestContext"]["requestId"] = str(uuid.uuid4())
        return event


class Gateway(LocalGateway):
    """Chalice's local gateway, shared by all connections; counts the requests in progress."""

    def __init__(self, app: Chalice, config: Config) -> None:
        super().__init__(app, config)
        self.event_converter = _Events(app)
        self.in_progress = 0
        self.closing = False
        self._counting = threading.Lock()
        self._places = threading.Semaphore(AT_ONCE)

    @contextmanager
    def one_request(self) -> Iterator[None]:
        """Count a request while it is in progress."""
        with self._counting:
            self.in_progress += 1
        try:
            yield
        finally:
            with self._counting:
                self.in_progress -= 1

    def handle_request(self, method: str, path: str, headers: dict[str, Any], body: bytes | None) -> Any:
        """Call the application, when one of `AT_ONCE` places is free."""
        with self._places:
            return super().handle_request(method, path, headers, body)


class ApiHandler(ChaliceRequestHandler):
    """Reads requests strictly, refuses them with problem+json, and logs refusals without query strings."""

    # With Nagle's algorithm small replies wait 40 ms for the client's acknowledgement.
    disable_nagle_algorithm = True
    rfile: Any
    wbufsize = -1
    # Seconds without a byte after which an idle or stalled connection is closed; `REQUEST_SECONDS` limits a request.
    timeout = 60
    # An unreadable request gets a reply with a status line too.
    default_request_version = "HTTP/1.0"

    def __init__(
        self,
        request: Any,
        client_address: Any,
        server: Any,
        *,
        gateway: Gateway,
        web_origin: str,
        site: Site | None = None,
        **_: object,
    ) -> None:
        # Not Chalice's constructor, which builds the route table for every connection.
        self.local_gateway = gateway
        self._gateway = gateway
        self._web_origin = web_origin
        self._site = site
        self._drain = False
        BaseHTTPRequestHandler.__init__(self, request, client_address, server)

    def setup(self) -> None:
        """Limit the time of reading, so that a stalled or slow client does not keep its connection."""
        super().setup()
        self.rfile.close()
        self._reading = TimedReading(self.connection, self.timeout)
        self.rfile = io.BufferedReader(self._reading)

    def handle_one_request(self) -> None:
        """Read a request and reply, or end the connection."""
        self._reading.next_request()
        super().handle_one_request()

    def version_string(self) -> str:
        """The `Server` header."""
        return "sandbox"

    def handle_expect_100(self) -> bool:
        """Refuse a body before it is sent, or ask for it."""
        try:
            self._content_length()
        except GatewayProblem as problem:
            self._refuse(problem, close=True)
            return False
        continues: bool = super().handle_expect_100()
        self.wfile.flush()
        return continues

    def finish(self) -> None:
        """Close the connection; after a refused upload, discard the rest of the upload first."""
        super().finish()
        if self._drain:
            self._discard_upload()

    def send_error(self, code: int, *_: object) -> None:
        """Send refusals of the base class (bad request lines, unknown methods) as problem+json."""
        self._refuse(GatewayProblem(HTTPStatus(code)), close=True)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it so
        """Log nothing: `_log` logs refusals, the application logs other requests."""

    def _handle(self) -> None:
        if self._gateway.closing:
            self.close_connection = True
            return
        try:
            body = self._body()
        except GatewayProblem as problem:
            self._refuse(problem, close=True)
            return
        if self._answered_by_site():
            return
        with self._gateway.one_request():
            try:
                response = self._gateway.handle_request(self.command, self.path, dict(self.headers), body)
            except GatewayProblem as problem:
                self._refuse(problem)
            except Exception as error:  # noqa: BLE001 - a crashed function must not end the connection
                print(f"api: {type(error).__name__} left the application", file=sys.stderr)
                self._refuse(GatewayProblem(HTTPStatus.INTERNAL_SERVER_ERROR))
            else:
                self._answer(response)
            self.wfile.flush()

    do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = do_PATCH = do_OPTIONS = _handle  # noqa: N815 - Python's names
    # Never served: they are refused with the list of the methods that are.
    do_TRACE = do_QUERY = do_CONNECT = _handle  # noqa: N815

    def _content_length(self) -> int:
        lengths = set(self.headers.get_all("Content-Length", []))
        if self.headers.get("Transfer-Encoding"):
            raise GatewayProblem(HTTPStatus.BAD_REQUEST if lengths else HTTPStatus.LENGTH_REQUIRED)
        if not lengths:
            return 0
        text = lengths.pop().strip()
        if lengths or not re.fullmatch(r"[0-9]{1,18}", text):
            raise GatewayProblem(HTTPStatus.BAD_REQUEST)
        if int(text) > MAX_BODY_BYTES:
            raise GatewayProblem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        return int(text)

    def _body(self) -> bytes | None:
        length = self._content_length()
        if not length:
            return None
        try:
            body: bytes = self.rfile.read(length)
        except TimeoutError:
            raise GatewayProblem(HTTPStatus.REQUEST_TIMEOUT) from None
        if len(body) < length:
            raise GatewayProblem(HTTPStatus.BAD_REQUEST)
        return body

    def _answered_by_site(self) -> bool:
        request = {name.lower(): value for name, value in self.headers.items()}
        found = self._site.reply(self.command, self.path, request) if self._site else None
        if found is None:
            return False
        self._send(*found)
        self.wfile.flush()
        return True

    def _answer(self, response: Mapping[str, Any]) -> None:
        body = self._handle_binary(dict(response))["body"] or b""
        headers = {**response["headers"], **response["multiValueHeaders"]}
        raw = body if isinstance(body, bytes) else body.encode()
        self._send(response["statusCode"], *compressed(headers, raw, self.headers.get("Accept-Encoding", "")))

    def _refuse(self, problem: GatewayProblem, *, close: bool = False) -> None:
        request_id = str(uuid.uuid4())
        sent: Mapping[str, str] = getattr(self, "headers", None) or {}
        english = sent.get("Accept-Language", "").lower().startswith("en")
        headers = {
            **problem.headers,
            "Content-Type": "application/problem+json",
            "X-Request-Id": request_id,
            "Access-Control-Allow-Origin": self._web_origin,
        }
        if close:
            # The rest of this request cannot be distinguished from a next one.
            headers["Connection"] = "close"
            self._drain = True
        self._send(problem.status, headers, problem_body(problem.status, request_id, english=english))
        self._log(problem.status, request_id)

    def _send(self, status: int, headers: Mapping[str, Any], body: bytes) -> None:
        names = {name.lower() for name in headers}
        defaults = {**HEADERS, "Content-Type": "application/json", "X-Request-Id": str(uuid.uuid4())}
        self.send_response(status)
        for name, value in (
            *headers.items(),
            *((name, value) for name, value in defaults.items() if name.lower() not in names),
        ):
            if status in WITHOUT_BODY and name.lower() == "content-type":
                continue
            for part in value if isinstance(value, list) else [value]:
                self.send_header(name, part)
        if status not in WITHOUT_BODY:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD" and status not in WITHOUT_BODY:
            self.wfile.write(body)

    def _log(self, status: int, request_id: str) -> None:
        path = getattr(self, "path", "").partition("?")[0]
        line = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": "info",
            "event": "refused by the gateway",
            "request_id": request_id,
            "method": self.command,
            "path": path,
            "status": int(status),
        }
        gateway_log.info(json.dumps(line))

    def _discard_upload(self) -> None:
        deadline = time.monotonic() + DRAIN_SECONDS
        connection: socket.socket = self.connection
        try:
            connection.shutdown(socket.SHUT_WR)
            connection.settimeout(DRAIN_SECONDS / 4)
            while time.monotonic() < deadline and connection.recv(65536):
                pass
        except OSError:
            return
