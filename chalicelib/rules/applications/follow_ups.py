"""The four follow-up services: application, and effect on the person (docs/domain.md 2.2-2.5).

提前制卡, 换补卡 (four cases), 未制卡仅更换护照, 注销卡: each is an application of its own with its own number.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from chalicelib import data
from chalicelib.rules.accounts.acts import Act
from chalicelib.rules.applications import lifecycle
from chalicelib.rules.applications.applications import (
    Application,
    ApplicationHeader,
    Person,
    current_of,
    event_of,
    status_version_of,
)
from chalicelib.rules.applications.services import available_services, has_reached_limit
from chalicelib.rules.applications.transitions import with_own_status
from chalicelib.rules.base.errors import FieldError, FollowUpLimit, Invalid, OperationInvalid
from chalicelib.rules.base.vocabulary import Action, ApplicationNumber, Service, Status
from chalicelib.rules.files.attachments import kind_of

PASSPORT_FIELDS = (
    "passport_kind",
    "passport_number",
    "passport_issued_on",
    "passport_expires_on",
    "passport_place",
)


def apply_for_service(  # noqa: PLR0913, PLR0917  independent inputs of one decision
    number: ApplicationNumber,
    application: Application,
    person: Person,
    service: Service,
    content: Mapping[str, Any],
    act: Act,
    seen: int,
    today: date,
) -> tuple[Application, Person]:
    """A new follow-up application, and the person with that service under way.

    Args:
        number: Number of the new application.
        application: The person's 新办/续办 application.
        person: The person that the service is for.
        service: The service.
        content: The validated content.
        act: Who applies.
        seen: The person's `status_version` as the client saw it.
        today: The Chinese calendar day.

    Raises:
        OperationInvalid: The status has changed, or the service is not available to the person now.
        FollowUpLimit: The person has had as many follow-up applications as one person may have.
        Invalid: The content does not fit this person.
    """
    stale = seen != status_version_of(person, application.header)
    if not stale and has_reached_limit(person):
        raise FollowUpLimit
    if stale or service not in available_services(person, today):
        raise OperationInvalid(current_of(person, application.header))
    _check_against(person, content)
    origin = application.header
    header = ApplicationHeader(
        number=number,
        service=service,
        enterprise_id=origin.enterprise_id,
        enterprise_name=origin.enterprise_name,
        office=origin.office,
        creator_id=act.actor.id,
        creator_name=act.actor.display_name,
        creator_username=act.username,
        status=lifecycle.FIRST,
        status_since=act.at,
        status_by=act.actor_name,
        status_by_agent=act.agent_name,
        submitted_at=act.at,
        created_at=act.at,
        content={
            "person_name": person.content["name"],
            "person_number": person.number,
            "title": person.content["title"],
            "current_passport_number": person.content["passport_number"],
            **content,
        },
    )
    event = event_of(act, Action.SUBMIT, None, lifecycle.FIRST, person_number=person.number)
    busy = replace(_with_open(header, person), follow_ups=(*person.follow_ups, number))
    return Application(header, (), (event,)), busy


def check_case(service: Service, content: Mapping[str, Any]) -> None:
    """Check the requirements of a service: a new passport needs all its fields, and only 换补卡 has a case.

    The case is optional: passport fields imply a new passport (docs/domain.md 2.3).

    Raises:
        Invalid: With all fields that are missing or not allowed.
    """
    errors = []
    case = content.get("case")
    if case is not None and service is not Service.REPLACE_CARD:
        errors.append(FieldError("case", "extra_forbidden"))
    implied = service is Service.REPLACE_CARD and case is None and content.get("passport_number") is not None
    if service is Service.CHANGE_PASSPORT or case == "new_passport" or implied:
        errors += [FieldError(name, "missing") for name in PASSPORT_FIELDS if content.get(name) is None]
    elif any(content.get(name) is not None for name in PASSPORT_FIELDS):
        errors += [FieldError(name, "extra_forbidden") for name in PASSPORT_FIELDS if content.get(name) is not None]
    if errors:
        raise Invalid(errors)


def warnings_on_files(service: Service, content: Mapping[str, Any], office: str) -> list[FieldError]:
    """Warnings on the kinds of attachment that the office wants with this service and that are missing."""
    wanted = checklist(service, content, office)
    given = {kind_of(upload) for upload in content["attachments"]}
    return [
        FieldError("attachments", "FILE_WANTED", {"kind": kind})
        for kind in (wanted.kinds if wanted else ())
        if kind not in given
    ]


def check_edit(service: Service, person: Person, content: Mapping[str, Any]) -> None:
    """Check the corrected content of a follow-up application, as on application; raises as `check_case`."""
    check_case(service, content)
    _check_against(person, content)


def _check_against(person: Person, content: Mapping[str, Any]) -> None:
    """Refuse an unchanged or impossible passport, and `more_economies` for a card that is not early."""
    errors = []
    if content.get("passport_number") == person.content["passport_number"]:
        errors.append(FieldError("passport_number", "PASSPORT_SAME"))
    if (issued := content.get("passport_issued_on")) is not None and issued < person.content["birth_date"]:
        errors.append(FieldError("passport_issued_on", "PASSPORT_BEFORE_BIRTH"))
    if content.get("case") == "more_economies" and not (person.card and person.card.early):
        errors.append(FieldError("case", "CASE_MORE_ECONOMIES"))
    if errors:
        raise Invalid(errors)


def apply_outcome(header: ApplicationHeader, person: Person, act: Act) -> Person:
    """The person after its follow-up application has changed to its present status."""
    if header.status not in lifecycle.CLOSED and header.status is not Status.CONSULAR_APPROVED:
        return person
    after = _with_result(header, person, act)
    if header.status in lifecycle.CLOSED:
        after = freed(person, after)
    return replace(after, version=person.version + 1)


def resumed(header: ApplicationHeader, origin: ApplicationHeader, person: Person, today: date) -> Person:
    """The person with a follow-up application under way again that was rejected in error.

    Args:
        header: Of the follow-up application.
        origin: Of the person's application.
        person: The person that the service is for.
        today: The Chinese calendar day.

    Raises:
        OperationInvalid: Another service is under way, or this one is no longer available to the person.
    """
    # It is among the person's applications already: the limit on their number does not stop it.
    if header.service not in available_services(replace(person, follow_ups=()), today):
        raise OperationInvalid(current_of(person, origin))
    return _with_open(header, person)


def _with_open(header: ApplicationHeader, person: Person) -> Person:
    """The person with this follow-up application under way."""
    return replace(person, open_service=header.number, open_service_kind=header.service, version=person.version + 1)


def freed(before: Person, after: Person) -> Person:
    """The person without a service under way; the new status version makes actions on older pages invalid."""
    return replace(after, open_service=None, open_service_kind=None, status_version=before.status_version + 1)


def _with_result(header: ApplicationHeader, person: Person, act: Act) -> Person:
    if header.service is Service.CHANGE_PASSPORT and header.status is Status.DONE:
        return with_passport(header, person)
    if header.service is Service.CANCEL_CARD and header.status is Status.DONE:
        return with_cancelled_card(person, act)
    return person


def with_passport(header: ApplicationHeader, person: Person) -> Person:
    """The person with the new passport of the follow-up application, if it has one."""
    if header.content.get("passport_number") is None:
        return person
    changes = {name: header.content[name] for name in PASSPORT_FIELDS}
    files = _renewed_files(header, person)
    return replace(person, content={**person.content, **changes, "attachments": files})


def checklist(service: Service, content: Mapping[str, Any], office: str) -> data.ServiceChecklist | None:
    """What the office wants with this service; passport fields without a case mean a new passport."""
    case = content.get("case")
    if service is Service.REPLACE_CARD and case is None and content.get("passport_number") is not None:
        case = "new_passport"
    return data.service_checklist(service, case, office)


def _renewed_files(header: ApplicationHeader, person: Person) -> list[str]:
    """The person's files with those of the service in place of the ones that it makes out of date."""
    found = checklist(header.service, header.content, header.office)
    renewed = found.renews if found else ()
    kept = [upload for upload in person.content["attachments"] if kind_of(upload) not in renewed]
    new = [upload for upload in header.content["attachments"] if kind_of(upload) in renewed]
    return [*kept, *(upload for upload in new if upload not in kept)]


def with_cancelled_card(person: Person, act: Act) -> Person:
    """The person with its card cancelled; with an early card the application goes on."""
    card = replace(person.card, cancelled=True) if person.card else None
    if person.own_status in lifecycle.CARDS:
        return replace(with_own_status(person, Status.CANCELLED, act), card=card)
    return replace(person, card=card)
