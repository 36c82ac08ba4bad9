"""Serves a Chalice application on a port of the loopback interface.

Chalice's local server routes requests and calls the application; this module has the HTTP server that API Gateway is
in production.
"""

import functools
import socket
import sys
import threading
import time
from types import TracebackType
from typing import Any, Self

from chalice.app import Chalice
from chalice.config import Config
from chalice.local import LocalChalice, LocalDevServer, ThreadedHTTPServer

from sandbox.errors import PortBusy
from sandbox.http.api_handler import ApiHandler, Gateway
from sandbox.http.site import Site

HOST = "127.0.0.1"
BACKLOG = 128
FUNCTION_TIMEOUT = 29
"""Seconds that API Gateway waits for a function."""


def listen(port: int, variable: str) -> socket.socket:
    """Bind a port and listen.

    Args:
        port: the port.
        variable: the environment variable that changes the port, for the text of the error.

    Raises:
        PortBusy: the port cannot be bound.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen(BACKLOG)
    except (OSError, OverflowError) as error:
        listener.close()
        raise PortBusy(
            f"port {port} cannot be used ({getattr(error, 'strerror', None) or error}): "
            f"stop what listens there, or choose another one, for example {variable}={port + 10}"
        ) from None
    return listener


class HttpServer(ThreadedHTTPServer):
    """A server with one thread for each connection, on a socket that listens already."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, listener: socket.socket, handler: Any) -> None:
        super().__init__(listener.getsockname(), handler, bind_and_activate=False)
        self.socket.close()
        self.socket: socket.socket = listener
        self.server_name, self.server_port = listener.getsockname()

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 - signature of the base class
        """Print one line for an unexpected exception; nothing for a client that has disconnected."""
        error = sys.exc_info()[1]
        if not isinstance(error, (ConnectionError, TimeoutError)):
            print(f"api: {type(error).__name__} on a connection", file=sys.stderr)


class ApiServer:
    """A context manager that serves one application from a background thread."""

    def __init__(self, app: Chalice, listener: socket.socket, *, web_origin: str, site: Site | None = None) -> None:
        """`site`: the pages that are served beside the application, for addresses outside `/v1`."""
        serve_in_threads(app)
        config = Config.create(app_name=app.app_name, chalice_app=app, lambda_timeout=FUNCTION_TIMEOUT)
        self._gateway = Gateway(app, config)
        handler = functools.partial(ApiHandler, gateway=self._gateway, web_origin=web_origin, site=site)
        host, port = listener.getsockname()
        local: Any = LocalDevServer(
            app,
            config,
            host,
            port,
            handler_cls=handler,
            server_cls=lambda _address, bound: HttpServer(listener, bound),
        )
        self._server: HttpServer = local.server
        self.url = f"http://{host}:{port}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True, name=app.app_name
        )

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self, within: float = 3.0) -> None:
        """Accept no more connections, and wait up to `within` seconds for requests in progress."""
        self._gateway.closing = True
        self._server.shutdown()
        self._server.server_close()
        deadline = time.monotonic() + within
        while self._gateway.in_progress and time.monotonic() < deadline:
            time.sleep(0.02)


def serve_in_threads(app: Chalice) -> None:
    """Give every thread its own `current_request`, as `chalice local` does, for any number of applications."""
    if isinstance(app, LocalChalice):
        return
    namespace = {"_THREAD_LOCAL": threading.local()}
    app.__class__ = type("ThreadedApp", (LocalChalice, app.__class__), namespace)
