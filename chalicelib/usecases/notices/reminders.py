"""Giving reminders: message, mail and record in one transaction, each reminder once (docs/domain.md 8.3)."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from chalicelib.repos.mail import outbox
from chalicelib.repos.notices import messages
from chalicelib.repos.notices import reminders as repo
from chalicelib.repos.notices.reminders import AlreadyReminded, Moved, Task
from chalicelib.repos.table import table
from chalicelib.repos.table.table import Key, Write
from chalicelib.rules.base.limits import TRANSACTION_ACTIONS
from chalicelib.rules.notices.reminders import Reminder
from chalicelib.usecases.notices import application_notices
from chalicelib.usecases.notices.application_notices import Notice


def remind(tasks: Iterable[Task], now: datetime) -> Counter[str]:
    """Give all reminders of the tasks, as many tasks in each transaction as fit.

    Returns:
        How many reminders of each kind were given, and how many items `moved`, that is changed meanwhile.
    """
    counts: Counter[str] = Counter()
    for batch in _batches(tasks):
        counts += _remind(batch, now)
    return counts


def _remind(batch: Sequence[Task], now: datetime) -> Counter[str]:
    left, given = list(batch), repo.already_reminded(batch)
    moved = 0
    while left:
        try:
            table.commit(*_tasks_completed(left, given, now))
        except Moved as change:
            left = [task for task in left if task.at != change.at]
            moved += 1
        except AlreadyReminded as before:
            given.add(before.at)
        else:
            break
    counts: Counter[str] = Counter(reminder.kind for task in left for reminder in _open(task, given))
    counts["draft_reminder"] += sum(task.draft is not None for task in left)
    counts["moved"] += moved
    return counts


def _batches(tasks: Iterable[Task]) -> Iterator[list[Task]]:
    """Split tasks so that the writes of each batch fit into one transaction.

    A task needs at most one write to advance, and three for each reminder.
    """
    batch: list[Task] = []
    actions = 0
    for task in tasks:
        most = 1 + 3 * (len(task.reminders) + (task.draft is not None))
        if actions + most > TRANSACTION_ACTIONS:
            yield batch
            batch, actions = [], 0
        batch.append(task)
        actions += most
    if batch:
        yield batch


def _open(task: Task, given: set[Key]) -> list[Reminder]:
    """The reminders of a task that were not given yet."""
    return [reminder for reminder in task.reminders if repo.record_key(task, reminder) not in given]


def _tasks_completed(tasks: Iterable[Task], given: set[Key], now: datetime) -> list[Write]:
    """Give the reminders of tasks that were not given yet, and advance their items.

    Args:
        tasks: One batch.
        given: Records of reminders that were given already.
        now: The time of the run.
    """
    writes = []
    for task in tasks:
        writes.append(task.advance)
        if task.draft is not None:
            writes += _draft_reminded(task, task.draft, now)
        for reminder in _open(task, given):
            writes += _reminded(task, reminder, now)
    return writes


def _reminded(task: Task, reminder: Reminder, now: datetime) -> list[Write]:
    about = {"application_number": task.number, "person_number": task.person_number}
    values = dict(reminder.values) | ({"person_name": task.person_name} if task.person_name else {})
    notice = Notice(reminder.kind, values, about, task.enterprise_id, task.creator_id)
    return [repo.reminder_recorded(task, reminder, now), *application_notices.notice_added(notice, now)]


def _draft_reminded(task: Task, values: Mapping[str, str], now: datetime) -> list[Write]:
    message = {"message_kind": "draft_reminder", "values": dict(values)}
    return [
        messages.message_added(task.creator_id, message, now),
        outbox.account_notified("draft_reminder", task.enterprise_id, task.creator_id, values, now),
    ]
