"""Destroying what any item has of one person, so that everything else in it stays (docs/decisions/0088).

One list for all kinds of items, as for encryption and digests: what is added later is added here.
"""

import json
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from cryptography.exceptions import InvalidTag

from chalicelib.repos.applications import applications, card_ledger, history, items, payments, returned
from chalicelib.repos.applications import indexes as keys
from chalicelib.repos.drafts import drafts
from chalicelib.repos.files import bucket, uploaded_workbook, uploads
from chalicelib.repos.keys import sealing
from chalicelib.repos.maintenance.person_data import PersonScope
from chalicelib.repos.maintenance.person_values import PersonValues
from chalicelib.repos.notices import reminders
from chalicelib.repos.process import ids
from chalicelib.repos.table import table
from chalicelib.repos.table.schemas import NewerSchema
from chalicelib.repos.table.table import Item, Write
from chalicelib.rules.applications import destruction
from chalicelib.rules.applications.applications import DESTROYED, ApplicationHeader, Content
from chalicelib.rules.base.errors import Invalid
from chalicelib.rules.base.vocabulary import ApplicationNumber, EnterpriseId, Service
from chalicelib.rules.files.attachments import Attachment
from chalicelib.rules.values import codes

DATED = ("passport_reminder", "card_reminder")
"""Reminders whose record is named after the last day of a passport or a card."""


class ItemChanged(Exception):
    """Raised when an item was changed after it was read: the next sweep reads it again."""


CHANGED = (ItemChanged, history.EntryChanged, drafts.DraftChanged, card_ledger.EntryChanged)
"""What the writes of a redaction raise if an item was changed after it was read."""


UNREADABLE = (InvalidTag, KeyError, TypeError, ValueError, zlib.error)
"""What an item raises that nobody can read: its key was retired, or it is damaged."""


@dataclass(frozen=True)
class Redaction:
    """How an item loses what it has of the person."""

    kind: str
    """What it is, as the command counts it."""
    writes: Sequence[Write]
    files: set[str] = field(default_factory=set)
    """Files that the item named, as `<enterprise id>/<name>`."""
    entry: Mapping[str, str] | None = None
    """For an entry of a history: its key, and its digests before and after."""


