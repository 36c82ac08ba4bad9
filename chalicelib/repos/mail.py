"""The outbox: a mail is written in the transaction of what it tells of, and sent by the relay afterwards."""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.config import settings
from chalicelib.repos import aws, ids, sealing, table
from chalicelib.repos.table import Part
from chalicelib.rules import limits
from chalicelib.rules.numbers import parse_time, rfc3339
from chalicelib.rules.vocabulary import AccountId, EnterpriseId

QUEUE = "MAIL"


class MailState(StrEnum):
    """Where an outbox entry stands; all but `WAITING` are final."""

    WAITING = "WAITING"
    SENT = "SENT"
    DEAD = "DEAD"
    OPTED_OUT = "OPTED_OUT"


@dataclass(frozen=True)
class Entry:
    """One thing to tell by mail: to one address, or to whoever follows an application when it is sent."""

    id: str
    kind: str
    """A text of the catalogue's `mail` section."""
    values: Mapping[str, Any] = field(repr=False)
    created_at: str
    to: str | None = field(default=None, repr=False)
    """The address of a security mail; None: the followers of the application."""
    enterprise_id: EnterpriseId | None = None
    creator_id: AccountId | None = None
    own: bool = False
    """Only the creator gets it, whoever else follows."""
    done: tuple[str, ...] = ()
    """Accounts that already have it."""
    tries: int = 0
    lease: str = ""
    """Sort key in the queue; changes with every lease."""


def to_address(kind: str, address: str, values: Mapping[str, Any], now: datetime) -> tuple[str, Part]:
    """A mail to one address (security mails: they ignore the switch), and its id."""
    mail_id = ids.new()
    return mail_id, table.put(
        _item(mail_id, kind, now) | {"to": _seal(mail_id, address), "values": _seal(mail_id, values)}
    )


def to_followers(
    kind: str, enterprise_id: EnterpriseId, creator_id: AccountId, values: Mapping[str, Any], now: datetime
) -> Part:
    """A mail to everybody who follows an application, decided when it is sent (H19)."""
    mail_id = ids.new()
    followers = {"enterprise_id": enterprise_id, "creator_id": creator_id}
    return table.put(_item(mail_id, kind, now) | followers | {"values": _seal(mail_id, values)})


def to_account(
    kind: str, enterprise_id: EnterpriseId, account_id: AccountId, values: Mapping[str, Any], now: datetime
) -> Part:
    """A mail to one account about what is its own, if its switch is on when it is sent."""
    mail_id = ids.new()
    reader = {"enterprise_id": enterprise_id, "creator_id": account_id, "own": True}
    return table.put(_item(mail_id, kind, now) | reader | {"values": _seal(mail_id, values)})


def due(now: datetime, limit: int) -> list[str]:
    """Ids of entries whose time has come, oldest first."""
    page = table.query(QUEUE, index="work_queue", between=(table.LOWEST, rfc3339(now) + table.HIGHEST), limit=limit)
    return [item["pk"].removeprefix("MAIL#") for item in page.items]


def oldest(now: datetime) -> timedelta:
    """The age of the oldest mail that waits, of the hundred whose turn comes first; zero if none waits."""
    waiting = table.query(QUEUE, index="work_queue", limit=table.BATCH_GET).items
    found = table.get_many([(item["pk"], item["sk"]) for item in waiting])
    # The index is a moment behind: what has been sent meanwhile still stands in it.
    created = [parse_time(item["created_at"]) for item in found.values() if item["state"] == MailState.WAITING]
    return now - min(created, default=now)


