"""Applications: their items and index attributes, the chains of their history, and what history says about status."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.repos.applications import history, items, office_statistics, payments, returned, statistics
from chalicelib.rules.accounts.audit_actions import AuditAction
from chalicelib.rules.applications import lifecycle
from chalicelib.rules.applications.applications import Application, ApplicationHeader, Event, Person
from chalicelib.rules.applications.history import HistoryEntry, ObjectNumber, chain_faults
from chalicelib.rules.base.vocabulary import Action, Decision, Service, Status
from operations.integrity.breaches import Breaches, Item, Items
from operations.integrity.redactions import OFFICERS

MOVING = {"remind_pk", "remind_sk"}
"""Index attributes that only the reminders change."""

SCHEMAS = {"header": items.HEADER, "person": items.PERSON}

NO_TRANSITION = (Action.EDIT, Action.REVEAL, Action.PAY, Action.ACCEPT_PAYMENT, Action.RETURN_PAYMENT)
"""Actions that do not raise the status version."""


@dataclass(frozen=True)
class Known:
    """An application with the events of its whole history, oldest first."""

    application: Application
    events: tuple[Event, ...]

    @property
    def header(self) -> ApplicationHeader:
        """The header of the application."""
        return self.application.header


def check(found: Items, breaches: Breaches) -> dict[str, Known]:
    """Check every rule about applications; returns those that could be read, by number."""
    partitions, entries = _by_application(found, breaches)
    known: dict[str, Known] = {}
    for pk, rows in partitions.items():
        with breaches.about(pk):
            _whole(pk, rows, breaches)
            application = items.to_application(rows)
            if application is None:
                continue
            own = sorted(entries.pop(application.header.number, []), key=history.sort_key)
            _chained(application, own, breaches)
            known[application.header.number] = Known(application, tuple(entry.event for entry in own))
            _indexed(rows, application, breaches)
            _history(known[application.header.number], breaches)
    for number in entries:
        breaches.expect(False, f"history of {number}", "has no application")
    _persons(known, breaches)
    _numbered(found, known, breaches)
    _statistics(found, known, breaches)
    _office_statistics(found, breaches)
    return known


def _by_application(found: Items, breaches: Breaches) -> tuple[dict[str, list[Item]], dict[str, list[HistoryEntry]]]:
    """Items by partition, and history entries by number of the application."""
    partitions: dict[str, list[Item]] = defaultdict(list)
    entries: dict[str, list[HistoryEntry]] = defaultdict(list)
    for (pk, sk), item in sorted(found.items()):
        if pk.startswith("APP#"):
            partitions[pk].append(item | {"pk": pk, "sk": sk})
        if pk.startswith(history.PREFIX):
            with breaches.about(f"{pk} {sk}"):
                entries[pk.removeprefix(history.PREFIX)].append(history.to_entry(item | {"pk": pk, "sk": sk}))
    return partitions, entries


def _whole(pk: str, rows: list[Item], breaches: Breaches) -> None:
    """An application has one header, as many persons as it counts, and a new passport item if it is a follow-up."""
    kinds = Counter(row["kind"] for row in rows)
    breaches.expect(len({row["enterprise_id"] for row in rows}) == 1, pk, "has two owners")
    breaches.expect(
        set(kinds) <= {"header", "person", "removed person", "new passport", returned.KIND, payments.KIND},
        pk,
        f"has {dict(kinds)}",
    )
    header = next((row for row in rows if row["kind"] == "header"), None)
    breaches.expect(header is not None and kinds["header"] == 1, pk, "has not one header")
    if header is None:
        return
    is_group = header["service"] == Service.NEW_OR_RENEWAL
    breaches.expect(kinds["person"] == header["person_count"], pk, f"counts {header['person_count']} of {dict(kinds)}")
    breaches.expect((kinds["person"] > 0) == is_group, pk, "has persons that its service has not, or none")
    breaches.expect(
        kinds["new passport"] == (not is_group), pk, "has not the item of its new passport, or one too many"
    )
    positions = [int(row["sk"][-2:]) for row in rows if row["kind"] in ("person", "removed person")]
    breaches.expect(positions == list(range(1, len(positions) + 1)), pk, f"lacks a position of {positions}")


def _chained(application: Application, entries: Iterable[HistoryEntry], breaches: Breaches) -> None:
    """The entries of the application and of each person form one chain that ends at its head."""
    of: dict[ObjectNumber, list[HistoryEntry]] = defaultdict(list)
    for entry in entries:
        of[entry.of].append(entry)
    heads: dict[ObjectNumber, str] = {application.header.number: application.header.head}
    for removed, newest in application.removed.items():
        heads[removed] = newest
    heads |= {person.number: person.head for person in application.persons}
    for number in of.keys() - heads.keys():
        breaches.expect(False, f"history of {number}", "has no such object")
    for number, head in heads.items():
        for fault in chain_faults(of[number], head):
            breaches.expect(False, f"history of {number}", fault)


def _indexed(rows: list[Item], application: Application, breaches: Breaches) -> None:
    """Every item has exactly the index attributes that follow from its content and status."""
    header = application.header
    persons = {str(person.number): person for person in application.persons}
    for row in rows:
        if row["kind"] in SCHEMAS:
            row = SCHEMAS[row["kind"]].upgraded(row)  # noqa: PLW2901  an older form becomes the current one when written
        if row["kind"] == "header":
            wanted = items.from_header(header)
        elif row["kind"] == "person":
            wanted = items.from_person(persons[row["number"]], header)
        elif row["kind"] == "new passport":
            wanted = items.from_new_passport(header)
        else:
            continue
        breaches.expect(
            _plain(row) == _plain(wanted), f"{row['pk']} {row['sk']}", "has other attributes than its content"
        )


def _plain(value: Any) -> Any:
    """A value without sealed bytes, absent attributes and the index attributes of reminders."""
    if isinstance(value, dict):
        plain = {name: _plain(content) for name, content in value.items() if name not in MOVING}
        return {name: content for name, content in plain.items() if content is not None}
    return None if isinstance(value, bytes) else value


def _history(known: Known, breaches: Breaches) -> None:
    """The history leads from the submission to the current status; every transition adds one status version."""
    header = known.header
    is_group = header.service is Service.NEW_OR_RENEWAL
    own = [event for event in known.events if not is_group or event.person_number is None]
    subject = str(header.number)
    if not own:
        breaches.expect(False, subject, "has no history")
        return
    first, *later = own
    begins = (first.action, first.origin, first.at) == (Action.SUBMIT, None, header.created_at)
    breaches.expect(begins, subject, "does not begin with its submission")
    at, moves, edits = first.to, 1, 1
    for event in later:
        breaches.expect(event.action is not Action.SUBMIT and event.origin is at, subject, f"jumps to {event.origin}")
        moves += event.action not in NO_TRANSITION
        edits += event.action is Action.EDIT
        at = event.to
    told = (at, moves, edits)
    breaches.expect(
        told == (header.status, header.status_version, header.version), subject, f"is not at {told} as its history says"
    )
    last = [event for event in own if event.action not in NO_TRANSITION][-1]
    breaches.expect(
        (last.at, last.actor) == (header.status_since, header.status_by), subject, "was not moved last as it says"
    )
    breaches.expect(all(event.request_id for event in known.events), subject, "has an entry without a request")


def _persons(known: Mapping[str, Known], breaches: Breaches) -> None:
    """Persons have the status of their history; an open follow-up is open for the person and for the application."""
    about: dict[str, list[Known]] = defaultdict(list)
    for one in known.values():
        if one.header.service is not Service.NEW_OR_RENEWAL:
            about[one.header.content["person_number"]].append(one)
    everybody: dict[str, tuple[Known, Person]] = {
        str(person.number): (one, person) for one in known.values() for person in one.application.persons
    }
    for number in about.keys() - everybody.keys():
        breaches.expect(False, f"follow-up application about {number}", "has no person")
    for number, (one, person) in everybody.items():
        with breaches.about(number):
            _person(number, one, person, about[number], breaches)


def _person(number: str, group: Known, person: Person, own: list[Known], breaches: Breaches) -> None:
    headers = [follow_up.header for follow_up in own]
    numbers = sorted(header.number for header in headers)
    breaches.expect(sorted(person.follow_ups) == numbers, number, f"names other follow-up applications than {numbers}")
    under_way = [header.number for header in headers if header.status not in lifecycle.CLOSED]
    opened = [person.open_service] if person.open_service else []
    breaches.expect(under_way == opened, number, f"has {under_way} under way and says {opened}")
    kinds = [None, *(header.service for header in headers if header.number == person.open_service)]
    breaches.expect(person.open_service_kind in kinds, number, f"has {person.open_service_kind} under way, not {kinds}")
    owners = {header.enterprise_id for header in headers} | {group.header.enterprise_id}
    breaches.expect(len(owners) == 1, number, "has follow-up applications of another owner")
    told = _status_by_history(group, person, own, breaches)
    breaches.expect(person.own_status is told, number, f"has the status {person.own_status}, by its history {told}")
    last = {event.economy: event for event in group.events if event.economy and event.person_number == person.number}
    given = {code: event.decision for code, event in last.items() if event.decision is not Decision.PENDING}
    stored = {code: answer.decision for code, answer in person.economies.items()}
    breaches.expect(stored == given, number, "has other answers than its history")


def _status_by_history(group: Known, person: Person, own: Iterable[Known], breaches: Breaches) -> Status | None:
    """The person's own status by history; None while it has the status of its application."""
    status = None
    entries = [(event, one.header) for one in (group, *own) for event in one.events]
    for event, header in sorted(entries, key=lambda entry: entry[0].at):
        if event.person_number in (None, person.number):
            status = _after(event, header, person, status, breaches)
    return status


