"""The outbox: mails are written in the transaction of the act that they report, and sent by the relay (M02).

See docs/domain.md 8.2.
"""

import contextlib
import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.config import settings
from chalicelib.repos.keys import sealing
from chalicelib.repos.process import aws, ids
from chalicelib.repos.table import table
from chalicelib.repos.table.shards import shard_of
from chalicelib.repos.table.table import Write
from chalicelib.rules.base import limits
from chalicelib.rules.base.china_time import parse_time, rfc3339
from chalicelib.rules.base.vocabulary import AccountId, EnterpriseId
from chalicelib.rules.notices.mail_states import MailState, wait_after

SHARDS = 8
"""Partitions of the queue of waiting mails: each mail of the country is written and moved there (decision 0045)."""

DEAD_QUEUE = "MAIL#DEAD"
TO_ADDRESS = "address"
"""Stands in `Entry.reached` for the address of a security mail."""


@dataclass(frozen=True)
class Entry:
    """A mail in the outbox: to one address, or to the followers of an application at the time of sending."""

    id: str
    kind: str
    """A text of the catalogue's `mail` section."""
    values: Mapping[str, Any] = field(repr=False)
    created_at: str
    to: str | None = field(default=None, repr=False)
    """The address of a security mail; None: the followers of the application."""
    enterprise_id: EnterpriseId | None = None
    """The enterprise that it is about; None for codes to people who have no account yet."""
    creator_id: AccountId | None = None
    message_id: str = ""
    """The message about the same event to the creator; empty if the enterprise's own account has it."""
    own: bool = False
    """Whether only the creator gets it and no other follower."""
    reached: frozenset[str] = frozenset()
    """Accounts that already have it; for a security mail `TO_ADDRESS`."""
    request_id: str = ""
    """The request that wrote it; empty if no request did."""
    tries: int = 0
    """How often the provider has refused it."""
    lease: str = ""
    """Its sort key in the queue, which changes with every lease."""


def address_notified(
    kind: str,
    address: str,
    values: Mapping[str, Any],
    now: datetime,
    request_id: str = "",
    enterprise_id: EnterpriseId | None = None,
) -> tuple[str, Write]:
    """The id and the write of a security mail to one address, which is sent even if mail is switched off.

    Args:
        kind: A text of the section `mail` of the catalogue.
        address: The recipient.
        values: What fills the text.
        now: When it is written.
        request_id: The request that writes it.
        enterprise_id: The enterprise of the account that it is about, if there is one.
    """
    mail_id = ids.new()
    sealed = {"to": _seal(mail_id, address), "values": _seal(mail_id, values), "request_id": request_id}
    return mail_id, table.put(_item(mail_id, kind, now) | sealed | {"enterprise_id": enterprise_id})


def followers_notified(
    kind: str,
    enterprise_id: EnterpriseId,
    creator_id: AccountId,
    values: Mapping[str, Any],
    now: datetime,
    request_id: str = "",
    message_id: str = "",
) -> Write:
    """The write of a mail to the followers of an application, who are determined when it is sent (H19)."""
    mail_id = ids.new()
    followers = {
        "enterprise_id": enterprise_id,
        "creator_id": creator_id,
        "request_id": request_id,
        "message_id": message_id or None,
    }
    return table.put(_item(mail_id, kind, now) | followers | {"values": _seal(mail_id, values)})


def account_notified(
    kind: str, enterprise_id: EnterpriseId, account_id: AccountId, values: Mapping[str, Any], now: datetime
) -> Write:
    """The write of a mail to one account about its own data, sent only if mail is switched on then."""
    mail_id = ids.new()
    reader = {"enterprise_id": enterprise_id, "creator_id": account_id, "own": True}
    return table.put(_item(mail_id, kind, now) | reader | {"values": _seal(mail_id, values)})


def queue_of(mail_id: str) -> str:
    """The partition of the queue in which a mail waits, always the same one."""
    return f"MAIL#{shard_of(mail_id, SHARDS)}"


def due(now: datetime, limit: int) -> list[str]:
    """Ids of at most `limit` mails that are due, oldest first; one request for each partition of the queue."""
    waiting = _waiting(limit, until=rfc3339(now) + table.HIGHEST)
    return [item["pk"].removeprefix("MAIL#") for item in waiting]


def _waiting(limit: int, until: str = table.HIGHEST) -> list[table.Item]:
    """The first `limit` rows of the queue, merged from its partitions by their time."""

    def first(partition: str) -> list[table.Item]:
        return table.query(partition, index="work_queue", between=(table.LOWEST, until), limit=limit).items

    found = aws.side_by_side(first, [f"MAIL#{shard}" for shard in range(SHARDS)])
    return sorted(itertools.chain(*found), key=lambda row: str(row["queue_sk"]))[:limit]


def oldest(now: datetime) -> timedelta:
    """The age of the oldest waiting mail among the first 100 of the queue; zero if none is waiting."""
    waiting = _waiting(table.BATCH_GET)
    found = table.get_many([(item["pk"], item["sk"]) for item in waiting])
    # The index is eventually consistent: it may still contain mails that were sent meanwhile.
    created = [parse_time(item["created_at"]) for item in found.values() if item["state"] == MailState.WAITING]
    return now - min(created, default=now)


