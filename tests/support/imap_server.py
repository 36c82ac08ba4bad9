"""An IMAP server on loopback: the part of RFC 3501 that reads and deletes mail under TLS after a login."""

import re
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support.smtp_server import PASSWORD, certificate


@dataclass
class ImapServer:
    """The mails of the mailbox by their ids, and who signed in."""

    mails: dict[int, bytes] = field(default_factory=dict)
    logins: list[str] = field(default_factory=list)
    port: int = 0


class _Conversation(socketserver.StreamRequestHandler):
    timeout = 10

    def handle(self) -> None:
        server: Any = self.server
        self.about: ImapServer = server.about
        self.connection = server.tls.wrap_socket(self.connection, server_side=True)
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", 0)
        self.deleted: set[int] = set()
        self._say(b"* OK test.example")
        while line := self.rfile.readline().decode().rstrip("\r\n"):
            tag, command, *rest = line.split(" ", 2)
            self._answer(command.upper(), rest[0] if rest else "", tag)
            if command.upper() == "LOGOUT":
                return

    def _answer(self, command: str, rest: str, tag: str) -> None:
        if command == "CAPABILITY":
            self._say(b"* CAPABILITY IMAP4rev1")
        elif command == "LOGIN":
            self.about.logins.append(rest.split(" ", maxsplit=1)[0].strip('"'))
            if PASSWORD not in rest:
                self._say(f"{tag} NO refused".encode())
                return
        elif command == "SELECT":
            self._say(f"* {len(self.about.mails)} EXISTS".encode())
        elif command == "UID":
            self._uid(rest)
        elif command == "EXPUNGE":
            for uid in self.deleted:
                self.about.mails.pop(uid, None)
        self._say(f"{tag} OK done".encode())

    def _uid(self, rest: str) -> None:
        verb, _, arguments = rest.partition(" ")
        if verb == "SEARCH":
            self._say(f"* SEARCH {' '.join(map(str, sorted(self.about.mails)))}".rstrip().encode())
        elif found := re.match(r"\d+", arguments):
            uid = int(found.group())
            if verb == "STORE":
                self.deleted.add(uid)
            elif uid in self.about.mails:
                raw = self.about.mails[uid]
                self._say(f"* 1 FETCH (UID {uid} BODY[] {{{len(raw)}}}".encode() + b"\r\n" + raw + b")")

    def _say(self, answer: bytes) -> None:
        self.wfile.write(answer + b"\r\n")


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    about: ImapServer
    tls: ssl.SSLContext

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore errors: clients may close connections during a conversation."""


@contextmanager
def serving(folder: Path) -> Iterator[ImapServer]:
    """A server within the block; its certificate is `folder/certificate.pem`."""
    server = _Server(("127.0.0.1", 0), _Conversation)
    server.about = ImapServer(port=server.server_address[1])
    server.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.tls.load_cert_chain(certificate(folder))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server.about
    finally:
        server.shutdown()
        server.server_close()
