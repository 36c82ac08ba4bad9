"""The lifecycle of everything: one table that all else looks up (domain 1.3, design 4).

A group of 新办/续办 is reviewed as one file up to 领事司审核通过. Its persons carry the group's status until then and
live on their own afterwards; a person that an officer returns or rejects lives on its own from that moment, while the
group goes on. The four follow-up services are files of their own about one person. What no row allows is 操作无效.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from chalicelib.rules.base.vocabulary import Action, Party, Service, Status


class Level(StrEnum):
    """What a row is about: a file as a whole, or one person of a 新办/续办 group."""

    APPLICATION = "application"
    PERSON = "person"


class Need(StrEnum):
    """What must be so of a person besides its status."""

    OWN_STATUS = "a status of its own"
    NO_SERVICE = "no follow-up service under way"
    NO_CARD = "no living card"
    APPROVAL = "an economy that has approved"


@dataclass(frozen=True)
class Transition:
    """One row: who may take what from this status, by which action, to which status, and what else that needs."""

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
"""What 领事司 passing a file leads to: where a card follows 领事司审核通过, else 已完成."""


BEFORE_CARD = (Status.ECONOMY_REVIEW, Status.ECONOMY_DONE)
"""Where a person has no card yet, or an early one."""

CARDS = (Status.CARD_MADE, Status.CARD_ISSUED, Status.EXPIRED)
"""Where a person has its card."""


def _reviews(service: Service) -> list[Transition]:
    """The two reviews of a file, and what its applicant may do meanwhile."""
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
            Transition(application, service, returned, Action.EDIT, applicant, returned),
            Transition(application, service, returned, Action.RESUBMIT, applicant, status),
            Transition(application, service, returned, Action.WITHDRAW, applicant, Status.WITHDRAWN),
        ]
    rows.append(Transition(application, service, Status.FAO_REVIEW, Action.WITHDRAW, applicant, Status.WITHDRAWN))
    return rows


def _card_of_follow_up(service: Service) -> list[Transition]:
    """The card of a follow-up file on its way: making, made, issued; or given up before it is made."""
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
    """The card at the end of 新办/续办, what a follow-up file does to it, and its end."""
    person, new_or_renewal, consular, portal = Level.PERSON, Service.NEW_OR_RENEWAL, Party.CONSULAR, Party.PORTAL
    making, made, issued, expired = Status.CARD_MAKING, Status.CARD_MADE, Status.CARD_ISSUED, Status.EXPIRED
    free = (Need.NO_SERVICE,)
    first = (*free, Need.NO_CARD, Need.APPROVAL)
    return [
        Transition(person, new_or_renewal, Status.ECONOMY_DONE, Action.MAKE_CARD, consular, making, needs=first),
        Transition(person, new_or_renewal, making, Action.CARD_MADE, consular, made, needs=(*free, Need.APPROVAL)),
        # No card can be made: the passport has ended, or whoever had approved has not. The application goes on.
        Transition(person, new_or_renewal, making, Action.CANCEL_CARD, consular, Status.ECONOMY_DONE, needs=free),
        Transition(person, new_or_renewal, made, Action.ISSUE_CARD, consular, issued, needs=free),
        *(
            Transition(person, new_or_renewal, status, Action.CANCEL_CARD, consular, Status.CANCELLED, needs=free)
            for status in CARDS
        ),
        # The replaced card was early, was never handed out, or ended meanwhile: now the person has its card in hand.
        *(
            Transition(person, new_or_renewal, status, Action.HAND_OUT_REPLACEMENT, portal, issued)
            for status in (*BEFORE_CARD, made, expired)
        ),
        *(Transition(person, new_or_renewal, status, Action.EXPIRE, portal, expired) for status in (made, issued)),
        # An early card ends; the application goes on.
        *(Transition(person, new_or_renewal, status, Action.EXPIRE, portal, status) for status in BEFORE_CARD),
    ]


def _person() -> list[Transition]:
    """One person of a 新办/续办 group: singled out by an officer, before the economies, with a card."""
    person, new_or_renewal, consular = Level.PERSON, Service.NEW_OR_RENEWAL, Party.CONSULAR
    apart = (Need.OWN_STATUS,)
    rows: list[Transition] = []
    for desk, status, passed, returned, rejected in (
        (Party.FAO, Status.FAO_REVIEW, Status.CONSULAR_REVIEW, Status.FAO_RETURNED, Status.FAO_REJECTED),
        (consular, Status.CONSULAR_REVIEW, Status.ECONOMY_REVIEW, Status.CONSULAR_RETURNED, Status.CONSULAR_REJECTED),
    ):
        rows += [
            Transition(person, new_or_renewal, status, Action.PASS, desk, passed, needs=apart),
            Transition(person, new_or_renewal, status, Action.RETURN, desk, returned, needs_reason=True),
            Transition(person, new_or_renewal, status, Action.REJECT, desk, rejected, needs_reason=True),
            Transition(person, new_or_renewal, returned, Action.EDIT, Party.APPLICANT, returned, needs=apart),
            Transition(person, new_or_renewal, returned, Action.RESUBMIT, Party.APPLICANT, status, needs=apart),
            Transition(
                person, new_or_renewal, returned, Action.WITHDRAW, Party.APPLICANT, Status.WITHDRAWN, needs=apart
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
        *_card_of_person(),
    ]
    return rows


TABLE: tuple[Transition, ...] = (
    *(row for service in Service for row in _reviews(service)),
    *_card_of_follow_up(Service.EARLY_CARD),
    *_card_of_follow_up(Service.REPLACE_CARD),
    *_person(),
)
"""Everything that can happen."""

FIRST = Status.FAO_REVIEW
"""Where a submitted file begins."""

FIRST_OF_PERSON = Status.ECONOMY_REVIEW
"""Where a person begins to live on its own when its group is approved."""

PROGRESS_FROM = Status.CONSULAR_APPROVED
"""From this status on a group shows 人员申请进度 (D03)."""

QUEUES = {Status.FAO_REVIEW: Party.FAO, Status.CONSULAR_REVIEW: Party.CONSULAR}
"""At whose desk a file waits."""

UNDER_REVIEW = frozenset({Status.FAO_REVIEW, Status.FAO_RETURNED, Status.CONSULAR_REVIEW, Status.CONSULAR_RETURNED})
"""Before 领事司审核通过."""

ENDED_WITH_GROUP: Mapping[Status, frozenset[Status]] = {
    Status.WITHDRAWN: UNDER_REVIEW,
    Status.CONSULAR_REJECTED: UNDER_REVIEW,
    Status.FAO_REJECTED: frozenset({Status.FAO_REVIEW, Status.FAO_RETURNED}),
}
"""Where a group comes to its end, and which persons that stand by themselves end with it; any later one goes on."""

CARD_AHEAD = frozenset({Status.ECONOMY_REVIEW, Status.ECONOMY_DONE, Status.CARD_MAKING, Status.CARD_MADE})
"""Past the reviews, and no card handed out yet."""

CLOSED = frozenset(
    {
        Status.FAO_REJECTED,
        Status.CONSULAR_REJECTED,
        Status.WITHDRAWN,
        Status.DONE,
        Status.CARD_ISSUED,
    }
)
"""Where a follow-up service has come to its end, so that the person may apply for another."""


def is_under_way(service: Service, status: Status) -> bool:
    """Whether somebody still works on a file or a person: an office, an economy, whoever makes and hands out cards."""
    waits_for_card = status is Status.CONSULAR_APPROVED and service is not Service.NEW_OR_RENEWAL
    return status in UNDER_REVIEW | CARD_AHEAD or waits_for_card


_ROWS = {(row.level, row.service, row.status, row.action, row.party): row for row in TABLE}


def find_transition(level: Level, service: Service, status: Status, action: Action, party: Party) -> Transition | None:
    """The row that allows this, or None: then it is 操作无效."""
    return _ROWS.get((level, service, status, action, party))


def transitions_of_party(level: Level, service: Service, status: Status, party: Party) -> list[Transition]:
    """The rows of this party at this status, in the table's order."""
    wanted = (level, service, status, party)
    return [row for row in TABLE if (row.level, row.service, row.status, row.party) == wanted]
