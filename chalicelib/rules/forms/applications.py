"""Request bodies about applications: uploads, submission, lists, reviews, decisions of economies, cards."""

from datetime import date
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Field, StringConstraints, ValidationInfo
from pydantic import field_validator as checks
from pydantic_core import PydanticKnownError

from chalicelib.rules.base import limits
from chalicelib.rules.base.vocabulary import Decision, Service, Status
from chalicelib.rules.forms.content import AttachmentId, DraftContent, FollowUp
from chalicelib.rules.forms.field_paths import FieldPath
from chalicelib.rules.forms.fields import (
    CalendarDay,
    CardNumber,
    Day,
    ForeignNumber,
    Identifier,
    paragraphs,
    refuse,
    text,
    written,
)
from chalicelib.rules.forms.form import Cursor, Form, Limit, RowOf
from chalicelib.rules.values import codes, names

StatusVersion = Annotated[int, Field(ge=1)]
PaymentVersion = Annotated[int, Field(ge=0)]
AnyNumber = Annotated[Identifier, written(codes.normalise)]
"""The number of an application or person, in the spelling of the sheet from which it was copied."""
SearchText = Annotated[str, StringConstraints(strip_whitespace=True, max_length=50)] | None
SearchName = Annotated[str, StringConstraints(max_length=50), written(names.normalise)] | None
"""The beginning of a person's name, in the stored form of names."""


OFFICERS_BEGINNING = 2
"""Characters of a name that officers give at least (docs/decisions/0046)."""


def _not_one_character(value: str | None) -> str | None:
    if value and len(value) < OFFICERS_BEGINNING:
        raise PydanticKnownError("string_too_short", {"min_length": OFFICERS_BEGINNING})
    return value


class AttachmentForm(Form):
    """A file about to be uploaded."""

    kind: Identifier
    filename: text(1, 200)  # type: ignore[valid-type]
    content_type: Identifier
    size: Annotated[int, Field(ge=1)]


class AttachmentList(Form):
    """Attachments whose states are asked for."""

    attachments: Annotated[list[Identifier], Field(min_length=1, max_length=limits.STATES_ASKED)]


class Submission(Form):
    """Submit a draft, or content given here: exactly one of the two."""

    titles: ClassVar[str] = DraftContent.titles

    draft_id: Identifier | None = None
    content: DraftContent | None = None


class Search(Form):
    """Lists of applications, filters combined (L03, L04, L10, H20)."""

    service: Service
    number: SearchText = None
    applicant: SearchName = None
    status: Status | None = None
    passport_number: SearchText = None
    available_service: FollowUp | None = None
    agent_id: SearchText = None
    limit: Limit = limits.PAGE_DEFAULT
    cursor: Cursor | None = None


class OfficeSearch(Form):
    """Filters of an officer's list, combined; without any, what waits at the officer's desk (docs/domain.md 10.1)."""

    service: Service | None = None
    status: Status | None = None
    number: SearchText = None
    applicant: Annotated[SearchName, AfterValidator(_not_one_character)] = None
    passport_number: SearchText = None
    enterprise_id: SearchText = None
    uscc: SearchText = None
    enterprise: Annotated[SearchText, AfterValidator(_not_one_character)] = None
    submitted_from: CalendarDay | None = None
    submitted_to: CalendarDay | None = None
    waiting_longer_than: Annotated[int, Field(ge=0, le=3650)] | None = None
    order: Literal["oldest", "newest"] = "oldest"
    limit: Limit = limits.PAGE_DEFAULT
    cursor: Cursor | None = None

    @checks("submitted_to")
    @classmethod
    def _not_before_the_first(cls, value: date | None, info: ValidationInfo) -> date | None:
        first = info.data.get("submitted_from")
        if value and first and value < first:
            raise refuse("greater_than_equal", ge=first.isoformat())
        return value


class StatusAction(Form):
    """An action with only the status version that the client saw (H12)."""

    status_version: StatusVersion


