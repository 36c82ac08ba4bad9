"""提交: from what was filled in to an application, complete and checked, or every field that is not."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from pydantic import ValidationError

from chalicelib.rules.accounts.acts import Act
from chalicelib.rules.applications import lifecycle, warnings
from chalicelib.rules.applications.applications import Application, ApplicationHeader, Content, event_of
from chalicelib.rules.applications.transitions import with_content
from chalicelib.rules.base.errors import FieldError, Invalid
from chalicelib.rules.base.vocabulary import Action, ApplicationNumber, OfficeCode, Service
from chalicelib.rules.files.attachments import Attachment, UploadInspection, missing_kinds, wrong_pixel_size
from chalicelib.rules.forms.content import ApplicationContent, PersonContent, ServiceContent, without_blanks
from chalicelib.rules.forms.validation import refusal

NOBODY_TWICE = ("id_number", "passport_number")
"""By what one person is known: none of these twice in a group."""


def validate_submission(content: Mapping[str, Any], today: date, prefix: str = "") -> dict[str, Any]:
    """The content with every rule of a submission checked; JSON values.

    Args:
        content: of a draft or a body, any part missing.
        today: the Chinese calendar day; passports go by it.
        prefix: where in the body the content lies, for the paths of errors.

    Raises:
        Invalid: with every field that is missing or wrong.

    """
    text = json.dumps(without_blanks(content), ensure_ascii=False)
    try:
        ready = ApplicationContent.model_validate_json(text, context={"today": today}).model_dump(mode="json")
    except ValidationError as error:
        raise refusal(error, prefix) from None
    _nobody_twice(ready["persons"], prefix)
    return ready


def _nobody_twice(persons: Sequence[Mapping[str, Any]], prefix: str) -> None:
    errors = []
    for field in NOBODY_TWICE:
        seen: set[str] = set()
        for index, person in enumerate(persons):
            if person[field] in seen:
                errors.append(FieldError(f"{prefix}persons.{index}.{field}", "DUPLICATE_PERSON"))
            seen.add(person[field])
    if errors:
        raise Invalid(errors)


def refuse_duplicates(person: Mapping[str, Any], others: Sequence[Content]) -> None:
    """What a person, or a service for one, says is nobody else's of the group; `Invalid` with what is theirs."""
    given = [name for name in NOBODY_TWICE if person.get(name) is not None]
    taken = {name: {other.get(name) for other in others} for name in given}
    errors = [FieldError(name, "DUPLICATE_PERSON") for name in given if person[name] in taken[name]]
    if errors:
        raise Invalid(errors)


def validate_person(content: Mapping[str, Any], today: date) -> dict[str, Any]:
    """One person's content with every rule checked; JSON values. Raises as `complete` does."""
    text = json.dumps(without_blanks(content), ensure_ascii=False)
    try:
        return PersonContent.model_validate_json(text, context={"today": today}).model_dump(mode="json")
    except ValidationError as error:
        raise refusal(error) from None


def validate_service(form: ServiceContent, today: date) -> dict[str, Any]:
    """A follow-up service's content with the rules checked that go by the day; JSON values. Raises as `complete`."""
    text = form.model_dump_json(include=set(ServiceContent.model_fields))
    try:
        return ServiceContent.model_validate_json(text, context={"today": today}).model_dump(mode="json")
    except ValidationError as error:
        raise refusal(error) from None


def split_content(content: Mapping[str, Any]) -> tuple[Content, list[Content]]:
    """The group's own fields, and its persons."""
    return {name: value for name, value in content.items() if name != "persons"}, list(content["persons"])


def attachment_ids(content: Mapping[str, Any]) -> list[str]:
    """Every attachment that the content names."""
    persons = [attachment for person in content["persons"] for attachment in person["attachments"]]
    return [*content["attachments"], *persons]


def check_attachments(
    content: Mapping[str, Any],
    known: Mapping[str, Attachment],
    inspection: Mapping[str, UploadInspection],
    prefix: str = "",
    level: str | None = "all",
) -> None:
    """Every attachment is the enterprise's own, uploaded, of the type it says, and the office's checklist is met.

    Args:
        content: complete.
        known: by id, those that were given to this enterprise.
        looked: by id, what a look at each newly named file found.
        prefix: as in `complete`.
        level: whose checklist must be met: `all`, `person`, or nobody's (None).

    Raises:
        Invalid: with every attachment that is not, and every kind that is missing.

    """
    office = OfficeCode(content.get("office", ""))
    errors = list(
        _of_holder(office, "group" if level == "all" else None, content["attachments"], known, inspection, prefix)
    )
    for index, person in enumerate(content["persons"]):
        at = f"{prefix}persons.{index}." if level == "all" else prefix
        errors += _of_holder(office, "person", person["attachments"], known, inspection, at)
    if errors:
        raise Invalid(errors)


def warnings_on_files(content: Mapping[str, Any], inspection: Mapping[str, UploadInspection]) -> list[FieldError]:
    """What is worth a second look in the files that were looked at."""
    at = attachment_fields(content)
    return [warning for each, found in inspection.items() for warning in warnings.on_file(at[each], found)]


def attachment_fields(content: Mapping[str, Any], prefix: str = "", level: str | None = "all") -> dict[str, str]:
    """Where each attachment is named, by its id; arguments as of `check_attachments`."""
    found = {each: f"{prefix}attachments.{index}" for index, each in enumerate(content["attachments"])}
    for position, person in enumerate(content["persons"]):
        at = f"{prefix}persons.{position}." if level == "all" else prefix
        found |= {each: f"{at}attachments.{index}" for index, each in enumerate(person["attachments"])}
    return found


def _of_holder(
    office: OfficeCode,
    level: str | None,
    ids: Iterable[str],
    known: Mapping[str, Attachment],
    inspection: Mapping[str, UploadInspection],
    prefix: str,
) -> Iterable[FieldError]:
    kinds = []
    for index, attachment_id in enumerate(ids):
        at = f"{prefix}attachments.{index}"
        attachment = known.get(attachment_id)
        if attachment is None:
            yield FieldError(at, "ATTACHMENT")
            continue
        kinds.append(attachment.kind)
        if (found := inspection.get(attachment_id)) is not None and not found.fits:
            yield FieldError(at, "ATTACHMENT_CONTENT" if found.uploaded else "ATTACHMENT_NOT_UPLOADED")
        elif found is not None:
            yield from wrong_pixel_size(at, attachment.kind, found.size)
    if level is not None:
        yield from missing_kinds(office, level, kinds, f"{prefix}attachments")


def new_application(
    number: ApplicationNumber, enterprise_name: str, content: Mapping[str, Any], act: Act
) -> Application:
    """A new application at its first desk, created by whoever submits it (H13)."""
    group_content, persons = split_content(content)
    header = ApplicationHeader(
        number=number,
        service=Service.NEW_OR_RENEWAL,
        enterprise_id=act.actor.tenant,
        enterprise_name=enterprise_name,
        office=OfficeCode(content["office"]),
        creator_id=act.actor.id,
        creator_name=act.actor.display_name,
        status=lifecycle.FIRST,
        status_since=act.at,
        status_by=act.actor_name,
        submitted_at=act.at,
        created_at=act.at,
        content=group_content,
    )
    application = with_content(header, group_content, persons)
    event = event_of(act, Action.SUBMIT, None, lifecycle.FIRST)
    return Application(application.header, application.persons, (event,))
