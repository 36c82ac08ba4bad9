"""Which addresses reach one mailbox, and which network addresses are one source (docs/domain.md 5.5)."""

import ipaddress

SUBSCRIBER_BITS = 64
"""Of an IPv6 address: one subscriber has all addresses that begin with them."""


def mailbox_of(address: str) -> str:
    """The mailbox of an address: letter case and what follows a plus sign in the local part make no difference."""
    local, _, domain = address.casefold().rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


def source_of(address: str) -> str:
    """The source of requests from a network address: of IPv6 the network of one subscriber, else the address itself."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, SUBSCRIBER_BITS), strict=False))
