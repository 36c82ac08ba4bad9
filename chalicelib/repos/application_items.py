"""How groups, persons and history entries lie in the table: keys, index attributes, sealed fields."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from chalicelib.repos import sealing, table
from chalicelib.repos.keyring import PortalKey
from chalicelib.rules import lifecycle, reminders
from chalicelib.rules.applications import Answer, Application, Card, Event, Group, Person
from chalicelib.rules.fields import normalise_number
from chalicelib.rules.follow_ups import may_expire
from chalicelib.rules.numbers import parse_time, rfc3339, split_person_number
from chalicelib.rules.services import available_services
from chalicelib.rules.vocabulary import (
    CONSULAR,
    AccountId,
    Action,
    ApplicationNumber,
    Decision,
    EnterpriseId,
    OfficeCode,
    Party,
    PersonNumber,
    Service,
    Status,
)

SERVICE_INDEX: Mapping[Service, str] = {
    Service.EARLY_CARD: "by_card_service",
    Service.REPLACE_CARD: "by_card_service",
    Service.CHANGE_PASSPORT: "by_end_service",
    Service.CANCEL_CARD: "by_end_service",
}
"""In which index a person is found for a service: no state opens two services of the same index."""

NAME_LENGTHS = (1, 2, 3)
"""Beginnings of names that are indexed: whole names, most of them."""

CARD_ENDS = "CARD_ENDS"
"""Queue of cards by the day they end."""

REMINDERS = "APPLICATIONS"
"""Partition of the `reminders` index: persons and files by the moment something is to be told about them."""


def sort_key(enterprise_id: EnterpriseId, rest: str) -> str:
    """A sort key within an application: the owner first, so that no read can leave it."""
    return f"ENT#{enterprise_id}#{rest}"


def owner_of(sort: str) -> EnterpriseId:
    """The owner in a sort key."""
    return EnterpriseId(sort.split("#")[1])


def header_key(number: ApplicationNumber, enterprise_id: EnterpriseId) -> table.Key:
    """Primary key of a group."""
    return f"APP#{number}", sort_key(enterprise_id, "HEADER")


def person_key(number: PersonNumber, enterprise_id: EnterpriseId) -> table.Key:
    """Primary key of a person."""
    application, position = split_person_number(number)
    return f"APP#{application}", sort_key(enterprise_id, f"PERSON#{position}")


def passport_partition(enterprise_id: EnterpriseId, passport: str, key: PortalKey | None = None) -> str:
    """Where an enterprise's persons with this passport number are found; the number itself is not in it."""
    return f"ENT#{enterprise_id}#{sealing.digest(f'passport {enterprise_id}', normalise_number(passport), key)}"


def name_index(name: str) -> tuple[str, str]:
    """Which index finds names that begin so, and the part of it that is looked for; the sieve does the rest."""
    beginning = name[: NAME_LENGTHS[-1]]
    return f"by_name{len(beginning)}", beginning


def name_partition(enterprise_id: EnterpriseId, service: Service, beginning: str, key: PortalKey | None = None) -> str:
    """Where an enterprise's persons whose names begin so are found; the name itself is not in it."""
    return f"ENT#{enterprise_id}#{service}#{sealing.digest(f'name {enterprise_id}', beginning, key)}"


def found_by(
    enterprise_id: EnterpriseId, service: Service, name: str, passport: str, key: PortalKey | None = None
) -> dict[str, str]:
    """Partitions of a person, or of a follow-up file, that are digests: of its passport and beginnings of its name."""
    lengths = [length for length in NAME_LENGTHS if length <= len(name)]
    names = {f"name{length}_pk": name_partition(enterprise_id, service, name[:length], key) for length in lengths}
    return names | {"passport_pk": passport_partition(enterprise_id, passport, key)}


def creator_partition(enterprise_id: EnterpriseId, creator_id: str, service: Service) -> str:
    """Where an account's own files of a service are listed; within its enterprise."""
    return f"ENT#{enterprise_id}#BY#{creator_id}#{service}"


# To items


def from_group(group: Group) -> table.Item:
    """The item of a file, with the indexes it is listed in and, while it waits at a desk, that desk's queue."""
    pk, sk = header_key(group.number, group.enterprise_id)
    return {
        "pk": pk,
        "sk": sk,
        "kind": "group",
        "number": group.number,
        "service": group.service,
        "enterprise_id": group.enterprise_id,
        "enterprise_name": group.enterprise_name,
        "office": group.office,
        "creator_id": group.creator_id,
        "creator_name": sealing.seal(group.creator_name.encode(), f"{pk}#{sk}#creator_name"),
        "status": group.status,
        "status_version": group.status_version,
        "status_since": rfc3339(group.status_since),
        "status_by": group.status_by,
        "version": group.version,
        "submitted_at": rfc3339(group.submitted_at),
        "created_at": rfc3339(group.created_at),
        "person_count": group.person_count,
        "content": sealing.seal_json(group.content, f"{pk}#{sk}#content"),
        **_lists_of_group(group),
        **_desk(group, group.status, group.number),
        **reminder(reminders.first(reminders.of_file(group))),
    }


