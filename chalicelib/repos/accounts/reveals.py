"""Which masked values an account was shown lately: looking again leaves no second entry (docs/domain.md 5.6)."""

from collections.abc import Sequence
from datetime import datetime

from chalicelib.repos.table import table
from chalicelib.repos.table.table import Write
from chalicelib.rules.base import limits
from chalicelib.rules.base.vocabulary import AccountId, ApplicationNumber, EnterpriseId, PersonNumber


class AlreadyRecorded(Exception):
    """Raised when entries of the last hour cover all fields of a reveal."""


def reveal_noted(
    account_id: AccountId,
    of: PersonNumber | ApplicationNumber | AccountId | EnterpriseId,
    fields: Sequence[str],
    now: datetime,
) -> Write:
    """Note for an hour that an entry names these fields of a person, an agent, an application or an enterprise.

    The transaction raises `AlreadyRecorded` if all of them are noted already; it then writes no entry. The item has
    one attribute for each field: the second at which its note ends.
    """
    ends_at = int((now + limits.REVEAL_REPEAT).timestamp())
    return table.change(
        (f"ACC#{account_id}", f"REVEALED#{of}"),
        assign={**dict.fromkeys(fields, ends_at), "expires_at": ends_at},
        condition=" OR ".join(f"attribute_not_exists(#{field}) OR #{field} <= :now" for field in fields),
        values={"now": int(now.timestamp())},
        refusal=lambda _: AlreadyRecorded(),
    )
