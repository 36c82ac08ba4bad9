"""Where a login name or a USCC leads."""

from typing import NamedTuple

from chalicelib.rules.base.vocabulary import AccountId


class LoginTarget(NamedTuple):
    """The account that a login name leads to, or the enterprise's own account for a USCC."""

    partition_owner: str
    """The enterprise's id, or the partition of the officers."""
    account_id: AccountId


NOBODY = LoginTarget("nobody", AccountId("nobody"))
"""Read when a name is unknown, so that known and unknown names cost the same."""
