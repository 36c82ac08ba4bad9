"""Page cursors: encrypted positions in a list, valid only for their account, scope, list and filter."""

import base64
import binascii
import json
from typing import Any

from cryptography.exceptions import InvalidTag

from chalicelib.repos.keys import sealing
from chalicelib.rules.accounts.accounts import Account
from chalicelib.rules.base.errors import Malformed


def write(viewer: Account, listing: str, filter_: Any, position: dict[str, Any] | None) -> str | None:
    """The cursor of the next page of a list; None at the end of the list.

    Args:
        viewer: the account that reads the list.
        listing: a name that no other list has.
        filter_: the filter of the list, any JSON value.
        position: where the next page starts, as `table.query` returns it.

    """
    if position is None:
        return None
    sealed = sealing.seal(json.dumps(position, ensure_ascii=False).encode(), _context(viewer, listing, filter_))
    return base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def read(viewer: Account, listing: str, filter_: Any, cursor: str | None) -> dict[str, Any] | None:
    """Where the page of a cursor starts; None without a cursor, which is the first page.

    Raises:
        Malformed: it is no cursor of this account, scope, list and filter.

    """
    if cursor is None:
        return None
    try:
        sealed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        position: dict[str, Any] = json.loads(sealing.unseal(sealed, _context(viewer, listing, filter_)))
    except (binascii.Error, ValueError, LookupError, InvalidTag) as error:
        raise Malformed from error
    return position


def _context(viewer: Account, listing: str, filter_: Any) -> str:
    return json.dumps(["cursor", viewer.id, viewer.scope, listing, filter_], sort_keys=True, ensure_ascii=False)
