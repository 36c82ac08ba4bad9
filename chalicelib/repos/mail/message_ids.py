"""Ids of mails sent by SMTP, signed for their address: a report that contains one is about a mail of the portal."""

import hmac

from chalicelib.repos.keys import sealing
from chalicelib.repos.process import ids

SCOPE = "mail id"
LENGTH = 32


def make(address: str, domain: str) -> str:
    """A new Message-ID for a mail to an address."""
    mail_id = ids.new()
    return f"<{mail_id}.{sealing.digest(SCOPE, _signed(mail_id, address))[:LENGTH]}@{domain}>"


def is_genuine(mail_id: str, signature: str, address: str) -> bool:
    """Whether the portal made the id for the address."""
    digests = sealing.digests(SCOPE, _signed(mail_id, address))
    return any(hmac.compare_digest(signature, digest[:LENGTH]) for digest in digests)


def _signed(mail_id: str, address: str) -> str:
    return f"{mail_id}\n{address.strip().casefold()}"
