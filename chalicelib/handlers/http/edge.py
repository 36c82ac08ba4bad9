"""The network address of a caller, also behind our own CloudFront distribution (docs/operations.md, decision 0070).

API Gateway reports the address that connected to it. Behind the distribution that is one of CloudFront's, shared by all
callers. The distribution sends the viewer's in `CloudFront-Viewer-Address`, and a key that only it knows. The
former counts with the latter only: anybody can send headers to API Gateway itself.
"""

import hashlib
import hmac
import ipaddress
from collections.abc import Mapping

from chalicelib.config import settings
from chalicelib.rules.base.errors import Forbidden

KEY_HEADER = "x-origin-key"
"""CloudFront sends no header of an origin whose name begins with `X-Edge-`."""
VIEWER_HEADER = "cloudfront-viewer-address"


def caller_address(headers: Mapping[str, str], connected: str) -> str:
    """The network address of the caller.

    Args:
        headers: the headers of the request, by names in lower case.
        connected: the address that connected to API Gateway.
    """
    if not _has_key(headers):
        return connected
    return _without_port(headers.get(VIEWER_HEADER, "")) or connected


def check_way(headers: Mapping[str, str]) -> None:
    """Check that a request came through our distribution, if there is one: nobody passes by its firewall.

    Raises:
        Forbidden: The request has no key of the distribution.
    """
    if settings().edge_key_hash and not _has_key(headers):
        raise Forbidden


def _has_key(headers: Mapping[str, str]) -> bool:
    """Whether the request came through our distribution: it has a key whose SHA-256 is in the settings.

    While the key is rotated there are two.
    """
    sent = hashlib.sha256(headers.get(KEY_HEADER, "").encode()).hexdigest()
    known = settings().edge_key_hash.split(",")
    return any(hmac.compare_digest(sent, one) for one in known)


def _without_port(viewer: str) -> str:
    """The address of `address:port`, where an IPv6 address may have brackets; empty if there is none."""
    host = viewer.strip().rpartition(":")[0].strip("[]")
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return ""
