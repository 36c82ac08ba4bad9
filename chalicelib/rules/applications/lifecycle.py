"""The lifecycle of applications and persons as one table (docs/domain.md 1).

A 新办/续办 application is reviewed as a whole up to 领事司审核通过. Until then its persons have its status; afterwards
each has a status of its own. A person that an officer returns or rejects gets its own status at that moment.
Each follow-up service is an application of its own about one person. What no row allows is 操作无效.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from chalicelib.rules.base import limits
from chalicelib.rules.base.vocabulary import Action, Party, Service, Status


class Level(StrEnum):
    """What a row is about: an application as a whole, or one person of a 新办/续办 application."""

    APPLICATION = "application"
    PERSON = "person"


class Need(StrEnum):
    """A condition on an application or a person besides its status."""

    OWN_STATUS = "a status of its own"
    NO_SERVICE = "no follow-up service under way"
    NO_CARD = "no living card"
    LIVING_CARD = "a living card"
    APPROVAL = "an economy that has approved"
    NO_APPROVAL = "no economy that has approved"
    RECENT = f"a rejection of the last {limits.REOPEN_DAYS} days"
    GROUP_GOES_ON = "an application that is neither rejected nor withdrawn"


@dataclass(frozen=True)
class Transition:
    """One row: the party that may act on this status, the action, the next status, and further conditions."""

    level: Level
    service: Service
    status: Status
    action: Action
    party: Party
    to: Status
    needs_reason: bool = False
    needs: tuple[Need, ...] = ()


APPROVED: Mapping[Service, Status] = {
    Service.NEW_OR_RENEWAL: Status.CONSULAR_APPROVED,
    Service.EARLY_CARD: Status.CONSULAR_APPROVED,
    Service.REPLACE_CARD: Status.CONSULAR_APPROVED,
    Service.CHANGE_PASSPORT: Status.DONE,
    Service.CANCEL_CARD: Status.DONE,
}
"""The status after the consular department passes: 领事司审核通过 where a card follows, else 已完成."""


BEFORE_CARD = (Status.ECONOMY_REVIEW, Status.ECONOMY_DONE)
"""Statuses of a person that has no card yet, or an early one."""

CARDS = (Status.CARD_MADE, Status.CARD_ISSUED, Status.EXPIRED)
"""Statuses of a person that has its card."""


def _reviews(service: Service) -> list[Transition]:
    """The two reviews of an application, and the actions of its applicant."""
    application, fao, consular, applicant = Level.APPLICATION, Party.FAO, Party.CONSULAR, Party.APPLICANT
    rows: list[Transition] = []
    for desk, status, passed, returned, rejected in (
        (fao, Status.FAO_REVIEW, Status.CONSULAR_REVIEW, Status.FAO_RETURNED, Status.FAO_REJECTED),
        (consular, Status.CONSULAR_REVIEW, APPROVED[service], Status.CONSULAR_RETURNED, Status.CONSULAR_REJECTED),
    ):
        rows += [
            Transition(application, service, status, Action.PASS, desk, passed),
            Transition(application, service, status, Action.RETURN, desk, returned, needs_reason=True),
            Transition(application, service, status, Action.REJECT, desk, rejected, needs_reason=True),
            # A rejection in error: the desk that rejected takes it back.
            Transition(
                application,
                service,
                rejected,
                Action.REOPEN,
                desk,
                status,
                needs_reason=True,
                needs=(Need.RECENT,),
            ),
            Transition(application, service, returned, Action.EDIT, applicant, returned),
            Transition(application, service, returned, Action.RESUBMIT, applicant, status),
            Transition(application, service, returned, Action.WITHDRAW, applicant, Status.WITHDRAWN),
        ]
    rows.append(Transition(application, service, Status.FAO_REVIEW, Action.WITHDRAW, applicant, Status.WITHDRAWN))
    return rows


def _card_of_follow_up(service: Service) -> list[Transition]:
    """The steps of a follow-up application's card, and its rejection before the card is made."""
    application, consular, up_to_now = Level.APPLICATION, Party.CONSULAR, (Status.CONSULAR_APPROVED, Status.CARD_MAKING)
    return [
        Transition(application, service, Status.CONSULAR_APPROVED, Action.MAKE_CARD, consular, Status.CARD_MAKING),
        *(
            Transition(
                application, service, status, Action.REJECT, consular, Status.CONSULAR_REJECTED, needs_reason=True
            )
            for status in up_to_now
        ),
        Transition(application, service, Status.CARD_MAKING, Action.CARD_MADE, consular, Status.CARD_MADE),
        Transition(application, service, Status.CARD_MADE, Action.ISSUE_CARD, consular, Status.CARD_ISSUED),
    ]


