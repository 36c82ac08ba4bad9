"""The outbox: a mail is written in the transaction of what it tells of, and sent by the relay afterwards."""

import contextlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.config import settings
from chalicelib.repos.keys import sealing
from chalicelib.repos.process import aws, ids
from chalicelib.repos.table import table
from chalicelib.repos.table.table import Write
from chalicelib.rules.base import limits
from chalicelib.rules.base.china_time import parse_time, rfc3339
from chalicelib.rules.base.vocabulary import AccountId, EnterpriseId

QUEUE = "MAIL"


DEAD_QUEUE = "MAIL#DEAD"
TO_ADDRESS = "address"


class MailState(StrEnum):
    """Where an outbox entry stands; all but `WAITING` are final, and `DEAD` until somebody replays it."""

    WAITING = "WAITING"
    SENT = "SENT"
    DEAD = "DEAD"
    SUPPRESSED = "SUPPRESSED"
    """Nobody has it: it could only have gone to addresses that bounced or complained."""
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
    """Whose it is; None for codes to those who have no account yet."""
    creator_id: AccountId | None = None
    own: bool = False
    """Only the creator gets it, whoever else follows."""
    reached: frozenset[str] = frozenset()
    """Accounts that already have it; for a security mail `TO_ADDRESS`."""
    request_id: str = ""
    """The request whose act it tells of; empty where no request was."""
    tries: int = 0
    """How often the provider has refused it so far."""
    lease: str = ""
    """Sort key in the queue; changes with every lease."""

    def is_too_late(self, now: datetime) -> bool:
        """Whether it brings a code that nobody can use any more."""
        return self.kind.startswith("email_code") and now >= parse_time(self.created_at) + limits.EMAIL_CODE_LIFE


def address_notified(
    kind: str,
    address: str,
    values: Mapping[str, Any],
    now: datetime,
    request_id: str = "",
    enterprise_id: EnterpriseId | None = None,
) -> tuple[str, Write]:
    """A mail to one address (security mails: they ignore the switch), and its id; about whose account, if anybody's."""
    mail_id = ids.new()
    told = {"to": _seal(mail_id, address), "values": _seal(mail_id, values), "request_id": request_id}
    return mail_id, table.put(_item(mail_id, kind, now) | told | {"enterprise_id": enterprise_id})


def followers_notified(
    kind: str,
    enterprise_id: EnterpriseId,
    creator_id: AccountId,
    values: Mapping[str, Any],
    now: datetime,
    request_id: str = "",
) -> Write:
    """A mail to everybody who follows an application, decided when it is sent (H19)."""
    mail_id = ids.new()
    followers = {"enterprise_id": enterprise_id, "creator_id": creator_id, "request_id": request_id}
    return table.put(_item(mail_id, kind, now) | followers | {"values": _seal(mail_id, values)})


def account_notified(
    kind: str, enterprise_id: EnterpriseId, account_id: AccountId, values: Mapping[str, Any], now: datetime
) -> Write:
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


def lease(mail_id: str, now: datetime) -> table.Item | None:
    """Take an entry for a while, so that no other relay sends it; None if it is not due or somebody has it.

    A reply lost on the way leaves it leased and unsent; the lease ends by itself. The item is for `from_item` to open.
    """
    until = f"{rfc3339(now + limits.MAIL_LEASE)}#{ids.new()}"
    try:
        with aws.translated_faults():
            reply = aws.client("dynamodb").update_item(
                TableName=settings().table,
                Key=table.key(key(mail_id)),
                UpdateExpression="SET queue_sk = :until",
                ConditionExpression="queue_pk = :queue AND queue_sk <= :now",
                ExpressionAttributeValues=table.dump(
                    {":until": until, ":queue": QUEUE, ":now": rfc3339(now) + table.HIGHEST}
                ),
                ReturnValues="ALL_NEW",
            )
    except ClientError as error:
        if aws.error_code(error) == "ConditionalCheckFailedException":
            return None
        raise
    return table.load(reply["Attributes"])


def save_reached(entries: Iterable[Entry]) -> None:
    """Note who has these entries, at once and for all of them or none: whoever goes on after a crash skips them."""
    writes = [
        table.change(key(entry.id), add=_who(entry), condition="attribute_exists(#pk)", refusal=lambda _: _LeaseLost())
        for entry in entries
    ]
    with contextlib.suppress(_LeaseLost):
        table.commit(*writes)


def finish(entry: Entry, state: MailState, now: datetime, reason: str | None = None) -> MailState:
    """Take the entry out of the queue for good; one that somebody else has leased meanwhile is left to them.

    What was told is forgotten once it needs no replay; the entry itself goes after a while. A dead one is listed.
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
    """Try again later, after a wait that grows; DEAD, with the provider's last reason, when the last wait is over."""
    entry = replace(entry, tries=entry.tries + 1)
    if entry.tries > len(limits.MAIL_WAITS):
        return finish(entry, MailState.DEAD, now, reason)
    again = now + limits.MAIL_WAITS[entry.tries - 1]
    _move(entry, {"queue_sk": f"{rfc3339(again)}#{ids.new()}", "reason": reason})
    return MailState.WAITING


def release(entry: Entry) -> None:
    """Give a lease back unused: due as before, and no try is gone."""
    _move(entry, {"queue_sk": f"{entry.created_at}#{ids.new()}"})


def _move(entry: Entry, assign: Mapping[str, Any], drop: Iterable[str] = ()) -> None:
    """Change an entry while its lease is ours, and note its tries and who has it by now."""
    with contextlib.suppress(_LeaseLost):
        table.commit(
            table.change(
                key(entry.id),
                assign={"tries": entry.tries, **assign},
                add=_who(entry),
                drop=drop,
                condition="#queue_sk = :lease",
                values={"lease": entry.lease},
                refusal=lambda _: _LeaseLost(),
            )
        )


def _who(entry: Entry) -> dict[str, set[str]]:
    return {"reached": set(entry.reached)} if entry.reached else {}


class _LeaseLost(Exception):
    """The lease ran out and another relay has the entry."""


def _item(mail_id: str, kind: str, now: datetime) -> table.Item:
    pk, sk = key(mail_id)
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


def from_item(item: table.Item) -> Entry:
    """The entry of an item that has not forgotten what it tells."""
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
        request_id=item.get("request_id", ""),
        reached=frozenset(item.get("reached", ())),
        tries=item["tries"],
        lease=item.get("queue_sk", ""),
    )


def _seal(mail_id: str, value: Any) -> bytes:
    return sealing.seal_json(value, f"MAIL#{mail_id}")


def key(mail_id: str) -> table.Key:
    """Primary key of an entry."""
    return f"MAIL#{mail_id}", "MAIL"
