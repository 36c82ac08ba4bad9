"""The content of applications, follow-up services and drafts (docs/domain.md 2.3, 3.4, 3.5, 4).

A draft has the same fields, any of them missing.
"""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BeforeValidator, Field, StringConstraints, ValidationError, ValidationInfo, model_validator
from pydantic import field_validator as checks

from chalicelib.rules.base import limits, masks
from chalicelib.rules.base.errors import FieldError, Invalid
from chalicelib.rules.base.months import add_months
from chalicelib.rules.base.vocabulary import Service
from chalicelib.rules.forms.fields import (
    NOT_MAINLAND,
    PASSPORTS,
    CalendarDay,
    Email,
    Identifier,
    MainlandId,
    Mobile,
    Office,
    PassportNumber,
    Phone,
    Pinyin,
    PreviousCard,
    paragraphs,
    person_name,
    refuse,
    text,
)
from chalicelib.rules.forms.form import Form

MASKED = ("id_number", "birth_date", "passport_number", "phone", "email", "previous_card_number")
"""Fields of a person that replies can show masked (`masks.MASKED_FOR`), so that a mask is refused as a value."""


class Sex(StrEnum):
    """性别, as in the passport."""

    MALE = "male"
    FEMALE = "female"


class PassportKind(StrEnum):
    """护照种类: 普通, 公务普通, 公务."""

    ORDINARY = "ordinary"
    PUBLIC_AFFAIRS = "public_affairs"
    SERVICE = "service"


SEX_LABELS = {"男": Sex.MALE, "女": Sex.FEMALE, "M": Sex.MALE, "F": Sex.FEMALE}
PASSPORT_LABELS = {
    "普通护照": PassportKind.ORDINARY,
    "公务普通护照": PassportKind.PUBLIC_AFFAIRS,
    "公务护照": PassportKind.SERVICE,
}


def _from_label(labels: Mapping[str, StrEnum]) -> BeforeValidator:
    """Accept the printed label as well as the code."""
    return BeforeValidator(lambda value: labels.get(value, value) if isinstance(value, str) else value)


def _bare_id(value: Any) -> Any:
    """Accept an attachment as in replies ({id, kind}) as well as its id."""
    return value["id"] if type(value) is not str and isinstance(value, Mapping) and "id" in value else value


AttachmentId = Annotated[Identifier, BeforeValidator(_bare_id)]
Attachments = Annotated[list[AttachmentId], Field(max_length=limits.MAX_ATTACHMENTS)]