def _card_of_person() -> list[Transition]:
    """The card of a person, its replacement by a follow-up application, and its end."""
    person, new_or_renewal, consular, portal = Level.PERSON, Service.NEW_OR_RENEWAL, Party.CONSULAR, Party.PORTAL
    making, made, issued, expired = Status.CARD_MAKING, Status.CARD_MADE, Status.CARD_ISSUED, Status.EXPIRED
    free = (Need.NO_SERVICE,)
    first = (*free, Need.NO_CARD, Need.APPROVAL)
    return [
        Transition(person, new_or_renewal, Status.ECONOMY_DONE, Action.MAKE_CARD, consular, making, needs=first),
        Transition(person, new_or_renewal, making, Action.CARD_MADE, consular, made, needs=(*free, Need.APPROVAL)),
        # No card can be made (docs/domain.md 7.2): the application goes on.
        Transition(
            person,
            new_or_renewal,
            making,
            Action.CANCEL_CARD,
            consular,
            Status.ECONOMY_DONE,
            needs_reason=True,
            needs=free,
        ),
        Transition(person, new_or_renewal, made, Action.ISSUE_CARD, consular, issued, needs=free),
        *(
            Transition(person, new_or_renewal, status, Action.CANCEL_CARD, consular, Status.CANCELLED, needs=free)
            for status in CARDS
        ),
        # What was typed wrongly about a card: its number or its last day.
        *(
            Transition(
                person,
                new_or_renewal,
                status,
                Action.CORRECT_CARD,
                consular,
                status,
                needs_reason=True,
                needs=(Need.LIVING_CARD,),
            )
            for status in (*BEFORE_CARD, made, issued)
        ),
        # The replaced card was early, not handed out yet, or expired; the replacement is issued.
        *(
            Transition(person, new_or_renewal, status, Action.HAND_OUT_REPLACEMENT, portal, issued)
            for status in (*BEFORE_CARD, made, expired)
        ),
        *(Transition(person, new_or_renewal, status, Action.EXPIRE, portal, expired) for status in (made, issued)),
        # The end of an early card: the application goes on.
        *(Transition(person, new_or_renewal, status, Action.EXPIRE, portal, status) for status in BEFORE_CARD),
    ]


def _person() -> list[Transition]:
    """One person of a 新办/续办 application: reviewed apart, at the economies, with a card."""
    person, new_or_renewal, consular = Level.PERSON, Service.NEW_OR_RENEWAL, Party.CONSULAR
    own_status = (Need.OWN_STATUS,)
    rows: list[Transition] = []
    for desk, status, passed, returned, rejected in (
        (Party.FAO, Status.FAO_REVIEW, Status.CONSULAR_REVIEW, Status.FAO_RETURNED, Status.FAO_REJECTED),
        (consular, Status.CONSULAR_REVIEW, Status.ECONOMY_REVIEW, Status.CONSULAR_RETURNED, Status.CONSULAR_REJECTED),
    ):
        rows += [
            Transition(person, new_or_renewal, status, Action.PASS, desk, passed, needs=own_status),
            Transition(person, new_or_renewal, status, Action.RETURN, desk, returned, needs_reason=True),
            Transition(person, new_or_renewal, status, Action.REJECT, desk, rejected, needs_reason=True),
            Transition(
                person,
                new_or_renewal,
                rejected,
                Action.REOPEN,
                desk,
                status,
                needs_reason=True,
                needs=(*own_status, Need.RECENT, Need.GROUP_GOES_ON),
            ),
            Transition(person, new_or_renewal, returned, Action.EDIT, Party.APPLICANT, returned, needs=own_status),
            Transition(person, new_or_renewal, returned, Action.RESUBMIT, Party.APPLICANT, status, needs=own_status),
            Transition(
                person, new_or_renewal, returned, Action.WITHDRAW, Party.APPLICANT, Status.WITHDRAWN, needs=own_status
            ),
        ]
    before, done = BEFORE_CARD
    decided = (before, done, Status.CARD_MAKING, Status.CARD_MADE, Status.CARD_ISSUED)
    rows += [Transition(person, new_or_renewal, status, Action.DECIDE_ECONOMY, consular, status) for status in decided]
    rows += [
        Transition(person, new_or_renewal, status, Action.RECORD_FOREIGN_NUMBER, consular, status) for status in decided
    ]
    rows += [
        Transition(person, new_or_renewal, before, Action.FINISH_ECONOMIES, Party.PORTAL, done),
        Transition(person, new_or_renewal, done, Action.REOPEN_ECONOMIES, Party.PORTAL, before),
        # No economy has approved, so there will be no card.
        Transition(
            person,
            new_or_renewal,
            done,
            Action.REJECT,
            consular,
            Status.REFUSED,
            needs_reason=True,
            needs=(Need.NO_SERVICE, Need.NO_CARD, Need.NO_APPROVAL),
        ),
        Transition(
            person,
            new_or_renewal,
            Status.REFUSED,
            Action.REOPEN,
            consular,
            done,
            needs_reason=True,
            needs=(Need.RECENT,),
        ),
        *_card_of_person(),
    ]
    return rows


