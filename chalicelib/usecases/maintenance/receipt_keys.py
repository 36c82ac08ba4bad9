"""The public keys of receipts: each one that was in use is recorded, so that old receipts can be verified."""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass

from chalicelib.repos.accounts import accounts, audit
from chalicelib.repos.keys import signatures
from chalicelib.repos.keys.signatures import PublicKey
from chalicelib.repos.table import table
from chalicelib.rules.accounts.acts import Origin
from chalicelib.rules.accounts.audit_actions import AuditAction
from chalicelib.rules.base.errors import AlreadyExists


@dataclass(frozen=True)
class ReceiptKeys:
    """The public keys, and the id of the one in use."""

    keys: Sequence[PublicKey]
    current: str


def record_current(origin: Origin) -> ReceiptKeys:
    """Record the public key in use if it is new, with an audit entry, and return all.

    Raises:
        Unavailable: KMS does not answer.
    """
    key = signatures.public_key()
    entry = audit.entry_added(accounts.OFFICERS, origin, AuditAction.KEY_ADDED, f"receipt#{key['kid']}")
    with contextlib.suppress(AlreadyExists):
        table.commit(signatures.public_key_recorded(key, origin.at), entry)
    return ReceiptKeys(signatures.public_keys(), key["kid"])
