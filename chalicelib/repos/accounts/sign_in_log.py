"""The log of sign-ins: who tried, from where, and with what result (docs/decisions/0077).

Lines of the log are the only place that keeps the network address of an account. It is sealed there; operators read it
with `operations.audit`.
"""

import base64
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from chalicelib.repos.keys import sealing
from chalicelib.repos.process import log
from chalicelib.rules.accounts.accounts import Account
from chalicelib.rules.base.errors import Refusal

EVENT = "sign_in"


class Way(StrEnum):
    """How somebody signs in. The values are in logs: never change one."""

    PASSWORD = "password"  # noqa: S105  a way, no password
    LICENCE = "licence"
    PASSKEY = "passkey"


@dataclass
class Attempt:
    """A sign-in under way; the use case names the account as soon as it is known."""

    account: Account | None = None


@contextmanager
def attempt(way: Way, address: str, request_id: str) -> Iterator[Attempt]:
    """Write one line about the sign-in within the block, with the code of the refusal if it fails.

    Args:
        way: how somebody signs in.
        address: the network address of the caller; empty if it is unknown.
        request_id: the id of the request.
    """
    made = Attempt()
    code: str | None = "FAULT"
    try:
        yield made
        code = None
    except Refusal as refusal:
        code = refusal.code
        raise
    finally:
        log.event(
            EVENT,
            request_id=request_id,
            way=way,
            code=code,
            account=made.account.id if made.account else None,
            role=made.account.role if made.account else None,
            address=_sealed(address, request_id),
        )


def address_of(line: Mapping[str, Any]) -> str:
    """The network address in a line of the log.

    Raises:
        KeyError: the key that sealed it was retired.
    """
    return sealing.unseal(base64.b64decode(line["address"]), _context(line["request_id"])).decode()


def _sealed(address: str, request_id: str) -> str:
    return base64.b64encode(sealing.seal(address.encode(), _context(request_id))).decode()


def _context(request_id: str) -> str:
    return f"{EVENT}#{request_id}"