def _after(
    event: Event, header: ApplicationHeader, person: Person, status: Status | None, breaches: Breaches
) -> Status | None:
    """The person's own status after one entry."""
    if header.service is not Service.NEW_OR_RENEWAL:
        ended = header.service is Service.CANCEL_CARD and event.to is Status.DONE and status in lifecycle.CARDS
        issued = event.action is Action.ISSUE_CARD and status in (Status.CARD_MADE, Status.EXPIRED)
        return Status.CANCELLED if ended else Status.CARD_ISSUED if issued else status
    if event.person_number is None:
        began = event.to is Status.CONSULAR_APPROVED and status is None
        ended = status in lifecycle.ENDED_WITH_GROUP.get(event.to, ())
        return lifecycle.FIRST_OF_PERSON if began else event.to if ended else status
    # A card past its last day counts as expired before the status is stored.
    follows = event.origin in (status or event.origin, Status.EXPIRED)
    breaches.expect(follows, str(person.number), f"{event.action} from {event.origin} after {status}")
    return status if event.to is event.origin else event.to


def _numbered(found: Items, known: Mapping[str, Known], breaches: Breaches) -> None:
    """Every application belongs to an enterprise, and its number is within the sequence of its day."""
    enterprises = {item["id"] for (pk, sk), item in found.items() if pk.startswith("ENT#") and sk == "PROFILE"}
    for enterprise_id in {one.header.enterprise_id for one in known.values()} - enterprises:
        breaches.expect(False, f"ENT#{enterprise_id}", "has applications and does not exist")
    for number in known:
        last = found.get((f"SEQ#{number[4:12]}", "SEQ"), {}).get("last", 0)
        breaches.expect(int(number[-6:]) <= last, number, f"is beyond the sequence of its day, {last}")


