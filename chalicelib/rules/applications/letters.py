"""打印件: which letters there are, who may print which, and their templates filled in (docs/domain.md 10.4).

Letters are Chinese, as the exported workbooks are.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from chalicelib import data
from chalicelib.data.texts import text
from chalicelib.rules.applications import lifecycle
from chalicelib.rules.applications.applications import Application, ApplicationHeader, Person, status_of
from chalicelib.rules.applications.payments import WITHOUT_CARD
from chalicelib.rules.base import masks
from chalicelib.rules.base.china_time import china_day, china_time
from chalicelib.rules.base.errors import Forbidden, NotFound, OperationInvalid
from chalicelib.rules.base.vocabulary import Party, Status
from chalicelib.rules.files.documents import Block, Document, Grid, Heading, Paragraph, SquareCode
from chalicelib.rules.forms.content import MASKED, PersonContent

Values = Mapping[str, str]
"""What the placeholders of a template stand for."""


class LetterKind(StrEnum):
    """申请表, 公函, 领卡清单, 回执, 签名回执; each has a template of this name."""

    APPLICATION_FORM = "application_form"
    OFFICIAL_LETTER = "official_letter"
    CARD_LIST = "card_list"
    RECEIPT = "receipt"
    SUBMISSION_RECEIPT = "submission_receipt"
    DECISION_RECEIPT = "decision_receipt"


@dataclass(frozen=True)
class Permission:
    """Who may print a kind of letter, and about applications of which statuses."""

    parties: frozenset[Party]
    statuses: frozenset[Status] = frozenset(Status)


NOT_PASSED_BY_OFFICE = frozenset({Status.FAO_REVIEW, Status.FAO_RETURNED, Status.FAO_REJECTED, Status.WITHDRAWN})
EVERYBODY = frozenset({Party.APPLICANT, Party.FAO, Party.CONSULAR})

TABLE: Mapping[LetterKind, Permission] = {
    LetterKind.APPLICATION_FORM: Permission(EVERYBODY),
    LetterKind.RECEIPT: Permission(frozenset({Party.APPLICANT, Party.FAO})),
    LetterKind.SUBMISSION_RECEIPT: Permission(EVERYBODY),
    LetterKind.DECISION_RECEIPT: Permission(EVERYBODY),
    LetterKind.OFFICIAL_LETTER: Permission(frozenset({Party.FAO}), frozenset(Status) - NOT_PASSED_BY_OFFICE),
    LetterKind.CARD_LIST: Permission(EVERYBODY, frozenset(Status) - lifecycle.UNDER_REVIEW),
}
"""Who may print which letter."""


def kind_for(kind: str, party: Party) -> LetterKind:
    """The kind of this name.

    Raises:
        NotFound: There is no such kind.
        Forbidden: The party may not print it.
    """
    if kind not in TABLE:
        raise NotFound
    if party not in TABLE[LetterKind(kind)].parties:
        raise Forbidden
    return LetterKind(kind)


def letter(
    kind: LetterKind,
    template: Mapping[str, Any],
    application: Application,
    group: Application,
    party: Party,
    now: datetime,
    signed: Values = MappingProxyType({}),
) -> Document:
    """A letter about an application.

    Args:
        kind: Of the letter.
        template: Of this kind.
        application: What the letter is about.
        group: The application of its persons: the same one, or for a follow-up service that of its person alone.
        party: Who prints it: officers see personal numbers masked, officers of a 外办 card numbers too.
        now: The time that is printed.
        signed: What a signed receipt states (`receipts.values`).

    Raises:
        OperationInvalid: Its status does not allow this letter, or there is nobody to list.
    """
    header = application.header
    rows = {name: row(group, party, now) for name, row in ROWS.items()}
    listed = [block["table"] for block in template["blocks"] if "table" in block]
    if header.status not in TABLE[kind].statuses or not all(rows[name] for name in listed):
        raise OperationInvalid(header.current)
    count = len(rows[listed[0] if listed else "persons"])
    whole = {**_values(header, {**group.header.content, **header.content}, count, now), **signed}
    blocks = (filled for block in template["blocks"] for filled in _blocks(block, whole, rows))
    return Document(template["title"], tuple(blocks), signed.get("signature", ""))


def _values(header: ApplicationHeader, content: Mapping[str, Any], count: int, now: datetime) -> Values:
    pickup = content["pickup"]
    by_post = pickup["method"] == "post"
    where = (pickup["recipient"], pickup["phone"], pickup["address"]) if by_post else (pickup.get("point"),)
    day = china_day(now)
    return {
        "number": header.number,
        "service": text("services", header.service),
        "status": text("statuses", header.status),
        "enterprise": header.enterprise_name,
        "office": data.offices()[header.office].name,
        "group_name": content["group_name"],
        "contact": content["contact"],
        "contact_phone": content["contact_phone"],
        "contact_email": content["contact_email"],
        "reason": content["reason"],
        "pickup": "，".join(("邮寄" if by_post else "自取", *filter(None, where))),
        "count": str(count),
        "submitted_at": china_time(header.submitted_at),
        "printed_at": china_time(now),
        "printed_on": f"{day.year}年{day.month}月{day.day}日",
    }


def _persons(group: Application, party: Party, now: datetime) -> list[Values]:
    return [
        _person(person, position, group.header, party, now) for position, person in enumerate(group.persons, start=1)
    ]


def _forwarded(group: Application, party: Party, now: datetime) -> list[Values]:
    """Persons whom the office has passed."""
    passed = (person for person in group.persons if person.own_status not in {*NOT_PASSED_BY_OFFICE, *WITHOUT_CARD})
    return [_person(person, position, group.header, party, now) for position, person in enumerate(passed, start=1)]


def _cards(group: Application, party: Party, now: datetime) -> list[Values]:
    """Persons with a card that is made and usable: those who collect it, or have."""
    holders = (person for person in group.persons if person.card is not None and person.card.lives(china_day(now)))
    return [_person(person, position, group.header, party, now) for position, person in enumerate(holders, start=1)]


ROWS: Mapping[str, Callable[[Application, Party, datetime], Sequence[Values]]] = {
    "persons": _persons,
    "forwarded": _forwarded,
    "cards": _cards,
}
"""What a template can list."""


def _person(person: Person, position: int, header: ApplicationHeader, party: Party, now: datetime) -> Values:
    shown = person.content if party is Party.APPLICANT else masks.mask(person.content, MASKED)[0]
    card = person.card
    number = card.number if card else ""
    return {
        **dict.fromkeys(PersonContent.model_fields, ""),  # a person whose data were destroyed has no values
        **{name: value for name, value in shown.items() if isinstance(value, str)},
        "position": str(position),
        "number": person.number,
        "pinyin": " ".join(part for part in (shown["surname_pinyin"], shown["given_name_pinyin"]) if part),
        "sex": text("sexes", shown["sex"]) if shown["sex"] else "",
        "passport_kind": text("passport_kinds", shown["passport_kind"]) if shown["passport_kind"] else "",
        "previous_card_number": shown.get("previous_card_number") or "",
        "status": text("statuses", status_of(person, header, china_day(now))),
        "card_number": masks.MASKS["previous_card_number"](number) if party is Party.FAO else number,
        "card_valid_until": card.valid_until if card else "",
    }


def _blocks(block: Mapping[str, Any], whole: Values, rows: Mapping[str, Sequence[Values]]) -> Iterable[Block]:
    """One block of a template, filled: heading, paragraph, code, table, or fields of the whole or of each row."""
    if "table" in block:
        columns = block["columns"]
        lines = [[column["value"].format_map(row) for column in columns] for row in rows[block["table"]]]
        yield Grid([column["width"] for column in columns], lines, [column["title"] for column in columns])
        return
    for values in rows[block["each"]] if "each" in block else [whole]:
        if "heading" in block:
            yield Heading(block["heading"].format_map(values))
        if "paragraph" in block:
            yield Paragraph(block["paragraph"].format_map(values), block.get("align", "left"))
        if "code" in block:
            yield SquareCode(block["code"].format_map(values))
        if "fields" in block:
            yield Grid(FIELDS, [[cell.format_map(values) for cell in row] for row in block["fields"]])


FIELDS = (3, 7, 3, 7)
"""Shares of the columns of fields: a name and its value, twice; a single pair reaches over the rest."""
