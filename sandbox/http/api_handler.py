"""One connection to the API: framing, limits and errors as API Gateway has them, then Chalice."""

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

from sandbox.http.gateway_problems import GatewayProblem, problem_body
from sandbox.http.request_time import TimedReading

MAX_BODY_BYTES = 10 * 1024 * 1024
"""API Gateway's own limit; the application's is lower."""
DRAIN_SECONDS = 2.0
"""How long a refused upload is read and thrown away: the client shall see the answer, not a broken pipe."""
EVERY_REPLY = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}

gateway_log = logging.getLogger("sandbox.gateway")
"""What the gateway refused; of everything else the application writes a line itself."""


class _Events(LambdaEventConverter):
    """Lambda events with a request id; unknown paths and methods never become one."""

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
    """Chalice's local gateway, made once for all connections; counts the requests in hand."""

    def __init__(self, app: Chalice, config: Config) -> None:
        super().__init__(app, config)
        self.event_converter = _Events(app)
        self.in_hand = 0
        self.closing = False
        self._counting = threading.Lock()

    @contextmanager
    def one_request(self) -> Iterator[None]:
        """Count a request while it is worked on."""
        with self._counting:
            self.in_hand += 1
        try:
            yield
        finally:
            with self._counting:
                self.in_hand -= 1


class ApiHandler(ChaliceRequestHandler):
    """Reads requests strictly, answers in the contract's shape, logs what it refuses without query strings."""

    # Small replies would otherwise wait 40 ms for the client's acknowledgement.
    disable_nagle_algorithm = True
    rfile: Any
    wbufsize = -1
    # Seconds without a byte after which a connection is given up, whether idle or stalled; a whole request has
    # `REQUEST_SECONDS`.
    timeout = 60
    # Whatever cannot be read gets an answer with a status line.
    default_request_version = "HTTP/1.0"

    def __init__(
        self,
        request: Any,
        client_address: Any,
        server: Any,
        *,
        gateway: Gateway,
        web_origin: str,
        **_: object,
    ) -> None:
        # Not Chalice's constructor: it would build the route table again for every connection.
        self.local_gateway = gateway
        self._gateway = gateway
        self._web_origin = web_origin
        self._drain = False
        BaseHTTPRequestHandler.__init__(self, request, client_address, server)

    def setup(self) -> None:
        """Read by the clock: neither a stalled nor a dripping client holds a connection for ever."""
        super().setup()
        self.rfile.close()
        self._reading = TimedReading(self.connection, self.timeout)
        self.rfile = io.BufferedReader(self._reading)

    def handle_one_request(self) -> None:
        """Read a request and answer it, or end the connection."""
        self._reading.next_request()
        super().handle_one_request()

    def version_string(self) -> str:
        """The `Server` header."""
        return "sandbox"

    def handle_expect_100(self) -> bool:
        """Refuse a body before it is sent, or ask for it at once."""
        try:
            self._content_length()
        except GatewayProblem as problem:
            self._refuse(problem, close=True)
            return False
        going_on: bool = super().handle_expect_100()
        self.wfile.flush()
        return going_on

    def finish(self) -> None:
        """Close; after a refused upload, let the client read the answer first."""
        super().finish()
        if self._drain:
            self._throw_away_upload()

    def send_error(self, code: int, *_: object) -> None:
        """Answer what the base class refuses (bad request lines, unknown methods) in the contract's shape."""
        self._refuse(GatewayProblem(HTTPStatus(code)), close=True)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it so
        """Nothing: `_log` writes a line for each refusal, the application for everything else."""

    def _handle(self) -> None:
        if self._gateway.closing:
            self.close_connection = True
            return
        try:
            body = self._body()
        except GatewayProblem as problem:
            self._refuse(problem, close=True)
            return
        with self._gateway.one_request():
            try:
                response = self._gateway.handle_request(self.command, self.path, dict(self.headers), body)
            except GatewayProblem as problem:
                self._refuse(problem)
            except Exception as error:  # noqa: BLE001 - a crashed function must not take the connection with it
                print(f"api: {type(error).__name__} left the application", file=sys.stderr)
                self._refuse(GatewayProblem(HTTPStatus.INTERNAL_SERVER_ERROR))
            else:
                self._answer(response)
            self.wfile.flush()

    do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = do_PATCH = do_OPTIONS = _handle  # noqa: N815 - Python's names
    # Never served: here only to be refused with the methods that are.
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

    def _answer(self, response: Mapping[str, Any]) -> None:
        body = self._handle_binary(dict(response))["body"] or b""
        headers = {**response["headers"], **response["multiValueHeaders"]}
        self._send(response["statusCode"], headers, body if isinstance(body, bytes) else body.encode())

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
            # What is left of the request cannot be told from the next one.
            headers["Connection"] = "close"
            self._drain = True
        self._send(problem.status, headers, problem_body(problem.status, request_id, english=english))
        self._log(problem.status, request_id)

    def _send(self, status: int, headers: Mapping[str, Any], body: bytes) -> None:
        names = {name.lower() for name in headers}
        defaults = {**EVERY_REPLY, "Content-Type": "application/json", "X-Request-Id": str(uuid.uuid4())}
        self.send_response(status)
        for name, value in (
            *headers.items(),
            *((n, v) for n, v in defaults.items() if n.lower() not in names),
        ):
            if status == HTTPStatus.NO_CONTENT and name.lower() == "content-type":
                continue
            for part in value if isinstance(value, list) else [value]:
                self.send_header(name, part)
        if status != HTTPStatus.NO_CONTENT:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD" and status != HTTPStatus.NO_CONTENT:
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

    def _throw_away_upload(self) -> None:
        deadline = time.monotonic() + DRAIN_SECONDS
        connection: socket.socket = self.connection
        try:
            connection.shutdown(socket.SHUT_WR)
            connection.settimeout(DRAIN_SECONDS / 4)
            while time.monotonic() < deadline and connection.recv(65536):
                pass
        except OSError:
            return
