"""All clients share one TLS context, which refuses unknown authorities and wrong host names."""

import json
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any, get_args

import pytest
from botocore.exceptions import SSLError
from botocore.session import get_session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from chalicelib.repos.process import aws, tls
from tests.support.logs import recorded
from tools.packaging import authorities

KEYS = {"aws_access_key_id": "-", "aws_secret_access_key": "-", "region_name": "cn-north-1"}


class Authority:
    """A certificate authority with its file."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.file = folder / f"{name.strip()[:20]}.pem"
        self.file.write_bytes(self._signed(self._name, self._key, x509.BasicConstraints(ca=True, path_length=None)))

    def context_for(self, host: str) -> ssl.SSLContext:
        """The context of a server with a certificate for this name."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
        chain, secret = self._folder / f"{host}.pem", self._folder / f"{host}.key"
        chain.write_bytes(self._signed(name, key, x509.SubjectAlternativeName([x509.DNSName(host)])))
        secret.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(chain, secret)
        return context

    def _signed(self, name: x509.Name, key: Any, extension: x509.ExtensionType) -> bytes:
        today = datetime.now(UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(today - timedelta(days=1))
            .not_valid_after(today + timedelta(days=1))
            .add_extension(extension, critical=False)
            .sign(self._key, hashes.SHA256())
        )
        return certificate.public_bytes(serialization.Encoding.PEM)


class Handler(BaseHTTPRequestHandler):
    """Answers everything with an empty object and closes the connection."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: Any) -> None:
        """Stay silent."""


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path, "known")


def serve(context: ssl.SSLContext) -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def port(authority: Authority) -> Iterator[int]:
    """A server named localhost."""
    yield from serve(authority.context_for("localhost"))


@pytest.fixture
def other_port(authority: Authority) -> Iterator[int]:
    """A server with the certificate of another host."""
    yield from serve(authority.context_for("dynamodb.example"))


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """No endpoint and no proxy of the environment."""
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_DYNAMODB", "HTTPS_PROXY", "https_proxy", "AWS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)


def client(service: str = "dynamodb", **more: Any) -> Any:
    made = get_session().create_client(service, config=aws.CONFIG, **KEYS, **more)
    tls.share(made)
    return made


def context_of(made: Any) -> Any:
    return made._endpoint.http_session._manager.connection_pool_kw["ssl_context"]


def test_all_clients_have_one_context_which_knows_the_authorities():
    contexts = [context_of(client(service)) for service in get_args(aws.Service)]
    assert all(context is contexts[0] for context in contexts)
    assert contexts[0].verify_mode is ssl.CERT_REQUIRED
    assert contexts[0].cert_store_stats()["x509_ca"] > 100


def test_a_server_of_a_known_authority_is_served_on_several_connections_without_loading_it_again(authority, port):
    made = client(endpoint_url=f"https://localhost:{port}", verify=str(authority.file))
    known = context_of(made).cert_store_stats()
    for _ in range(2):
        assert made.list_tables()["ResponseMetadata"]["HTTPStatusCode"] == 200
        made.close()
    assert context_of(made).cert_store_stats() == known == {"x509": 1, "crl": 0, "x509_ca": 1}


@pytest.mark.parametrize("name", ["known", " Known  AUTHORITY\t1 ", "权威机构 Ωmega Äu", "K" * 60, 'O=a + b, "c"'])
def test_an_authority_in_a_folder_is_read_when_a_chain_needs_it(tmp_path, name):
    (tmp_path / "named").mkdir()
    authority = Authority(tmp_path / "named", name)
    bundle = tmp_path / "several.pem"
    others = [Authority(tmp_path, other).file.read_bytes() for other in ("first", "second")]
    bundle.write_bytes(b"".join([*others, authority.file.read_bytes()]))
    authorities.split(bundle)
    for port in serve(authority.context_for("localhost")):
        made = client(endpoint_url=f"https://localhost:{port}", verify=str(bundle))
        assert context_of(made).cert_store_stats()["x509"] == 0
        assert made.list_tables()["ResponseMetadata"]["HTTPStatusCode"] == 200
        assert context_of(made).cert_store_stats()["x509"] == 1


def test_of_authorities_in_a_folder_none_is_trusted_that_is_not_there(port, tmp_path):
    (tmp_path / "other").mkdir()
    impostor = Authority(tmp_path / "other", "known")
    authorities.split(impostor.file)
    with pytest.raises(SSLError, match="CERTIFICATE_VERIFY_FAILED"):
        client(endpoint_url=f"https://localhost:{port}", verify=str(impostor.file)).list_tables()


def test_an_unknown_authority_is_refused(port):
    with pytest.raises(SSLError, match="CERTIFICATE_VERIFY_FAILED"):
        client(endpoint_url=f"https://localhost:{port}").list_tables()


def test_another_authority_of_the_same_name_is_refused(port, tmp_path):
    (tmp_path / "other").mkdir()
    impostor = Authority(tmp_path / "other", "known")
    with pytest.raises(SSLError, match="CERTIFICATE_VERIFY_FAILED"):
        client(endpoint_url=f"https://localhost:{port}", verify=str(impostor.file)).list_tables()


def test_a_wrong_host_name_is_refused(authority, other_port):
    with pytest.raises(SSLError, match="doesn't match"):
        client(endpoint_url=f"https://localhost:{other_port}", verify=str(authority.file)).list_tables()


def test_a_client_that_does_not_verify_keeps_its_own_context():
    assert context_of(client(verify=False)) is not context_of(client())


@pytest.mark.parametrize("part", tls.PARTS)
def test_a_part_that_botocore_has_changed_leaves_its_own_contexts_and_a_line_of_the_log(part):
    http = SimpleNamespace(**{each: None for each in tls.PARTS if each != part})
    with recorded() as lines:
        tls.share(SimpleNamespace(_endpoint=SimpleNamespace(http_session=http)))
    assert json.loads(lines.getvalue())["changed"] == part
