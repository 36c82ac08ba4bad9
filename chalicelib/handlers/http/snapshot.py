"""What the API does before Lambda saves its environment, and after it is restored (SnapStart; decision 0092).

All environments of a version are copies of one snapshot, taken when the version was published and restored up to weeks
later. A copy must not share with the others what is secret, drawn at random or valid for a time only.
"""

import os
import random
import ssl

from chalicelib.handlers.http import cold_start
from chalicelib.repos.keys import keyring
from chalicelib.repos.process import aws

SEED_BYTES = 32


def register() -> None:
    """Let the runtime call `prepare` and `renew`; its library for this is not in the package."""
    from snapshot_restore_py import register_after_restore, register_before_snapshot

    register_before_snapshot(prepare)
    register_after_restore(renew)


def prepare() -> None:
    """Make the clients that requests need, by using them, and leave no key and no connection in the snapshot."""
    cold_start.fetch()
    aws.client("s3")
    keyring.forget()
    aws.disconnect()


def renew() -> None:
    """Draw new seeds and fetch the keys. Credentials are renewed by botocore, which looks when they expire.

    The generators of the operating system are renewed by Lambda; identifiers, tokens and nonces come from there.
    """
    random.seed()
    ssl.RAND_add(os.urandom(SEED_BYTES), SEED_BYTES)
    cold_start.begin_to_fetch()()
