"""How groups, persons and history entries lie in the table: keys, index attributes, sealed fields."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from chalicelib.repos import sealing, table
from chalicelib.rules import lifecycle, reminders
from chalicelib.rules.applications import Answer, Application, Card, Event, Group, Person
from chalicelib.rules.content import PRIVATE
from chalicelib.rules.fields import normalise_number
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

GROUP_PRIVATE = ("contact_phone", "contact_email", "passport_number", "current_passport_number")

SERVICE_INDEX: Mapping[Service, str] = {
    Service.EARLY_CARD: "by_card_service",
    Service.REPLACE_CARD: "by_card_service",
    Service.CHANGE_PASSPORT: "by_end_service",
    Service.CANCEL_CARD: "by_end_service",
}
"""In which index a person is found for a service: no state opens two services of the same index."""

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


def passport_partition(enterprise_id: EnterpriseId, passport: str) -> str:
    """Where an enterprise's persons with this passport number are found; the number itself is not in it."""
    return f"ENT#{enterprise_id}#{sealing.digest(f'passport {enterprise_id}', normalise_number(passport))}"


def creator_partition(enterprise_id: EnterpriseId, creator_id: str, service: Service) -> str:
    """Where an account's own files of a service are listed; within its enterprise."""
    return f"ENT#{enterprise_id}#BY#{creator_id}#{service}"


# To items


def from_group(group: Group) -> table.Item:
    """The item of a file, with the indexes it is listed in and, while it waits at a desk, that desk's queue."""
    pk, sk = header_key(group.number, group.enterprise_id)
    content = {name: value for name, value in group.content.items() if name != "pickup"}
    pickup = group.content.get("pickup")
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
        "creator_name": group.creator_name,
        "status": group.status,
        "status_version": group.status_version,
        "status_since": rfc3339(group.status_since),
        "status_by": group.status_by,
        "version": group.version,
        "submitted_at": rfc3339(group.submitted_at),
        "created_at": rfc3339(group.created_at),
        "person_count": group.person_count,
        "content": sealing.seal_fields(content, GROUP_PRIVATE, f"{pk}#{sk}"),
        "pickup": sealing.seal_json(pickup, f"{pk}#{sk}#pickup") if pickup else None,
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
        passport = group.content["current_passport_number"]
        lists |= {
            "name_pk": owner,
            "name_sk": f"{group.content['group_name']}#{group.number}",
            "passport_pk": passport_partition(group.enterprise_id, passport),
            "passport_sk": group.number,
        }
    return lists


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
    """The item of a person; personal fields sealed one by one, the passport number findable by its digest."""
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
        "content": sealing.seal_fields(person.content, PRIVATE, f"{pk}#{sk}"),
        **_lists_of_person(person, group),
        **reminder(reminders.first(reminders.of_person(person, group))),
    }


def _lists_of_person(person: Person, group: Group) -> dict[str, str]:
    """Index attributes of a person: found by name and passport, and by what it may apply for."""
    owner = f"ENT#{group.enterprise_id}"
    lists = {
        "name_pk": f"{owner}#{group.service}",
        "name_sk": f"{person.content['name']}#{person.number}",
        "passport_pk": passport_partition(group.enterprise_id, person.content["passport_number"]),
        "passport_sk": person.number,
    }
    # Whether the card has ended is seen when the list is read: here it counts as living.
    for service in available_services(person, date.min):
        index = SERVICE_INDEX[service].removeprefix("by_")
        lists |= {f"{index}_pk": f"{owner}#{service}", f"{index}_sk": person.number}
    if person.own_status is not None:
        lists |= {"status_pk": f"{owner}#{group.service}#{person.own_status}", "status_sk": person.number}
        lists |= _desk(group, person.own_status, person.number)
    if person.card and person.own_status in (Status.CARD_MADE, Status.CARD_ISSUED):
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
    return {
        "pk": f"APP#{group.number}",
        "sk": sort_key(group.enterprise_id, f"HISTORY#{at}#{event_id}"),
        "kind": "event",
        "at": at,
        "action": event.action,
        "actor_id": event.actor_id,
        "actor": event.actor,
        "party": event.party,
        "origin": event.origin,
        "to": event.to,
        "reason": event.reason,
        "fields": list(event.fields) or None,
        "person_number": event.person_number,
        "economy": event.economy,
        "decision": event.decision,
        "request_id": event.request_id,
    }


# From items


def to_application(items: Iterable[table.Item]) -> Application | None:
    """The application of the items of its partition, or None without a group among them."""
    kinds: dict[str, list[table.Item]] = {"group": [], "person": [], "event": []}
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
    content = sealing.unseal_fields(item["content"], context)
    if "pickup" in item:
        content["pickup"] = sealing.unseal_json(item["pickup"], f"{context}#pickup")
    return Group(
        number=ApplicationNumber(item["number"]),
        service=Service(item["service"]),
        enterprise_id=EnterpriseId(item["enterprise_id"]),
        enterprise_name=item["enterprise_name"],
        office=OfficeCode(item["office"]),
        creator_id=AccountId(item["creator_id"]),
        creator_name=item["creator_name"],
        status=Status(item["status"]),
        status_version=item["status_version"],
        status_since=parse_time(item["status_since"]),
        status_by=item["status_by"],
        version=item["version"],
        submitted_at=parse_time(item["submitted_at"]),
        created_at=parse_time(item["created_at"]),
        person_count=item["person_count"],
        content=content,
    )


def to_person(item: table.Item) -> Person:
    """The person of an item."""
    context = f"{item['pk']}#{item['sk']}"
    return Person(
        number=PersonNumber(item["number"]),
        content=sealing.unseal_fields(item["content"], context),
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
    )


def _to_card(item: Mapping[str, Any], context: str) -> Card:
    number = sealing.unseal(item["number"], f"{context}#card").decode()
    return Card(number, item["valid_until"], item["early"], item["issued"], item["cancelled"])


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
        reason=item.get("reason"),
        fields=tuple(item.get("fields", ())),
        person_number=PersonNumber(item["person_number"]) if "person_number" in item else None,
        economy=item.get("economy"),
        decision=Decision(item["decision"]) if "decision" in item else None,
        request_id=item["request_id"],
    )
