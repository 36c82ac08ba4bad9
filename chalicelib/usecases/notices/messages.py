"""Listing messages of 消息中心, and marking them as read (M03; docs/domain.md 8.1)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from chalicelib.repos.applications import person_names
from chalicelib.repos.applications.person_names import Subject
from chalicelib.repos.keys import cursors
from chalicelib.repos.notices import messages
from chalicelib.repos.notices.messages import Message, UnreadCount
from chalicelib.repos.table import table
from chalicelib.rules.accounts.accounts import Account

ALL, UNREAD = "messages", "unread messages"
"""Names of the lists, to which their cursors are bound."""


@dataclass(frozen=True)
class Listing:
    """One page of messages."""

    messages: list[Message]
    names: Mapping[Subject, str] = field(repr=False)
    """Names of the persons that the messages are about."""
    next_cursor: str | None
    unread: UnreadCount | None = None
    """How many messages are unread, if the list has only those."""
    partial: bool = False


def listed(account: Account, limit: int, cursor: str | None, *, unread: bool) -> Listing:
    """One page of the account's messages, newest first: all of them, or the unread ones.

    Raises:
        Malformed: the cursor does not belong to this account and list.
    """
    if not unread:
        everything = messages.page(account, limit, cursors.read(account, ALL, None, cursor))
        next_cursor = cursors.write(account, ALL, None, everything.next_key)
        return Listing(everything.messages, _names(everything.messages, account), next_cursor)
    position = cursors.read(account, UNREAD, None, cursor)
    page = messages.unread_page(account, limit, position["before"] if position else None)
    next_cursor = cursors.write(account, UNREAD, None, {"before": page.next_place} if page.next_place else None)
    names = _names(page.items, account)
    return Listing(page.items, names, next_cursor, messages.unread_count(account), page.partial)


def _names(shown: Sequence[Message], account: Account) -> dict[Subject, str]:
    subjects = {(message.application_number, message.person_number) for message in shown}
    return person_names.of([(number, person) for number, person in subjects if number], account)


def mark_read(account: Account, message_id: str) -> None:
    """Mark one message as read; repeating it changes nothing.

    Raises:
        NotFound: The account has no such message.
    """
    table.commit(messages.message_marked_read(account, message_id))


def mark_all_read(account: Account, now: datetime) -> None:
    """Mark every message until now as read.

    Raises:
        Unauthenticated: The account was deleted by a concurrent request.
    """
    table.commit(messages.all_marked_read(account, now))
