"""Keys of applications and persons: primary keys, and the attributes of indexes (docs/decisions/0005)."""

from collections.abc import Mapping
from datetime import date, datetime

from chalicelib.repos.keys import sealing
from chalicelib.repos.keys.keyring import PortalKey
from chalicelib.repos.table import table
from chalicelib.rules.applications import lifecycle
from chalicelib.rules.applications.applications import ApplicationHeader, Person
from chalicelib.rules.applications.follow_ups import card_may_expire
from chalicelib.rules.applications.services import available_services
from chalicelib.rules.base.china_time import rfc3339
from chalicelib.rules.base.numbers import split_person_number
from chalicelib.rules.base.vocabulary import (
    CONSULAR,
    ApplicationNumber,
    EnterpriseId,
    Party,
    PersonNumber,
    Service,
    Status,
)
from chalicelib.rules.forms.fields import normalise_number

SERVICE_INDEX: Mapping[Service, str] = {
    Service.EARLY_CARD: "by_card_service",
    Service.REPLACE_CARD: "by_card_service",
    Service.CHANGE_PASSPORT: "by_end_service",
    Service.CANCEL_CARD: "by_end_service",
}
"""The index that lists the persons to whom a service is available: no state of a person opens two of one index."""

NAME_LENGTHS = (1, 2, 3)
"""Lengths of the indexed beginnings of names, in characters. Most names have no more characters than that."""

CARD_ENDS = "CARD_ENDS"
"""Partition of the `work_queue` index that lists cards by their last day."""

REMINDERS = "APPLICATIONS"
"""Partition of the `reminders` index that lists persons and applications by the time of their next reminder."""


def partition(number: str) -> str:
    """The partition of an application, by its number."""
    return f"APP#{number}"


def number_of(partition_key: str) -> ApplicationNumber:
    """The number of the application in a partition."""
    return ApplicationNumber(partition_key.removeprefix("APP#"))


def header_key(number: ApplicationNumber) -> table.Key:
    """Primary key of the header of an application."""
    return partition(number), "HEADER"


def person_key(number: PersonNumber) -> table.Key:
    """Primary key of a person."""
    application, position = split_person_number(number)
    return partition(application), f"PERSON#{position}"


def passport_partition(enterprise_id: EnterpriseId, passport: str, key: PortalKey | None = None) -> str:
    """The partition of an enterprise's persons with this passport number, of which it contains a digest only."""
    return f"ENT#{enterprise_id}#{sealing.digest(f'passport {enterprise_id}', normalise_number(passport), key)}"


def name_index(name: str) -> tuple[str, str]:
    """The index for names with this beginning, and the beginning to query.

    Results can be too many where `name` is longer than the indexed beginnings: `matches` filters them.
    """
    beginning = name[: NAME_LENGTHS[-1]]
    return f"by_name{len(beginning)}", beginning


def name_partition(enterprise_id: EnterpriseId, service: Service, beginning: str, key: PortalKey | None = None) -> str:
    """The partition of an enterprise's persons whose names have this beginning, of which it contains a digest only."""
    return f"ENT#{enterprise_id}#{service}#{sealing.digest(f'name {enterprise_id}', beginning, key)}"


def found_by(
    enterprise_id: EnterpriseId, service: Service, name: str, passport: str, key: PortalKey | None = None
) -> dict[str, str]:
    """Index attributes that are digests: of the passport and of the beginnings of the name."""
    lengths = [length for length in NAME_LENGTHS if length <= len(name)]
    names = {f"name{length}_pk": name_partition(enterprise_id, service, name[:length], key) for length in lengths}
    return names | {"passport_pk": passport_partition(enterprise_id, passport, key)}


def creator_partition(enterprise_id: EnterpriseId, creator_id: str, service: Service) -> str:
    """The partition of the applications for a service that one account of an enterprise has created."""
    return f"ENT#{enterprise_id}#BY#{creator_id}#{service}"


# Index attributes


def attributes_of_header(header: ApplicationHeader) -> dict[str, str]:
    """Index attributes of a header; a follow-up application is also found by name and passport of its person."""
    owner = f"ENT#{header.enterprise_id}#{header.service}"
    waiting = f"{rfc3339(header.submitted_at)}#{header.number}"
    lists = {
        "owner_pk": owner,
        "owner_sk": header.number,
        "creator_pk": creator_partition(header.enterprise_id, header.creator_id, header.service),
        "creator_sk": header.number,
        "status_pk": f"{owner}#{header.status}",
        "status_sk": header.number,
        "office_pk": f"OFFICE#{header.office}#{header.status}",
        "office_sk": waiting,
        "stage_pk": f"STAGE#{header.status}",
        "stage_sk": waiting,
    }
    return lists if header.service is Service.NEW_OR_RENEWAL else lists | _attributes_of_subject(header)


def _attributes_of_subject(header: ApplicationHeader) -> dict[str, str]:
    """Index attributes by which a follow-up application is found by its person."""
    name, passport = header.content["person_name"], header.content["current_passport_number"]
    lists = found_by(header.enterprise_id, header.service, name, passport)
    return lists | {"name_sk": header.number, "passport_sk": header.number}


def attributes_of_person(person: Person, header: ApplicationHeader) -> dict[str, str]:
    """Index attributes of a person: it is found by name, passport, own status and available services."""
    owner = f"ENT#{header.enterprise_id}"
    name, passport = person.content["name"], person.content["passport_number"]
    lists = found_by(header.enterprise_id, header.service, name, passport)
    lists |= {"name_sk": person.number, "passport_sk": person.number}
    # Whether the card has expired depends on the day of reading and is decided then: here it has not.
    for service in available_services(person, date.min):
        index = SERVICE_INDEX[service].removeprefix("by_")
        lists |= {f"{index}_pk": f"{owner}#{service}", f"{index}_sk": person.number}
    if person.own_status is not None:
        lists |= {"status_pk": f"{owner}#{header.service}#{person.own_status}", "status_sk": person.number}
        lists |= desk_attributes(header, person.own_status, person.number)
    if person.card and card_may_expire(person):
        lists |= {"queue_pk": CARD_ENDS, "queue_sk": f"{person.card.valid_until}#{person.number}"}
    return lists


def reminder_attributes(at: datetime | None) -> dict[str, str]:
    """Index attributes for the next reminder; none without a time."""
    return {"remind_pk": REMINDERS, "remind_sk": rfc3339(at)} if at else {}


def desk_attributes(header: ApplicationHeader, status: Status, number: str) -> dict[str, str]:
    """Index attributes for the queue of the desk at which an application or a person waits; none if it does not."""
    party = lifecycle.QUEUES.get(status)
    if party is None:
        return {}
    office = CONSULAR if party is Party.CONSULAR else header.office
    return {"queue_pk": f"DESK#{office}", "queue_sk": f"{rfc3339(header.submitted_at)}#{number}"}