def _lists_of_group(group: Group) -> dict[str, str]:
    """Index attributes of a file; a follow-up file is also found by the name and passport of its person."""
    owner = f"ENT#{group.enterprise_id}#{group.service}"
    waiting = f"{rfc3339(group.submitted_at)}#{group.number}"
    lists = {
        "owner_pk": owner,
        "owner_sk": group.number,
        "creator_pk": creator_partition(group.enterprise_id, group.creator_id, group.service),
        "creator_sk": group.number,
        "status_pk": f"{owner}#{group.status}",
        "status_sk": group.number,
        "office_pk": f"OFFICE#{group.office}#{group.status}",
        "office_sk": waiting,
        "stage_pk": f"STAGE#{group.status}",
        "stage_sk": waiting,
    }
    if group.service is not Service.ISSUE:
        name, passport = group.content["group_name"], group.content["current_passport_number"]
        lists |= found_by(group.enterprise_id, group.service, name, passport)
        lists |= {"name_sk": group.number, "passport_sk": group.number}
    return lists


def from_new_passport(group: Group, key: PortalKey | None = None) -> table.Item:
    """By the passport that a follow-up file brings the file is found too (L10); in no index if it brings none."""
    pk, sk = header_key(group.number, group.enterprise_id)
    item = {"pk": pk, "sk": f"{sk}#NEW_PASSPORT", "kind": "new passport", "service": group.service}
    passport = group.content.get("passport_number")
    if passport is None:
        return item
    partition = passport_partition(group.enterprise_id, passport, key)
    return item | {"creator_id": group.creator_id, "passport_pk": partition, "passport_sk": group.number}


def of_nobody(number: PersonNumber, enterprise_id: EnterpriseId) -> table.Item:
    """What stays of a person that an edit took out: nothing of an application is ever deleted."""
    pk, sk = person_key(number, enterprise_id)
    return {"pk": pk, "sk": sk, "kind": "nobody"}


def reminder(at: datetime | None) -> dict[str, str]:
    """Index attributes of whatever is to be told at a moment; none for none."""
    return {"remind_pk": REMINDERS, "remind_sk": rfc3339(at)} if at else {}


def _desk(group: Group, status: Status, number: str) -> dict[str, str]:
    """The queue of the desk at which a file, or a person singled out, waits."""
    party = lifecycle.QUEUES.get(status)
    if party is None:
        return {}
    office = CONSULAR if party is Party.CONSULAR else group.office
    return {"queue_pk": f"DESK#{office}", "queue_sk": f"{rfc3339(group.submitted_at)}#{number}"}


def from_person(person: Person, group: Group) -> table.Item:
    """The item of a person; what was filled in is sealed, name and passport number are findable by their digests."""
    pk, sk = person_key(person.number, group.enterprise_id)
    return {
        "pk": pk,
        "sk": sk,
        "kind": "person",
        "number": person.number,
        "service": group.service,
        "creator_id": group.creator_id,
        "own_status": person.own_status,
        "status_since": rfc3339(person.status_since) if person.status_since else None,
        "status_by": person.status_by or None,
        "status_version": person.status_version,
        "version": person.version,
        "economies": {code: _from_answer(answer) for code, answer in person.economies.items()},
        "economies_since": rfc3339(person.economies_since) if person.economies_since else None,
        "foreign_number": person.foreign_number,
        "card": _from_card(person, f"{pk}#{sk}"),
        "early_card_used": person.early_card_used or None,
        "open_service": person.open_service,
        "follow_ups": list(person.follow_ups) or None,
        "content": sealing.seal_json(person.content, f"{pk}#{sk}#content"),
        **_lists_of_person(person, group),
        **reminder(reminders.first(reminders.of_person(person, group))),
    }


def _lists_of_person(person: Person, group: Group) -> dict[str, str]:
    """Index attributes of a person: found by name and passport, and by what it may apply for."""
    owner = f"ENT#{group.enterprise_id}"
    name, passport = person.content["name"], person.content["passport_number"]
    lists = found_by(group.enterprise_id, group.service, name, passport)
    lists |= {"name_sk": person.number, "passport_sk": person.number}
    # Whether the card has ended is seen when the list is read: here it counts as living.
    for service in available_services(person, date.min):
        index = SERVICE_INDEX[service].removeprefix("by_")
        lists |= {f"{index}_pk": f"{owner}#{service}", f"{index}_sk": person.number}
    if person.own_status is not None:
        lists |= {"status_pk": f"{owner}#{group.service}#{person.own_status}", "status_sk": person.number}
        lists |= _desk(group, person.own_status, person.number)
    if person.card and may_expire(person):
        lists |= {"queue_pk": CARD_ENDS, "queue_sk": f"{person.card.valid_until}#{person.number}"}
    return lists


