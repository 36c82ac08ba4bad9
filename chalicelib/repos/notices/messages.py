"""消息中心: each account's own messages, kept as facts and worded when they are read.

Whether a message is read stands in itself, or follows from when its account last marked everything as read. That
moment lies in the account, which every request has read already: a page and the count take one request each.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chalicelib.repos.accounts import accounts
from chalicelib.repos.keys import sealing
from chalicelib.repos.process import ids
from chalicelib.repos.table import table
from chalicelib.repos.table.table import Write
from chalicelib.rules.accounts.accounts import Account
from chalicelib.rules.base import limits
from chalicelib.rules.base.china_time import china_time, parse_time, rfc3339
from chalicelib.rules.base.errors import NotFound, Unauthenticated
from chalicelib.rules.base.vocabulary import AccountId
from chalicelib.rules.notices import recipients

PREFIX = "MSG#"


@dataclass(frozen=True)
class Message:
    """One message: its kind is a text of the catalogue, its values fill it in. No personal data."""

    id: str
    kind: str
    values: Mapping[str, Any]
    created_at: datetime
    read: bool
    application_number: str | None = None
    person_number: str | None = None


@dataclass(frozen=True)
class MessagePage:
    """Messages newest first, and where the next page starts."""

    messages: list[Message]
    next_key: dict[str, Any] | None


def message_added(account_id: AccountId, message: Mapping[str, Any], now: datetime) -> Write:
    """A new unread message."""
    message_id = f"{rfc3339(now)}~{ids.in_order()}"
    item = {
        "pk": f"ACC#{account_id}",
        "sk": f"{PREFIX}{message_id}",
        "created_at": rfc3339(now),
        "expires_at": int((now + limits.MESSAGE_LIFE).timestamp()),
        **message,
    }
    item["values"] = sealing.seal_json(message["values"], f"{item['pk']}#{item['sk']}#values")
    return table.put(item)


def account_messaged(kind: str, subject: Account, actor_id: str, now: datetime, **values: str) -> list[Write]:
    """What was done to an account, told to it; nothing where the rule says so."""
    if not recipients.is_notified(kind, subject, actor_id):
        return []
    return [message_added(subject.id, {"message_kind": kind, "values": {"time": china_time(now), **values}}, now)]


def page(account: Account, limit: int, start: dict[str, Any] | None) -> MessagePage:
    """One page of the account's messages, newest first."""
    found = table.query(f"ACC#{account.id}", prefix=PREFIX, newest_first=True, limit=limit + 1, start=start)
    shown = found.items[:limit]
    more = len(found.items) > limit
    next_key = {"pk": shown[-1]["pk"], "sk": shown[-1]["sk"]} if more else None
    return MessagePage([_from_item(item, account) for item in shown], next_key)


def unread_count(account: Account) -> int:
    """How many are unread: those of one request, which are thousands."""
    since = f"{PREFIX}{rfc3339(account.messages_read_at)}{table.HIGHEST}" if account.messages_read_at else PREFIX
    return table.count(f"ACC#{account.id}", between=(since, PREFIX + table.HIGHEST), without="read")


def mark_read(account: Account, message_id: str) -> None:
    """Mark one message as read; again is no change. `NotFound` if it is not this account's."""
    mark = table.change(
        (f"ACC#{account.id}", f"{PREFIX}{message_id}"),
        assign={"read": True},
        condition="attribute_exists(#pk)",
        refusal=lambda _: NotFound(),
    )
    table.commit(mark)


def all_marked_read(account: Account, now: datetime) -> Write:
    """Everything up to now is read: one write, however many messages there are."""
    at = accounts.account_key(accounts.partition_owner_of(account), account.id)
    return table.change(
        at,
        assign={"messages_read_at": rfc3339(now)},
        condition="attribute_exists(#pk)",
        refusal=lambda _: Unauthenticated(),
    )


def _from_item(item: table.Item, account: Account) -> Message:
    created_at = parse_time(item["created_at"])
    swept = account.messages_read_at is not None and created_at <= account.messages_read_at
    return Message(
        id=item["sk"].removeprefix(PREFIX),
        kind=item["message_kind"],
        values=sealing.unseal_json(item["values"], f"{item['pk']}#{item['sk']}#values"),
        created_at=created_at,
        read=swept or item.get("read", False),
        application_number=item.get("application_number"),
        person_number=item.get("person_number"),
    )
