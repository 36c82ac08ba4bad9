"""The application: header, persons, cards and history."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from chalicelib.rules.accounts.accounts import Account
from chalicelib.rules.accounts.acts import Act
from chalicelib.rules.base.china_time import china_midnight, rfc3339
from chalicelib.rules.base.errors import Current, FieldError, NotFound
from chalicelib.rules.base.vocabulary import (
    AccountId,
    Action,
    ApplicationNumber,
    Decision,
    EnterpriseId,
    OfficeCode,
    Party,
    PaymentState,
    PersonNumber,
    Service,
    Status,
)

Content = Mapping[str, Any]
"""What an applicant filled in, validated by `rules.forms.content`; JSON values only."""

DESTROYED = "destroyed_at"
"""The field of a content whose personal data were destroyed, with the time; no form has it."""


@dataclass(frozen=True)
class Answer:
    """The decision of one economy on one person, with its time and the last day of its validity, if it has one."""

    decision: Decision
    decided_at: datetime
    valid_until: str | None = None


@dataclass(frozen=True)
class Card:
    """旅行卡: the card record of a person (docs/domain.md 7.1)."""

    number: str
    valid_until: str
    early: bool = False
    issued: bool = False
    cancelled: bool = False
    expired: bool = False
    """Whether the daily run has recorded its end."""
    made_at: datetime | None = None
    """When it was recorded as made; None for a card made before the portal kept this, like the next two."""
    issued_at: datetime | None = None
    """When it was handed out; None before."""
    printed: tuple[str, ...] | None = None
    """Codes of the economies that had approved when the card was made: the card names them."""

    def ended(self, today: date) -> bool:
        """Whether the card is past its last day, recorded or not."""
        return self.expired or self.valid_until < today.isoformat()

    def lives(self, today: date) -> bool:
        """Whether the card is usable: neither cancelled nor past its last day."""
        return not self.cancelled and not self.ended(today)


@dataclass(frozen=True)
class Person:
    """人员申请单: one traveller of a group application."""

    number: PersonNumber
    content: Content = field(repr=False)
    own_status: Status | None = None
    """None while the person has the status of its application (docs/domain.md 1.4)."""
    status_since: datetime | None = None
    status_by: str = ""
    status_by_agent: str | None = field(default=None, repr=False)
    status_version: int = 1
    version: int = 1
    economies: Mapping[str, Answer] = field(default_factory=dict)
    economies_since: datetime | None = None
    """When the review by the economies began (领事司审核通过)."""
    foreign_number: str | None = None
    card: Card | None = None
    early_card_used: bool = False
    """Whether the person has had an early card: 提前制卡 is possible once."""
    open_service: ApplicationNumber | None = None
    """The number of the follow-up application under way; no other can start meanwhile."""
    open_service_kind: Service | None = None
    """Its service; None without one, and for one that was submitted before the portal kept this."""
    follow_ups: tuple[ApplicationNumber, ...] = ()
    """Numbers of all follow-up applications about this person, oldest first."""
    corrected: tuple[str, ...] | None = None
    """The fields that differ from what was returned apart; None without an edit since."""
    warnings: tuple[FieldError, ...] | None = None
    """On the content that was corrected apart from the group, paths from the person on; None before such an edit."""
    head: str = field(default="", compare=False)
    """Digest of the newest history entry of this person; empty before the first."""

    @property
    def destroyed(self) -> bool:
        """Whether the personal data were destroyed (docs/decisions/0088): nothing can be done with the person then."""
        return DESTROYED in self.content

    @property
    def has_approval(self) -> bool:
        """Whether at least one economy has approved."""
        return any(answer.decision is Decision.APPROVED for answer in self.economies.values())


@dataclass(frozen=True)
class Event:
    """One entry of the history (历史记录); never changed or deleted."""

    at: datetime
    action: Action
    actor_id: AccountId
    actor: str
    """The name of the actor for everybody: an agent's is masked, an officer's is that of the office."""
    party: Party
    to: Status
    origin: Status | None = None
    reason: str | None = None
    fields: tuple[str, ...] = ()
    person_number: PersonNumber | None = None
    economy: str | None = None
    decision: Decision | None = None
    request_id: str = ""
    own_name: str | None = field(default=None, repr=False)
    """The name of the agent or officer for its own side; None for others, and before the portal kept this."""


@dataclass(frozen=True)
class Correction:
    """What differs from the content that was returned, for lists; the values are compared by `changes.since_return`."""

    fields: tuple[str, ...]
    """Names of fields of the application itself."""
    persons: tuple[PersonNumber, ...]
    """Persons that were changed, added or removed, other than those reviewed apart."""


@dataclass(frozen=True)
class ApplicationHeader:
    """团组申请单, or the header of a follow-up application: what concerns the application as a whole."""

    number: ApplicationNumber
    service: Service
    enterprise_id: EnterpriseId
    enterprise_name: str
    office: OfficeCode
    creator_id: AccountId
    creator_name: str
    creator_username: str | None
    """The user name of the agent at the submission; None for the enterprise account, and for applications that were
    submitted before the portal kept this."""
    status: Status
    status_since: datetime
    status_by: str
    """Who set the status, as `Event.actor`."""
    submitted_at: datetime
    created_at: datetime
    content: Content = field(repr=False)
    status_by_agent: str | None = field(default=None, repr=False)
    """The name of the agent who set the status, for its enterprise; None for others, and in older forms."""
    person_count: int = 0
    status_version: int = 1
    version: int = 1
    warnings: tuple[FieldError, ...] = ()
    """Remarks on the content as it was last submitted or corrected as a whole (docs/domain.md 4.6)."""
    lookup_since: datetime | None = None
    """Since when its persons wait to be looked for in other open applications (docs/decisions/0066).

    None after that, and for follow-up applications. Every act keeps it, so that an act that overwrites the warnings of
    a look-up at the same moment has the look-up repeated.
    """
    head: str = field(default="", compare=False)
    """Digest of the newest history entry of the application itself; empty before it is stored."""
    correction: Correction | None = None
    """What edits have changed since the last return; None without an edit since."""
    invoice: Mapping[str, Any] | None = field(default=None, repr=False)
    """The fields of the invoice profile when it was chosen; None for follow-up applications and in older forms."""

    @property
    def destroyed(self) -> bool:
        """Whether the personal data of the person of a follow-up application were destroyed."""
        return DESTROYED in self.content

    @property
    def title(self) -> str:
        """The title in lists: 团组名称, or the name of the person that a follow-up application is about."""
        name: str = self.content["group_name" if self.service is Service.NEW_OR_RENEWAL else "person_name"]
        return name

    @property
    def current(self) -> Current:
        """The current state, for replies to outdated actions."""
        since = rfc3339(self.status_since)
        return Current(self.status, self.status_version, since, self.status_by, self.status_by_agent)


@dataclass(frozen=True)
class Payment:
    """缴费凭证: the payment voucher of an application, from its first upload on (docs/domain.md 2.8)."""

    state: PaymentState
    version: int
    """The number of its changes."""
    attachments: tuple[str, ...]
    yuan: int
    """What was due when the voucher was uploaded."""
    uploaded_at: datetime
    decided_at: datetime | None = None
    reason: str | None = field(default=None, repr=False)
    """Why it was returned."""


@dataclass(frozen=True)
class Application:
    """A header with its persons, in order of position.

    `persons` are all of the application, or the one that an act is about; `history` are the events that were added
    since it was read. The stored history is read apart (`rules.applications.history`).
    """

    header: ApplicationHeader
    persons: tuple[Person, ...] = ()
    history: tuple[Event, ...] = field(default=(), compare=False)
    removed: Mapping[PersonNumber, str] = field(default_factory=dict)
    """Persons that an edit has removed, and the digest of the newest history entry of each."""
    payment: Payment | None = None
    """None before a voucher is uploaded, and where an act has read the header and one person only."""

    def others(self, number: PersonNumber) -> list[Content]:
        """The contents of all persons but this one."""
        return [person.content for person in self.persons if person.number != number]

    def person(self, number: PersonNumber) -> Person:
        """The person of this number.

        Raises:
            NotFound: There is no such person.
        """
        found = next((person for person in self.persons if person.number == number), None)
        if found is None:
            raise NotFound
        return found


def event_of(act: Act, action: Action, origin: Status | None, to: Status, **more: Any) -> Event:
    """The history entry about an act.

    Args:
        act: Who acts, when and by which request.
        action: What is done.
        origin: The status before; None for a submission.
        to: The status after.
        more: Other fields of `Event`.
    """
    return Event(
        at=act.at,
        action=action,
        actor_id=act.actor.id,
        actor=act.actor_name,
        party=act.actor.party,
        origin=origin,
        to=to,
        request_id=act.request_id,
        own_name=act.own_name,
        **more,
    )


def is_visible(header: ApplicationHeader, viewer: Account) -> bool:
    """Whether the viewer may see the application (H14, H16, H17, L14; officers of a 外办: those of their office)."""
    if viewer.party is Party.CONSULAR:
        return True
    if viewer.party is Party.FAO:
        return header.office == viewer.office
    if header.enterprise_id != viewer.enterprise_id:
        return False
    return not viewer.sees_own_only or header.creator_id == viewer.id


def status_of(person: Person, header: ApplicationHeader, today: date | None = None) -> Status:
    """The status of a person: its own, or that of its application.

    Args:
        person: Of that application.
        header: Of the application.
        today: The Chinese calendar day; given, a card past its last day counts as `EXPIRED`, recorded or not.
    """
    status = person.own_status or header.status
    ended = today is not None and person.card is not None and person.card.ended(today)
    if ended and status in (Status.CARD_MADE, Status.CARD_ISSUED):
        return Status.EXPIRED
    return status


def status_since_of(person: Person, header: ApplicationHeader, today: date | None = None) -> datetime:
    """Since when the person has the status that `status_of` gives, with or without a day.

    For a card past its last day whose end is not recorded yet, this is the midnight in China after that day.
    """
    status = status_of(person, header, today)
    if status is not status_of(person, header) and person.card is not None:
        return china_midnight(date.fromisoformat(person.card.valid_until) + timedelta(days=1))
    if person.own_status is None or person.status_since is None:
        return header.status_since
    return person.status_since


def current_of(person: Person, header: ApplicationHeader) -> Current:
    """The current state of a person, for replies to outdated actions."""
    if person.own_status is None or person.status_since is None:
        return header.current
    since = rfc3339(person.status_since)
    return Current(person.own_status, person.status_version, since, person.status_by, person.status_by_agent)


def status_version_of(person: Person, header: ApplicationHeader) -> int:
    """The status version that an action on the person must name."""
    return person.status_version if person.own_status else header.status_version
