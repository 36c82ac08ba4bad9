"""提醒: what waits in the `reminders` index, told and moved on in one transaction, each reminder once.

An item stands in the index at its first reminder, whenever it is written, whether that was told or not: no act has to
know. What was told is remembered by a small item of its own, written with the message and the mail.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import batched
from typing import Any

from chalicelib.repos.accounts import accounts
from chalicelib.repos.applications import indexes as keys
from chalicelib.repos.applications import items
from chalicelib.repos.drafts import drafts
from chalicelib.repos.mail import outbox
from chalicelib.repos.notices import messages
from chalicelib.repos.process import log
from chalicelib.repos.table import table
from chalicelib.repos.table.table import Write
from chalicelib.rules.base import limits
from chalicelib.rules.base.china_time import china_time, parse_time, rfc3339
from chalicelib.rules.base.errors import Unavailable
from chalicelib.rules.base.vocabulary import AccountId, ApplicationNumber, EnterpriseId, PersonNumber
from chalicelib.rules.notices import recipients
from chalicelib.rules.notices import reminders as rules
from chalicelib.rules.notices.reminders import Reminder


@dataclass(frozen=True)
class Task:
    """One item whose moment has come: what is told about it, to whom, and how it moves on."""

    at: table.Key
    advance: Write
    creator_id: AccountId
    enterprise_id: EnterpriseId
    reminders: Sequence[Reminder] = ()
    number: ApplicationNumber | None = None
    person_number: PersonNumber | None = None
    draft: Mapping[str, str] | None = field(default=None, repr=False)
    """The values of a draft's reminder; a draft is told to its own account only, and needs nothing remembered."""


class _Moved(Exception):
    """Somebody changed the item, or another run was quicker: it is looked at again by the next one."""

    def __init__(self, at: table.Key) -> None:
        super().__init__(at)
        self.at = at


class AlreadyReminded(Exception):
    """The reminder was given already."""

    def __init__(self, at: table.Key) -> None:
        super().__init__(at)
        self.at = at


class _CreatorGone(Exception):
    """The agent who created the application is revoked or deleted."""

    def __init__(self, account_id: AccountId) -> None:
        super().__init__(account_id)
        self.account_id = account_id


def of_drafts(now: datetime, limit: int) -> Iterator[list[Task | None]]:
    """Drafts that will be purged within seven days and whose owners were not told yet, so many at a time."""
    earliest = rfc3339(now - limits.REMIND_DRAFT)
    for rows in _due(drafts.REMINDERS, earliest + table.HIGHEST, now, limit):
        yield [_of_draft(row) for row in rows]


def of_applications(now: datetime, limit: int) -> Iterator[list[Task | None]]:
    """Persons and files about which something is to be told, so many at a time; None for one that cannot be read."""
    for rows in _due(keys.REMINDERS, table.LOWEST, now, limit):
        yield _of_applications(rows, now)


def tell(tasks: Iterable[Task], now: datetime) -> Counter[str]:
    """Tell everything, as many items in each transaction as fit; how many reminders of each kind, and `moved` items."""
    counts: Counter[str] = Counter()
    for batch in _batches(tasks):
        counts += _tell(batch, now)
    return counts


def _tell(batch: Sequence[Task], now: datetime) -> Counter[str]:
    left, told, gone = list(batch), set(_told(batch)), set(_gone(batch))
    moved = 0
    while left:
        try:
            table.commit(*_parts(left, told, gone, now))
        except _Moved as moment:
            left = [task for task in left if task.at != moment.at]
            moved += 1
        except AlreadyReminded as known:
            told.add(known.at)
        except _CreatorGone as creator:
            gone.add(creator.account_id)
        else:
            break
    counts: Counter[str] = Counter(
        each.kind for task in left for each in task.reminders if _guard_key(task, each) not in told
    )
    counts["draft_reminder"] += sum(task.draft is not None for task in left)
    counts["moved"] += moved
    return counts


# Reading


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
    return Task(at, _told_of_draft(row), account_id, EnterpriseId(enterprise_id), draft=values)


def _of_applications(rows: Sequence[table.Item], now: datetime) -> list[Task | None]:
    wanted = [at for row in rows for at in ((row["pk"], row["sk"]), _header_of(row))]
    found: dict[table.Key, table.Item] = {}
    for some in batched(dict.fromkeys(wanted), table.BATCH_GET):
        found |= table.get_many(some)
    return [
        _of_item(row, found[row["pk"], row["sk"]], found[_header_of(row)], now)
        for row in rows
        if (row["pk"], row["sk"]) in found and _header_of(row) in found
    ]


def _header_of(row: table.Item) -> table.Key:
    return row["pk"], keys.sort_key(keys.owner_of(row["sk"]), "HEADER")


