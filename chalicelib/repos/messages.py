"""消息中心: each account's own messages, kept as facts and worded when they are read."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chalicelib.repos import account_state, ids, table
from chalicelib.repos.account_state import AccountState
from chalicelib.repos.table import Part
from chalicelib.rules import limits
from chalicelib.rules.errors import NotFound
from chalicelib.rules.numbers import parse_time, rfc3339
from chalicelib.rules.vocabulary import AccountId


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


def added(account_id: AccountId, message: Mapping[str, Any], now: datetime) -> Part:
    """A new unread message (its counter is changed by `account_state.changed`)."""
    message_id = f"{rfc3339(now)}~{ids.new()}"
    item = {
        "pk": f"ACC#{account_id}",
        "sk": f"MSG#{message_id}",
        "created_at": rfc3339(now),
        "expires_at": int((now + limits.MESSAGE_LIFE).timestamp()),
        **message,
    }
    return table.put(item)


def page(account_id: AccountId, limit: int, start: dict[str, Any] | None) -> MessagePage:
    """One page of the account's messages; the first one in a single request."""
    found = table.query(f"ACC#{account_id}", prefix="MSG", newest_first=True, limit=limit + 1, start=start)
    items = found.items
    if start is None and items and items[0]["sk"] == account_state.SORT_KEY:
        state = account_state.from_item(items.pop(0))
    else:
        state = account_state.get(account_id) if start else AccountState()
    shown = items[:limit]
    more = len(items) > limit or found.next_key is not None
    next_key = {"pk": shown[-1]["pk"], "sk": shown[-1]["sk"]} if more and shown else None
    return MessagePage([_from_item(item, state) for item in shown], next_key)


def read(account_id: AccountId, message_id: str) -> None:
    """Mark one message as read; again is no change. `NotFound` if it is not this account's."""
    at = (f"ACC#{account_id}", f"MSG#{message_id}")
    found = table.get_many([at, account_state.key(account_id)])
    if at not in found:
        raise NotFound
    state = account_state.from_item(found.get(account_state.key(account_id)))
    if _from_item(found[at], state).read:
        return
    mark = table.change(
        at, assign={"read": True}, condition="attribute_not_exists(#read)", refusal=lambda _: _AlreadyRead()
    )
    try:
        table.commit(mark, account_state.changed(account_id, unread=-1))
    except _AlreadyRead:
        return


class _AlreadyRead(Exception):
    """Another tab was quicker."""


def _from_item(item: table.Item, state: AccountState) -> Message:
    created_at = parse_time(item["created_at"])
    swept = state.all_read_at is not None and created_at <= state.all_read_at
    return Message(
        id=item["sk"].removeprefix("MSG#"),
        kind=item["message_kind"],
        values=item["values"],
        created_at=created_at,
        read=swept or item.get("read", False),
        application_number=item.get("application_number"),
        person_number=item.get("person_number"),
    )
