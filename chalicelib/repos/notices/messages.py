"""消息中心: the messages of an account, stored as facts and worded when they are read (docs/domain.md 8.1).

A message is read if it says so itself, or if its account marked everything as read after it was written. That moment
is an attribute of the account, which every request reads anyway: a page and the count take one request each.

Unread messages are listed in the `work_queue` index, in a partition for each account, until they are read one by one.
The count reads at most 100 keys there (docs/decisions/0044).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

from chalicelib.repos.accounts import accounts
from chalicelib.repos.keys import sealing
from chalicelib.repos.process import ids
from chalicelib.repos.table import table
from chalicelib.repos.table.reading_on import ReadOn, read_on
from chalicelib.repos.table.table import Write
from chalicelib.rules.accounts.accounts import Account
from chalicelib.rules.base import limits
from chalicelib.rules.base.china_time import china_time, parse_time, rfc3339
from chalicelib.rules.base.errors import NotFound, Unauthenticated
from chalicelib.rules.base.vocabulary import AccountId
from chalicelib.rules.notices import recipients

PREFIX = "MSG#"
MOST_COUNTED = 99
"""The count of unread messages says whether there are more than this, but not how many."""


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


class MessagePage(NamedTuple):
    """Messages, newest first, and the key to read the next page from; None on the last page."""

    messages: list[Message]
    next_key: dict[str, Any] | None


def new_id(now: datetime) -> str:
    """An id for a message that is written now; ids sort by time."""
    return f"{rfc3339(now)}~{ids.in_order()}"


def message_added(
    account_id: AccountId, message: Mapping[str, Any], now: datetime, message_id: str | None = None
) -> Write:
    """Add an unread message.

    Args:
        account_id: Who gets it.
        message: Attributes of the item: `message_kind`, `values`, and the numbers that it is about, if any.
        now: When it is written.
        message_id: Its id from `new_id`, if a mail names it; None for a new one.
    """
    message_id = message_id or new_id(now)
    pk, sk = _key(account_id, message_id)
    item = {
        "pk": pk,
        "sk": sk,
        "created_at": rfc3339(now),
        "expires_at": int((now + limits.MESSAGE_LIFE).timestamp()),
        "queue_pk": _unread_partition(account_id),
        "queue_sk": message_id,
        **message,
    }
    item["values"] = sealing.seal_json(message["values"], f"{pk}#{sk}#values")
    return table.put(item)


def find(account_id: AccountId, message_id: str) -> table.Item | None:
    """The stored message of an account; None if it has none of this id."""
    return table.get(_key(account_id, message_id))


def message_moved(item: table.Item, account_id: AccountId) -> list[Write]:
    """Move a message to another account, where it is unread; `MessageMoved` if it was moved or deleted meanwhile.

    Args:
        item: The message as `find` has returned it.
        account_id: Who gets it instead.
    """
    pk, sk = _key(account_id, item["sk"].removeprefix(PREFIX))
    unread = {"queue_pk": _unread_partition(account_id), "queue_sk": item["sk"].removeprefix(PREFIX)}
    values = sealing.unseal_json(item["values"], f"{item['pk']}#{item['sk']}#values")
    sealed = sealing.seal_json(values, f"{pk}#{sk}#values")
    rest = {name: value for name, value in item.items() if name != "read"}
    return [
        table.delete((item["pk"], item["sk"]), {"created_at": item["created_at"]}, lambda _: MessageMoved()),
        table.put(rest | {"pk": pk, "sk": sk, "values": sealed, **unread}),
    ]


class MessageMoved(Exception):
    """Raised when a message that is to be moved is no longer there."""


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


def unread_page(account: Account, limit: int, before: str | None) -> ReadOn[Message, str]:
    """One page of the account's unread messages, newest first.

    Two requests, and more where the index lists only messages that were just read.

    Args:
        account: whose messages.
        limit: how many at most.
        before: the id after which the page continues; None for the first page.
    """
    return read_on(partial(_unread, account, limit), before)


def _unread(account: Account, limit: int, before: str | None) -> tuple[list[Message], str | None]:
    found = _unread_ids(account, limit + 1, before)
    keys = [_key(account.id, message_id) for message_id in found[:limit]]
    items = table.get_many(keys)
    read = [_from_item(items[key], account) for key in keys if key in items]
    return [message for message in read if not message.read], found[limit - 1] if len(found) > limit else None


def _unread_ids(account: Account, limit: int, before: str | None) -> list[str]:
    """Ids of unread messages in the index, newest first; those after `before` if it is given."""
    between = (_unread_since(account), before or table.HIGHEST)
    partition = _unread_partition(account.id)
    most = limit + bool(before)
    page = table.query(partition, index="work_queue", between=between, newest_first=True, limit=most)
    return [row["queue_sk"] for row in page.items if row["queue_sk"] != before][:limit]


def _unread_since(account: Account) -> str:
    """The lowest id of messages that were not marked read with all others."""
    return f"{rfc3339(account.messages_read_at)}{table.HIGHEST}" if account.messages_read_at else table.LOWEST


@dataclass(frozen=True)
class UnreadCount:
    """How many messages of an account are unread."""

    count: int
    """At most `MOST_COUNTED`."""
    has_more: bool
    """Whether there are more than `count`."""


NONE_UNREAD = UnreadCount(0, has_more=False)


def unread_count(account: Account) -> UnreadCount:
    """How many messages are unread, in one request of at most three read units. The index may lag by some moments."""
    between = (_unread_since(account), table.HIGHEST)
    found = table.count(_unread_partition(account.id), index="work_queue", between=between, at_most=MOST_COUNTED + 1)
    return UnreadCount(min(found, MOST_COUNTED), has_more=found > MOST_COUNTED)


def message_marked_read(account: Account, message_id: str) -> Write:
    """Mark one message as read; repeating it changes nothing. `NotFound` if the account has no such message."""
    return table.change(
        _key(account.id, message_id),
        assign={"read": True},
        drop=("queue_pk", "queue_sk"),
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


def _key(account_id: AccountId, message_id: str) -> table.Key:
    return f"ACC#{account_id}", f"{PREFIX}{message_id}"


def _unread_partition(account_id: AccountId) -> str:
    """The partition of the `work_queue` index that lists the account's unread messages by their ids."""
    return f"UNREAD#{account_id}"
