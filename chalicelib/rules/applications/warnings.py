"""Warnings (提示) on an accepted content: likely reasons for a return, never refusals (docs/domain.md 4.6).

They are stored with the application (docs/decisions/0052).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from chalicelib import data
from chalicelib.rules.applications.applications import DESTROYED, Application, ApplicationHeader, Content, Person
from chalicelib.rules.base import limits
from chalicelib.rules.base.errors import FieldError
from chalicelib.rules.base.months import add_months
from chalicelib.rules.base.vocabulary import Decision, OfficeCode
from chalicelib.rules.files.attachments import Defect, UploadInspection
from chalicelib.rules.values import titles

ELSEWHERE = "PERSON_ELSEWHERE"
"""The warning whose numbers only officers read: they may belong to another enterprise."""

ON_DEFECTS = {Defect.CUT: "PICTURE_CUT", Defect.ENCRYPTED: "PDF_ENCRYPTED"}
"""The warnings on defects with which a file is accepted."""

GROUP_OFFICE = "office"
"""The field of the warning on the office, which stays as it was: an edit cannot change the office."""


def on_group(content: Mapping[str, Any], region_code: str | None) -> Iterator[FieldError]:
    """Warnings on what a complete content says of the group.

    Args:
        content: Validated.
        region_code: Where the enterprise is registered; None if it has not said.
    """
    office = data.offices()[OfficeCode(content["office"])]
    if region_code and office.region_code and region_code[:2] != office.region_code[:2]:
        yield FieldError(GROUP_OFFICE, "OFFICE_PROVINCE")
    pickup = content["pickup"]
    if pickup["method"] == "self" and not pickup["point"]:
        yield FieldError("pickup.point", "PICKUP_POINT")


def on_office(header: ApplicationHeader) -> list[FieldError]:
    """The earlier warning on the office."""
    return [warning for warning in header.warnings if warning.field == GROUP_OFFICE]


def on_persons(content: Mapping[str, Any], employer: str, today: date) -> list[FieldError]:
    """Warnings on the persons of a content: passports that end soon, doubtful titles, renewals that come too early.

    Args:
        content: Validated; with its office and its persons.
        employer: The name of the enterprise.
        today: The Chinese calendar day.
    """
    months = data.offices()[OfficeCode(content["office"])].passport_months
    found = []
    for index, person in enumerate(content["persons"]):
        if DESTROYED in person:
            continue
        own = [*_on_identity(person, months, today), *_on_title(person["title"], employer), *_on_card(person, today)]
        found += [replace(warning, field=f"persons.{index}.{warning.field}") for warning in own]
    return found


def on_file(field: str, inspection: UploadInspection) -> Iterable[FieldError]:
    """Warnings on an upload: it cannot be read or opened, is cut off, or is not as long as was announced."""
    if not inspection.readable:
        yield FieldError(field, "PICTURE_UNREADABLE")
    yield from (FieldError(field, ON_DEFECTS[defect]) for defect in inspection.defects if defect in ON_DEFECTS)
    if not inspection.announced:
        yield FieldError(field, "FILE_LENGTH")


def still_on_files(
    warnings: Iterable[FieldError], before: Mapping[str, str], after: Mapping[str, str]
) -> list[FieldError]:
    """The earlier warnings on files that a corrected content still names, at their present places.

    Args:
        warnings: Of the earlier content.
        before: The path of each attachment in the earlier content, by its id.
        after: The same of the corrected content.
    """
    ids = {path: upload for upload, path in before.items()}
    moved = {path: after[upload] for path, upload in ids.items() if upload in after}
    return [replace(warning, field=moved[warning.field]) for warning in warnings if warning.field in moved]


def on_persons_elsewhere(found: Sequence[Mapping[str, Sequence[str]]]) -> Iterator[FieldError]:
    """Warnings on persons who are in another open application, of any enterprise (docs/decisions/0066).

    Args:
        found: For each person the numbers of the same person elsewhere, by the field that is the same.
    """
    for index, by_field in enumerate(found):
        yield from (replace(one, field=f"persons.{index}.{one.field}") for one in on_person_elsewhere(by_field))


def on_person_elsewhere(found: Mapping[str, Sequence[str]]) -> Iterator[FieldError]:
    """The same warnings on one person, with paths from the person on."""
    for field, numbers in found.items():
        yield FieldError(field, ELSEWHERE, {"numbers": "、".join(numbers)})


def still_elsewhere(
    warnings: Iterable[FieldError], before: Sequence[Content], after: Sequence[Content]
) -> list[FieldError]:
    """The earlier warnings on persons elsewhere whose number a corrected content still has, at their present places.

    Args:
        warnings: On the earlier content.
        before: The persons of the earlier content.
        after: The persons of the corrected content; no two have the same number.
    """
    found = []
    for warning in warnings:
        if warning.code == ELSEWHERE:
            _, place, field = warning.field.split(".")
            number = before[int(place)][field]
            now = (at for at, person in enumerate(after) if person[field] == number)
            found += [replace(warning, field=f"persons.{at}.{field}") for at in now]
    return found


def with_lookup(
    warnings: Iterable[FieldError], found: Mapping[int, Mapping[str, Sequence[str]]]
) -> tuple[FieldError, ...]:
    """The warnings of an application after a look-up of its persons in other open applications.

    Args:
        warnings: As stored.
        found: For each person that was looked for the numbers of the same person elsewhere, by the field that is the
            same. The person's place in the application is the key.
    """
    others = [one for one in warnings if one.code != ELSEWHERE or int(one.field.split(".")[1]) not in found]
    renewed = ((at, one) for at, by_field in found.items() for one in on_person_elsewhere(by_field))
    return (*others, *(replace(one, field=f"persons.{at}.{one.field}") for at, one in renewed))


def of_application(application: Application) -> list[FieldError]:
    """The warnings on an application with all its persons."""
    apart = {_place(person): person.warnings for person in application.persons if person.warnings is not None}
    whole = [warning for warning in application.header.warnings if _place_in(warning) not in apart]
    own = [replace(one, field=f"{place}.{one.field}") for place, warnings in apart.items() for one in warnings]
    answered = [
        replace(one, field=f"{_place(person)}.{one.field}")
        for person in application.persons
        for one in _on_answers(person)
    ]
    return [*whole, *own, *answered]


def of_person(header: ApplicationHeader, person: Person) -> list[FieldError]:
    """The warnings on one person, with paths from the person on."""
    answered = _on_answers(person)
    if person.warnings is not None:
        return [*person.warnings, *answered]
    stored = [warning for warning in header.warnings if _place_in(warning) == _place(person)]
    return [*within_person(stored), *answered]


def _on_answers(person: Person) -> Iterator[FieldError]:
    """Approvals that last longer than the passport. Not stored: answers and passports change later."""
    if person.destroyed:
        return
    expires = person.content["passport_expires_on"]
    for code, answer in person.economies.items():
        if answer.valid_until and answer.valid_until > expires:
            yield from on_answer(person, code)


def on_answer(person: Person, code: str) -> Iterator[FieldError]:
    """The warning on the answer of one economy: the approval lasts longer than the passport."""
    answer = person.economies.get(code)
    if answer is None or answer.decision is not Decision.APPROVED:
        return
    if (answer.valid_until or "") > person.content["passport_expires_on"]:
        values = {"economy": code, "day": answer.valid_until}
        yield FieldError("economies.valid_until", "APPROVAL_PAST_PASSPORT", values)


def within_person(warnings: Sequence[FieldError]) -> list[FieldError]:
    """Warnings on persons with paths from the person on: `persons.3.title` becomes `title`."""
    return [replace(warning, field=warning.field.split(".", 2)[2]) for warning in warnings]


def _place(person: Person) -> str:
    return f"persons.{int(person.number[-2:]) - 1}"


def _place_in(warning: FieldError) -> str:
    """The person that a warning is about, as the beginning of its path."""
    return ".".join(warning.field.split(".")[:2])


def _on_identity(person: Mapping[str, Any], months: int, today: date) -> Iterator[FieldError]:
    if not data.is_id_region(person["id_number"][:6]):
        yield FieldError("id_number", "ID_REGION_UNKNOWN")
    expires = date.fromisoformat(person["passport_expires_on"])
    if expires < add_months(today, months):
        yield FieldError("passport_expires_on", "PASSPORT_SHORT", {"months": months})
    elif expires < add_months(today, limits.CARD_YEARS * 12):
        yield FieldError("passport_expires_on", "CARD_CUT", {"years": limits.CARD_YEARS})


def _on_title(title: str, employer: str) -> Iterator[FieldError]:
    if titles.is_doubtful(title):
        yield FieldError("title", "TITLE_DOUBTFUL")
    if titles.names_employer(title, employer):
        yield FieldError("title", "TITLE_EMPLOYER")
    if titles.holds_several(title):
        yield FieldError("title", "TITLE_SEVERAL")


def _on_card(person: Mapping[str, Any], today: date) -> Iterator[FieldError]:
    ends = person["previous_card_expires_on"]
    if person["first_time"] and (ends or person["previous_card_number"]):
        yield FieldError("first_time", "FIRST_TIME_CARD")
    elif ends and date.fromisoformat(ends) > add_months(today, limits.RENEWAL_MONTHS):
        yield FieldError("previous_card_expires_on", "RENEWAL_EARLY", {"months": limits.RENEWAL_MONTHS})
