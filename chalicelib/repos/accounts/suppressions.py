"""Addresses that mail must not go to: whoever bounced for good, or complained. Kept as keyed digests, never in clear.

An account carries its address's state itself (`mail_status`), so that lists and the relay need no request for it;
accounts lie in the work queue index under their address's digest, so that feedback finds them.
"""

import contextlib
from datetime import datetime

from chalicelib.repos.keys import sealing
from chalicelib.repos.keys.keyring import PortalKey
from chalicelib.repos.table import table
from chalicelib.rules.base.china_time import rfc3339
from chalicelib.rules.base.vocabulary import MailStatus


def partition(address: str, digest_key: PortalKey | None = None) -> str:
    """Where an address is known, in the table and in the work queue index; the same in any letter case."""
    return f"ADDRESS#{sealing.digest('mail address', address.strip().casefold(), digest_key)}"


def status_of(address: str) -> MailStatus:
    """What is known of an address."""
    item = table.get(key(partition(address)))
    return MailStatus(item["mail_status"]) if item else MailStatus.OK


def suppress(address: str, status: MailStatus, now: datetime) -> int:
    """Let no more mail go to an address, and mark the accounts that use it; how many were marked.

    Done again it changes nothing, done half it is completed. A complaint after a bounce changes nothing: the bounce
    stops more.
    """
    place = partition(address)
    pk, sk = key(place)
    _unless_there(
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
    """It is so already, or the account has another address now."""


def _accounts(place: str) -> list[table.Item]:
    return table.query(place, index="work_queue").items


def _mark(account: table.Key, place: str, status: MailStatus) -> bool:
    return _unless_there(
        table.change(
            account,
            assign={"mail_status": status},
            condition=f"#queue_pk = :place AND ( {_WEAKER} )",
            values={"place": place, "status": status, "bounced": MailStatus.BOUNCED},
            refusal=lambda _: AlreadySuppressed(),
        )
    )


def _unless_there(write: table.Write) -> bool:
    with contextlib.suppress(AlreadySuppressed):
        table.commit(write)
        return True
    return False


def key(place: str) -> table.Key:
    """Primary key of what is known of an address."""
    return place, "MAIL"