def _from_card(person: Person, context: str) -> dict[str, Any] | None:
    card = person.card
    if card is None:
        return None
    return {
        "number": sealing.seal(card.number.encode(), f"{context}#card"),
        "valid_until": card.valid_until,
        "early": card.early,
        "issued": card.issued,
        "cancelled": card.cancelled,
        "expired": card.expired,
    }


def _from_answer(answer: Answer) -> dict[str, Any]:
    return {
        "decision": answer.decision,
        "decided_at": rfc3339(answer.decided_at),
        "valid_until": answer.valid_until,
    }


def from_event(event: Event, group: Group, event_id: str) -> table.Item:
    """The item of a history entry; its key sorts by time."""
    at = rfc3339(event.at)
    pk, sk = f"APP#{group.number}", sort_key(group.enterprise_id, f"HISTORY#{at}#{event_id}")
    return {
        "pk": pk,
        "sk": sk,
        "kind": "event",
        "at": at,
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
    }


# From items


def to_application(items: Iterable[table.Item]) -> Application | None:
    """The application of the items of its partition, or None without a group among them."""
    kinds: dict[str, list[table.Item]] = defaultdict(list)
    for item in items:
        kinds[item["kind"]].append(item)
    if not kinds["group"]:
        return None
    return Application(
        group=to_group(kinds["group"][0]),
        persons=tuple(to_person(item) for item in sorted(kinds["person"], key=lambda item: item["sk"])),
        history=tuple(to_event(item) for item in sorted(kinds["event"], key=lambda item: item["sk"])),
    )


def to_group(item: table.Item) -> Group:
    """The group of an item."""
    context = f"{item['pk']}#{item['sk']}"
    return Group(
        number=ApplicationNumber(item["number"]),
        service=Service(item["service"]),
        enterprise_id=EnterpriseId(item["enterprise_id"]),
        enterprise_name=item["enterprise_name"],
        office=OfficeCode(item["office"]),
        creator_id=AccountId(item["creator_id"]),
        creator_name=sealing.unseal(item["creator_name"], f"{context}#creator_name").decode(),
        status=Status(item["status"]),
        status_version=item["status_version"],
        status_since=parse_time(item["status_since"]),
        status_by=item["status_by"],
        version=item["version"],
        submitted_at=parse_time(item["submitted_at"]),
        created_at=parse_time(item["created_at"]),
        person_count=item["person_count"],
        content=sealing.unseal_json(item["content"], f"{context}#content"),
    )


def to_person(item: table.Item) -> Person:
    """The person of an item."""
    context = f"{item['pk']}#{item['sk']}"
    return Person(
        number=PersonNumber(item["number"]),
        content=sealing.unseal_json(item["content"], f"{context}#content"),
        own_status=Status(item["own_status"]) if "own_status" in item else None,
        status_since=parse_time(item["status_since"]) if "status_since" in item else None,
        status_by=item.get("status_by", ""),
        status_version=item["status_version"],
        version=item["version"],
        economies={code: _to_answer(answer) for code, answer in item["economies"].items()},
        economies_since=parse_time(item["economies_since"]) if "economies_since" in item else None,
        foreign_number=item.get("foreign_number"),
        card=_to_card(item["card"], context) if "card" in item else None,
        early_card_used=item.get("early_card_used", False),
        open_service=ApplicationNumber(item["open_service"]) if "open_service" in item else None,
        follow_ups=tuple(ApplicationNumber(number) for number in item.get("follow_ups", ())),
    )


def _to_card(item: Mapping[str, Any], context: str) -> Card:
    number = sealing.unseal(item["number"], f"{context}#card").decode()
    return Card(number, item["valid_until"], item["early"], item["issued"], item["cancelled"], item["expired"])


def _to_answer(item: Mapping[str, Any]) -> Answer:
    return Answer(Decision(item["decision"]), parse_time(item["decided_at"]), item.get("valid_until"))


def to_event(item: table.Item) -> Event:
    """The history entry of an item."""
    return Event(
        at=parse_time(item["at"]),
        action=Action(item["action"]),
        actor_id=AccountId(item["actor_id"]),
        actor=item["actor"],
        party=Party(item["party"]),
        origin=Status(item["origin"]) if "origin" in item else None,
        to=Status(item["to"]),
        reason=sealing.unseal(item["reason"], f"{item['pk']}#{item['sk']}#reason").decode()
        if "reason" in item
        else None,
        fields=tuple(item.get("fields", ())),
        person_number=PersonNumber(item["person_number"]) if "person_number" in item else None,
        economy=item.get("economy"),
        decision=Decision(item["decision"]) if "decision" in item else None,
        request_id=item["request_id"],
    )