def _statistics(found: Items, known: Mapping[str, Known], breaches: Breaches) -> None:
    """The counts of waits are those of the persons: begun, answered and left; those of deleted enterprises remain."""
    wanted: Counter[tuple[str, str]] = Counter()
    for one in known.values():
        for person in one.application.persons:
            wanted.update(statistics.counts_of(person))
    counted: Counter[tuple[str, str]] = Counter()
    for (pk, sk), item in found.items():
        if pk.startswith(statistics.PARTITION):
            month_and_code = "#".join(sk.split("#")[:2])
            counted.update(
                {(month_and_code, name): n for name, n in item.items() if name.startswith(statistics.COUNTS)}
            )
    some_remain = any(
        pk == OFFICERS and item["action"] == AuditAction.ENTERPRISE_DELETED for (pk, _), item in found.items()
    )
    for key in counted.keys() | wanted.keys():
        is_right = counted[key] >= wanted[key] if some_remain else counted[key] == wanted[key]
        breaches.expect(is_right, f"statistics {key}", "count other waits")


def _office_statistics(found: Items, breaches: Breaches) -> None:
    """The totals of offices have every entry of the journal up to the mark; those of deleted enterprises remain."""
    totals = {sk: item for (pk, sk), item in found.items() if pk == office_statistics.PARTITION}
    mark = totals.pop(office_statistics.MARK, {}).get("until", "")
    breaches.expect(bool(mark) or not totals, "statistics of offices", "do not say until when they are counted")
    wanted: dict[str, Counter[str]] = defaultdict(Counter)
    for item in found.values():
        if item.get("reviews_pk"):
            with breaches.about(f"{item['pk']} {item['sk']}"):
                day, office, counts = office_statistics.read_entry(item)
                if day.isoformat() <= mark:
                    wanted[f"{day:%Y%m}#{office}"].update(counts)
    for sort, counts in wanted.items():
        counted: Counter[str] = Counter(totals.get(sort, {}).get("counts", {}))
        breaches.expect(counts <= counted, f"statistics {sort}", "count fewer reviews than the journal has")
