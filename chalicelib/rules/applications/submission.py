"""提交: the complete check of a content, its attachments, and the new application."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from pydantic import ValidationError

from chalicelib.rules.accounts.acts import Act
from chalicelib.rules.applications import lifecycle, warnings
from chalicelib.rules.applications.applications import (
    DESTROYED,
    Application,
    ApplicationHeader,
    Content,
    Person,
    event_of,
)
from chalicelib.rules.applications.transitions import with_content
from chalicelib.rules.base.errors import FieldError, Invalid
from chalicelib.rules.base.vocabulary import Action, ApplicationNumber, OfficeCode, Service
from chalicelib.rules.files.attachments import Attachment, UploadInspection, missing_kinds, wrong_pixel_size
from chalicelib.rules.forms.content import ApplicationContent, PersonContent, ServiceContent, without_blanks
from chalicelib.rules.forms.validation import refusal

UNIQUE_FIELDS = ("id_number", "passport_number")
"""Fields that identify a person: no value may occur twice in an application."""


def validate_submission(content: Mapping[str, Any], today: date, prefix: str = "") -> dict[str, Any]:
    """The content after all checks of a submission, as JSON values.

    Args:
        content: From a draft or a body; any part may be missing.
        today: The Chinese calendar day.
        prefix: The path of the content in the body with a final dot, for the paths of errors.

    Raises:
        Invalid: With all fields that are missing or wrong.
    """
    text = json.dumps(without_blanks(content), ensure_ascii=False)
    try:
        ready = ApplicationContent.model_validate_json(text, context={"today": today}).model_dump(mode="json")
    except ValidationError as error:
        raise refusal(error, prefix) from None
    _refuse_repeated_persons(ready["persons"], prefix)
    return ready


def validate_edit(content: Mapping[str, Any], apart: Iterable[Person], today: date) -> dict[str, Any]:
    """The corrected content of a group; persons with a status of their own are checked apart (docs/domain.md 1.6).

    The content has to repeat them unchanged: they are checked as of a day on which their passport was valid, so that
    nobody's correction depends on a person whom it cannot correct.

    Args:
        content: From a body; any part may be missing.
        apart: The persons with a status of their own, as stored.
        today: The Chinese calendar day.

    Raises:
        Invalid: With all fields that are missing or wrong.
    """
    sent = list(content.get("persons") or ())
    stored = {int(person.number[-2:]) - 1: person.content for person in apart}
    repeated = {at: kept for at, kept in stored.items() if at < len(sent)}
    others = [at for at in range(len(sent)) if at not in repeated]
    if not others:
        return validate_submission(content, today)
    try:
        ready = validate_submission({**content, "persons": [sent[at] for at in others]}, today)
    except Invalid as refused:
        raise Invalid([_at_its_place(error, others) for error in refused.errors]) from None
    persons = dict(zip(others, ready["persons"], strict=True))
    for at, kept in repeated.items():
        if without_blanks(sent[at]) == without_blanks({name: kept[name] for name in kept if name != DESTROYED}):
            persons[at] = dict(kept)  # Rules that are newer than its acceptance do not apply to it.
            continue
        if DESTROYED in kept:
            raise Invalid([FieldError(f"persons.{at}", "PERSON_ON_ITS_OWN")])
        valid_on = date.fromisoformat(kept["passport_expires_on"]) - timedelta(days=1)
        try:
            persons[at] = validate_person(sent[at], min(today, valid_on))
        except Invalid as refused:
            path = f"persons.{at}"
            raise Invalid([replace(error, field=f"{path}.{error.field}") for error in refused.errors]) from None
    ready["persons"] = [persons[at] for at in sorted(persons)]
    _refuse_repeated_persons(ready["persons"], "")
    return ready


def _at_its_place(error: FieldError, others: Sequence[int]) -> FieldError:
    """The error with the position of its person in the whole list."""
    first, *rest = error.field.split(".")
    if first != "persons" or not rest or not rest[0].isdigit():
        return error
    return replace(error, field=".".join((first, str(others[int(rest[0])]), *rest[1:])))


def _refuse_repeated_persons(persons: Sequence[Mapping[str, Any]], prefix: str) -> None:
    errors = []
    for field in UNIQUE_FIELDS:
        seen: set[str] = set()
        for index, person in enumerate(persons):
            value = person[field]
            if value and value in seen:  # persons whose data were destroyed have none
                errors.append(FieldError(f"{prefix}persons.{index}.{field}", "DUPLICATE_PERSON"))
            seen.add(value)
    if errors:
        raise Invalid(errors)


def refuse_duplicates(person: Mapping[str, Any], others: Sequence[Content]) -> None:
    """Check that no identifying number of a person or a follow-up content belongs to another person.

    Raises:
        Invalid: With the fields that another person has.
    """
    given = [name for name in UNIQUE_FIELDS if person.get(name) is not None]
    taken = {name: {other.get(name) for other in others} for name in given}
    errors = [FieldError(name, "DUPLICATE_PERSON") for name in given if person[name] in taken[name]]
    if errors:
        raise Invalid(errors)


def validate_person(content: Mapping[str, Any], today: date) -> dict[str, Any]:
    """The content of one person after all checks, as JSON values; raises as `validate_submission`."""
    text = json.dumps(without_blanks(content), ensure_ascii=False)
    try:
        return PersonContent.model_validate_json(text, context={"today": today}).model_dump(mode="json")
    except ValidationError as error:
        raise refusal(error) from None


def validate_service(form: ServiceContent, today: date) -> dict[str, Any]:
    """The content of a follow-up service after the checks against today; raises as `validate_submission`."""
    text = form.model_dump_json(include=set(ServiceContent.model_fields))
    try:
        return ServiceContent.model_validate_json(text, context={"today": today}).model_dump(mode="json")
    except ValidationError as error:
        raise refusal(error) from None


def split_content(content: Mapping[str, Any]) -> tuple[Content, list[Content]]:
    """The fields of the application itself, and the contents of its persons."""
    return {name: value for name, value in content.items() if name != "persons"}, list(content["persons"])


def attachment_ids(content: Mapping[str, Any]) -> list[str]:
    """The ids of all attachments that the content names."""
    persons = [attachment for person in content["persons"] for attachment in person["attachments"]]
    return [*content["attachments"], *persons]


def attachments_of(application: Application) -> list[str]:
    """The ids of all attachments that an application names: in its content, of its persons, and as payment voucher."""
    content = {**application.header.content, "persons": [person.content for person in application.persons]}
    return [*attachment_ids(content), *(application.payment.attachments if application.payment else ())]


def check_attachments(
    content: Mapping[str, Any],
    known: Mapping[str, Attachment],
    inspection: Mapping[str, UploadInspection],
    prefix: str = "",
    level: str | None = "all",
) -> None:
    """Check the attachments: owned, uploaded, of the announced type; and the office's checklist.

    Args:
        content: The validated content.
        known: The enterprise's attachments by id.
        inspection: The inspections of newly named uploads by id.
        prefix: As in `validate_submission`.
        level: The checklist to meet: `all`, `person`, or none (None).

    Raises:
        Invalid: With all attachments that fail, and all kinds that are missing.
    """
    office = OfficeCode(content.get("office", ""))
    errors = list(
        _attachment_errors(
            office, "group" if level == "all" else None, content["attachments"], known, inspection, prefix
        )
    )
    for index, person in enumerate(content["persons"]):
        path = f"{prefix}persons.{index}." if level == "all" else prefix
        checklist = None if DESTROYED in person else "person"
        errors += _attachment_errors(office, checklist, person["attachments"], known, inspection, path)
    if errors:
        raise Invalid(errors)


def warnings_on_files(content: Mapping[str, Any], inspection: Mapping[str, UploadInspection]) -> list[FieldError]:
    """The warnings on the inspected uploads."""
    paths = attachment_fields(content)
    return [warning for upload, found in inspection.items() for warning in warnings.on_file(paths[upload], found)]


def attachment_fields(content: Mapping[str, Any], prefix: str = "", level: str | None = "all") -> dict[str, str]:
    """The path of each attachment by its id; arguments as in `check_attachments`."""
    found = {upload: f"{prefix}attachments.{index}" for index, upload in enumerate(content["attachments"])}
    for position, person in enumerate(content["persons"]):
        path = f"{prefix}persons.{position}." if level == "all" else prefix
        found |= {upload: f"{path}attachments.{index}" for index, upload in enumerate(person["attachments"])}
    return found


def _attachment_errors(
    office: OfficeCode,
    level: str | None,
    ids: Iterable[str],
    known: Mapping[str, Attachment],
    inspection: Mapping[str, UploadInspection],
    prefix: str,
) -> Iterable[FieldError]:
    kinds = []
    for index, attachment_id in enumerate(ids):
        path = f"{prefix}attachments.{index}"
        attachment = known.get(attachment_id)
        if attachment is None:
            yield FieldError(path, "ATTACHMENT")
            continue
        kinds.append(attachment.kind)
        if (found := inspection.get(attachment_id)) is None:
            continue
        if code := found.refusal_as(attachment.kind):
            yield FieldError(path, code, {"kind": attachment.kind})
        else:
            yield from wrong_pixel_size(path, attachment.kind, found.size)
    if level is not None:
        yield from missing_kinds(office, level, kinds, f"{prefix}attachments")


def new_application(
    number: ApplicationNumber,
    enterprise_name: str,
    content: Mapping[str, Any],
    act: Act,
    remarks: Iterable[FieldError] = (),
) -> Application:
    """A new application in its first status, with the warnings on it; the submitting account is its creator (H13)."""
    group_content, persons = split_content(content)
    header = ApplicationHeader(
        number=number,
        service=Service.NEW_OR_RENEWAL,
        enterprise_id=act.actor.tenant,
        enterprise_name=enterprise_name,
        office=OfficeCode(content["office"]),
        creator_id=act.actor.id,
        creator_name=act.actor.display_name,
        creator_username=act.username,
        status=lifecycle.FIRST,
        status_since=act.at,
        status_by=act.actor_name,
        status_by_agent=act.agent_name,
        submitted_at=act.at,
        created_at=act.at,
        content=group_content,
        warnings=tuple(remarks),
        lookup_since=act.at,
    )
    application = with_content(header, group_content, persons)
    event = event_of(act, Action.SUBMIT, None, lifecycle.FIRST)
    return Application(application.header, application.persons, (event,))