TABLE: tuple[Transition, ...] = (
    *(row for service in Service for row in _reviews(service)),
    *_card_of_follow_up(Service.EARLY_CARD),
    *_card_of_follow_up(Service.REPLACE_CARD),
    *_person(),
)
"""All transitions."""

FIRST = Status.FAO_REVIEW
"""The status after submission."""

FIRST_OF_PERSON = Status.ECONOMY_REVIEW
"""The first own status of a person, when its application is approved."""

PROGRESS_FROM = Status.CONSULAR_APPROVED
"""From this status on an application shows 人员申请进度 (D03)."""

QUEUES = {Status.FAO_REVIEW: Party.FAO, Status.CONSULAR_REVIEW: Party.CONSULAR}
"""The party at whose desk an application of this status waits."""

DESKS: Mapping[Party, tuple[Status, ...]] = {
    Party.FAO: (Status.FAO_REVIEW,),
    Party.CONSULAR: (
        Status.CONSULAR_REVIEW,
        Status.CONSULAR_APPROVED,
        Status.ECONOMY_DONE,
        Status.CARD_MAKING,
        Status.CARD_MADE,
    ),
}
"""The statuses at which applications and persons wait for an officer of the party, in the order of the work."""

UNDER_REVIEW = frozenset({Status.FAO_REVIEW, Status.FAO_RETURNED, Status.CONSULAR_REVIEW, Status.CONSULAR_RETURNED})
"""Statuses before 领事司审核通过."""

OF_OFFICES = UNDER_REVIEW | frozenset(
    {Status.FAO_REJECTED, Status.CONSULAR_REJECTED, Status.WITHDRAWN, Status.CONSULAR_APPROVED, Status.DONE}
)
"""Statuses that the reviews give: each office has a list of each. All others are about cards and economies."""

ENDED_WITH_GROUP: Mapping[Status, frozenset[Status]] = {
    Status.WITHDRAWN: UNDER_REVIEW,
    Status.CONSULAR_REJECTED: UNDER_REVIEW,
    Status.FAO_REJECTED: frozenset({Status.FAO_REVIEW, Status.FAO_RETURNED}),
}
"""For each final status of an application: the own statuses of persons that end with it. Other persons go on."""

CARD_AHEAD = frozenset({Status.ECONOMY_REVIEW, Status.ECONOMY_DONE, Status.CARD_MAKING, Status.CARD_MADE})
"""Statuses after the reviews and before a card is handed out."""

CLOSED = frozenset(
    {
        Status.FAO_REJECTED,
        Status.CONSULAR_REJECTED,
        Status.WITHDRAWN,
        Status.DONE,
        Status.CARD_ISSUED,
    }
)
"""Final statuses of a follow-up application: the person can apply for another service."""


def is_under_way(service: Service, status: Status) -> bool:
    """Whether an application or a person of this status still waits for an office, an economy or a card."""
    waits_for_card = status is Status.CONSULAR_APPROVED and service is not Service.NEW_OR_RENEWAL
    return status in UNDER_REVIEW | CARD_AHEAD or waits_for_card


_ROWS = {(row.level, row.service, row.status, row.action, row.party): row for row in TABLE}


def find_transition(level: Level, service: Service, status: Status, action: Action, party: Party) -> Transition | None:
    """The row that allows the action, or None: the action is then 操作无效."""
    return _ROWS.get((level, service, status, action, party))


def transitions_of_party(level: Level, service: Service, status: Status, party: Party) -> list[Transition]:
    """The rows of a party at a status, in the order of the table."""
    wanted = (level, service, status, party)
    return [row for row in TABLE if (row.level, row.service, row.status, row.party) == wanted]
