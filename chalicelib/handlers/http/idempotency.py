"""Idempotency-Key: a repeated request gets the reply of the first one; another body under the same key is refused.

Every route that creates something for an account requires the key (docs/decisions/0042).
The item stored under the key is read together with the session, so the key needs no extra read. A use case
stores the reply in its transaction by `Call.remember(...)`.
"""

import re

from chalicelib.repos.accounts import idempotency
from chalicelib.repos.accounts.idempotency import IdempotencyKey
from chalicelib.rules.base.errors import FieldError, PreconditionRequired, invalid
from chalicelib.rules.base.vocabulary import AccountId

HEADER = "Idempotency-Key"
UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def name_of(header: str | None) -> str | None:
    """The key that a request names, in lower case; None without a header or with one that is no UUID."""
    return header.lower() if header is not None and UUID.fullmatch(header) else None


def require(header: str | None) -> str:
    """The value of the Idempotency-Key header.

    Raises:
        PreconditionRequired: there is no such header.
    """
    if header is None:
        raise PreconditionRequired([FieldError(HEADER, "HEADER_MISSING")])
    return header


def key_of(header: str, account_id: AccountId, target: str, raw_body: bytes) -> IdempotencyKey:
    """The key of a request, bound to its account, target and body.

    Args:
        header: value of the Idempotency-Key header.
        account_id: who sends the request.
        target: method and path.
        raw_body: the body, which must be JSON.

    Raises:
        Invalid: the header is no UUID.
    """
    name = name_of(header)
    if name is None:
        raise invalid(HEADER, "uuid_parsing")
    return idempotency.bound_key(account_id, name, target, raw_body)
