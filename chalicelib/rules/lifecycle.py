"""The lifecycle of everything: one table that all else looks up (domain 1.3, design 4).

A group of 新办/续办 is reviewed as one file up to 领事司审核通过. Its persons carry the group's status until then and
live on their own afterwards; a person that an officer returns or rejects lives on its own from that moment, while the
group goes on. The four follow-up services are files of their own about one person. What no row allows is 操作无效.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from chalicelib.rules.vocabulary import Action, Party, Service, Status


class Level(StrEnum):
    """What a row is about: a file as a whole, or one person of a 新办/续办 group."""

    FILE = "file"
    PERSON = "person"


@dataclass(frozen=True)
class Transition:
    """One row: who may take what from this status, by which action, to which status."""

    level: Level
    service: Service
    status: Status
    action: Action
    party: Party
    to: Status
    needs_reason: bool = False


APPROVED: Mapping[Service, Status] = {
    Service.ISSUE: Status.MFA_APPROVED,
    Service.EARLY_CARD: Status.MFA_APPROVED,
    Service.REPLACE_CARD: Status.MFA_APPROVED,
    Service.CHANGE_PASSPORT: Status.DONE,
    Service.CANCEL_CARD: Status.DONE,
}
"""What 领事司 passing a file leads to: where a card follows 领事司审核通过, else 已完成."""


def _file(service: Service) -> list[Transition]:
    """The two reviews of a file, and what its applicant may do meanwhile."""
    file, fao, mfa, side = Level.FILE, Party.FAO, Party.CONSULAR, Party.APPLICANT
    rows: list[Transition] = []
    for desk, at, passed, returned, rejected in (
        (fao, Status.FAO_REVIEW, Status.MFA_REVIEW, Status.FAO_RETURNED, Status.FAO_REJECTED),
        (mfa, Status.MFA_REVIEW, APPROVED[service], Status.MFA_RETURNED, Status.MFA_REJECTED),
    ):
        rows += [
            Transition(file, service, at, Action.PASS, desk, passed),
            Transition(file, service, at, Action.RETURN, desk, returned, needs_reason=True),
            Transition(file, service, at, Action.REJECT, desk, rejected, needs_reason=True),
            Transition(file, service, returned, Action.EDIT, side, returned),
            Transition(file, service, returned, Action.RESUBMIT, side, at),
            Transition(file, service, returned, Action.WITHDRAW, side, Status.WITHDRAWN),
        ]
    rows.append(Transition(file, service, Status.FAO_REVIEW, Action.WITHDRAW, side, Status.WITHDRAWN))
    return rows


def _card(level: Level, service: Service, begin: Status) -> list[Transition]:
    """A card on its way: making, made, issued."""
    return [
        Transition(level, service, begin, Action.MAKE_CARD, Party.CONSULAR, Status.CARD_MAKING),
        Transition(level, service, Status.CARD_MAKING, Action.CARD_MADE, Party.CONSULAR, Status.CARD_MADE),
        Transition(level, service, Status.CARD_MADE, Action.ISSUE_CARD, Party.CONSULAR, Status.CARD_ISSUED),
    ]


def _person() -> list[Transition]:
    """One person of a 新办/续办 group: singled out by an officer, before the economies, with a card."""
    person, issue, mfa = Level.PERSON, Service.ISSUE, Party.CONSULAR
    rows: list[Transition] = []
    for desk, at, passed, returned, rejected in (
        (Party.FAO, Status.FAO_REVIEW, Status.MFA_REVIEW, Status.FAO_RETURNED, Status.FAO_REJECTED),
        (mfa, Status.MFA_REVIEW, Status.ECONOMY_REVIEW, Status.MFA_RETURNED, Status.MFA_REJECTED),
    ):
        rows += [
            Transition(person, issue, at, Action.PASS, desk, passed),
            Transition(person, issue, at, Action.RETURN, desk, returned, needs_reason=True),
            Transition(person, issue, at, Action.REJECT, desk, rejected, needs_reason=True),
            Transition(person, issue, returned, Action.EDIT, Party.APPLICANT, returned),
            Transition(person, issue, returned, Action.RESUBMIT, Party.APPLICANT, at),
            Transition(person, issue, returned, Action.WITHDRAW, Party.APPLICANT, Status.WITHDRAWN),
        ]
    before, done = Status.ECONOMY_REVIEW, Status.ECONOMY_DONE
    decided = (before, done, Status.CARD_MAKING, Status.CARD_MADE, Status.CARD_ISSUED)
    rows += [Transition(person, issue, at, Action.DECIDE_ECONOMY, mfa, at) for at in decided]
    rows += [Transition(person, issue, at, Action.RECORD_FOREIGN_NUMBER, mfa, at) for at in decided]
    rows += [
        Transition(person, issue, before, Action.FINISH_ECONOMIES, Party.PORTAL, done),
        Transition(person, issue, done, Action.REOPEN_ECONOMIES, Party.PORTAL, before),
        *_card(person, issue, done),
    ]
    cards = (Status.CARD_MADE, Status.CARD_ISSUED, Status.EXPIRED)
    rows += [Transition(person, issue, at, Action.CANCEL_CARD, mfa, Status.CANCELLED) for at in cards]
    rows += [Transition(person, issue, at, Action.EXPIRE, Party.PORTAL, Status.EXPIRED) for at in cards[:2]]
    return rows


TABLE: tuple[Transition, ...] = (
    *(row for service in Service for row in _file(service)),
    *_card(Level.FILE, Service.EARLY_CARD, Status.MFA_APPROVED),
    *_card(Level.FILE, Service.REPLACE_CARD, Status.MFA_APPROVED),
    *_person(),
)
"""Everything that can happen."""

FIRST = Status.FAO_REVIEW
"""Where a submitted file begins."""

FIRST_OF_PERSON = Status.ECONOMY_REVIEW
"""Where a person begins to live on its own when its group is approved."""

PROGRESS_FROM = Status.MFA_APPROVED
"""From this status on a group shows 人员申请进度 (D03)."""

QUEUES = {Status.FAO_REVIEW: Party.FAO, Status.MFA_REVIEW: Party.CONSULAR}
"""At whose desk a file waits."""

UNDER_REVIEW = frozenset({Status.FAO_REVIEW, Status.FAO_RETURNED, Status.MFA_REVIEW, Status.MFA_RETURNED})
"""Before 领事司审核通过: a person that stands here by itself is withdrawn with its group, any later one goes on."""

UNDER_WAY = UNDER_REVIEW | {Status.ECONOMY_REVIEW, Status.CARD_MAKING}
"""Somebody still works on it: an office, an economy, whoever makes cards."""

CLOSED = frozenset(
    {
        Status.FAO_REJECTED,
        Status.MFA_REJECTED,
        Status.WITHDRAWN,
        Status.DONE,
        Status.CARD_ISSUED,
    }
)
"""Where a follow-up service has come to its end, so that the person may apply for another."""

_ROWS = {(row.level, row.service, row.status, row.action, row.party): row for row in TABLE}


def find(level: Level, service: Service, status: Status, action: Action, party: Party) -> Transition | None:
    """The row that allows this, or None: then it is 操作无效."""
    return _ROWS.get((level, service, status, action, party))


def allowed_actions(level: Level, service: Service, status: Status, party: Party) -> list[Action]:
    """What this party may do now, in the table's order."""
    wanted = (level, service, status, party)
    return [row.action for row in TABLE if (row.level, row.service, row.status, row.party) == wanted]


def reachable(rows: Iterable[Transition], start: Status) -> set[Status]:
    """Every status that can come after one."""
    found, waiting = {start}, [start]
    step = {(row.status, row.to) for row in rows}
    while waiting:
        at = waiting.pop()
        for origin, to in step:
            if origin is at and to not in found:
                found.add(to)
                waiting.append(to)
    return found
