"""Page cursors: opaque, signed, and good only for the account and filter they were made for."""

import base64
import binascii
import hashlib
import hmac
import json
from typing import Any

from chalicelib.repos.keyring import KeyPurpose, current
from chalicelib.rules.errors import Malformed

SIGNATURE_BYTES = 16


def write(account_id: str, filter_: Any, position: dict[str, Any] | None) -> str | None:
    """The cursor of where the next page starts; None at the end."""
    if position is None:
        return None
    payload = json.dumps(position, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(_sign(account_id, filter_, payload) + payload).decode().rstrip("=")


def read(account_id: str, filter_: Any, cursor: str | None) -> dict[str, Any] | None:
    """Where the page starts; `Malformed` if it is not a cursor that was made for this account and filter."""
    if cursor is None:
        return None
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise Malformed from error
    signature, payload = raw[:SIGNATURE_BYTES], raw[SIGNATURE_BYTES:]
    if not hmac.compare_digest(signature, _sign(account_id, filter_, payload)):
        raise Malformed
    position: dict[str, Any] = json.loads(payload)
    return position


def _sign(account_id: str, filter_: Any, payload: bytes) -> bytes:
    bound = json.dumps([account_id, filter_], sort_keys=True, ensure_ascii=False).encode()
    return hmac.new(current(KeyPurpose.CURSOR).secret, bound + b"\n" + payload, hashlib.sha256).digest()[
        :SIGNATURE_BYTES
    ]
