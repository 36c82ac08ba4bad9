"""Notices about applications: a message to the creator and a mail to the followers (M01, M02, M04; docs/domain.md 8.1).

An act writes the message for the creator without a look at that account, which many acts share. The relay, which reads
the accounts of the enterprise anyway, moves the message to the enterprise account if the creator cannot read it.
"""

import contextlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from chalicelib.repos.mail import outbox
from chalicelib.repos.mail.outbox import Entry
from chalicelib.repos.notices import messages
from chalicelib.repos.notices.messages import MessageMoved
from chalicelib.repos.table import table
from chalicelib.repos.table.table import Write
from chalicelib.rules.accounts.accounts import Account
from chalicelib.rules.base.vocabulary import AccountId, EnterpriseId
from chalicelib.rules.notices import recipients


@dataclass(frozen=True)
class Notice:
    """What is announced about an application."""

    kind: str
    """A text of the catalogue."""
    values: Mapping[str, Any] = field(repr=False)
    about: Mapping[str, str | None]
    """`application_number` and `person_number`."""
    enterprise_id: EnterpriseId
    creator_id: AccountId


def notice_added(notice: Notice, now: datetime, request_id: str = "") -> list[Write]:
    """The message and the mail of a notice."""
    creator, enterprise = notice.creator_id, notice.enterprise_id
    message_id = messages.new_id(now)
    message = {"message_kind": notice.kind, "values": notice.values, **notice.about}
    named = "" if recipients.is_enterprise_account(creator, enterprise) else message_id
    return [
        messages.message_added(creator, message, now, message_id),
        outbox.followers_notified(notice.kind, enterprise, creator, notice.values, now, request_id, named),
    ]


def move_unreadable(entry: Entry, accounts: Iterable[Account]) -> None:
    """Move the message of a mail to the enterprise account if its creator is revoked or deleted (docs/domain.md 11.5).

    Args:
        entry: The mail, which is not finished before this has succeeded.
        accounts: All accounts of the enterprise, read after the mail was written.

    Raises:
        Unavailable: The table does not answer; the mail must be tried again.
    """
    enterprise, creator = entry.enterprise_id, entry.creator_id
    if not entry.message_id or enterprise is None or creator is None:
        return
    reader = recipients.message_recipient(creator, enterprise, accounts)
    if reader == creator:
        return
    message = messages.find(creator, entry.message_id)
    if message is not None:
        with contextlib.suppress(MessageMoved):
            table.commit(*messages.message_moved(message, reader))
