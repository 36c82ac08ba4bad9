"""Unique claims: a login name or a USCC belongs to one account at a time.

A claim is an item of its own whose key is a digest of the name. It makes the name unique and leads to the account.
"""

from typing import NamedTuple

from chalicelib.repos.keys import sealing
from chalicelib.repos.keys.keyring import PortalKey
from chalicelib.repos.table import table
from chalicelib.repos.table.table import Write
from chalicelib.rules.accounts.login_targets import LoginTarget
from chalicelib.rules.base.errors import AlreadyExists, FieldError
from chalicelib.rules.base.vocabulary import AccountId

USCC = "uscc"
"""Kind of the claim on a USCC; claims on login names have the role of their account as kind."""


class UniqueClaim(NamedTuple):
    """An account's claim on a name."""

    kind: str
    """`USCC`, or the role of the account that signs in with the name."""
    name: str
    partition_owner: str
    account_id: str

    @property
    def key(self) -> table.Key:
        """Primary key of the claim."""
        return claim_key(self.kind, self.name)


def claim_key(kind: str, name: str, digest_key: PortalKey | None = None) -> table.Key:
    """Primary key of the claim on a name; letter case makes no difference.

    Args:
        kind: `USCC` or a role.
        name: the login name or the USCC.
        digest_key: the key to make the digest with; the current one if not given.
    """
    return f"LOGIN#{kind}#{sealing.digest('login', name.casefold(), digest_key)}", "LOGIN"


def claimed(claim: UniqueClaim, taken: FieldError) -> Write:
    """Claim a name; the transaction raises `AlreadyExists` with `taken` if another account has it."""
    pk, sk = claim.key
    item = {"pk": pk, "sk": sk, "partition_owner": claim.partition_owner, "account_id": claim.account_id}
    return table.put(item, only_new=lambda _: AlreadyExists([taken]))


def claim_released(claim: UniqueClaim) -> Write:
    """Release a name, so that any account may claim it."""
    return table.delete(claim.key)


def to_login_target(item: table.Item | None) -> LoginTarget | None:
    """Where the claim of an item leads; None for no item."""
    return LoginTarget(item["partition_owner"], AccountId(item["account_id"])) if item else None
