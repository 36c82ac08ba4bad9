"""The mailbox to which an SMTP server returns mail, read by IMAP with TLS."""

import contextlib
import imaplib
import ssl
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

from chalicelib.repos.mail import smtp
from chalicelib.rules.base.errors import Misconfigured, Unavailable

TIMEOUT = 10
"""Seconds for the connection and for each reply."""
PORT = 993


class BounceMailbox:
    """An open mailbox."""

    def __init__(self, server: imaplib.IMAP4_SSL) -> None:
        self._server = server

    def mails(self, most: int) -> Iterator[tuple[str, bytes]]:
        """At most `most` mails, each with its id in the mailbox."""
        _, (found,) = self._server.uid("SEARCH", "ALL")
        for uid in (found or b"").decode().split()[:most]:
            _, parts = self._server.uid("FETCH", uid, "(BODY.PEEK[])")
            raw = next((part[1] for part in parts if isinstance(part, tuple)), None)
            if raw is not None:
                yield uid, raw

    def delete(self, uid: str) -> None:
        """Delete a mail that was read."""
        self._server.uid("STORE", uid, "+FLAGS", r"(\Deleted)")
        self._server.expunge()


@contextlib.contextmanager
def opened(address: str, parameter: str) -> Iterator[BounceMailbox]:
    """Open the mailbox.

    Args:
        address: `imaps://user@host:993/INBOX`.
        parameter: Name of the SSM parameter with the password.

    Raises:
        Misconfigured: The address is no such address.
        Unavailable: The server does not answer or refuses.
    """
    url = urlsplit(address)
    if url.scheme != "imaps" or not url.hostname:
        raise Misconfigured("ABTC_BOUNCE_MAILBOX")
    try:
        context = ssl.create_default_context()
        with imaplib.IMAP4_SSL(url.hostname, url.port or PORT, ssl_context=context, timeout=TIMEOUT) as server:
            server.login(unquote(url.username or ""), smtp.password(parameter))
            server.select(unquote(url.path.strip("/")) or "INBOX")
            yield BounceMailbox(server)
    except (imaplib.IMAP4.error, OSError) as error:
        raise Unavailable from error
