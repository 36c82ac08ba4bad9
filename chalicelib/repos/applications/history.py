"""历史记录: entries about applications and persons in the journal table (docs/decisions/0040).

No act reads them. The entries of an application lie in one partition; the index `by_subject` has those about one
person, of its own application and of its follow-up applications, and those about a group as a whole.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from chalicelib.repos.keys import sealing
from chalicelib.repos.process import ids
from chalicelib.repos.table import table
from chalicelib.repos.table.table import Write
from chalicelib.rules.applications.applications import ApplicationHeader, Event, Person
from chalicelib.rules.applications.history import HistoryEntry, ObjectNumber
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


def of_application(number: ApplicationNumber, limit: int, before: str | None = None) -> HistoryPage:
    """The newest entries of an application, or those before a sort key, in one request."""
    items = _newest(partition(number), None, limit + 1, before)
    return _page([to_entry(item) for item in items], limit)


def of_person(
    person: Person,
    header: ApplicationHeader,
    follow_ups: Collection[ApplicationNumber],
    limit: int,
    before: str | None = None,
) -> HistoryPage:
    """The newest entries about a person, or those before a sort key; two requests.

    Args:
        person: the person.
        header: the application of the person, whose entries about the whole group are among them.
        follow_ups: the follow-up applications that the reader may see; entries of others are left out.
        limit: how many entries at most.
        before: the `before` of the page that is shown already.
    """
    shown = {header.number, *follow_ups}
    about_group = [to_entry(item) for item in _newest(header.number, "by_subject", limit + 1, before)]
    about_person: list[HistoryEntry] = []
    at = before
    while len(about_person) <= limit:
        found = [to_entry(item) for item in _newest(person.number, "by_subject", limit + 1, at)]
        about_person += [entry for entry in found if entry.application in shown]
        if len(found) <= limit:
            break
        at = sort_key(found[-1])
    return _page(sorted([*about_group, *about_person], key=sort_key, reverse=True), limit)


def entries(number: ApplicationNumber) -> Iterator[HistoryEntry]:
    """All entries of an application, oldest first."""
    return (to_entry(item) for item in table.query_all(partition(number)))


def _newest(partition_key: str, index: str | None, limit: int, before: str | None) -> list[table.Item]:
    """Items before a sort key, newest first."""
    between = (table.LOWEST, before) if before else None
    page = table.query(partition_key, index=index, newest_first=True, between=between, limit=limit + bool(before))
    return [item for item in page.items if item["sk"] != before][:limit]


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
    return HistoryEntry(event, entry_id, number, Service(item["service"]), item["of"], item["previous"])


def _unsealed(item: table.Item, name: str) -> str | None:
    return sealing.unseal(item[name], f"{item['pk']}#{item['sk']}#{name}").decode() if name in item else None
