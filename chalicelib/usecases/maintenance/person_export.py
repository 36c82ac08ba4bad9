"""Exporting all data of one person in clear, from whichever enterprise entered it (docs/operations.md)."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.repos.accounts import accounts, audit
from chalicelib.repos.applications import applications
from chalicelib.repos.files import bucket
from chalicelib.repos.maintenance import enterprise_files, reencryption
from chalicelib.repos.maintenance.person_data import PersonScope
from chalicelib.repos.table import table
from chalicelib.repos.table.table import Item
from chalicelib.rules.accounts.acts import Origin
from chalicelib.rules.accounts.audit_actions import AuditAction
from chalicelib.rules.base.errors import NotFound
from chalicelib.rules.base.vocabulary import EnterpriseId, PersonNumber
from chalicelib.rules.values import codes
from chalicelib.usecases.maintenance.enterprise_export import is_reveal_of_officer, shown

SECTIONS: Mapping[str, Callable[[Item], bool]] = {
    "persons": lambda item: item.get("kind") == "person",
    "earlier_contents": lambda item: item.get("kind") == "returned content",
    "follow_ups": lambda item: item.get("kind") == "header" and item["service"] != "new_or_renewal",
    "history": lambda item: item.get("kind") == "event",
    "drafts": lambda item: item.get("kind") == "draft",
    "messages": lambda item: item["sk"].startswith("MSG#"),
    "mails": lambda item: item["pk"].startswith("MAIL#"),
    "cards": lambda item: item["pk"].startswith("CARD#"),
    "ledger": lambda item: item["pk"].startswith("ENT#") and item["sk"].startswith(("LEDGER#", "OUT#")),
    "reminders": lambda item: item["pk"].startswith("REMINDED#"),
}
"""Kinds of items that can be about a person."""

PARTS = ("drafts", "earlier_contents")
"""Sections whose items can be about other persons too, which are left out."""


@dataclass(frozen=True)
class PersonExport:
    """Items in clear by section, and the keys of the person's files with the names under which they are exported."""

    sections: Mapping[str, list[dict[str, Any]]]
    files: Mapping[str, str]


def id_number_of(number: str) -> str:
    """The identity number of the person of this number.

    Raises:
        NotFound: There is no such person, or its data were destroyed.
    """
    _, person = applications.of_portal(PersonNumber(number))
    if person.destroyed:
        raise NotFound
    return codes.normalise(person.content["id_number"])


def scope_of(id_number: str, items: Iterable[Item]) -> PersonScope:
    """The scope of the person with this identity number.

    Args:
        id_number: As `id_number_of` gives it, or as it was typed.
        items: Every item of both tables.
    """
    scope = PersonScope(codes.normalise(id_number))
    for item in items:
        if item.get("kind") != "person":
            continue
        content = reencryption.decrypted(item).get("content", {})
        if codes.normalise(str(content.get("id_number") or "")) == scope.id_number:
            scope.numbers.add(item["number"])
            scope.passports.add(codes.normalise(str(content["passport_number"])))
    return scope


def export(scope: PersonScope, items: Iterable[Item], origin: Origin | None) -> PersonExport:
    """Everything about a person; the audit of the officers has the export before anything is read.

    Args:
        scope: The person.
        items: Every item of both tables.
        origin: Who exports; None to count only, which the audit does not have.
    """
    if origin is not None:
        for number in sorted(scope.numbers):
            table.commit(audit.entry_added(accounts.OFFICERS, origin, AuditAction.DATA_EXPORTED, number))
    found: dict[str, dict[table.Key, dict[str, Any]]] = {name: {} for name in SECTIONS}
    files: dict[str, str] = {}
    for item in items:
        section = next((name for name, contains in SECTIONS.items() if contains(item)), None)
        if section is None:
            continue
        about = _of_person(scope, section, reencryption.decrypted(item))
        if about is not None and not is_reveal_of_officer(item, section):
            content = {"content": about["content"]} if section in PARTS else {}
            found[section][item["pk"], item["sk"]] = {**shown(item, section), **_numbers(item), **content}
            files |= dict(_files(item, about))
    sections = {section: [of_key[key] for key in sorted(of_key)] for section, of_key in found.items()}
    return PersonExport(sections, files)


def content(key: str) -> bytes:
    """The content of an exported file."""
    return enterprise_files.content(key)


def _of_person(scope: PersonScope, section: str, clear: dict[str, Any]) -> dict[str, Any] | None:
    """What an item says about the person, without other persons; None if it says nothing."""
    if section == "persons":
        return clear if scope.is_of(clear.get("content", {})) else None
    if section == "drafts":
        persons = [person for person in clear["content"].get("persons") or () if scope.is_of(person)]
        return {**clear, "content": {"persons": persons}} if persons else None
    if section == "earlier_contents":
        kept = clear["content"]
        persons = [one for one in (kept["content"], *kept["persons"].values()) if scope.is_of(one)]
        return {**clear, "content": {"persons": persons}} if persons else None
    return clear if scope.names(clear) or scope.names(clear.get("pk", "").split("#")) else None


def _numbers(item: Item) -> dict[str, str]:
    """The number of a person or application, which is a key of indexes too."""
    return {"number": item["number"]} if item.get("kind") in ("person", "header") else {}


def _files(item: Item, about: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The keys of the files that an item of the person names, with their names in the export."""
    if item.get("kind") not in ("person", "draft") or "enterprise_id" not in item:
        return
    owner = EnterpriseId(item["enterprise_id"])
    persons = [about["content"]] if item["kind"] == "person" else about["content"]["persons"]
    named = [attachment for person in persons for attachment in person.get("attachments") or ()]
    for attachment in bucket.named(owner, named):
        yield attachment.file_key, f"{attachment.kind}-{attachment.name}.{attachment.suffix}"
