"""A local endpoint of AWS over TLS: it gives out recorded replies, so that a first reply is measured with handshakes.

Its certificate is signed by an authority that is made for the run and added to those that a client is shipped with.
"""

import contextlib
import ipaddress
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from benchmarks.peers.serving import replied

HOST = "127.0.0.1"


@contextlib.contextmanager
def running(folder: Path, replies: list[dict[str, Any]]) -> Iterator[tuple[str, Path]]:
    """The URL within the block, which gives out these replies, and the authority's file."""
    authority, chain = _certificates(folder)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            found = replied(replies, self.headers["X-Amz-Target"], body)
            content = found["content"].encode()
            self.send_response(200)
            for name, value in {**found["headers"], "content-length": str(len(content))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Write nothing."""

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain)
    server = ThreadingHTTPServer((HOST, 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"https://{HOST}:{server.server_port}", authority
    finally:
        server.shutdown()
        server.server_close()


def _certificates(folder: Path) -> tuple[Path, Path]:
    """The files of a new authority, and of a certificate for this machine with its key."""
    authority, own = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Authority of a benchmark")])
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    usage = x509.KeyUsage(
        digital_signature=True, key_cert_sign=True, crl_sign=True, content_commitment=False, key_encipherment=False,
        data_encipherment=False, key_agreement=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    of_authority = _unsigned(issuer, issuer, authority.public_key())
    of_authority = of_authority.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    of_authority = of_authority.add_extension(usage, critical=True)
    of_host = _unsigned(issuer, subject, own.public_key())
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(HOST))])
    of_host = of_host.add_extension(names, critical=False)
    of_host = of_host.add_extension(
        x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.public_key()), critical=False
    )
    identifier = x509.SubjectKeyIdentifier.from_public_key(authority.public_key())
    of_authority = of_authority.add_extension(identifier, critical=False)
    first, second = folder / "authority.pem", folder / "host.pem"
    first.write_bytes(of_authority.sign(authority, hashes.SHA256()).public_bytes(Encoding.PEM))
    second.write_bytes(
        own.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        + of_host.sign(authority, hashes.SHA256()).public_bytes(Encoding.PEM)
    )
    return first, second


def _unsigned(issuer: x509.Name, subject: x509.Name, key: Any) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().issuer_name(issuer).subject_name(subject).public_key(key)
    builder = builder.serial_number(x509.random_serial_number())
    return builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
