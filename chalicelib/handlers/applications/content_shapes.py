"""The content of drafts and applications as replies show it: the fields of the forms, any of them null.

A draft holds whatever its owner typed so far, in clear. An application holds checked values; personal ones are masked.
"""

import functools
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel

from chalicelib.handlers.applications import attachment_shapes
from chalicelib.handlers.applications.attachment_shapes import AttachmentShown, States
from chalicelib.handlers.http.formats import AttachmentKey, Date, Id, PersonId, Rows
from chalicelib.rules.base.vocabulary import EnterpriseId
from chalicelib.rules.forms.content import PassportKind, ReplaceCase, Sex


class DraftPersonShown(BaseModel):
    """人员 in a draft."""

    name: str | None
    surname_pinyin: str | None
    given_name_pinyin: str | None
    sex: str | None
    birth_date: str | None
    id_number: str | None
    passport_kind: str | None
    passport_number: str | None
    passport_issued_on: str | None
    passport_expires_on: str | None
    passport_place: str | None
    title: str | None
    title_en: str | None
    phone: str | None
    email: str | None
    first_time: bool | None
    previous_card_number: str | None
    previous_card_expires_on: str | None
    attachments: list[AttachmentShown]


class DraftPickupShown(BaseModel):
    """取卡方式 in a draft."""

    method: str | None
    point: str | None
    recipient: str | None
    phone: str | None
    address: str | None


class DraftContentShown(BaseModel):
    """The content of a draft."""

    group_name: str | None
    office: str | None
    contact: str | None
    contact_phone: str | None
    contact_email: str | None
    reason: str | None
    pickup: DraftPickupShown | None
    invoice_profile_id: str | None
    persons: list[DraftPersonShown]
    attachments: list[AttachmentShown]


class _Person(BaseModel):
    """The fields of a person of an application.

    Of a person whose data were destroyed `name` says so, `title` and `passport_number` are empty, all others null.
    """

    name: str
    surname_pinyin: str | None
    given_name_pinyin: str | None
    sex: Sex | None
    birth_date: str | None
    id_number: str | None
    passport_kind: PassportKind | None
    passport_number: str
    passport_issued_on: Date | None
    passport_expires_on: Date | None
    passport_place: str | None
    title: str
    title_en: str | None
    phone: str | None
    email: str | None
    first_time: bool | None
    previous_card_number: str | None
    previous_card_expires_on: Date | None


class PersonContentShown(_Person):
    """人员 in an application; `masked` of the reply names the fields that have a mask."""

    attachments: Rows[AttachmentShown]


class PersonCorrection(_Person):
    """人员 in clear, as a correction sends it back."""

    attachments: list[AttachmentKey]


class PickupShown(BaseModel):
    """取卡方式: at a point of the office, or by post to a recipient."""

    method: Literal["self", "post"]
    point: str | None
    recipient: str | None
    phone: str | None
    address: str | None


class _Group(BaseModel):
    """The fields of a new or renewal application."""

    group_name: str
    office: str
    contact: str
    contact_phone: str
    contact_email: str
    reason: str
    pickup: PickupShown
    invoice_profile_id: Id


class GroupContentShown(_Group):
    """The content of a new or renewal application."""

    persons: Rows[PersonContentShown]
    attachments: Rows[AttachmentShown]


class GroupCorrection(_Group):
    """The content of a new or renewal application in clear, as a correction sends it back."""

    persons: list[PersonCorrection]
    attachments: list[AttachmentKey]


class _Service(BaseModel):
    """The fields of a follow-up application, with the new passport if there is one."""

    reason: str
    case: ReplaceCase | None
    passport_kind: PassportKind | None
    passport_number: str | None
    passport_issued_on: Date | None
    passport_expires_on: Date | None
    passport_place: str | None


class ServiceContentShown(_Service):
    """The content of a follow-up application, with the person that it is about."""

    person_name: str
    person_number: PersonId
    title: str
    attachments: Rows[AttachmentShown]


class ServiceCorrection(_Service):
    """The content of a follow-up application in clear, as a correction sends it back."""

    attachments: list[AttachmentKey]


def filled[Model: BaseModel](model: type[Model], content: Mapping[str, Any], **more: Any) -> Model:
    """The model with the fields of a content that it has; those that the content has not are null."""
    return model(**{**_null(model), **content, **more})


@functools.cache
def _null(model: type[BaseModel]) -> Mapping[str, None]:
    """Every field of a model as null."""
    return dict.fromkeys(model.model_fields)


def draft(enterprise_id: EnterpriseId, content: Mapping[str, Any], states: States, language: str) -> DraftContentShown:
    """The content of a draft with its files."""

    def files(part: Mapping[str, Any]) -> list[AttachmentShown]:
        return attachment_shapes.drafted(enterprise_id, part.get("attachments") or (), states, language)

    pickup = content.get("pickup")
    return filled(
        DraftContentShown,
        content,
        pickup=None if pickup is None else filled(DraftPickupShown, pickup),
        persons=[
            filled(DraftPersonShown, person, attachments=files(person)) for person in content.get("persons") or ()
        ],
        attachments=files(content),
    )


def person(content: Mapping[str, Any], language: str) -> dict[str, Any]:
    """The fields of `PersonContentShown`: one person of an application, masked or not, with its files."""
    shown = {name: content.get(name) for name in _null(PersonContentShown)}
    shown["attachments"] = attachment_shapes.accepted(content["attachments"], language)
    return shown


def group(content: Mapping[str, Any], persons: list[dict[str, Any]], language: str) -> GroupContentShown:
    """The content of a new or renewal application with its files; `persons` as `person` gives them."""
    files = attachment_shapes.accepted(content["attachments"], language)
    pickup = filled(PickupShown, content["pickup"])
    return filled(GroupContentShown, content, pickup=pickup, persons=persons, attachments=files)


def service(content: Mapping[str, Any], language: str) -> ServiceContentShown:
    """The content of a follow-up application, masked or not, with its files."""
    files = attachment_shapes.accepted(content["attachments"], language)
    return filled(ServiceContentShown, content, attachments=files)


def correction(content: Mapping[str, Any]) -> GroupCorrection | ServiceCorrection:
    """The content of an application in clear; attachments are ids, as requests name them."""
    if "persons" not in content:
        return filled(ServiceCorrection, content)
    persons = [filled(PersonCorrection, person) for person in content["persons"]]
    return filled(GroupCorrection, content, persons=persons, pickup=filled(PickupShown, content["pickup"]))
