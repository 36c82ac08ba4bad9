"""消息中心: the messages of an account, stored as facts and worded when they are read (docs/domain.md 8.1).

A message is read if it says so itself, or if its account marked everything as read after it was written. That moment
is an attribute of the account, which every request reads anyway: a page and the count take one request each.
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
    """One message: a kind of the text catalogue and the values of its text, without personal data."""

    id: str
    kind: str
    values: Mapping[str, Any]
    created_at: datetime
    read: bool
    application_number: str | None = None
    person_number: str | None = None


@dataclass(frozen=True)
class MessagePage:
    """Messages, newest first, and the key to read the next page from; None on the last page."""

    messages: list[Message]
    next_key: dict[str, Any] | None


def message_added(account_id: AccountId, message: Mapping[str, Any], now: datetime) -> Write:
    """Add an unread message.

    Args:
        account_id: Who gets it.
        message: Attributes of the item: `message_kind`, `values`, and the numbers that it is about, if any.
        now: When it is written.

    """
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
    """The message to an account about a change of itself; none if `recipients.is_notified` says so."""
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
    """How many messages are unread. Counts in one request, which covers thousands of messages."""
    since = f"{PREFIX}{rfc3339(account.messages_read_at)}{table.HIGHEST}" if account.messages_read_at else PREFIX
    return table.count(f"ACC#{account.id}", between=(since, PREFIX + table.HIGHEST), without="read")


def message_marked_read(account: Account, message_id: str) -> Write:
    """Mark one message as read; repeating it changes nothing. `NotFound` if the account has no such message."""
    return table.change(
        (f"ACC#{account.id}", f"{PREFIX}{message_id}"),
        assign={"read": True},
        condition="attribute_exists(#pk)",
        refusal=lambda _: NotFound(),
    )


def all_marked_read(account: Account, now: datetime) -> Write:
    """Mark all messages until now as read: one write of the account, whatever their number."""
    return table.change(
        accounts.account_key(accounts.partition_owner_of(account), account.id),
        assign={"messages_read_at": rfc3339(now)},
        condition="attribute_exists(#pk)",
        refusal=lambda _: Unauthenticated(),
    )


def _from_item(item: table.Item, account: Account) -> Message:
    created_at = parse_time(item["created_at"])
    marked = account.messages_read_at is not None and created_at <= account.messages_read_at
    return Message(
        id=item["sk"].removeprefix(PREFIX),
        kind=item["message_kind"],
        values=sealing.unseal_json(item["values"], f"{item['pk']}#{item['sk']}#values"),
        created_at=created_at,
        read=marked or item.get("read", False),
        application_number=item.get("application_number"),
        person_number=item.get("person_number"),
    )
