"""Keys of applications and persons: primary keys, and the attributes of indexes (docs/decisions/0046).

Indexes of applications have `number` as their sort key: numbers are given in the order of submission.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime

from chalicelib.repos.keys import sealing
from chalicelib.repos.keys.keyring import PortalKey
from chalicelib.repos.table import table
from chalicelib.rules.applications import lifecycle
from chalicelib.rules.applications.applications import ApplicationHeader, Person
from chalicelib.rules.applications.cards import card_may_expire
from chalicelib.rules.applications.services import available_services
from chalicelib.rules.base.china_time import rfc3339
from chalicelib.rules.base.numbers import split_person_number
from chalicelib.rules.base.vocabulary import (
    ApplicationNumber,
    EnterpriseId,
    Party,
    PersonNumber,
    Service,
    Status,
)
from chalicelib.rules.forms.applications import OFFICERS_BEGINNING
from chalicelib.rules.values import codes

NAME_BEGINNINGS = (1, 2, 3, 4)
"""Lengths in characters of the beginnings of names that lists find. Longer ones are compared after reading."""

SHORT_DIGEST = 16
"""Characters of the digests in `name_digests`: 64 bits, and a false match is sifted out after reading."""

CARD_ENDS = "CARD_ENDS"
"""Partition of the `work_queue` index that lists cards by their last day."""

CONSULAR_DESK = "DESK#consular"
"""Partition of the `work_queue` index that lists what waits for the consular department, by status and time.

Status, time and number are the last three parts of its sort keys, which `#` divides.

All of its desk but the persons with a card to hand out: their key in this index is the end of the card.
"""

LOOKUPS = "LOOKUPS"
"""Partition of the `work_queue` index that lists applications whose persons wait for their look-up, by time.

An item has one key in this index: what also waits at the consular desk is in `CONSULAR_DESK`, with `FOR_LOOKUP`.
"""

FOR_LOOKUP = "!"
"""How the sort keys in `CONSULAR_DESK` begin whose persons wait for their look-up: before all others, by time."""

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


def owner_partition(enterprise_id: EnterpriseId, service: Service) -> str:
    """The partition of an enterprise's applications for a service."""
    return f"ENT#{enterprise_id}#{service}"


def creator_partition(enterprise_id: EnterpriseId, creator_id: str, service: Service) -> str:
    """The partition of the applications for a service that one account of an enterprise has created."""
    return f"ENT#{enterprise_id}#BY#{creator_id}#{service}"


def enterprise_partition(enterprise_id: str) -> str:
    """The partition of an enterprise's applications for all services, which officers read."""
    return f"ENT#{enterprise_id}"


def status_partition(enterprise_id: EnterpriseId, service: Service, status: Status) -> str:
    """The partition of an enterprise's applications and persons with a status."""
    return f"ENT#{enterprise_id}#{service}#{status}"


def service_partition(enterprise_id: EnterpriseId, available: Service) -> tuple[str, dict[str, str]]:
    """The partition of an enterprise's persons to whom a service is available, and a filter on its rows.

    Whoever can apply for 提前制卡 can change the passport, and for 换补卡 cancel the card: one entry serves both.
    """
    also = ALSO_OFFERS.get(available)
    filter_ = {"card_service": str(available)} if also else {}
    return f"ENT#{enterprise_id}#{also or available}", filter_


ALSO_OFFERS: Mapping[Service, Service] = {
    Service.EARLY_CARD: Service.CHANGE_PASSPORT,
    Service.REPLACE_CARD: Service.CANCEL_CARD,
}
"""Services about a card, each with the one that is always available with it; tests/rules/test_services.py."""


def office_partition(office: str, status: Status) -> str:
    """The partition of the applications of one office, and of persons reviewed apart, with a status."""
    return f"OFFICE#{office}#{status}"


def stage_partition(status: Status) -> str:
    """The partition of the applications and persons of all offices with a status."""
    return f"STAGE#{status}"


def passport_partition(passport: str, key: PortalKey | None = None) -> str:
    """The partition of all persons with this passport number, of which it contains a digest only."""
    return f"PASSPORT#{sealing.digest('passport', codes.normalise(passport), key)}"


def identity_partition(id_number: str, key: PortalKey | None = None) -> str:
    """The partition of all persons with this identity number, of which it contains a digest only."""
    return f"IDENTITY#{sealing.digest('identity', codes.normalise(id_number), key)}"


def surname_partition(enterprise_id: EnterpriseId, service: Service, name: str, key: PortalKey | None = None) -> str:
    """The partition of an enterprise's persons whose names begin with the same character; it contains a digest only."""
    return f"ENT#{enterprise_id}#{service}#{sealing.digest(f'name {enterprise_id}', name[:1], key)}"


def applicant_partition(name: str, key: PortalKey | None = None) -> str:
    """The partition of all persons whose names begin with the same two characters; it contains a digest only."""
    return f"NAME#{sealing.digest('name', name[:OFFICERS_BEGINNING], key)}"


