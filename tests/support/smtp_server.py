"""An SMTP server on loopback: the part of RFC 5321 that takes mail under TLS after a login."""

import base64
import datetime
import ipaddress
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

USER, PASSWORD = "portal@abtc.example", "a password of the test"


@dataclass
class SmtpServer:
    """The behaviour of the server and what it received."""

    implicit_tls: bool
    offers_tls: bool = True
    answers: dict[str, str] = field(default_factory=dict)
    """Replies that replace the usual ones, by command."""
    port: int = 0
    logins: list[tuple[str, str]] = field(default_factory=list)
    mails: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    in_clear: list[str] = field(default_factory=list)
    """Commands that were received before TLS."""


class _Conversation(socketserver.StreamRequestHandler):
    timeout = 10

    def handle(self) -> None:
        server: Any = self.server
        self.about: SmtpServer = server.about
        self.secure = False
        if self.about.implicit_tls:
            self._secure()
        self._say("220 test.example ESMTP")
        while line := self.rfile.readline().decode().rstrip("\r\n"):
            if not self.secure:
                self.about.in_clear.append(line)
            verb = line.upper().split(" ")[0]
            if verb == "QUIT":
                self._say("221 bye")
                return
            answer = self.about.answers.get(verb)
            if answer is None:
                answer = getattr(self, f"_{verb.lower()}", lambda _: "502 unknown")(line)
            self._say(answer)

    def _ehlo(self, _: str) -> str:
        offer_tls = self.about.offers_tls and not self.secure
        return "250-test.example\r\n250-STARTTLS\r\n250 8BITMIME" if offer_tls else "250-test.example\r\n250 AUTH PLAIN"

    def _starttls(self, _: str) -> str:
        self._say("220 go ahead")
        self._secure()
        return ""

    def _auth(self, line: str) -> str:
        _, user, password = base64.b64decode(line.split(" ")[2]).decode().split("\0")
        self.about.logins.append((user, password))
        return "235 welcome" if (user, password) == (USER, PASSWORD) else "535 no"

    def _mail(self, _: str) -> str:
        return "250 ok"

    def _rcpt(self, line: str) -> str:
        self.about.recipients.append(line.partition("<")[2].partition(">")[0])
        return "250 ok"

    def _data(self, _: str) -> str:
        self._say("354 go on")
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line.removeprefix(b"."))
        self.about.mails.append(message_from_bytes(b"".join(lines), _class=EmailMessage, policy=policy.default))
        return "250 taken"

    def _rset(self, _: str) -> str:
        return "250 ok"

    def _secure(self) -> None:
        server: Any = self.server
        self.connection = server.tls.wrap_socket(self.connection, server_side=True)
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", 0)
        self.secure = True

    def _say(self, answer: str) -> None:
        if answer:
            self.wfile.write(f"{answer}\r\n".encode())


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    about: SmtpServer
    tls: ssl.SSLContext

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore errors: tests close connections during a conversation."""


@contextmanager
def serving(folder: Path, **about: Any) -> Iterator[SmtpServer]:
    """A server within the block; its certificate is `folder/certificate.pem`."""
    server = _Server(("127.0.0.1", 0), _Conversation)
    server.about = SmtpServer(port=server.server_address[1], **about)
    server.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.tls.load_cert_chain(certificate(folder))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server.about
    finally:
        server.shutdown()
        server.server_close()


def certificate(folder: Path) -> Path:
    """A certificate and its key for 127.0.0.1, as `folder/certificate.pem`."""
    path = folder / "certificate.pem"
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test.example")])
    now = datetime.datetime.now(datetime.UTC)
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(address, critical=False)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    key_pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    path.write_bytes(key_pem + made.public_bytes(serialization.Encoding.PEM))
    return path
