"""Conversion of headers and persons to items of the table, with sealed fields, and back."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from chalicelib.repos.applications import answers, payments
from chalicelib.repos.applications import indexes as keys
from chalicelib.repos.keys import sealing
from chalicelib.repos.keys.keyring import PortalKey
from chalicelib.repos.table import table
from chalicelib.repos.table.schemas import Schema
from chalicelib.rules.accounts.enterprise_names import searchable
from chalicelib.rules.applications.applications import (
    Application,
    ApplicationHeader,
    Card,
    Correction,
    Person,
)
from chalicelib.rules.base.china_time import parse_time, rfc3339
from chalicelib.rules.base.errors import FieldError
from chalicelib.rules.base.vocabulary import (
    AccountId,
    ApplicationNumber,
    EnterpriseId,
    OfficeCode,
    PersonNumber,
    Service,
    Status,
)
from chalicelib.rules.notices import reminders

UNKNOWN_MAKING: Mapping[str, Any] = {"made_at": None, "issued_at": None, "printed": None}
"""What a person of version 1 does not say of its card."""

HEADER = Schema(3, {1: lambda item: item, 2: lambda item: item})
"""The stored form of headers. Version 1 has neither warnings nor the names of the creator and of who set the status.

Version 2 has no `lookup_since`: its persons were looked up before it was written.
"""

PERSON = Schema(
    4,
    {
        1: lambda item: item if "card" not in item else item | {"card": UNKNOWN_MAKING | item["card"]},
        2: lambda item: item,
        3: answers.in_one_text,
    },
)
"""The stored form of persons. Version 2 has no warnings, no service under way and no name of who set the status.

