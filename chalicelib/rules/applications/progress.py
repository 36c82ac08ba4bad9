"""人员申请进度 (D01-D07; docs/domain.md 10.2), and recording the decision of an economy (docs/domain.md 6.2)."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from chalicelib import data
from chalicelib.rules.accounts.acts import Act
from chalicelib.rules.applications import lifecycle
from chalicelib.rules.applications.applications import (
    Answer,
    Application,
    ApplicationHeader,
    Event,
    Person,
    current_of,
    event_of,
    status_of,
)
from chalicelib.rules.applications.lifecycle import Level
from chalicelib.rules.applications.transitions import transition_for, with_own_status, with_person
from chalicelib.rules.base.china_time import china_day
from chalicelib.rules.base.errors import OperationInvalid, invalid
from chalicelib.rules.base.vocabulary import Action, Decision, Party, PersonNumber, Service, Status

COLUMNS = (
    "申请单号",
    "申请人",
    "职务",
    "经济体审核批准",
    "经济体审核拒签",
    "经济体审核锁定",
    "经济体尚未审核",
)
"""Column titles of the overview and the export (D05)."""

JOINER = "、"
"""The separator between economies in one cell (D06)."""


@dataclass(frozen=True)
class Row:
    """The row of one person: its four lists together contain each of the 16 economies once.

    They are empty while the economies are not asked about the person: then none of them is 审批中.
    """

    person_number: PersonNumber
    name: str
    title: str
    status: Status
    approved: tuple[str, ...]
    refused: tuple[str, ...]
    locked: tuple[str, ...]
    pending: tuple[str, ...]

    def cells(self) -> tuple[str, ...]:
        """The row as text, in the order of `COLUMNS`."""
        answers = (self.approved, self.refused, self.locked, self.pending)
        return (self.person_number, self.name, self.title, *(JOINER.join(names) for names in answers))


def decision_of(economies: Mapping[str, Answer], code: str) -> Decision:
    """The decision of an economy; `PENDING` if it has not answered."""
    return economies[code].decision if code in economies else Decision.PENDING


def row_of(person: Person, header: ApplicationHeader, today: date, language: str = "zh") -> Row:
    """The row of a person, with names of economies in `language` and their order of display.

    Args:
        person: the person.
        header: of the application of the person.
        today: the Chinese calendar day.
        language: of the names, `zh` or `en`.
    """
    approved: list[str] = []
    refused: list[str] = []
    locked: list[str] = []
    pending: list[str] = []
    for code, name in _deciding(language) if person.economies_since else ():
        decision = decision_of(person.economies, code)
        if decision is Decision.PENDING:
            pending.append(name)
        elif decision is Decision.APPROVED:
            approved.append(name)
        elif decision is Decision.REFUSED:
            refused.append(name)
        else:
            locked.append(name)
    return Row(
        person_number=person.number,
        name=person.content["name"],
        title=person.content["title"],
        status=status_of(person, header, today),
        approved=tuple(approved),
        refused=tuple(refused),
        locked=tuple(locked),
        pending=tuple(pending),
    )


@functools.cache
def _deciding(language: str) -> tuple[tuple[str, str], ...]:
    """Codes and names of the economies that decide, in their order of display."""
    return tuple((economy.code, economy.label(language)) for economy in data.deciding_economies())


def days_waited(person: Person, code: str, now: datetime) -> int | None:
    """Whole days from the start of the economies' review to the answer, or to now; None before that review."""
    if person.economies_since is None:
        return None
    answer = person.economies.get(code)
    return ((answer.decided_at if answer else now) - person.economies_since).days


def is_available(application: Application) -> bool:
    """Whether the overview exists: from 领事司审核通过 on (D03), or once a person reviewed apart is there."""
    header = application.header
    ahead = any(person.economies_since for person in application.persons)
    return header.service is Service.NEW_OR_RENEWAL and (ahead or header.status is lifecycle.PROGRESS_FROM)


def overview(application: Application, today: date, language: str = "zh") -> list[Row]:
    """The rows of all persons (D04), with names of economies in `language`.

    Raises:
        OperationInvalid: No person has reached the economies (D03), or the application is a follow-up application.
    """
    if not is_available(application):
        raise OperationInvalid(application.header.current)
    return [row_of(person, application.header, today, language) for person in application.persons]


def record_decision(
    application: Application, number: PersonNumber, code: str, answer: Answer, act: Act
) -> tuple[Application, Event | None]:
    """Record the decision of one economy on one person; the same decision again changes nothing and has no event.

    The last answer moves the person to APEC经济体审核完成; a correction to 审批中 moves it back.

    Raises:
        NotFound: There is no such person.
        Invalid: The economy is not one of the 16 that decide, or its approval has ended already.
        OperationInvalid: The person is not at the economies.
    """
    if code not in {economy.code for economy in data.deciding_economies()}:
        raise invalid("economy", "ECONOMY")
    today = china_day(act.at).isoformat()
    person = application.person(number)
    status = status_of(person, application.header)
    if transition_for(person, application.header, Action.DECIDE_ECONOMY, act.actor.party, china_day(act.at)) is None:
        raise OperationInvalid(current_of(person, application.header))
    before = person.economies.get(code)
    if decision_of(person.economies, code) is answer.decision and (
        before is None or before.valid_until == answer.valid_until
    ):
        return application, None
    if answer.decision is Decision.APPROVED and (answer.valid_until or today) < today:
        raise invalid("valid_until", "APPROVAL_PAST", today=today)
    if before is not None and before.decision is answer.decision:
        # Only the last day is corrected: the time of the answer stays.
        answer = replace(answer, decided_at=before.decided_at)
    economies = {other: given for other, given in person.economies.items() if other != code}
    if answer.decision is not Decision.PENDING:
        economies[code] = answer
    after = _with_status_of_decisions(replace(person, economies=economies), status, act)
    event = event_of(
        act,
        Action.DECIDE_ECONOMY,
        status,
        status_of(after, application.header),
        person_number=number,
        economy=code,
        decision=answer.decision,
    )
    return with_person(application, after, event), event


def pending_economies(person: Person) -> int:
    """How many economies have still to decide on the person."""
    codes = (economy.code for economy in data.deciding_economies())
    return sum(decision_of(person.economies, code) is Decision.PENDING for code in codes)


def _with_status_of_decisions(person: Person, status: Status, act: Act) -> Person:
    """The person with the status that follows from whether an economy is pending."""
    action = Action.REOPEN_ECONOMIES if pending_economies(person) else Action.FINISH_ECONOMIES
    step = lifecycle.find_transition(Level.PERSON, Service.NEW_OR_RENEWAL, status, action, Party.PORTAL)
    if step is None:
        return replace(person, version=person.version + 1)
    return with_own_status(person, step.to, act)
