"""Suppressed addresses: those that bounced permanently or complained, stored as keyed digests.

Each account has the status of its address (`mail_status`), so that lists and the relay need no further request. The
work queue index holds accounts by the digest of their address, so that feedback finds them (docs/decisions/0022).
"""

import contextlib
from datetime import datetime
from typing import Any, NamedTuple

from chalicelib.repos.keys import sealing
from chalicelib.repos.keys.keyring import PortalKey
from chalicelib.repos.process import aws
from chalicelib.repos.table import table
from chalicelib.repos.table.reading_on import ReadOn, read_on
from chalicelib.rules.base.china_time import parse_time, rfc3339
from chalicelib.rules.base.errors import NotFound
from chalicelib.rules.base.vocabulary import MailStatus

LIST = "SUPPRESSED"
"""Partition of the work queue index that lists all suppressed addresses by time."""

PREFIX = "ADDRESS#"


class Suppression(NamedTuple):
    """A suppressed address with the accounts that use it; without an account nobody knows the address itself."""

    id: str
    """The digest of the address."""
    status: MailStatus
    since: datetime
    accounts: list[table.Key]


def partition(address: str, digest_key: PortalKey | None = None) -> str:
    """Partition of an address in the table and in the work queue index; letter case makes no difference."""
    return f"{PREFIX}{sealing.digest('mail address', address.strip().casefold(), digest_key)}"


def status_of(address: str) -> MailStatus:
    """The status of an address."""
    item = table.get(key(partition(address)))
    return MailStatus(item["mail_status"]) if item else MailStatus.OK


def suppress(address: str, status: MailStatus, now: datetime) -> int:
    """Suppress an address and mark the accounts that use it.

    A repeated call changes nothing and completes an interrupted one. A complaint does not replace a bounce, because a
    bounce suppresses more kinds of mail.

    Returns:
        How many accounts were marked.
    """
    place = partition(address)
    pk, sk = key(place)
    _commit_unless_suppressed(
        table.change(
            (pk, sk),
            assign={"mail_status": status, "since": rfc3339(now), "queue_pk": LIST, "queue_sk": rfc3339(now)},
            condition=_WEAKER,
            values={"status": status, "bounced": MailStatus.BOUNCED},
            refusal=lambda _: AlreadySuppressed(),
        )
    )
    return sum(_mark((item["pk"], item["sk"]), place, status) for item in _accounts(place))


_WEAKER = "attribute_not_exists(#mail_status) OR (#mail_status <> :bounced AND #mail_status <> :status)"


IN_ONE_ACT = 90
"""Accounts of an address that are changed in one transaction with it."""


class AlreadySuppressed(Exception):
    """Raised when the address or account has this status or a stronger one, or the account has another address."""


def _accounts(place: str) -> list[table.Item]:
    return table.query(place, index="work_queue").items


def _mark(account: table.Key, place: str, status: MailStatus) -> bool:
    return _commit_unless_suppressed(
        table.change(
            account,
            assign={"mail_status": status},
            condition=f"#queue_pk = :place AND ( {_WEAKER} )",
            values={"place": place, "status": status, "bounced": MailStatus.BOUNCED},
            refusal=lambda _: AlreadySuppressed(),
        )
    )


def _commit_unless_suppressed(write: table.Write) -> bool:
    with contextlib.suppress(AlreadySuppressed):
        table.commit(write)
        return True
    return False


def page(limit: int, start: dict[str, Any] | None) -> ReadOn[Suppression, dict[str, Any]]:
    """Suppressed addresses, the latest first."""

    def read(place: dict[str, Any] | None) -> tuple[list[Suppression], dict[str, Any] | None]:
        found = table.query(LIST, index="work_queue", newest_first=True, limit=limit, start=place)
        keys = [key(item["pk"]) for item in found.items]
        items = table.get_many(keys)
        # The index is eventually consistent: it may still have an address that was just lifted.
        known = [items[each] for each in keys if each in items]
        return aws.side_by_side(_to_suppression, known), found.next_key

    return read_on(read, start)


def of_id(suppression_id: str) -> Suppression:
    """The suppressed address of an id.

    Raises:
        NotFound: there is none.
    """
    item = table.get(key(f"{PREFIX}{suppression_id}"))
    if item is None:
        raise NotFound
    return _to_suppression(item)


def id_of(address: str) -> str:
    """The id of an address, suppressed or not."""
    return partition(address).removeprefix(PREFIX)


def accounts_unmarked(found: Suppression) -> None:
    """Let the accounts of an address receive mail again; repeating it changes nothing."""
    for account in _accounts(f"{PREFIX}{found.id}"):
        _commit_unless_suppressed(_unmarked((account["pk"], account["sk"]), found))


def first_unmarked(found: Suppression) -> list[table.Write]:
    """Let the accounts that were read with the address receive mail again, as many as fit into a transaction.

    A write raises `AlreadySuppressed` if its account has another address by now.
    """
    return [_unmarked(account, found) for account in found.accounts[:IN_ONE_ACT]]


def _unmarked(account: table.Key, found: Suppression) -> table.Write:
    return table.change(
        account,
        drop=["mail_status"],
        condition="#queue_pk = :place",
        values={"place": f"{PREFIX}{found.id}"},
        refusal=lambda _: AlreadySuppressed(),
    )


def lifted(found: Suppression) -> table.Write:
    """Forget that an address is suppressed.

    The write raises `NotFound` if another request was quicker, or if the address was suppressed again.
    """
    expected = {"since": rfc3339(found.since)}
    return table.delete(key(f"{PREFIX}{found.id}"), expected, lambda _: NotFound())


def _to_suppression(item: table.Item) -> Suppression:
    own = [(account["pk"], account["sk"]) for account in _accounts(item["pk"])]
    return Suppression(item["pk"].removeprefix(PREFIX), MailStatus(item["mail_status"]), parse_time(item["since"]), own)


def key(place: str) -> table.Key:
    """Primary key of the status of an address; `place` is its partition."""
    return place, "MAIL"


def clear(address: str, entry: table.Write) -> bool:
    """Send mail to an address again, with the audit's entry in the same transaction as the removal.

    The accounts that use it follow one by one. If that is interrupted, a repeated call completes it.

    Returns:
        Whether the address was suppressed.
    """
    place = partition(address)
    found = status_of(address) is not MailStatus.OK
    if found:
        table.commit(table.delete(key(place)), entry)
    for item in _accounts(place):
        _commit_unless_suppressed(
            table.change(
                (item["pk"], item["sk"]),
                drop=["mail_status"],
                condition="#queue_pk = :place",
                values={"place": place},
                refusal=lambda _: AlreadySuppressed(),
            )
        )
    return found