class Redactor:
    """Says for each item what is to be written, as long as it has something of the person."""

    def __init__(self, scope: PersonScope, at: datetime) -> None:
        """Prepare.

        Args:
            scope: The person.
            at: The moment that destroyed contents name.
        """
        self._scope = scope
        self._at = at
        self._name = destruction.name()
        self._values = PersonValues(scope)
        self._applications = scope.applications
        self._kinds: Sequence[tuple[Callable[[Item], bool], Callable[[Item], Redaction | None]]] = (
            (lambda item: item.get("kind") == "person", self._person),
            (lambda item: item.get("kind") == "header" and item["service"] == Service.NEW_OR_RENEWAL, self._group),
            (lambda item: item.get("kind") == "header", self._follow_up),
            (lambda item: item.get("kind") == returned.KIND, self._returned),
            (lambda item: item.get("kind") == payments.KIND, self._payment),
            (lambda item: item.get("kind") == "event", self._entry),
            (lambda item: item.get("kind") == "draft", self._draft),
            (lambda item: item["sk"].startswith("MSG#"), self._message),
            (lambda item: item["pk"].startswith("MAIL#"), self._mail),
            (lambda item: item["pk"].startswith("IDEM#"), self._reply),
            (lambda item: item["pk"].startswith("CARD#"), self._card),
            (lambda item: item["sk"].startswith(card_ledger.PREFIX), self._handover),
            (lambda item: item["pk"].startswith("REMINDED#"), self._reminder),
            (lambda item: item["pk"].startswith("FILE#"), self._workbook),
        )

    def of(self, item: Item) -> Redaction | None:
        """What is to be written for an item; None if it has nothing of the person (any more)."""
        redact = next((redact for concerns, redact in self._kinds if concerns(item)), None)
        return redact(item) if redact else None

    # Applications

    def _person(self, item: Item) -> Redaction | None:
        person = items.to_person(item)
        if person.destroyed or person.number not in self._scope.numbers:
            return None
        header = applications.of_portal(person.number)[0].header
        after = destruction.without_personal_data(person, self._at)
        seen = {"version": person.version, "head": person.head}
        write = table.replace(items.from_person(after, header), seen, lambda _: ItemChanged())
        return Redaction("persons", [write], _files(header.enterprise_id, person.content["attachments"]))

    def _group(self, item: Item) -> Redaction | None:
        if item["number"] not in self._applications:
            return None
        header = items.to_header(item)
        places = tuple(f"persons.{int(number[-2:]) - 1}." for number in self._own(header.number))
        content, files = self._values.replaced(header.content, self._values.all), set[str]()
        if header.content["attachments"] and self._is_alone(header.number):
            content["attachments"], files = [], _files(header.enterprise_id, header.content["attachments"])
        warnings = tuple(one for one in header.warnings if not one.field.startswith(places))
        after = replace(header, content=content, warnings=warnings)
        if after == header:
            return None
        return Redaction("groups", [_header_stored(header, after)], files)

    def _own(self, number: ApplicationNumber) -> list[str]:
        return [own for own in self._scope.numbers if own.startswith(number)]

    def _is_alone(self, number: ApplicationNumber) -> bool:
        """Whether no person of the group has personal data any more: its letters are about nobody else."""
        application = items.to_application(table.query_all(keys.partition(number)))
        return application is not None and all(person.destroyed for person in application.persons)

    def _follow_up(self, item: Item) -> Redaction | None:
        if item["number"] not in self._scope.follow_ups:
            return None
        header = items.to_header(item)
        if header.destroyed:
            return None
        after = replace(header, content=destruction.service_content(header.content, self._at), warnings=())
        writes = [_header_stored(header, after), table.put(items.from_new_passport(after))]
        return Redaction("follow_ups", writes, _files(header.enterprise_id, header.content["attachments"]))

    def _returned(self, item: Item) -> Redaction | None:
        kept = returned.to_returned(item)
        persons = {number: self._kept_person(number, content) for number, content in kept.persons.items()}
        content = kept.content
        if kept.of in self._scope.follow_ups and DESTROYED not in content:
            content = destruction.service_content(content, self._at)
        elif kept.of in self._applications:
            content = self._values.replaced(content, self._values.all)
        elif kept.of in self._scope.numbers or self._scope.is_of(content):
            content = self._kept_person(kept.of, content)
        after = replace(kept, content=content, persons=persons)
        if after == kept:
            return None
        owner = EnterpriseId(item["enterprise_id"])
        write = returned.copy_replaced(item, after, lambda _: ItemChanged())
        left = set(_named(after.content, *after.persons.values()))
        lost = [name for name in _named(kept.content, *kept.persons.values()) if name not in left]
        return Redaction("earlier_contents", [write], _files(owner, lost))

    def _kept_person(self, number: str, content: Content) -> Content:
        """A person of an earlier content; a number can have belonged to somebody else, who was removed."""
        is_own = self._scope.is_of(content) or (number in self._scope.numbers and "id_number" not in content)
        return destruction.person_content(self._at) if is_own and DESTROYED not in content else content

    def _payment(self, item: Item) -> Redaction | None:
        payment = payments.to_payment(item)
        is_own = keys.number_of(item["pk"]) in self._applications
        reason = self._values.replaced_in(payment.reason, self._values.all if is_own else self._values.unique)
        if reason == payment.reason:
            return None
        return Redaction("payments", [self._resealed(item, "reason", sealing.seal((reason or "").encode(), _at(item)))])

    def _entry(self, item: Item) -> Redaction | None:
        """A reason about the person alone is destroyed; in other reasons its values are replaced."""
        if "reason" not in item:
            return None
        number = item["pk"].removeprefix(history.PREFIX)
        own = {item["of"], item.get("person_number"), number} & (self._scope.numbers | self._scope.follow_ups)
        is_group = number in self._applications
        before = history.reason_of(item)
        reason = (
            None if own else self._values.replaced_in(before, self._values.all if is_group else self._values.unique)
        )
        if reason == before:
            return None
        write, (was, now) = history.reason_redacted(item, reason)
        return Redaction("history", [write], entry={"entry": f"{item['pk']} {item['sk']}", "before": was, "after": now})

    # Drafts, notices, replies

    def _draft(self, item: Item) -> Redaction | None:
        draft = drafts.from_item(item)
        if not draft.readable:
            raise NewerSchema
        persons = draft.content.get("persons") or []
        left = [person for person in persons if not self._scope.is_of(person)]
        pattern = self._values.all if len(left) < len(persons) else self._values.unique
        content = {**self._values.replaced(draft.content, pattern), "persons": left}
        if content == {**draft.content, "persons": persons}:
            return None
        lost = [name for person in persons if person not in left for name in person.get("attachments") or ()]
        owner = draft.enterprise_id
        return Redaction("drafts", drafts.persons_removed(item, content), _files(owner, lost) if owner else set())

    def _message(self, item: Item) -> Redaction | None:
        context = f"{item['pk']}#{item['sk']}#values"
        values = sealing.unseal_json(item["values"], context)
        after = self._values.noticed(values, {item.get("application_number"), item.get("person_number")})
        if after == values:
            return None
        return Redaction("messages", [self._resealed(item, "values", sealing.seal_json(after, context))])

    def _mail(self, item: Item) -> Redaction | None:
        if "values" not in item:
            return None
        values = sealing.unseal_json(item["values"], item["pk"])
        after = self._values.noticed(values, set())
        if after == values:
            return None
        return Redaction("mails", [self._resealed(item, "values", sealing.seal_json(after, item["pk"]))])

    def _reply(self, item: Item) -> Redaction | None:
        text = sealing.unseal_json(item["reply"], item["pk"])
        mentioned = self._values.unique.search(text) or any(number in text for number in self._applications)
        if not mentioned:
            return None
        reply = json.loads(text)
        after = self._values.shown(reply)
        if after == reply:
            return None
        sealed = sealing.seal_json(json.dumps(after, ensure_ascii=False), item["pk"])
        return Redaction("replies", [self._resealed(item, "reply", sealed)])

    # Cards, reminders, files

    def _card(self, item: Item) -> Redaction | None:
        if item["person_number"] not in self._scope.numbers:
            return None
        write = table.delete(
            (item["pk"], item["sk"]), {"person_number": item["person_number"]}, lambda _: ItemChanged()
        )
        return Redaction("cards", [write])

    def _handover(self, item: Item) -> Redaction | None:
        if item["person_number"] not in self._scope.numbers:
            return None
        write = card_ledger.holder_removed(item, self._name)
        return Redaction("ledger", [write]) if write else None

    def _reminder(self, item: Item) -> Redaction | None:
        kind, subject, stage = item["sk"].split("#")
        if item["pk"].removeprefix("REMINDED#") not in self._scope.numbers or kind not in DATED or "-" not in subject:
            return None
        return Redaction("reminders", reminders.record_renamed(item, f"{kind}#{ids.new()}#{stage}", ItemChanged))

    def _workbook(self, item: Item) -> Redaction | None:
        """An imported workbook with the person; it is deleted whole, because drafts have taken what it held."""
        if item.get("content_type") != bucket.XLSX:
            return None
        _, owner, name = item["pk"].split("#")
        content = uploads.read_any(EnterpriseId(owner), name)
        if content is None or not self._in_workbook(content):
            return None
        return Redaction("workbooks", [], {f"{owner}/{name}"})

    def _in_workbook(self, content: bytes) -> bool:
        try:
            cells = [str(cell) for _, row in uploaded_workbook.rows(content) for cell in row if cell is not None]
        except Invalid:
            return False
        return any(codes.normalise(cell) in self._scope.unique for cell in cells)

    @staticmethod
    def _resealed(item: Item, attribute: str, sealed: bytes) -> Write:
        return table.change(
            (item["pk"], item["sk"]),
            assign={attribute: sealed},
            condition=f"#{attribute} = :seen",
            values={"seen": item[attribute]},
            refusal=lambda _: ItemChanged(),
        )


def _at(item: Item) -> str:
    return f"{item['pk']}#{item['sk']}#reason"


def _header_stored(before: ApplicationHeader, after: ApplicationHeader) -> Write:
    seen = {"version": before.version, "status_version": before.status_version, "head": before.head}
    return table.replace(items.from_header(after), seen, lambda _: ItemChanged())


def _named(*contents: Content) -> list[str]:
    return [attachment for content in contents for attachment in content.get("attachments") or ()]


def _files(owner: EnterpriseId, attachment_ids: Iterable[str]) -> set[str]:
    named: list[Attachment] = bucket.named(owner, attachment_ids)
    return {f"{owner}/{attachment.name}" for attachment in named}