def beginning_digest(name: str, key: PortalKey | None = None) -> str:
    """The digest by which `name_digests` tells whether a name begins like this, as far as it is indexed."""
    return sealing.digest("beginning", name[: NAME_BEGINNINGS[-1]], key)[:SHORT_DIGEST]


def found_by(
    enterprise_id: EnterpriseId, service: Service, name: str, passport: str, key: PortalKey | None = None
) -> dict[str, str]:
    """Index attributes that are digests: of the passport and of the beginnings of the name."""
    lengths = [length for length in NAME_BEGINNINGS if length <= len(name)]
    applicant = {"applicant_pk": applicant_partition(name, key)} if OFFICERS_BEGINNING in lengths else {}
    return applicant | {
        "name_pk": surname_partition(enterprise_id, service, name, key),
        "name_digests": " ".join(beginning_digest(name[:length], key) for length in lengths),
        "passport_pk": passport_partition(passport, key),
    }


# Index attributes


def attributes_of_header(header: ApplicationHeader) -> dict[str, str]:
    """Index attributes of a header; a follow-up application is also found by name and passport of its person."""
    lists = {
        "owner_pk": owner_partition(header.enterprise_id, header.service),
        "creator_pk": creator_partition(header.enterprise_id, header.creator_id, header.service),
        "enterprise_pk": enterprise_partition(header.enterprise_id),
        "status_pk": status_partition(header.enterprise_id, header.service, header.status),
        **_attributes_of_desks(header, header.status),
        **queue_of_header(header),
    }
    if header.service is Service.NEW_OR_RENEWAL or header.destroyed:
        return lists
    name, passport = header.content["person_name"], header.content["current_passport_number"]
    return lists | found_by(header.enterprise_id, header.service, name, passport)


def queue_of_header(header: ApplicationHeader) -> dict[str, str]:
    """The key of a header in the `work_queue` index; empty if it waits for nothing there."""
    at_desk = _waiting_at_desk(header, header.status, header.status_since, header.number)
    if header.lookup_since is None:
        return at_desk
    since = rfc3339(header.lookup_since)
    if at_desk:
        return at_desk | {"queue_sk": f"{FOR_LOOKUP}{since}#{at_desk['queue_sk']}"}
    return {"queue_pk": LOOKUPS, "queue_sk": f"{since}#{header.number}"}


def attributes_of_person(person: Person, header: ApplicationHeader) -> dict[str, str]:
    """Index attributes of a person: it is found by name, passport, identity, own status and services.

    Items also have `office` and `searchable_name`, for filters. Neither can change: an edit keeps the office of the
    application, which shows the name of the enterprise at its submission.
    """
    lists = {} if person.destroyed else _found_by_identity(person, header)
    # Whether the card has expired depends on the day of reading and is decided then: here it has not.
    lists |= _attributes_of_services(header.enterprise_id, available_services(person, date.min))
    if person.own_status is not None:
        lists |= {
            "status_pk": status_partition(header.enterprise_id, header.service, person.own_status),
            **_attributes_of_desks(header, person.own_status),
            **_waiting_at_desk(header, person.own_status, person.status_since, person.number),
        }
    if person.card and card_may_expire(person):
        lists |= {"queue_pk": CARD_ENDS, "queue_sk": f"{person.card.valid_until}#{person.number}"}
    return lists


def _found_by_identity(person: Person, header: ApplicationHeader) -> dict[str, str]:
    name, passport = person.content["name"], person.content["passport_number"]
    lists = found_by(header.enterprise_id, header.service, name, passport)
    return lists | {"identity_pk": identity_partition(person.content["id_number"])}


def _attributes_of_desks(header: ApplicationHeader, status: Status) -> dict[str, str]:
    """Index attributes for officers. An office reads other statuses than those of reviews from the list of all."""
    stage = {"stage_pk": stage_partition(status)}
    return stage | {"office_pk": office_partition(header.office, status)} if status in lifecycle.OF_OFFICES else stage


def _waiting_at_desk(header: ApplicationHeader, status: Status, since: datetime | None, number: str) -> dict[str, str]:
    """The key of the desk of the consular department; none for what does not wait there, or with a card to hand out."""
    waits = status in lifecycle.DESKS[Party.CONSULAR] and lifecycle.is_under_way(header.service, status)
    if since is None or status is Status.CARD_MADE or not waits:
        return {}
    return {"queue_pk": CONSULAR_DESK, "queue_sk": f"{status}#{rfc3339(since)}#{number}"}


def _attributes_of_services(enterprise_id: EnterpriseId, available: Iterable[Service]) -> dict[str, str]:
    attributes: dict[str, str] = {}
    for service in available:
        pk, about_card = service_partition(enterprise_id, service)
        attributes |= {"service_pk": pk} | about_card
    return attributes


def reminder_attributes(at: datetime | None) -> dict[str, str]:
    """Index attributes for the next reminder; none without a time."""
    return {"remind_pk": REMINDERS, "remind_sk": rfc3339(at)} if at else {}