Version 3 has a mapping of mappings for the answers of economies; one text is read in a tenth of the time.
"""

# To items


def from_header(header: ApplicationHeader) -> table.Item:
    """The item of a header, with its index attributes."""
    pk, sk = keys.header_key(header.number)
    return {
        "pk": pk,
        "sk": sk,
        "kind": "header",
        "schema": HEADER.current,
        "number": header.number,
        "service": header.service,
        "enterprise_id": header.enterprise_id,
        "enterprise_name": header.enterprise_name,
        "searchable_name": searchable(header.enterprise_name),
        "office": header.office,
        "creator_id": header.creator_id,
        "creator_name": sealing.seal(header.creator_name.encode(), f"{pk}#{sk}#creator_name"),
        "creator_username": _sealed_if(header.creator_username, f"{pk}#{sk}#creator_username"),
        "status": header.status,
        "status_version": header.status_version,
        "status_since": rfc3339(header.status_since),
        "status_by": header.status_by,
        "status_by_agent": _sealed_if(header.status_by_agent, f"{pk}#{sk}#status_by_agent"),
        "version": header.version,
        "head": header.head,
        "submitted_at": rfc3339(header.submitted_at),
        "created_at": rfc3339(header.created_at),
        "person_count": header.person_count,
        "correction": _from_correction(header.correction),
        "content": sealing.seal_json(header.content, f"{pk}#{sk}#content"),
        "warnings": sealed_warnings(header),
        "lookup_since": rfc3339(header.lookup_since) if header.lookup_since else None,
        "invoice": None if header.invoice is None else sealing.seal_json(header.invoice, f"{pk}#{sk}#invoice"),
        **keys.attributes_of_header(header),
        **keys.reminder_attributes(reminders.first(reminders.of_application(header))),
    }


def from_new_passport(header: ApplicationHeader, key: PortalKey | None = None) -> table.Item:
    """The item that lists a follow-up application by the new passport in its content (L10).

    Without a new passport the item has no index attributes. `key` is the digest key; None is the current one.
    """
    pk, sk = keys.header_key(header.number)
    item = {
        "pk": pk,
        "sk": f"{sk}#NEW_PASSPORT",
        "kind": "new passport",
        "number": header.number,
        "enterprise_id": header.enterprise_id,
        "service": header.service,
        "office": header.office,
        "creator_id": header.creator_id,
    }
    passport = header.content.get("passport_number")
    if passport is None:
        return item
    return item | {"passport_pk": keys.passport_partition(passport, key)}


def removed_person(person: Person, enterprise_id: EnterpriseId) -> table.Item:
    """The item of a person that an edit has removed: the number stays, for the next person at its place."""
    pk, sk = keys.person_key(person.number)
    return {
        "pk": pk,
        "sk": sk,
        "kind": "removed person",
        "number": person.number,
        "enterprise_id": enterprise_id,
        "head": person.head,
    }


def from_person(person: Person, header: ApplicationHeader) -> table.Item:
    """The item of a person, with sealed content and with its index attributes."""
    pk, sk = keys.person_key(person.number)
    return {
        "pk": pk,
        "sk": sk,
        "kind": "person",
        "schema": PERSON.current,
        "number": person.number,
        "enterprise_id": header.enterprise_id,
        "service": header.service,
        "creator_id": header.creator_id,
        "office": header.office,
        "searchable_name": searchable(header.enterprise_name),
        "own_status": person.own_status,
        "status_since": rfc3339(person.status_since) if person.status_since else None,
        "status_by": person.status_by or None,
        "status_by_agent": _sealed_if(person.status_by_agent, f"{pk}#{sk}#status_by_agent"),
        "status_version": person.status_version,
        "version": person.version,
        "head": person.head,
        "economies": answers.to_text(person.economies),
        "economies_since": rfc3339(person.economies_since) if person.economies_since else None,
        "foreign_number": person.foreign_number,
        "card": _from_card(person, f"{pk}#{sk}"),
        "early_card_used": person.early_card_used or None,
        "open_service": person.open_service,
        "open_service_kind": person.open_service_kind,
        "follow_ups": list(person.follow_ups) or None,
        "corrected": None if person.corrected is None else list(person.corrected),
        "content": sealing.seal_json(person.content, f"{pk}#{sk}#content"),
        "warnings": _from_warnings(person.warnings, f"{pk}#{sk}"),
        **keys.attributes_of_person(person, header),
        **keys.reminder_attributes(reminders.first(reminders.of_person(person, header))),
    }


def _sealed_if(value: str | None, context: str) -> bytes | None:
    return None if value is None else sealing.seal(value.encode(), context)


def _from_correction(correction: Correction | None) -> dict[str, Any] | None:
    if correction is None:
        return None
    return {"fields": list(correction.fields), "persons": list(correction.persons)}


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
        "made_at": rfc3339(card.made_at) if card.made_at else None,
        "issued_at": rfc3339(card.issued_at) if card.issued_at else None,
        "printed": None if card.printed is None else list(card.printed),
    }


def sealed_warnings(header: ApplicationHeader) -> bytes | None:
    """The warnings of a header as its item has them; None if there are none."""
    pk, sk = keys.header_key(header.number)
    return _from_warnings(header.warnings or None, f"{pk}#{sk}")


def _from_warnings(warnings: Sequence[FieldError] | None, context: str) -> bytes | None:
    """The warnings, compressed: a header is read with each of its up to 90 persons."""
    if warnings is None:
        return None
    stored = [{"field": one.field, "code": one.code, "params": dict(one.values)} for one in warnings]
    return sealing.seal_json(stored, f"{context}#warnings")


# From items


def to_application(items: Iterable[table.Item]) -> Application | None:
    """The application of items of one partition; None if its header is not among them."""
    kinds: dict[str, list[table.Item]] = defaultdict(list)
    for item in items:
        kinds[item["kind"]].append(item)
    if not kinds["header"]:
        return None
    return Application(
        header=to_header(kinds["header"][0]),
        persons=tuple(to_person(item) for item in sorted(kinds["person"], key=lambda item: item["sk"])),
        removed={PersonNumber(item["number"]): item["head"] for item in kinds["removed person"]},
        payment=next(map(payments.to_payment, kinds[payments.KIND]), None),
    )


def to_header(item: table.Item) -> ApplicationHeader:
    """The header of an item.

    Raises:
        NewerSchema: a newer version of the portal wrote it.
    """
    item = HEADER.upgraded(item)
    context = f"{item['pk']}#{item['sk']}"
    return ApplicationHeader(
        number=ApplicationNumber(item["number"]),
        service=Service(item["service"]),
        enterprise_id=EnterpriseId(item["enterprise_id"]),
        enterprise_name=item["enterprise_name"],
        office=OfficeCode(item["office"]),
        creator_id=AccountId(item["creator_id"]),
        creator_name=sealing.unseal(item["creator_name"], f"{context}#creator_name").decode(),
        creator_username=_unsealed_if(item, "creator_username"),
        status=Status(item["status"]),
        status_version=item["status_version"],
        status_since=parse_time(item["status_since"]),
        status_by=item["status_by"],
        status_by_agent=_unsealed_if(item, "status_by_agent"),
        version=item["version"],
        head=item["head"],
        submitted_at=parse_time(item["submitted_at"]),
        created_at=parse_time(item["created_at"]),
        person_count=item["person_count"],
        correction=_to_correction(item["correction"]) if "correction" in item else None,
        content=sealing.unseal_json(item["content"], f"{context}#content"),
        warnings=_to_warnings(item, context) or (),
        lookup_since=parse_time(item["lookup_since"]) if "lookup_since" in item else None,
        invoice=sealing.unseal_json(item["invoice"], f"{context}#invoice") if "invoice" in item else None,
    )


def to_person(item: table.Item) -> Person:
    """The person of an item.

    Raises:
        NewerSchema: a newer version of the portal wrote it.
    """
    item = PERSON.upgraded(item)
    context = f"{item['pk']}#{item['sk']}"
    return Person(
        number=PersonNumber(item["number"]),
        content=sealing.unseal_json(item["content"], f"{context}#content"),
        own_status=Status(item["own_status"]) if "own_status" in item else None,
        status_since=parse_time(item["status_since"]) if "status_since" in item else None,
        status_by=item.get("status_by", ""),
        status_by_agent=_unsealed_if(item, "status_by_agent"),
        status_version=item["status_version"],
        version=item["version"],
        head=item["head"],
        economies=answers.of_text(item["economies"]),
        economies_since=parse_time(item["economies_since"]) if "economies_since" in item else None,
        foreign_number=item.get("foreign_number"),
        card=_to_card(item["card"], context) if "card" in item else None,
        early_card_used=item.get("early_card_used", False),
        open_service=ApplicationNumber(item["open_service"]) if "open_service" in item else None,
        open_service_kind=Service(item["open_service_kind"]) if "open_service_kind" in item else None,
        follow_ups=tuple(ApplicationNumber(number) for number in item.get("follow_ups", ())),
        corrected=tuple(item["corrected"]) if "corrected" in item else None,
        warnings=_to_warnings(item, context),
    )


def _unsealed_if(item: table.Item, name: str) -> str | None:
    """The value that an item seals as text; None if it has none."""
    if name not in item:
        return None
    return sealing.unseal(item[name], f"{item['pk']}#{item['sk']}#{name}").decode()


def _to_correction(item: Mapping[str, Any]) -> Correction:
    return Correction(tuple(item["fields"]), tuple(PersonNumber(number) for number in item["persons"]))


def _to_card(item: Mapping[str, Any], context: str) -> Card:
    number = sealing.unseal(item["number"], f"{context}#card").decode()
    made_at, issued_at, printed = (item[name] for name in UNKNOWN_MAKING)
    return Card(
        number,
        item["valid_until"],
        item["early"],
        item["issued"],
        item["cancelled"],
        item["expired"],
        made_at=parse_time(made_at) if made_at else None,
        issued_at=parse_time(issued_at) if issued_at else None,
        printed=None if printed is None else tuple(printed),
    )


def _to_warnings(item: table.Item, context: str) -> tuple[FieldError, ...] | None:
    if "warnings" not in item:
        return None
    stored = sealing.unseal_json(item["warnings"], f"{context}#warnings")
    return tuple(FieldError(one["field"], one["code"], one["params"]) for one in stored)
