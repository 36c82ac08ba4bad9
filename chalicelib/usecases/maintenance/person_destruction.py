"""Destroying all data of one person, from whichever enterprise entered them (docs/decisions/0088).

The command calls these steps in their order. Each step can be repeated.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import batched
from typing import Any

from chalicelib.repos.accounts import accounts, audit
from chalicelib.repos.applications import applications, card_numbers, indexes, items
from chalicelib.repos.drafts import counters
from chalicelib.repos.files import bucket, verdicts
from chalicelib.repos.maintenance import enterprise_files, person_data, reencryption
from chalicelib.repos.maintenance.person_data import DestructionJob, PersonScope
from chalicelib.repos.maintenance.person_redaction import CHANGED, UNREADABLE, Redaction, Redactor
from chalicelib.repos.process import log
from chalicelib.repos.table import table
from chalicelib.repos.table.table import Item, Write
from chalicelib.rules.accounts.acts import Origin
from chalicelib.rules.accounts.audit_actions import AuditAction
from chalicelib.rules.applications import destruction, follow_ups
from chalicelib.rules.applications.applications import Application, ApplicationHeader
from chalicelib.rules.applications.submission import attachments_of
from chalicelib.rules.base import limits
from chalicelib.rules.base.vocabulary import ApplicationNumber, EnterpriseId, PersonNumber
from chalicelib.usecases.applications import transaction


def job_of(number: str | None, id_number: str) -> DestructionJob | None:
    """The destruction that has begun for this person, by a number of the person or by its identity number."""
    for job in person_data.jobs():
        if number in job.scope.numbers or (id_number and job.scope.id_number == id_number):
            return job
    return None


def widen(scope: PersonScope, everything: Iterable[Item]) -> None:
    """Find persons by the passports too, follow-up applications, and the values that texts can repeat.

    Args:
        scope: The person as `person_export.scope_of` has found it. If it gets more numbers, cards of them can have been
            missed: widen it again.
        everything: Every item of both tables.
    """
    for item in everything:
        if item["pk"].startswith(card_numbers.PREFIX) and item["person_number"] in scope.numbers:
            scope.documents.add(reencryption.decrypted(item)["card_number"])
        if item.get("kind") not in ("person", "draft"):
            continue
        content = reencryption.decrypted(item)["content"]
        own = [one for one in (content, *(content.get("persons") or ())) if scope.is_of(one)]
        for one in own:
            scope.collect(one)
        if own and item["kind"] == "person":
            _collect_person(scope, item)
    for number in scope.follow_ups:
        for item in table.query_all(indexes.partition(number), prefix="HEADER"):
            if item["kind"] == "header":
                scope.collect(items.to_header(item).content)


def _collect_person(scope: PersonScope, item: Item) -> None:
    person = items.to_person(item)
    scope.numbers.add(person.number)
    scope.follow_ups |= set(person.follow_ups)
    scope.documents |= {person.foreign_number} if person.foreign_number else set()


def under_way(scope: PersonScope, now: datetime) -> list[str]:
    """The numbers of persons and follow-up applications that still wait for an office, an economy or a card."""
    found = []
    for number in sorted(scope.numbers):
        application, person = applications.of_portal(PersonNumber(number))
        if destruction.is_open(person, application.header, now):
            found.append(number)
    return [*found, *(header.number for header in _follow_ups(scope) if destruction.is_open_service(header))]


def _follow_ups(scope: PersonScope) -> list[ApplicationHeader]:
    wanted = [indexes.header_key(ApplicationNumber(number)) for number in sorted(scope.follow_ups)]
    found: dict[table.Key, Item] = {}
    for batch in batched(wanted, table.BATCH_GET):
        found |= table.get_many(batch)
    return [items.to_header(found[key]) for key in wanted if key in found]


def begin(scope: PersonScope, force: str, origin: Origin) -> DestructionJob:
    """Save what the destruction needs; the audit has that it has begun."""
    facts = {"persons": sorted(scope.numbers), "follow_ups": sorted(scope.follow_ups), "force": force}
    job = person_data.new_job(scope, facts, origin.at)
    table.commit(person_data.job_saved(job), *_audited(AuditAction.DESTRUCTION_BEGUN, job, origin, facts))
    return job


def end_open(job: DestructionJob, origin: Origin) -> int:
    """End what is still under way, follow-up applications first; each has its entry in the history and its notice."""
    ended = 0
    for header in _follow_ups(job.scope):
        if destruction.is_open_service(header):
            _end_service(header, origin)
            ended += 1
    for number in sorted(job.scope.numbers):
        application, person = applications.of_portal(PersonNumber(number))
        if not person.destroyed and destruction.is_open(person, application.header, origin.at):
            after, event = destruction.ended(person, application.header, origin.at, origin.request_id)
            writes = applications.person_changed(application.header, person, after, event)
            transaction.commit(application.header, event, writes, person=after)
            ended += 1
    return ended


def _end_service(header: ApplicationHeader, origin: Origin) -> None:
    group, person = applications.of_portal(PersonNumber(header.content["person_number"]))
    after, event = destruction.ended_service(header, origin.at, origin.request_id)
    free = follow_ups.freed(person, replace(person, version=person.version + 1))
    writes = [
        *applications.status_changed(Application(header), Application(after), event),
        applications.person_replaced(group.header, person, free),
    ]
    transaction.commit(after, event, writes)


@dataclass
class Swept:
    """What a sweep has found."""

    counts: Counter[str] = field(default_factory=Counter)
    """How many items of each kind had something of the person."""
    files: set[str] = field(default_factory=set)
    """Files that they named, as `<enterprise id>/<name>`."""
    unreadable: int = 0
    """Items that cannot be read by anybody: a key was retired, or they are damaged."""


def sweep(scope: PersonScope, everything: Iterable[Item], at: Origin | datetime, job: DestructionJob | None) -> Swept:
    """Destroy what items have of the person, one transaction for each; or only count them.

    Args:
        scope: The person.
        everything: Every item of both tables.
        at: Who destroys it, and when; a moment is enough to count.
        job: The destruction; None to count only.
    """
    redactor = Redactor(scope, at.at if isinstance(at, Origin) else at)
    found = Swept()
    for item in everything:
        redaction = _redaction(redactor, item, found)
        if redaction is None or (redaction.kind == "workbooks" and job and redaction.files <= job.files):
            continue
        found.counts[redaction.kind] += 1
        found.files |= redaction.files
        if job is not None and isinstance(at, Origin):
            _carry_out(redaction, job, at)
    return found


def _redaction(redactor: Redactor, item: Item, found: Swept) -> Redaction | None:
    """The redaction of an item; an unreadable item must not protect the others from their destruction."""
    try:
        return redactor.of(item)
    except UNREADABLE as error:
        log.failure("item_unreadable", error, item=item["pk"])
        found.unreadable += 1
        return None


def _carry_out(redaction: Redaction, job: DestructionJob, origin: Origin) -> None:
    """Commit a redaction; an item that changed meanwhile is left to the next sweep."""
    writes = [*redaction.writes]
    if redaction.files:
        writes.append(person_data.files_noted(job, redaction.files))
    if redaction.entry:
        number = redaction.entry["entry"].partition(" ")[0].partition("#")[2]
        action, owner = AuditAction.HISTORY_REDACTED, accounts.OFFICERS
        writes.append(audit.entry_added(owner, origin, action, number, after=redaction.entry))
    try:
        table.commit(*writes)
    except CHANGED:
        return


def delete_files(job: DestructionJob) -> int:
    """Delete the files that nothing else names, in every version, and generated files; how many versions.

    Generated files (exports, letters) of the enterprises and of the officers are deleted whole: nobody can tell whom
    they are about, they expire within a day, and can be made again.

    Raises:
        OSError: The bucket could not delete some of them.
    """
    job = person_data.reread(job)
    of_owner: dict[EnterpriseId, set[str]] = {}
    for file in job.files:
        owner, _, name = file.partition("/")
        of_owner.setdefault(EnterpriseId(owner), set()).add(name)
    deleted = 0
    for owner, names in of_owner.items():
        for name in sorted(names - _named_elsewhere(owner, names, job.scope)):
            deleted += enterprise_files.delete_named(owner, name)
            table.commit(verdicts.verdict_deleted(owner, name))
    for exporter in {*of_owner, *_owners(job.scope), EnterpriseId(accounts.OFFICERS)}:
        deleted += enterprise_files.delete_files(exporter, ("exports",))
    return deleted


def _owners(scope: PersonScope) -> set[EnterpriseId]:
    found = (applications.of_portal(PersonNumber(number))[0] for number in scope.numbers)
    return {application.header.enterprise_id for application in found}


def _named_elsewhere(owner: EnterpriseId, names: set[str], scope: PersonScope) -> set[str]:
    """Those of the files that an application or a draft still names, now that the person's contents name none."""
    known = verdicts.get_many(owner, names).values()
    claimed = {item["number"] for item in table.query_all(f"CLAIMS#{owner}") if names & {*item["names"]}}
    numbers = {number for verdict in known for number in verdict.applications} | claimed | scope.applications
    left: set[str] = set()
    for number in sorted(numbers):
        application = applications.of_enterprise(ApplicationNumber(number), owner)
        if application is not None:
            left |= {attachment.name for attachment in bucket.named(owner, attachments_of(application))}
    stored = counters.get_many(account.id for account in accounts.accounts_of(owner))
    drafted = {name for state in stored.values() for uploads in state.uploads.values() for name in uploads}
    return names & (left | drafted)


def finish(job: DestructionJob, counts: Mapping[str, int], origin: Origin) -> None:
    """End a destruction: its record becomes an entry in the audit of the officers, which names nobody."""
    facts: dict[str, Any] = {**job.facts, "destroyed": dict(counts)}
    table.commit(person_data.job_deleted(job), *_audited(AuditAction.PERSON_DATA_DESTROYED, job, origin, facts))


def _audited(action: AuditAction, job: DestructionJob, origin: Origin, facts: Mapping[str, Any]) -> list[Write]:
    """One entry for each number of the person, or one without a number for a person who was in drafts only."""
    numbers = sorted(job.scope.numbers)[: limits.TRANSACTION_ACTIONS // 2] or [""]
    return [audit.entry_added(accounts.OFFICERS, origin, action, number, after=dict(facts)) for number in numbers]