def lease(mail_id: str, now: datetime) -> table.Item | None:
    """Lease a mail for `limits.MAIL_LEASE`, so that no other relay sends it.

    If the reply of the table is lost, the mail stays leased and unsent until the lease expires.

    Returns:
        The item, to be read by `from_item`; None if it is not due or another relay has leased it.
    """
    until = f"{rfc3339(now + limits.MAIL_LEASE)}#{ids.new()}"
    try:
        with aws.translated_faults():
            reply = table.client().update_item(
                TableName=settings().table,
                Key=table.key(key(mail_id)),
                UpdateExpression="SET queue_sk = :until",
                ConditionExpression="queue_pk = :queue AND queue_sk <= :now",
                ExpressionAttributeValues=table.dump(
                    {":until": until, ":queue": queue_of(mail_id), ":now": rfc3339(now) + table.HIGHEST}
                ),
                ReturnValues="ALL_NEW",
            )
    except ClientError as error:
        if aws.error_code(error) == "ConditionalCheckFailedException":
            return None
        raise
    return table.load(reply["Attributes"])


def save_reached(entries: Iterable[Entry]) -> None:
    """Record in one transaction who got these mails, so that they are not sent again after a crash."""
    writes = [
        table.change(
            key(entry.id), add=_reached(entry), condition="attribute_exists(#pk)", refusal=lambda _: _LeaseLost()
        )
        for entry in entries
    ]
    with contextlib.suppress(_LeaseLost):
        table.commit(*writes)


def finish(entry: Entry, state: MailState, now: datetime, reason: str | None = None) -> MailState:
    """Move a mail to a final state, unless another relay has leased it meanwhile.

    Its address and values are deleted unless it is `DEAD`, which is listed for officers and can be replayed. The item
    itself expires after `limits.MAIL_RECORD_LIFE`.
    """
    dead = state is MailState.DEAD
    finished_at = rfc3339(now)
    _move(
        entry,
        {
            "state": state,
            "finished_at": finished_at,
            "expires_at": int((now + limits.MAIL_RECORD_LIFE).timestamp()),
            "reason": reason,
            "queue_pk": DEAD_QUEUE if dead else None,
            "queue_sk": f"{finished_at}#{entry.id}" if dead else None,
        },
        drop=() if dead else ("values", "to"),
    )
    return state


def postpone(entry: Entry, reason: str, now: datetime) -> MailState:
    """Schedule the next try after a wait that grows; `DEAD` with the last reason of the provider after the last try."""
    entry = replace(entry, tries=entry.tries + 1)
    wait = wait_after(entry.tries)
    if wait is None:
        return finish(entry, MailState.DEAD, now, reason)
    _move(entry, {"queue_sk": f"{rfc3339(now + wait)}#{ids.new()}", "reason": reason})
    return MailState.WAITING


def release(entry: Entry) -> None:
    """Give back a lease: the mail is due again, and the try does not count."""
    _move(entry, {"queue_sk": f"{entry.created_at}#{ids.new()}"})


def _move(entry: Entry, assign: Mapping[str, Any], drop: Iterable[str] = ()) -> None:
    """Change a mail if this relay still has its lease, and record its tries and who got it."""
    with contextlib.suppress(_LeaseLost):
        table.commit(
            table.change(
                key(entry.id),
                assign={"tries": entry.tries, **assign},
                add=_reached(entry),
                drop=drop,
                condition="#queue_sk = :lease",
                values={"lease": entry.lease},
                refusal=lambda _: _LeaseLost(),
            )
        )


def _reached(entry: Entry) -> dict[str, set[str]]:
    return {"reached": set(entry.reached)} if entry.reached else {}


class _LeaseLost(Exception):
    """Raised when the lease expired and another relay took the mail."""


def _item(mail_id: str, kind: str, now: datetime) -> table.Item:
    pk, sk = key(mail_id)
    return {
        "pk": pk,
        "sk": sk,
        "mail_kind": kind,
        "state": MailState.WAITING,
        "tries": 0,
        "created_at": rfc3339(now),
        "queue_pk": queue_of(mail_id),
        "queue_sk": f"{rfc3339(now)}#{mail_id}",
    }


def from_item(item: table.Item) -> Entry:
    """The entry of an item that still has its values."""
    mail_id = item["pk"].removeprefix("MAIL#")
    return Entry(
        id=mail_id,
        kind=item["mail_kind"],
        values=sealing.unseal_json(item["values"], f"MAIL#{mail_id}"),
        created_at=item["created_at"],
        to=sealing.unseal_json(item["to"], f"MAIL#{mail_id}") if "to" in item else None,
        enterprise_id=EnterpriseId(item["enterprise_id"]) if "enterprise_id" in item else None,
        creator_id=AccountId(item["creator_id"]) if "creator_id" in item else None,
        message_id=item.get("message_id", ""),
        own=item.get("own", False),
        request_id=item.get("request_id", ""),
        reached=frozenset(item.get("reached", ())),
        tries=item["tries"],
        lease=item.get("queue_sk", ""),
    )


def _seal(mail_id: str, value: Any) -> bytes:
    return sealing.seal_json(value, f"MAIL#{mail_id}")


def key(mail_id: str) -> table.Key:
    """Primary key of a mail."""
    return f"MAIL#{mail_id}", "MAIL"