def lease(mail_id: str, now: datetime) -> Entry | None:
    """Take an entry for a while, so that no other relay sends it; None if it is not due or somebody has it.

    A reply lost on the way leaves it leased and unsent; the lease ends by itself.
    """
    until = f"{rfc3339(now + limits.MAIL_LEASE)}#{ids.new()}"
    try:
        with aws.faults():
            reply = aws.client("dynamodb").update_item(
                TableName=settings().table,
                Key=table.key(_key(mail_id)),
                UpdateExpression="SET queue_sk = :until ADD tries :one",
                ConditionExpression="queue_pk = :queue AND queue_sk <= :now",
                ExpressionAttributeValues=table.dump(
                    {":until": until, ":one": 1, ":queue": QUEUE, ":now": rfc3339(now) + table.HIGHEST}
                ),
                ReturnValues="ALL_NEW",
            )
    except ClientError as error:
        if aws.code_of(error) == "ConditionalCheckFailedException":
            return None
        raise
    return _from_item(table.load(reply["Attributes"]))


def sent_to(entry: Entry, account_id: str) -> None:
    """Remember that an account has it, at once: whoever goes on after a crash does not send it again."""
    done = (*entry.done, account_id)
    table.commit(table.change(_key(entry.id), assign={"done": list(done)}))


def finish(entry: Entry, state: MailState, now: datetime) -> None:
    """Take the entry out of the queue for good; an entry leased by somebody else meanwhile is left to them."""
    # What was told is forgotten once it needs no replay; the entry itself goes after a while.
    private = [] if state is MailState.DEAD else ["values", "to"]
    assign = {
        "state": state,
        "finished_at": rfc3339(now),
        "expires_at": int((now + limits.MAIL_RECORD_LIFE).timestamp()),
    }
    try:
        table.commit(
            table.change(
                _key(entry.id),
                assign=assign,
                drop=["queue_pk", "queue_sk", *private],
                condition="#queue_sk = :lease",
                values={"lease": entry.lease},
                refusal=lambda _: _LeaseLost(),
            )
        )
    except _LeaseLost:
        return


def postpone(entry: Entry, now: datetime) -> MailState:
    """Try again later, after a wait that grows; DEAD when the last wait is over."""
    if entry.tries > len(limits.MAIL_WAITS):
        finish(entry, MailState.DEAD, now)
        return MailState.DEAD
    again = now + limits.MAIL_WAITS[entry.tries - 1]
    with contextlib.suppress(_LeaseLost):
        table.commit(
            table.change(
                _key(entry.id),
                assign={"queue_sk": f"{rfc3339(again)}#{ids.new()}"},
                condition="#queue_sk = :lease",
                values={"lease": entry.lease},
                refusal=lambda _: _LeaseLost(),
            )
        )
    return MailState.WAITING


class _LeaseLost(Exception):
    """The lease ran out and another relay has the entry."""


def _item(mail_id: str, kind: str, now: datetime) -> table.Item:
    pk, sk = _key(mail_id)
    return {
        "pk": pk,
        "sk": sk,
        "mail_kind": kind,
        "state": MailState.WAITING,
        "tries": 0,
        "created_at": rfc3339(now),
        "queue_pk": QUEUE,
        "queue_sk": f"{rfc3339(now)}#{mail_id}",
    }


def _from_item(item: table.Item) -> Entry:
    mail_id = item["pk"].removeprefix("MAIL#")
    return Entry(
        id=mail_id,
        kind=item["mail_kind"],
        values=sealing.unseal_json(item["values"], f"MAIL#{mail_id}"),
        created_at=item["created_at"],
        to=sealing.unseal_json(item["to"], f"MAIL#{mail_id}") if "to" in item else None,
        enterprise_id=EnterpriseId(item["enterprise_id"]) if "enterprise_id" in item else None,
        creator_id=AccountId(item["creator_id"]) if "creator_id" in item else None,
        own=item.get("own", False),
        done=tuple(item.get("done", ())),
        tries=item["tries"],
        lease=item["queue_sk"],
    )


def _seal(mail_id: str, value: Any) -> bytes:
    return sealing.seal_json(value, f"MAIL#{mail_id}")


def _key(mail_id: str) -> table.Key:
    return f"MAIL#{mail_id}", "MAIL"
