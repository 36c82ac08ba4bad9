"""Mail that was given up after its last try: listed for officers, and put back into the queue (docs/domain.md 8.2)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from chalicelib.repos.mail import outbox
from chalicelib.repos.process import ids, log
from chalicelib.repos.table import table
from chalicelib.repos.table.reading_on import ReadOn, read_on
from chalicelib.repos.table.table import Write
from chalicelib.rules.base.china_time import rfc3339
from chalicelib.rules.base.errors import NotFound, OperationInvalid, Unavailable
from chalicelib.rules.notices.mail_states import MailState


@dataclass(frozen=True)
class DeadLetter:
    """A mail whose last try failed, with the last reason of the provider."""

    id: str
    kind: str
    values: Mapping[str, Any] = field(repr=False)
    to: str | None = field(repr=False)
    """The address of a security mail; None for a mail to the followers of an application."""
    created_at: str
    died_at: str
    reason: str
    tries: int


def page(limit: int, start: dict[str, Any] | None) -> ReadOn[DeadLetter, dict[str, Any]]:
    """Dead mails, those given up last first."""
    return read_on(partial(_page, limit), start)


def _page(limit: int, start: dict[str, Any] | None) -> tuple[list[DeadLetter], dict[str, Any] | None]:
    found = table.query(outbox.DEAD_QUEUE, index="work_queue", newest_first=True, limit=limit, start=start)
    keys = [(item["pk"], item["sk"]) for item in found.items]
    items = table.get_many(keys)
    # The index is eventually consistent: it may still contain mails that were just replayed.
    dead = [items[key] for key in keys if key in items and items[key]["state"] == MailState.DEAD]
    return [entry for item in dead if (entry := _readable(item))], found.next_key


def _readable(item: table.Item) -> DeadLetter | None:
    try:
        return _from_item(item)
    except Unavailable:
        raise
    except Exception as error:  # noqa: BLE001  an unreadable item must not hide the others
        log.failure("mail_unreadable", error, mail=item["pk"])
        return None


def dead_letter_requeued(mail_id: str, now: datetime) -> Write:
    """Let a dead mail wait again as if it had never been tried; recipients who got it are skipped.

    The write raises `NotFound` if there is no such mail, and `OperationInvalid` if it is not dead.
    """
    return table.change(
        outbox.key(mail_id),
        assign={
            "state": MailState.WAITING,
            "tries": 0,
            "queue_pk": outbox.queue_of(mail_id),
            "queue_sk": f"{rfc3339(now)}#{ids.new()}",
        },
        drop=["finished_at", "expires_at", "reason"],
        condition="#state = :dead",
        values={"dead": MailState.DEAD},
        refusal=lambda old: OperationInvalid() if old else NotFound(),
    )


def _from_item(item: table.Item) -> DeadLetter:
    entry = outbox.from_item(item)
    return DeadLetter(
        id=entry.id,
        kind=entry.kind,
        values=entry.values,
        to=entry.to,
        created_at=entry.created_at,
        died_at=item["finished_at"],
        reason=item["reason"],
        tries=entry.tries,
    )
