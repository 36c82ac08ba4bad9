"""The distribution in the embedded engine, and the address in front of it that a browser opens.

The engine answers at the host of a distribution, by its template: origins, behaviours, function, policies. It sets no
address of the viewer, which is added here.
"""

import http.client
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from sandbox.engine.engine import Engine

DROPPED = ("transfer-encoding", "connection", "content-length")
VIEWER_ADDRESS = "203.0.113.77"
"""The address from which the rehearsal's viewers come, as CloudFront would see it."""

WITHOUT = {
    "WebAcl": "the engine's distribution has no firewall",
    "Aliases": "no DNS: the address in front of the engine stands for the domain",
    "api origin": "the engine speaks plain HTTP, and to its own host only",
}
"""What is changed of the distribution's template, with the reason."""


def for_engine(template: dict[str, Any], engine: Engine) -> dict[str, Any]:
    """Change the distribution's template for the engine."""
    place = urlsplit(engine.url)
    del template["Resources"]["WebAcl"]
    config = template["Resources"]["Distribution"]["Properties"]["DistributionConfig"]
    del config["WebACLId"], config["Aliases"]
    (api,) = [origin for origin in config["Origins"] if origin["Id"] == "api"]
    name = {"Fn::Select": [0, {"Fn::Split": [".", {"Ref": "ApiHost"}]}]}
    api["DomainName"] = place.hostname
    api["OriginPath"] = {"Fn::Join": ["", ["/_aws/execute-api/", name, {"Ref": "ApiPath"}]]}
    api["CustomOriginConfig"] = {"OriginProtocolPolicy": "http-only", "HTTPPort": place.port}
    security = template["Resources"]["PageHeaders"]["Properties"]["ResponseHeadersPolicyConfig"][
        "SecurityHeadersConfig"
    ]
    policy = security["ContentSecurityPolicy"]["ContentSecurityPolicy"]
    policy["Fn::Sub"] = policy["Fn::Sub"].replace("${FilesOrigin}", engine.url)
    statements = template["Resources"]["SiteBucketPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    statements[:] = [one for one in statements if one["Sid"] != "OnlyByTls"]
    return template


class Front:
    """Listens where the domain of the portal would lead, and hands requests to the distribution."""

    def __init__(self, engine: Engine, port: int) -> None:
        self.origin = f"http://127.0.0.1:{port}"
        self.distribution = ""
        """Host of the distribution, once there is one."""
        place = urlsplit(engine.url)
        front = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one_request(self) -> None:
                self.raw_requestline = self.rfile.readline(65537)
                if self.raw_requestline and self.parse_request():
                    front._answer(self, str(place.hostname), int(place.port or 80))
                else:
                    self.close_connection = True

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True, name="front").start()

    def stop(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()

    def _answer(self, handler: BaseHTTPRequestHandler, host: str, port: int) -> None:
        body = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
        sent = {name: value for name, value in handler.headers.items() if name.lower() not in ("host", *DROPPED)}
        sent |= {
            "Host": self.distribution,
            # The viewer's own connection would be TLS.
            "X-Forwarded-Proto": "https",
            # CloudFront replaces what a viewer sends under this name.
            "CloudFront-Viewer-Address": f"{VIEWER_ADDRESS}:46532",
        }
        connection = http.client.HTTPConnection(host, port, timeout=60)
        try:
            connection.request(handler.command, handler.path, body=body or None, headers=sent)
            reply = connection.getresponse()
            content = reply.read()
            handler.send_response_only(reply.status, reply.reason)
            for name, value in reply.getheaders():
                if name.lower() not in DROPPED:
                    handler.send_header(name, value)
            handler.send_header("Content-Length", str(len(content)))
            handler.end_headers()
            if handler.command != "HEAD":
                handler.wfile.write(content)
        except (ConnectionError, TimeoutError):
            handler.close_connection = True
        finally:
            connection.close()
