"""Mail that was given up: listed for officers, and put back into the outbox by them or by an operator."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from chalicelib.repos.accounts import accounts, audit
from chalicelib.repos.mail import outbox
from chalicelib.repos.mail.outbox import MailState
from chalicelib.repos.process import ids, log
from chalicelib.repos.table import table
from chalicelib.rules.accounts.acts import Origin
from chalicelib.rules.base.china_time import rfc3339
from chalicelib.rules.base.errors import NotFound, OperationInvalid, Unavailable


@dataclass(frozen=True)
class DeadLetter:
    """An entry whose last try failed, and the provider's last reason."""

    id: str
    kind: str
    values: Mapping[str, Any] = field(repr=False)
    to: str | None = field(repr=False)
    """The address of a security mail; None: whoever follows the application."""
    created_at: str
    died_at: str
    reason: str
    tries: int


def page(limit: int, start: dict[str, Any] | None) -> tuple[list[DeadLetter], dict[str, Any] | None]:
    """Dead entries, those that died last first, and where the next page starts."""
    found = table.query(outbox.DEAD_QUEUE, index="work_queue", newest_first=True, limit=limit, start=start)
    keys = [(item["pk"], item["sk"]) for item in found.items]
    items = table.get_many(keys)
    # The index may be behind: what was replayed a moment ago is no longer dead.
    dead = [items[at] for at in keys if at in items and items[at]["state"] == MailState.DEAD]
    return [entry for item in dead if (entry := _readable(item))], found.next_key


def _readable(item: table.Item) -> DeadLetter | None:
    try:
        return _from_item(item)
    except Unavailable:
        raise
    except Exception as error:  # noqa: BLE001  one that cannot be read hides no other
        log.failure("mail_unreadable", error, mail=item["pk"])
        return None


def replay(mail_id: str, origin: Origin) -> None:
    """Let a dead entry wait again as if it had never been tried; whoever has it already gets nothing.

    Raises:
        NotFound: there is no such entry.
        OperationInvalid: it is not dead.

    """
    table.commit(
        table.change(
            outbox.key(mail_id),
            assign={
                "state": MailState.WAITING,
                "tries": 0,
                "queue_pk": outbox.QUEUE,
                "queue_sk": f"{rfc3339(origin.at)}#{ids.new()}",
            },
            drop=["finished_at", "expires_at", "reason"],
            condition="#state = :dead",
            values={"dead": MailState.DEAD},
            refusal=lambda old: OperationInvalid() if old else NotFound(),
        ),
        audit.entry_added(accounts.OFFICERS, origin, "mail_replayed", mail_id),
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
