"""All data of one person, to export or to destroy them (docs/operations.md).

A person has no key of its own: it is found by its identity number in every application and draft, and from there by the
numbers of its applications and by its passports.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from chalicelib.repos.keys import sealing
from chalicelib.repos.process import ids
from chalicelib.repos.table import table
from chalicelib.repos.table.table import Item, Write
from chalicelib.rules.base.china_time import parse_time, rfc3339
from chalicelib.rules.base.numbers import split_person_number
from chalicelib.rules.base.vocabulary import PersonNumber
from chalicelib.rules.values import codes

NAMES = ("name", "person_name")
CONTACTS = ("phone", "email")
DOCUMENTS = ("passport_number", "current_passport_number", "previous_card_number")
"""Fields of contents by which a person is recognised in a text."""

SHORTEST_NAME, SHORTEST_CONTACT, SHORTEST_DOCUMENT = 2, 6, 6
"""Characters: drafts can hold parts of values, and what is shorter would be found in texts about others."""


@dataclass
class PersonScope:
    """What identifies a person."""

    id_number: str = field(repr=False)
    passports: set[str] = field(default_factory=set, repr=False)
    numbers: set[str] = field(default_factory=set)
    """Of the person in its applications."""
    follow_ups: set[str] = field(default_factory=set)
    """Numbers of the follow-up applications about the person."""
    documents: set[str] = field(default_factory=set, repr=False)
    """Other numbers that nobody else has: of cards, of passports in follow-up applications, of foreign authorities."""
    values: set[str] = field(default_factory=set, repr=False)
    """Names, telephone numbers and addresses, which others may have too."""
    is_known: bool = False
    """Whether an application or a draft is about the person."""

    @property
    def applications(self) -> set[str]:
        """The numbers of all applications that are about the person, alone or in a group."""
        return {split_person_number(PersonNumber(number))[0] for number in self.numbers} | self.follow_ups

    @property
    def unique(self) -> set[str]:
        """Values that identify this person wherever they stand."""
        known = {self.id_number, *self.passports, *self.documents}
        return {value for value in known if len(value) >= SHORTEST_DOCUMENT}

    def is_of(self, content: Mapping[str, Any]) -> bool:
        """Whether the content of a person of an application or draft is about this one."""
        same = codes.normalise(str(content.get("id_number") or "")) == self.id_number
        return same or codes.normalise(str(content.get("passport_number") or "")) in self.passports

    def names(self, value: Any) -> bool:
        """Whether a value contains a number of the person, at any depth."""
        if isinstance(value, Mapping):
            return any(self.names(part) for part in value.values())
        if isinstance(value, list | tuple):
            return any(self.names(part) for part in value)
        return isinstance(value, str) and value in self.numbers

    def collect(self, content: Mapping[str, Any]) -> None:
        """Note the values by which a content about the person makes it recognisable in texts."""
        self.is_known = True
        self.values |= _texts(content, NAMES, SHORTEST_NAME) | _texts(content, CONTACTS, SHORTEST_CONTACT)
        self.documents |= {codes.normalise(value) for value in _texts(content, DOCUMENTS, SHORTEST_DOCUMENT)}


def _texts(content: Mapping[str, Any], names: Iterable[str], shortest: int) -> set[str]:
    return {value for name in names if len(value := str(content.get(name) or "").strip()) >= shortest}


# A destruction in progress

PARTITION = "DELETION#PERSONS"
"""Partition of the destructions that have begun and not ended."""


class JobChanged(Exception):
    """Raised when another command completed the destruction meanwhile."""


@dataclass(frozen=True)
class DestructionJob:
    """A destruction that has begun: what it needs to be resumed when the person's items no longer have it."""

    id: str
    scope: PersonScope
    began_at: datetime
    facts: Mapping[str, Any]
    """What the audit says about it; no personal data."""
    files: frozenset[str] = frozenset()
    """Files that the destroyed contents named, as `<enterprise id>/<name>`; they are deleted at the end."""

    @property
    def key(self) -> table.Key:
        """Primary key of its item."""
        return PARTITION, f"DELETION#{self.id}"


def new_job(scope: PersonScope, facts: Mapping[str, Any], now: datetime) -> DestructionJob:
    """A destruction that begins now."""
    return DestructionJob(ids.new(), scope, now, facts)


def jobs() -> list[DestructionJob]:
    """All destructions that have begun and not ended."""
    return [_to_job(item) for item in table.query_all(PARTITION)]


def job_saved(job: DestructionJob) -> Write:
    """Save a destruction that begins."""
    pk, sk = job.key
    scope = job.scope
    known = {
        "id_number": scope.id_number,
        "passports": sorted(scope.passports),
        "documents": sorted(scope.documents),
        "values": sorted(scope.values),
    }
    return table.put(
        {
            "pk": pk,
            "sk": sk,
            "numbers": sorted(scope.numbers),
            "follow_ups": sorted(scope.follow_ups),
            "began_at": rfc3339(job.began_at),
            "facts": job.facts,
            "known": sealing.seal_json(known, pk),
        }
    )


def files_noted(job: DestructionJob, files: set[str]) -> Write:
    """Note files to be deleted, in the transaction that destroys the content that names them."""
    return table.change(
        job.key, add={"files": files}, condition="attribute_exists(#pk)", refusal=lambda _: JobChanged()
    )


def job_deleted(job: DestructionJob) -> Write:
    """Delete the record of a destruction that is complete; `JobChanged` if a concurrent command completed it."""
    return table.delete(job.key, {"began_at": rfc3339(job.began_at)}, lambda _: JobChanged())


def reread(job: DestructionJob) -> DestructionJob:
    """The destruction with the files that were noted since it began.

    Raises:
        JobChanged: a concurrent command completed it.
    """
    item = table.get(job.key)
    if item is None:
        raise JobChanged
    return _to_job(item)


def _to_job(item: Item) -> DestructionJob:
    known = sealing.unseal_json(item["known"], item["pk"])
    scope = PersonScope(
        id_number=known["id_number"],
        passports=set(known["passports"]),
        numbers=set(item["numbers"]),
        follow_ups=set(item["follow_ups"]),
        documents=set(known["documents"]),
        values=set(known["values"]),
    )
    job_id = item["sk"].removeprefix("DELETION#")
    return DestructionJob(job_id, scope, parse_time(item["began_at"]), item["facts"], frozenset(item.get("files", ())))
