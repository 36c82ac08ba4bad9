"""One TLS context for the clients of AWS, with the certificate authorities loaded once (decision 0082).

botocore makes a context for each client, and urllib3 loads the authorities into it again for each new connection: some
300 kB of text each time. In the package they are in a folder, of which OpenSSL reads what a chain needs (decision
0089). The shared context verifies as before: the chain against the same authorities, then the name of the host.
"""

import functools
import ssl
from pathlib import Path
from typing import Any

from chalicelib.repos.process import log

PARTS = ("_manager", "_get_ssl_context", "_setup_ssl_cert", "_verify", "_cert_file")
"""What is used of botocore's HTTP session, which is private to botocore."""


def share(client: Any) -> None:
    """Let a client use the shared context.

    Clients with a certificate of their own, or that do not verify, keep the context of botocore; so do all clients of a
    botocore that is built in another way, and a line of the log says so.
    """
    session = getattr(getattr(client, "_endpoint", None), "http_session", None)
    missing = [part for part in PARTS if not hasattr(session, part)]
    if missing or "ssl_context" not in getattr(session._manager, "connection_pool_kw", ()):  # type: ignore[union-attr]
        log.event("plain_tls", changed=missing[0] if missing else "connection_pool_kw")
        return
    http: Any = session
    if http._cert_file is not None or not http._verify:
        return
    context = _context(_authorities(http._verify))
    http._get_ssl_context = lambda: context
    http._setup_ssl_cert = _require_certificate
    http._manager.connection_pool_kw["ssl_context"] = context


def _authorities(verify: Any) -> str:
    """The file of the authorities: the one that is configured, or the one that botocore takes by default."""
    if isinstance(verify, str):
        return verify
    from botocore.httpsession import get_cert_path

    return str(get_cert_path(verify))


@functools.cache
def _context(authorities: str) -> ssl.SSLContext:
    """The context for these authorities, made at first use."""
    from botocore.httpsession import create_urllib3_context

    context: ssl.SSLContext = create_urllib3_context(cert_reqs=ssl.CERT_REQUIRED)
    folder = folder_of(Path(authorities))
    if folder.is_dir():
        context.load_verify_locations(capath=folder)
    else:
        context.load_verify_locations(cafile=authorities)
    return context


def folder_of(authorities: Path) -> Path:
    """Where packaging puts the authorities of a file, each under the name by which OpenSSL looks for it."""
    return authorities.with_name(f"{authorities.name}.d")


def _require_certificate(connection: Any, _url: str, _verify: Any) -> None:
    """In place of botocore's: the context knows the authorities already."""
    connection.cert_reqs = "CERT_REQUIRED"
    connection.ca_certs = None
