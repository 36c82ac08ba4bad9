"""The content of an application as its enterprise corrects and copies it: in clear (docs/domain.md 5.6, 9)."""

from collections.abc import Iterable, Mapping
from typing import Any

from chalicelib.rules.applications.applications import Application, ApplicationHeader, Content, Person, current_of
from chalicelib.rules.base.errors import OperationInvalid
from chalicelib.rules.base.vocabulary import Service
from chalicelib.rules.forms.content import (
    ApplicationContent,
    DraftContent,
    DraftPerson,
    DraftPickup,
    PersonContent,
    ServiceContent,
)

LETTERS = frozenset({"application_letter", "undertaking"})
"""Kinds of attachment that are written for one application and name its persons."""

PASSPORT_PAGE = "passport_page"


def correctable(application: Application) -> dict[str, Any]:
    """The content in the form in which a correction sends it back: that of a group, or of a follow-up service."""
    header = application.header
    if header.service is not Service.NEW_OR_RENEWAL:
        return _fields(header.content, ServiceContent.model_fields)
    persons = [_fields(person.content, PersonContent.model_fields) for person in application.persons]
    return {**_fields(header.content, ApplicationContent.model_fields), "persons": persons}


def copied(application: Application) -> dict[str, Any]:
    """The content of a draft for another application like this one, with all its persons and files.

    Persons whose data were destroyed are left out.

    Raises:
        OperationInvalid: It is a follow-up application, which has no drafts.
    """
    if application.header.service is not Service.NEW_OR_RENEWAL:
        raise OperationInvalid(application.header.current)
    persons = [_draft_person(person.content) for person in application.persons if not person.destroyed]
    return _draft_group(application.header.content) | {"persons": persons}


def renewed(
    header: ApplicationHeader, person: Person, follow_ups: Iterable[ApplicationHeader], kinds: Mapping[str, str]
) -> dict[str, Any]:
    """The content of a draft for the renewal of a person's card.

    The card becomes the previous card. Reason and name of the group, and the letters, are of the earlier application
    and are left out. A passport that a follow-up application has changed comes with the page of that application.

    Args:
        header: Of the person's application.
        person: The holder.
        follow_ups: The follow-up applications about the person that the reader may see, oldest first.
        kinds: The kind of each attachment by its id.

    Raises:
        OperationInvalid: The person has had no card.
    """
    card = person.card
    if card is None:
        raise OperationInvalid(current_of(person, header))
    group = _draft_group(header.content)
    letters = {upload for upload in group["attachments"] if kinds.get(upload) in LETTERS}
    holder = _draft_person(person.content) | {
        "first_time": False,
        "previous_card_number": card.number,
        "previous_card_expires_on": card.valid_until,
        "attachments": _files_of_holder(person, follow_ups, kinds),
    }
    return group | {
        "group_name": None,
        "reason": None,
        "attachments": [upload for upload in group["attachments"] if upload not in letters],
        "persons": [holder],
    }


def _files_of_holder(person: Person, follow_ups: Iterable[ApplicationHeader], kinds: Mapping[str, str]) -> list[str]:
    """The files of the person, with the pages of the present passport, or without any if they are not known."""
    files: list[str] = list(person.content["attachments"])
    number, seen = person.content["passport_number"], list(follow_ups)
    changes = [header.content for header in seen if header.content.get("passport_number") == number]
    if not changes and len(seen) == len(person.follow_ups):
        return files
    pages = [
        upload for change in changes[-1:] for upload in change["attachments"] if kinds.get(upload) == PASSPORT_PAGE
    ]
    return [*(upload for upload in files if kinds.get(upload) != PASSPORT_PAGE), *pages]


def _draft_group(content: Content) -> dict[str, Any]:
    pickup = DraftPickup().model_dump() | _fields(content["pickup"], DraftPickup.model_fields)
    return DraftContent().model_dump() | _fields(content, DraftContent.model_fields) | {"pickup": pickup}


def _draft_person(content: Content) -> dict[str, Any]:
    return DraftPerson().model_dump() | _fields(content, DraftPerson.model_fields)


def _fields(content: Content, names: Iterable[str]) -> dict[str, Any]:
    return {name: content[name] for name in names if name in content}
