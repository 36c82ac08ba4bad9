"""历史记录: entries about applications and persons in the journal table (docs/decisions/0040).

No act reads them. The entries of an application lie in one partition; the index `by_subject` has those about one
person, of its own application and of its follow-up applications, and those about a group as a whole. The index
`reviews` has submissions and decisions for the statistics of offices.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace

from chalicelib.repos.applications import office_statistics
from chalicelib.repos.keys import sealing
from chalicelib.repos.process import ids
from chalicelib.repos.table import journal_days, table
from chalicelib.repos.table.table import Write
from chalicelib.rules.applications.applications import ApplicationHeader, Event, Person
from chalicelib.rules.applications.history import HistoryEntry, ObjectNumber, is_shown_to
from chalicelib.rules.base.china_time import parse_time, rfc3339
from chalicelib.rules.base.errors import AlreadyExists
from chalicelib.rules.base.vocabulary import (
    AccountId,
    Action,
    ApplicationNumber,
    Decision,
    Party,
    PersonNumber,
    Service,
    Status,
)

PREFIX = "HISTORY#"


@dataclass(frozen=True)
class HistoryPage:
    """Some entries of a history, oldest first, and the sort key before which older ones continue (None: none)."""

    entries: list[HistoryEntry]
    before: str | None


def chain(header: ApplicationHeader, before: Person, after: Person, event: Event) -> tuple[Person, Write]:
    """Append an event to the history of a person: the person with its new head, and the write of the entry."""
    entry = _next_entry(event, header, after.number, before.head)
    return replace(after, head=entry.digest), entry_added(entry, header)


def chain_header(head: str, after: ApplicationHeader, event: Event) -> tuple[ApplicationHeader, Write]:
    """Append an event to the history of an application whose newest entry is `head`; returns as `chain`."""
    entry = _next_entry(event, after, after.number, head)
    return replace(after, head=entry.digest), entry_added(entry, after)


def _next_entry(event: Event, header: ApplicationHeader, of: ObjectNumber, previous: str) -> HistoryEntry:
    return HistoryEntry(event, ids.in_order(), header.number, header.service, of, previous)


def entry_added(entry: HistoryEntry, header: ApplicationHeader) -> Write:
    """Add an entry of the application with this header."""
    return table.put(from_entry(entry, header), only_new=lambda _: AlreadyExists())


# Reading


def of_application(number: ApplicationNumber, reader: Party, limit: int, before: str | None = None) -> HistoryPage:
    """The newest entries of an application that the reader sees, or those before a sort key.

    One request, and another one for each `limit` entries that the reader does not see.
    """
    found = _newest(partition(number), None, lambda entry: is_shown_to(entry.event, reader), limit + 1, before)
    return _page(found, limit)


def of_person(
    person: Person,
    header: ApplicationHeader,
    follow_ups: Collection[ApplicationNumber],
    reader: Party,
    limit: int,
    before: str | None = None,
) -> HistoryPage:
    """The newest entries about a person that the reader sees, or those before a sort key; two requests at least.

    Args:
        person: the person.
        header: the application of the person, whose entries about the whole group are among them.
        follow_ups: the follow-up applications that the reader may see; entries of others are left out.
        reader: the side of the reader.
        limit: how many entries at most.
        before: the `before` of the page that is shown already.
    """
    applications = {header.number, *follow_ups}

    def shown(entry: HistoryEntry) -> bool:
        return entry.application in applications and is_shown_to(entry.event, reader)

    about_group = _newest(header.number, "by_subject", shown, limit + 1, before)
    about_person = _newest(person.number, "by_subject", shown, limit + 1, before)
    return _page(sorted([*about_group, *about_person], key=sort_key, reverse=True), limit)


def entries(number: ApplicationNumber) -> Iterator[HistoryEntry]:
    """All entries of an application, oldest first."""
    return (to_entry(item) for item in table.query_all(partition(number)))


def newest_of(number: ApplicationNumber, actions: Collection[Action], reader: Party) -> HistoryEntry | None:
    """The newest entry about one of the actions, or None; one request for each `SEARCHED` entries.

    Args:
        number: of the application.
        actions: what was done.
        reader: the side of the reader.
    """
    start = None
    while True:
        page = table.query(partition(number), newest_first=True, limit=SEARCHED, start=start)
        for item in page.items:
            if item["action"] in actions and is_shown_to((entry := to_entry(item)).event, reader):
                return entry
        if (start := page.next_key) is None:
            return None


SEARCHED = 200
"""Entries that one request of `newest_of` reads, some 1 KB each."""


def _newest(
    partition_key: str, index: str | None, shown: Callable[[HistoryEntry], bool], count: int, before: str | None
) -> list[HistoryEntry]:
    """So many entries before a sort key that are shown, newest first; fewer only if there are no more."""
    found: list[HistoryEntry] = []
    at, is_last = before, False
    while len(found) < count and not is_last:
        between = (table.LOWEST, at) if at else None
        wanted = count + bool(at)
        page = table.query(partition_key, index=index, newest_first=True, between=between, limit=wanted)
        entries = [to_entry(item) for item in page.items if item["sk"] != at]
        found += filter(shown, entries)
        is_last = len(page.items) < wanted
        at = sort_key(entries[-1]) if entries else at
    return found[:count]


def _page(newest_first: list[HistoryEntry], limit: int) -> HistoryPage:
    shown = newest_first[:limit]
    return HistoryPage(shown[::-1], sort_key(shown[-1]) if len(newest_first) > limit else None)


# Items


def partition(number: str) -> str:
    """The partition of the entries of an application."""
    return f"{PREFIX}{number}"


def sort_key(entry: HistoryEntry) -> str:
    """The sort key of an entry: its time and its id."""
    return f"{rfc3339(entry.event.at)}#{entry.id}"


def from_entry(entry: HistoryEntry, header: ApplicationHeader) -> table.Item:
    """The item of an entry."""
    event = entry.event
    pk, sk = partition(entry.application), sort_key(entry)
    is_follow_up = entry.service is not Service.NEW_OR_RENEWAL
    return {
        "pk": pk,
        "sk": sk,
        "subject_pk": header.content["person_number"] if is_follow_up else entry.of,
        "kind": "event",
        "enterprise_id": header.enterprise_id,
        "service": entry.service,
        "of": entry.of,
        "previous": entry.previous,
        "action": event.action,
        "actor_id": event.actor_id,
        "actor": event.actor,
        "party": event.party,
        "origin": event.origin,
        "to": event.to,
        "reason": sealing.seal(event.reason.encode(), f"{pk}#{sk}#reason") if event.reason else None,
        "fields": list(event.fields) or None,
        "person_number": event.person_number,
        "economy": event.economy,
        "decision": event.decision,
        "request_id": event.request_id,
        "own_name": sealing.seal(event.own_name.encode(), f"{pk}#{sk}#own_name") if event.own_name else None,
        **office_statistics.index_attributes(entry, header),
        **journal_days.index_attributes(entry.id, entry.digest),
    }


def to_entry(item: table.Item) -> HistoryEntry:
    """The entry of an item."""
    at, _, entry_id = item["sk"].partition("#")
    event = Event(
        at=parse_time(at),
        action=Action(item["action"]),
        actor_id=AccountId(item["actor_id"]),
        actor=item["actor"],
        party=Party(item["party"]),
        origin=Status(item["origin"]) if "origin" in item else None,
        to=Status(item["to"]),
        reason=_unsealed(item, "reason"),
        fields=tuple(item.get("fields", ())),
        person_number=PersonNumber(item["person_number"]) if "person_number" in item else None,
        economy=item.get("economy"),
        decision=Decision(item["decision"]) if "decision" in item else None,
        request_id=item["request_id"],
        own_name=_unsealed(item, "own_name"),
    )
    number = ApplicationNumber(item["pk"].removeprefix(PREFIX))
    service, redacted = Service(item["service"]), item.get("redacted", "")
    return HistoryEntry(event, entry_id, number, service, item["of"], item["previous"], redacted)


def reason_of(item: table.Item) -> str | None:
    """The reason of an entry's item."""
    return _unsealed(item, "reason")


def reason_redacted(item: table.Item, reason: str | None) -> tuple[Write, tuple[str, str]]:
    """Replace the reason of a stored entry, or remove it; only commands of operators may (docs/decisions/0088).

    The write raises `EntryChanged` if another command has changed the entry.

    Returns:
        The write, and two digests: that of the entry as it was written, which the chain has, and that of its content
        from now on.
    """
    before = to_entry(item)
    after = replace(before, event=replace(before.event, reason=reason), redacted=before.digest)
    pk, sk = item["pk"], item["sk"]
    sealed = {"reason": sealing.seal(reason.encode(), f"{pk}#{sk}#reason")} if reason else {}
    rest = {name: value for name, value in item.items() if name != "reason"}
    stored = rest | sealed | {"redacted": before.digest}
    write = table.replace(stored, {"reason": item["reason"]}, lambda _: EntryChanged())
    return write, (before.digest, after.content_digest)


class EntryChanged(Exception):
    """Raised when the reason of an entry was changed after it was read."""


def _unsealed(item: table.Item, name: str) -> str | None:
    return sealing.unseal(item[name], f"{item['pk']}#{item['sk']}#{name}").decode() if name in item else None
