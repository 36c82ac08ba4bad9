"""Suppressed addresses: those that bounced permanently or complained, stored as keyed digests.

Each account has the status of its address (`mail_status`), so that lists and the relay need no further request. The
work queue index holds accounts by the digest of their address, so that feedback finds them (docs/decisions/0022).
"""

import contextlib
from datetime import datetime

from chalicelib.repos.keys import sealing
from chalicelib.repos.keys.keyring import PortalKey
from chalicelib.repos.table import table
from chalicelib.rules.base.china_time import rfc3339
from chalicelib.rules.base.vocabulary import MailStatus


def partition(address: str, digest_key: PortalKey | None = None) -> str:
    """Partition of an address in the table and in the work queue index; letter case makes no difference."""
    return f"ADDRESS#{sealing.digest('mail address', address.strip().casefold(), digest_key)}"


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
            assign={"mail_status": status, "since": rfc3339(now)},
            condition=_WEAKER,
            values={"status": status, "bounced": MailStatus.BOUNCED},
            refusal=lambda _: AlreadySuppressed(),
        )
    )
    return sum(_mark((item["pk"], item["sk"]), place, status) for item in _accounts(place))


_WEAKER = "attribute_not_exists(#mail_status) OR (#mail_status <> :bounced AND #mail_status <> :status)"


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


def key(place: str) -> table.Key:
    """Primary key of the status of an address; `place` is its partition."""
    return place, "MAIL"
