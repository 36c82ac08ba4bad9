"""Reminders: what is due in the `reminders` index, and the writes that record what was reminded (docs/domain.md 8.3).

An item stands in the index at its first reminder whenever it is written, whether that was given or not, so that no
other act needs to know about reminders. What was reminded is recorded in an item of its own.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import batched
from typing import Any

from chalicelib.repos.applications import indexes as keys
from chalicelib.repos.applications import items
from chalicelib.repos.drafts import drafts
from chalicelib.repos.process import log
from chalicelib.repos.table import table
from chalicelib.repos.table.table import Write
from chalicelib.rules.base import limits
from chalicelib.rules.base.china_time import china_time, parse_time, rfc3339
from chalicelib.rules.base.errors import Unavailable
from chalicelib.rules.base.vocabulary import AccountId, ApplicationNumber, EnterpriseId, PersonNumber
from chalicelib.rules.notices import reminders as rules
from chalicelib.rules.notices.reminders import Reminder


@dataclass(frozen=True)
class Task:
    """One due item: its reminders, who gets them, and the write that moves the item to its next moment."""

    at: table.Key
    """Primary key of the item."""
    advance: Write
    creator_id: AccountId
    enterprise_id: EnterpriseId
    reminders: Sequence[Reminder] = ()
    number: ApplicationNumber | None = None
    person_number: PersonNumber | None = None
    person_name: str | None = field(default=None, repr=False)
    draft: Mapping[str, str] | None = field(default=None, repr=False)
    """The values of a draft's reminder. Only the owner of the draft gets it, and no record of it is needed."""


class Moved(Exception):
    """Raised when a concurrent request or run changed the item: the next run reads it again."""

    def __init__(self, at: table.Key) -> None:
        super().__init__(at)
        self.at = at


class AlreadyReminded(Exception):
    """Raised when the reminder was given already."""

    def __init__(self, at: table.Key) -> None:
        super().__init__(at)
        self.at = at


# Reading


def of_drafts(now: datetime, limit: int) -> Iterator[list[Task | None]]:
    """Drafts that will be purged within seven days and whose owners were not reminded yet, at most `limit` at a time.

    None stands for an item that cannot be read; for drafts there is none.
    """
    earliest = rfc3339(now - limits.REMIND_DRAFT)
    for rows in _due(drafts.REMINDERS, earliest + table.HIGHEST, now, limit):
        yield [_of_draft(row) for row in rows]


def of_applications(now: datetime, limit: int) -> Iterator[list[Task | None]]:
    """Applications and persons with due reminders, at most `limit` at a time; None for one that cannot be read."""
    for rows in _due(keys.REMINDERS, table.LOWEST, now, limit):
        yield _of_applications(rows, now)


def already_reminded(tasks: Iterable[Task]) -> set[table.Key]:
    """Keys of the records of those reminders of the tasks that were given already."""
    records = [record_key(task, reminder) for task in tasks for reminder in task.reminders]
    return {key for batch in batched(records, table.BATCH_GET) for key in table.get_many(batch)}


def _due(partition: str, since: str, now: datetime, limit: int) -> Iterator[list[table.Item]]:
    start = None
    while True:
        until = rfc3339(now) + table.HIGHEST
        page = table.query(partition, index="reminders", between=(since, until), limit=limit, start=start)
        if page.items:
            yield page.items
        start = page.next_key
        if start is None:
            return


def _of_draft(row: table.Item) -> Task:
    at = (row["pk"], row["sk"])
    moment, _, enterprise_id = row["remind_sk"].partition("#")
    purged_at = parse_time(moment) + limits.REMIND_DRAFT
    values = {"saved_at": china_time(purged_at - limits.DRAFT_LIFE), "purge_at": china_time(purged_at)}
    account_id = AccountId(row["pk"].removeprefix("ACC#"))
    return Task(at, _draft_advanced(row), account_id, EnterpriseId(enterprise_id), draft=values)


def _of_applications(rows: Sequence[table.Item], now: datetime) -> list[Task | None]:
    wanted = [key for row in rows for key in ((row["pk"], row["sk"]), _header_of(row))]
    found: dict[table.Key, table.Item] = {}
    for batch in batched(dict.fromkeys(wanted), table.BATCH_GET):
        found |= table.get_many(batch)
    return [
        _of_item(row, found[row["pk"], row["sk"]], found[_header_of(row)], now)
        for row in rows
        if (row["pk"], row["sk"]) in found and _header_of(row) in found
    ]


def _header_of(row: table.Item) -> table.Key:
    return keys.header_key(keys.number_of(row["pk"]))


def _of_item(row: table.Item, item: table.Item, header: table.Item, now: datetime) -> Task | None:
    try:
        return _task(row, item, header, now)
    except Unavailable:
        raise
    except Exception as error:  # noqa: BLE001  an unreadable item must not stop the others
        log.failure("not_reminded", error, item=row["pk"])
        return None


def _task(row: table.Item, item: table.Item, header_item: table.Item, now: datetime) -> Task:
    header = items.to_header(header_item)
    person = items.to_person(item) if item["kind"] == "person" else None
    known = rules.of_person(person, header) if person else rules.of_application(header)
    return Task(
        at=(row["pk"], row["sk"]),
        advance=_advanced(item, rules.first(known, after=now)),
        creator_id=header.creator_id,
        enterprise_id=header.enterprise_id,
        reminders=rules.due(known, now),
        number=header.number,
        person_number=person.number if person else None,
        person_name=person.content["name"] if person else header.content.get("person_name"),
    )


def _advanced(item: table.Item, to: datetime | None) -> Write:
    """Move an application or person to its next moment, if it is still as it was read. Writes the whole item."""
    key = (item["pk"], item["sk"])
    read = ("remind_sk", "version", "status_version", "passport_pk")
    seen: dict[str, Any] = {name: value for name, value in item.items() if name in read or isinstance(value, bytes)}
    lasting = {name: value for name, value in item.items() if name not in ("remind_pk", "remind_sk")}
    return table.replace(lasting | keys.reminder_attributes(to), seen, lambda _: Moved(key))


def _draft_advanced(row: table.Item) -> Write:
    """Take a draft out of the index, if it was not saved meanwhile."""
    key = (row["pk"], row["sk"])
    return table.change(
        key,
        drop=("remind_pk", "remind_sk"),
        condition="#remind_sk = :seen",
        values={"seen": row["remind_sk"]},
        refusal=lambda _: Moved(key),
    )


# Writing


def reminder_recorded(task: Task, reminder: Reminder, now: datetime) -> Write:
    """Record that a reminder was given; `AlreadyReminded` if it was given before."""
    key = record_key(task, reminder)
    expires_at = int((now + limits.REMINDED_LIFE).timestamp())
    return table.put(
        {"pk": key[0], "sk": key[1], "enterprise_id": task.enterprise_id, "expires_at": expires_at},
        only_new=lambda _: AlreadyReminded(key),
    )


def record_renamed(item: table.Item, sort_key: str, changed: type[Exception]) -> list[Write]:
    """Keep the record of a reminder under another sort key; `changed` is raised if it has expired meanwhile."""
    return [
        table.delete((item["pk"], item["sk"]), {"expires_at": item["expires_at"]}, lambda _: changed()),
        table.put(item | {"sk": sort_key}, only_new=lambda _: changed()),
    ]


def record_key(task: Task, reminder: Reminder) -> table.Key:
    """Primary key of the record that a reminder was given."""
    return (
        f"REMINDED#{task.person_number or task.number}",
        f"{reminder.kind}#{reminder.subject}#{reminder.stage}",
    )
