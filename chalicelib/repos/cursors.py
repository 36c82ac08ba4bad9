"""Page cursors: sealed, so that nothing can be read from them, and good only for their account and list."""

import base64
import binascii
import json
from typing import Any

from cryptography.exceptions import InvalidTag

from chalicelib.repos import sealing
from chalicelib.rules.accounts import Account
from chalicelib.rules.errors import Malformed


def write(viewer: Account, filter_: Any, position: dict[str, Any] | None) -> str | None:
    """The cursor of where the next page starts; None at the end."""
    if position is None:
        return None
    sealed = sealing.seal(json.dumps(position, ensure_ascii=False).encode(), _context(viewer, filter_))
    return base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def read(viewer: Account, filter_: Any, cursor: str | None) -> dict[str, Any] | None:
    """Where the page starts; `Malformed` if it is not a cursor that was made for this account, scope and filter."""
    if cursor is None:
        return None
    try:
        sealed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        position: dict[str, Any] = json.loads(sealing.unseal(sealed, _context(viewer, filter_)))
    except (binascii.Error, ValueError, LookupError, InvalidTag) as error:
        raise Malformed from error
    return position


def _context(viewer: Account, filter_: Any) -> str:
    return json.dumps(["cursor", viewer.id, viewer.scope, filter_], sort_keys=True, ensure_ascii=False)
