"""Which addresses mail may go to (docs/domain.md 8.3)."""

from collections.abc import Collection


def is_allowed(address: str, allow_list: Collection[str], *, is_production: bool) -> bool:
    """Whether mail may go to an address.

    Args:
        address: The recipient.
        allow_list: Addresses, `@domain` for all addresses of a domain, or `*` for all addresses.
        is_production: In production every address is allowed.

    """
    if is_production or "*" in allow_list:
        return True
    domain = "@" + address.rpartition("@")[2]
    return address in allow_list or domain in allow_list