def _of_item(row: table.Item, item: table.Item, header: table.Item, now: datetime) -> Task | None:
    try:
        return _task(row, item, header, now)
    except Unavailable:
        raise
    except Exception as error:  # noqa: BLE001  whatever is wrong with one, the others are told
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
    )


def _advanced(item: table.Item, to: datetime | None) -> Write:
    """A group or person at its next moment, if it is still as it was read: written whole, what is sealed too."""
    at = (item["pk"], item["sk"])
    read = ("remind_sk", "version", "status_version", "passport_pk")
    seen: dict[str, Any] = {name: value for name, value in item.items() if name in read or isinstance(value, bytes)}
    kept = {name: value for name, value in item.items() if name not in ("remind_pk", "remind_sk")}
    return table.replace(kept | keys.reminder_attributes(to), seen, lambda _: _Moved(at))


def _told_of_draft(row: table.Item) -> Write:
    """The draft out of the index, if it was not saved meanwhile."""
    at = (row["pk"], row["sk"])
    return table.change(
        at,
        drop=("remind_pk", "remind_sk"),
        condition="#remind_sk = :seen",
        values={"seen": row["remind_sk"]},
        refusal=lambda _: _Moved(at),
    )


def _told(batch: Iterable[Task]) -> Iterator[table.Key]:
    guards = [_guard_key(task, each) for task in batch for each in task.reminders]
    for some in batched(guards, table.BATCH_GET):
        yield from table.get_many(some)


def _gone(batch: Iterable[Task]) -> Iterator[AccountId]:
    agents = {
        accounts.account_key(task.enterprise_id, task.creator_id): task.creator_id
        for task in batch
        if task.reminders and str(task.creator_id) != task.enterprise_id
    }
    found: dict[table.Key, table.Item] = {}
    for some in batched(agents, table.BATCH_GET):
        found |= table.get_many(some)
    return (each for at, each in agents.items() if not found.get(at, {}).get("authorized"))


# Writing


def _batches(tasks: Iterable[Task]) -> Iterator[list[Task]]:
    """Tasks, so many that all their parts fit into one transaction, the checks of their creators included."""
    batch: list[Task] = []
    actions = 0
    for task in tasks:
        most = 2 + 3 * (len(task.reminders) + (task.draft is not None))
        if actions + most > limits.TRANSACTION_ACTIONS:
            yield batch
            batch, actions = [], 0
        batch.append(task)
        actions += most
    if batch:
        yield batch


def _parts(tasks: Iterable[Task], told: set[table.Key], gone: set[AccountId], now: datetime) -> list[Write]:
    writes, checks = [], {}
    for task in tasks:
        writes.append(task.advance)
        if task.draft is not None:
            writes += _of_draft_parts(task, task.draft, now)
        for each in task.reminders:
            if _guard_key(task, each) not in told:
                creator, enterprise = recipients.message_recipients(task.creator_id, task.enterprise_id)
                reader = enterprise if creator in gone else creator
                writes += _of_reminder(task, each, reader, now)
                if reader != enterprise:
                    checks[reader] = _still_there(task)
    return [*writes, *checks.values()]


def _of_reminder(task: Task, each: Reminder, reader: AccountId, now: datetime) -> list[Write]:
    at, values = _guard_key(task, each), dict(each.values)
    message = {
        "message_kind": each.kind,
        "values": values,
        "application_number": task.number,
        "person_number": task.person_number,
    }
    expires_at = int((now + limits.REMINDED_LIFE).timestamp())
    return [
        table.put(
            {"pk": at[0], "sk": at[1], "enterprise_id": task.enterprise_id, "expires_at": expires_at},
            only_new=partial(_was_told, at),
        ),
        messages.message_added(reader, message, now),
        outbox.followers_notified(each.kind, task.enterprise_id, task.creator_id, values, now),
    ]


def _of_draft_parts(task: Task, values: Mapping[str, str], now: datetime) -> list[Write]:
    message = {"message_kind": "draft_reminder", "values": dict(values)}
    return [
        messages.message_added(task.creator_id, message, now),
        outbox.account_notified("draft_reminder", task.enterprise_id, task.creator_id, values, now),
    ]


def _guard_key(task: Task, each: Reminder) -> table.Key:
    return f"REMINDED#{task.person_number or task.number}", f"{each.kind}#{each.subject}#{each.stage}"


def _was_told(at: table.Key, _: table.Item | None) -> Exception:
    return AlreadyReminded(at)


def _still_there(task: Task) -> Write:
    at = accounts.account_key(task.enterprise_id, task.creator_id)
    return table.check(at, {"authorized": True}, lambda _: _CreatorGone(task.creator_id))
