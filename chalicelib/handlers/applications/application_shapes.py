"""Shapes of applications, persons and history in replies."""

from typing import Literal

from pydantic import BaseModel

from chalicelib.handlers.applications.attachment_shapes import AttachmentShown
from chalicelib.handlers.applications.content_shapes import GroupContentShown, PersonContentShown, ServiceContentShown
from chalicelib.handlers.applications.offers import ActionOffer
from chalicelib.handlers.http.formats import (
    Address,
    ApplicationId,
    Date,
    EconomyCode,
    Id,
    Moment,
    OneOf,
    PersonId,
    RegionCode,
    Rows,
)
from chalicelib.handlers.http.problems import ProblemField
from chalicelib.rules.base.vocabulary import Action, Decision, Party, PaymentState, Service, Status
from chalicelib.rules.forms.content import FollowUp


class PersonCard(BaseModel):
    """A person in a list, alone or with its group (L13)."""

    number: PersonId
    name: str
    title: str
    passport_number: str
    status: Status
    status_label: str
    status_since: Moment
    status_version: int
    submitted_at: Moment
    available_services: list[FollowUp]
    has_open_service: bool
    """Whether a follow-up application is under way."""
    open_service: ApplicationId | None
    """Its number; None for a reader who may not see it, and in lists for agents who see their own applications only."""
    open_service_label: str | None
    """Its service; None also for one that was submitted before the portal kept this."""
    card_valid_until: Date | None
    """The last day of the newest card; the status says whether it has ended or was cancelled."""
    masked: list[str]


class EventReply(BaseModel):
    """One entry of the history of an application or of a follow-up application."""

    at: Moment
    application_number: ApplicationId
    service: Service
    service_label: str
    action: Action
    action_label: str
    actor: str
    """An agent by name to its enterprise, an officer by name to officers; to the other side masked, or the office."""
    party: Party
    party_label: str
    origin: Status | None
    origin_label: str | None
    to: Status
    to_label: str
    reason: str | None
    fields: list[str]
    person_number: PersonId | None
    economy: EconomyCode | None
    economy_name: str | None
    decision: Decision | None
    decision_label: str | None
    request_id: str


class HistoryReply(BaseModel):
    """One page of a history, newest first."""

    items: list[EventReply]
    next_cursor: str | None


class CardReply(BaseModel):
    """旅行卡. Its number is masked for officers of a 外办 only."""

    number: str
    valid_until: Date
    early: bool
    issued: bool
    cancelled: bool
    expired: bool
    made_at: Moment | None
    """None for a card made before the portal kept this."""
    issued_at: Moment | None
    printed: list[EconomyCode] | None
    """Codes of the economies that had approved when the card was made; None as for `made_at`."""


class DestinationReply(BaseModel):
    """An economy to which the card admits its holder now."""

    code: EconomyCode
    name: str
    valid_until: Date
    """The last day of the approval or of the card, whichever is earlier."""
    printed: bool | None
    """Whether the card names the economy; False if it approved after the card was made, None if that is not known."""


class FollowUpSummary(BaseModel):
    """One follow-up application about a person."""

    number: ApplicationId
    service: Service
    service_label: str
    status: Status
    status_label: str
    submitted_at: Moment
    allowed_actions: list[ActionOffer]
    """What can be done to it now, the steps of its card among them."""


class ApplicationCard(BaseModel):
    """An application in a list (L12) with its persons."""

    number: ApplicationId
    service: Service
    tag: str
    status: Status
    status_label: str
    status_since: Moment
    status_version: int
    version: int
    title: str
    """团组名称; for a follow-up service the name of its person."""
    office: str
    office_name: str
    enterprise_name: str
    creator_id: Id
    creator: str
    creator_username: str | None
    """The user name of the agent at the submission; None for the enterprise account, and for officers."""
    person_count: int
    submitted_at: Moment
    created_at: Moment
    allowed_actions: list[ActionOffer]
    progress_available: bool
    """Whether 人员申请进度 can be opened, as far as the persons of this row say."""
    person_number: PersonId | None
    """The person of a follow-up service."""
    persons: Rows[PersonCard]


class PaymentReply(BaseModel):
    """缴费凭证 of an application."""

    state: PaymentState
    state_label: str
    yuan: int
    """What is due for the application; 0 for a service free of charge."""
    yuan_per_card: int
    required_before_card: bool
    """Whether a card is made only after the voucher is accepted."""
    attachments: Rows[AttachmentShown]
    uploaded_at: Moment | None
    decided_at: Moment | None
    reason: str | None
    """Why the voucher was returned."""
    payment_version: int
    """To be named by the next action; 0 before the first upload."""
    allowed_actions: list[ActionOffer]


class InvoiceShown(BaseModel):
    """The invoice profile as it was when it was chosen; later changes of the profile do not change it."""

    name: str
    tax_number: str
    region_code: RegionCode
    region: str | None
    address: str


class ApplicationReply(ApplicationCard):
    """An application in full: its content with masks, and its history."""

    content: OneOf[GroupContentShown | ServiceContentShown]
    history: list[EventReply]
    """The newest entries, oldest first; in the reply of a change only its own entry."""
    history_cursor: str | None
    """Opens older entries at `/history`; None if there are none, and in the reply of a change."""
    masked: list[str]
    warnings: list[ProblemField]
    """Remarks on the content as it was last submitted or corrected; they refuse nothing.

    `PERSON_ELSEWHERE` is among them from at most a minute after a submission or an edit of the whole application.
    """
    invoice: InvoiceShown | None
    """None for follow-up applications, and for applications of the time before it was kept."""
    payment: PaymentReply


class Applications(BaseModel):
    """One page of applications."""

    items: list[ApplicationCard]
    next_cursor: str | None
    partial: bool
    """Whether the search took too long and the page ended before it was full; `next_cursor` goes on."""


class ForecastReply(BaseModel):
    """When the answer comes, by comparable waits: with this probability between so many days from now on."""

    from_days: int
    to_days: int
    share: float
    cases: int
    """How many waits had lasted as long as this one."""


class EconomyReply(BaseModel):
    """One economy's answer (D01)."""

    code: EconomyCode
    name: str
    state: Literal["decided", "pending"]
    decision: Decision
    decision_label: str
    decided_at: Moment | None
    valid_until: Date | None
    days_waited: int | None
    """From 领事司审核通过 to the answer, or to now."""
    forecast: ForecastReply | None
    """Of a pending answer; None in the reply of a change, and where comparable waits are too few."""


class ForeignReply(BaseModel):
    """外方审核查询 (D02)."""

    query_url: Address
    number: str | None


class PersonReply(PersonCard):
    """One person in full."""

    application_number: ApplicationId
    version: int
    content: PersonContentShown
    economies: list[EconomyReply]
    """Empty before the economies are asked about the person: then none of them is 审批中."""
    foreign: ForeignReply | None
    card: CardReply | None
    travel: list[DestinationReply]
    """Where the person may travel with the card today; empty without a card in hand that is usable."""
    follow_ups: list[FollowUpSummary] | None
    """The follow-up applications about this person; None in the reply of a change."""
    allowed_actions: list[ActionOffer]
    warnings: list[ProblemField]
    """Remarks on this person's content, with paths from the person on."""
    history: list[EventReply]
    """The newest entries, oldest first; in the reply of a change only its own entry."""
    history_cursor: str | None
    """Opens older entries at `/history`; None if there are none, and in the reply of a change."""