class Review(Form):
    """An officer's decision on an application or person; a reason is required unless it passes.

    `reopen` takes a rejection back within `limits.REOPEN_DAYS` days.
    """

    decision: Literal["pass", "return", "reject", "reopen"]
    reason: paragraphs(1, 1000) | None = None  # type: ignore[valid-type]
    fields: Annotated[list[FieldPath], Field(default_factory=list, max_length=100)]
    status_version: StatusVersion


class DecisionRow(Review):
    """A row of a list of decisions: on an application, or on one person."""

    number: AnyNumber
    """Of the application or of the person."""


class PaymentVoucher(Form):
    """The uploaded files of the payment voucher; `payment_version` is the one that the client saw, 0 at first."""

    attachments: Annotated[list[AttachmentId], Field(min_length=1, max_length=limits.MAX_ATTACHMENTS)]
    payment_version: PaymentVersion


class PaymentDecision(Form):
    """The consular department's decision on the payment voucher that it saw; a return needs a reason."""

    decision: Literal["accept", "return"]
    reason: paragraphs(1, 1000) | None = None  # type: ignore[valid-type]
    payment_version: PaymentVersion


class Reveal(Form):
    """The masked fields to reveal, and the reason, which is recorded."""

    fields: Annotated[list[Identifier], Field(min_length=1, max_length=10)]
    reason: paragraphs(2, 200)  # type: ignore[valid-type]


class Downloads(Form):
    """All files of an application, one page after the other."""

    cursor: Cursor | None = None


class CardEvent(Form):
    """A card event; `made` needs number and last day, `corrected` one of them and a reason (docs/domain.md 7.1)."""

    event: Literal["making", "made", "issued", "cancelled", "corrected"]
    card_number: CardNumber | None = None
    valid_until: Day | None = None
    reason: paragraphs(1, 1000) | None = None  # type: ignore[valid-type]
    status_version: StatusVersion


class CardRow(CardEvent):
    """A row of a list of card events."""

    person_number: AnyNumber


class ForeignNumberForm(Form):
    """外方申请号, as the APEC-wide system gives it."""

    number: ForeignNumber


class ForeignNumberRow(Form):
    """A row of a list of 外方申请号."""

    person_number: AnyNumber
    foreign_number: ForeignNumber


class CardStep(CardEvent):
    """A step of the card of a follow-up application; `made` needs number and last day."""

    event: Literal["making", "made", "issued"]


class EconomyDecision(Form):
    """The decision of an economy on one person (D01)."""

    decision: Decision
    valid_until: Day | None = None

    @checks("valid_until")
    @classmethod
    def _only_of_an_answer(cls, value: str | None, info: ValidationInfo) -> str | None:
        # A pending decision has no last day; those of refusals and locks are stored as given.
        if value is not None and info.data.get("decision") is Decision.PENDING:
            raise refuse("VALID_UNTIL")
        return value


class EconomyRow(EconomyDecision):
    """One row of an import of decisions; it is refused if the economy has answered differently since `seen`."""

    person_number: AnyNumber
    economy: Annotated[Identifier, written(codes.normalise)]
    seen: Decision | None = None
    """The decision that the sender saw; without it the row replaces any."""


class EconomyImport(Form):
    """Decisions on many persons, each recorded in its own transaction."""

    rows: Annotated[
        list[Annotated[dict[str, Any], RowOf(EconomyRow)]], Field(min_length=1, max_length=limits.IMPORT_ROWS)
    ]


class Decisions(Form):
    """Officers' decisions, each carried out in its own transaction."""

    rows: Annotated[
        list[Annotated[dict[str, Any], RowOf(DecisionRow)]], Field(min_length=1, max_length=limits.BATCH_DECISIONS)
    ]


class CardEvents(Form):
    """Card events, each recorded in its own transaction."""

    rows: Annotated[list[Annotated[dict[str, Any], RowOf(CardRow)]], Field(min_length=1, max_length=limits.IMPORT_ROWS)]


class ForeignNumbers(Form):
    """外方申请号 of many persons, each recorded in its own transaction."""

    rows: Annotated[
        list[Annotated[dict[str, Any], RowOf(ForeignNumberRow)]], Field(min_length=1, max_length=limits.IMPORT_ROWS)
    ]