class PassportChecks(Form):
    """Checks of a passport. `passport_kind` must be declared before the number."""

    @checks("passport_number", check_fields=False)
    @classmethod
    def _passport_fits_its_kind(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is None:
            return None
        kind = info.data.get("passport_kind")
        if kind and PASSPORTS[kind].fullmatch(value):
            return value
        if any(pattern.fullmatch(value) for pattern in PASSPORTS.values()):
            raise refuse("PASSPORT_KIND")
        raise refuse("PASSPORT_NOT_MAINLAND" if NOT_MAINLAND.fullmatch(value) else "PASSPORT_NUMBER")

    @checks("passport_issued_on", check_fields=False)
    @classmethod
    def _issued_before_today(cls, value: date | None, info: ValidationInfo) -> date | None:
        if value and info.context and value > info.context["today"]:
            raise refuse("PASSPORT_ISSUED_LATER")
        if value and (born := info.data.get("birth_date")) and value < born:
            raise refuse("PASSPORT_BEFORE_BIRTH")
        return value

    @checks("passport_expires_on", check_fields=False)
    @classmethod
    def _not_expired(cls, value: date | None, info: ValidationInfo) -> date | None:
        if value and info.context and value <= info.context["today"]:
            raise refuse("PASSPORT_EXPIRED")
        issued = info.data.get("passport_issued_on")
        if value and issued and value > add_months(issued, limits.PASSPORT_YEARS * 12):
            raise refuse("PASSPORT_YEARS", years=limits.PASSPORT_YEARS)
        return value


class PersonContent(PassportChecks):
    """人员: one traveller, as in the passport. Validation needs `today` in the context."""

    name: person_name(2, 50)  # type: ignore[valid-type]
    surname_pinyin: Pinyin | None = None
    given_name_pinyin: Annotated[Pinyin | None, Field(validate_default=True)] = None
    """At least one of the two: some passports have one part only."""
    sex: Annotated[Sex, _from_label(SEX_LABELS)]
    birth_date: CalendarDay
    id_number: MainlandId
    passport_kind: Annotated[PassportKind, _from_label(PASSPORT_LABELS)]
    passport_number: PassportNumber
    passport_issued_on: CalendarDay
    passport_expires_on: CalendarDay
    passport_place: text(1, 50)  # type: ignore[valid-type]
    title: text(2, 20)  # type: ignore[valid-type]
    title_en: text(1, 60) | None = None  # type: ignore[valid-type]
    phone: Mobile
    email: Email
    first_time: bool
    previous_card_number: PreviousCard | None = None
    previous_card_expires_on: CalendarDay | None = None
    attachments: Attachments = Field(default=[])

    @checks("given_name_pinyin")
    @classmethod
    def _one_part_of_the_name(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is None and info.data.get("surname_pinyin", "") is None:
            raise refuse("PINYIN_MISSING")
        return value

    @checks("birth_date")
    @classmethod
    def _born_before_today(cls, value: date, info: ValidationInfo) -> date:
        if info.context and value >= info.context["today"]:
            raise refuse("BIRTH_DATE")
        return value

    @checks("id_number")
    @classmethod
    def _id_tells_birth_and_sex(cls, value: str, info: ValidationInfo) -> str:
        born, sex = info.data.get("birth_date"), info.data.get("sex")
        if born and value[6:14] != born.strftime("%Y%m%d"):
            raise refuse("ID_NUMBER_BIRTH_DATE")
        if sex and (int(value[16]) % 2 == 1) != (sex is Sex.MALE):
            raise refuse("ID_NUMBER_SEX")
        return value

    @model_validator(mode="after")
    def _renewal_names_its_card(self) -> Self:
        if not self.first_time and (self.previous_card_number is None or self.previous_card_expires_on is None):
            raise refuse("PREVIOUS_CARD")
        return self


class SelfPickup(Form):
    """取卡方式 自取: at a 代办点."""

    method: Literal["self"]
    point: text(1, 100) | None = None  # type: ignore[valid-type]


class PostPickup(Form):
    """取卡方式 邮寄."""

    method: Literal["post"]
    recipient: person_name(2, 50)  # type: ignore[valid-type]
    phone: Phone
    address: text(5, 200)  # type: ignore[valid-type]


class ApplicationContent(Form):
    """团组: a submitted application with 1 to 90 persons."""

    group_name: text(2, 50)  # type: ignore[valid-type]
    office: Office
    contact: person_name(2, 50)  # type: ignore[valid-type]
    contact_phone: Phone
    contact_email: Email
    reason: paragraphs(10, 500)  # type: ignore[valid-type]
    pickup: Annotated[SelfPickup | PostPickup, Field(discriminator="method")]
    invoice_profile_id: Identifier
    persons: Annotated[list[PersonContent], Field(min_length=1, max_length=limits.MAX_PERSONS)]
    attachments: Attachments = Field(default=[])


FollowUp = Literal[Service.EARLY_CARD, Service.REPLACE_CARD, Service.CHANGE_PASSPORT, Service.CANCEL_CARD]
"""子业务: the services for one person (L05)."""


class ReplaceCase(StrEnum):
    """换补卡: why another card is needed (docs/domain.md 2.3)."""

    NEW_PASSPORT = "new_passport"
    DAMAGED = "damaged"
    MORE_ECONOMIES = "more_economies"
    LOST = "lost"


class ServiceContent(PassportChecks):
    """The content of a follow-up application, with the new passport if there is one."""

    reason: paragraphs(2, 500)  # type: ignore[valid-type]
    case: ReplaceCase | None = None
    passport_kind: Annotated[PassportKind, _from_label(PASSPORT_LABELS)] | None = None
    passport_number: PassportNumber | None = None
    passport_issued_on: CalendarDay | None = None
    passport_expires_on: CalendarDay | None = None
    passport_place: text(1, 50) | None = None  # type: ignore[valid-type]
    attachments: Attachments = Field(default=[])


class ServiceForm(ServiceContent):
    """申请子业务 for one person: the service, and the status version that the client saw (H12)."""

    service: FollowUp
    status_version: Annotated[int, Field(ge=1)]


DraftText = Annotated[str, StringConstraints(max_length=500)] | None
"""Any text of a draft; only its length is checked."""


class DraftPerson(Form):
    """人员 in a draft."""

    titles: ClassVar[str] = "persons"

    name: DraftText = None
    surname_pinyin: DraftText = None
    given_name_pinyin: DraftText = None
    sex: DraftText = None
    birth_date: DraftText = None
    id_number: DraftText = None
    passport_kind: DraftText = None
    passport_number: DraftText = None
    passport_issued_on: DraftText = None
    passport_expires_on: DraftText = None
    passport_place: DraftText = None
    title: DraftText = None
    title_en: DraftText = None
    phone: DraftText = None
    email: DraftText = None
    first_time: bool | None = None
    previous_card_number: DraftText = None
    previous_card_expires_on: DraftText = None
    attachments: Attachments = Field(default=[])


class DraftPickup(Form):
    """取卡方式 in a draft."""

    method: DraftText = None
    point: DraftText = None
    recipient: DraftText = None
    phone: DraftText = None
    address: DraftText = None


class DraftContent(Form):
    """草稿: the fields of `ApplicationContent`, any of them missing (F08)."""

    titles: ClassVar[str] = "content"

    group_name: DraftText = None
    office: DraftText = None
    contact: DraftText = None
    contact_phone: DraftText = None
    contact_email: DraftText = None
    reason: DraftText = None
    pickup: DraftPickup | None = None
    invoice_profile_id: DraftText = None
    persons: Annotated[list[DraftPerson], Field(max_length=limits.MAX_PERSONS)] = Field(default=[])
    attachments: Attachments = Field(default=[])


def without_blanks(content: Mapping[str, Any]) -> dict[str, Any]:
    """The content without empty fields (null, empty text), as it is submitted."""
    return {field: _without_blanks_in(value) for field, value in content.items() if value is not None and value != ""}


def _without_blanks_in(value: Any) -> Any:
    if isinstance(value, Mapping):
        return without_blanks(value)
    if isinstance(value, list):
        return [_without_blanks_in(entry) for entry in value]
    return value


def draftable(person: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of an imported person that a draft accepts."""
    try:
        DraftPerson.model_validate(person)
        refused = set()
    except ValidationError as error:
        refused = {detail["loc"][0] for detail in error.errors(include_url=False, include_input=False)}
    return {
        name: value
        for name, value in person.items()
        if name not in refused and not (name in MASKED and masks.is_masked(str(value)))
    }


def refuse_masked(content: DraftContent) -> None:
    """Refuse masked values, because saving them would overwrite the real ones.

    Raises:
        Invalid: With the path of each such field.
    """
    errors = [
        FieldError(f"persons.{index}.{field}", "MASKED_VALUE")
        for index, person in enumerate(content.persons)
        for field in MASKED
        if masks.is_masked(getattr(person, field) or "")
    ]
    if errors:
        raise Invalid(errors)
