"""旅行卡: the steps of a card, its correction and its end, and where it admits its holder (docs/domain.md 7)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from chalicelib import data
from chalicelib.rules.accounts.acts import Act
from chalicelib.rules.applications import lifecycle, progress
from chalicelib.rules.applications.applications import (
    Answer,
    Application,
    ApplicationHeader,
    Card,
    Event,
    Person,
    current_of,
    event_of,
    status_of,
    status_version_of,
)
from chalicelib.rules.applications.follow_ups import freed, with_passport
from chalicelib.rules.applications.lifecycle import Level
from chalicelib.rules.applications.transitions import check_reason, transition_for, with_own_status
from chalicelib.rules.base import limits
from chalicelib.rules.base.china_time import china_day
from chalicelib.rules.base.errors import FieldError, Invalid, OperationInvalid, invalid
from chalicelib.rules.base.months import add_months
from chalicelib.rules.base.vocabulary import AccountId, Action, Decision, Party, PersonNumber, Service, Status

PORTAL = "portal"
"""The name of the actor in events of the portal itself."""

CARD_FIELDS = ("card_number", "valid_until")
"""What is printed on a card and recorded with it: both when it is made, at least one when it is corrected."""


def with_card(person: Person, number: str, valid_until: str, at: datetime, *, early: bool) -> Person:
    """The person with a new card, which keeps when it was made and the economies that had approved by then.

    Raises:
        Invalid: The number is that of the present card, or the last day is not one that the card can have.
    """
    if person.card is not None and person.card.number == number:
        raise invalid("card_number", "CARD_NUMBER_TAKEN")
    today = china_day(at)
    _check_last_day(person, valid_until, today, today)
    printed = tuple(code for code, answer in _approvals(person) if _last_day(answer, valid_until) >= today.isoformat())
    card = Card(number, valid_until, early=early, made_at=at, printed=printed)
    return replace(person, card=card, early_card_used=person.early_card_used or early)


def _check_last_day(person: Person, valid_until: str, made_on: date, today: date) -> None:
    """Refuse a last day that is over, after the passport's, or more than five years after the making (7.1)."""
    if valid_until <= today.isoformat():
        raise invalid("valid_until", "greater_than", gt=today.isoformat())
    if valid_until > person.content["passport_expires_on"]:
        raise invalid("valid_until", "CARD_PAST_PASSPORT")
    if valid_until > add_months(made_on, limits.CARD_YEARS * 12).isoformat():
        raise invalid("valid_until", "CARD_TOO_LONG", years=limits.CARD_YEARS)


def _approvals(person: Person) -> list[tuple[str, Answer]]:
    """The economies that have approved the person, in their order of display."""
    answers = ((economy.code, person.economies.get(economy.code)) for economy in data.deciding_economies())
    return [(code, answer) for code, answer in answers if answer and answer.decision is Decision.APPROVED]


def _last_day(answer: Answer, valid_until: str) -> str:
    """The last day of an approval for the holder of a card: its own, but not after the card's."""
    return min(answer.valid_until or valid_until, valid_until)


@dataclass(frozen=True)
class Destination:
    """An economy to which a card admits its holder."""

    code: str
    valid_until: str
    """The last day: of the approval or of the card, whichever is earlier."""
    printed: bool | None
    """Whether the card names the economy; False if it approved after the making, None for a card made before the
    portal kept this."""


def travel(person: Person, today: date) -> list[Destination]:
    """Where the person may travel with the card today: nowhere without a card that is handed out and usable."""
    card = person.card
    if card is None or not card.issued or not card.lives(today):
        return []
    ends = [(code, _last_day(answer, card.valid_until)) for code, answer in _approvals(person)]
    return [
        Destination(code, end, None if card.printed is None else code in card.printed)
        for code, end in ends
        if end >= today.isoformat()
    ]


def card_may_expire(person: Person) -> bool:
    """Whether the end of the person's card has to be recorded when it comes."""
    status, card = person.own_status, person.card
    if status is None or card is None or card.cancelled or card.expired:
        return False
    return (
        lifecycle.find_transition(Level.PERSON, Service.NEW_OR_RENEWAL, status, Action.EXPIRE, Party.PORTAL) is not None
    )


def expire_card(application: Application, person: Person, now: datetime, request_id: str) -> tuple[Person, Event]:
    """Record the end of a card by the portal: 卡已到期; after an early card the application goes on.

    Raises:
        OperationInvalid: The person has no card whose end is to be recorded.
    """
    status = status_of(person, application.header)
    row = lifecycle.find_transition(Level.PERSON, application.header.service, status, Action.EXPIRE, Party.PORTAL)
    card = person.card
    if row is None or card is None or not card_may_expire(person) or not card.ended(china_day(now)):
        raise OperationInvalid(current_of(person, application.header))
    after = replace(person, card=replace(card, expired=True), version=person.version + 1)
    if row.to is not status:
        after = replace(
            after,
            own_status=row.to,
            status_since=now,
            status_by=PORTAL,
            status_by_agent=None,
            status_version=person.status_version + 1,
        )
    event = Event(
        at=now,
        action=Action.EXPIRE,
        actor_id=AccountId(PORTAL),
        actor=PORTAL,
        party=Party.PORTAL,
        origin=status,
        to=row.to,
        person_number=person.number,
        request_id=request_id,
    )
    return after, event


CARD_ACTIONS = {
    "making": Action.MAKE_CARD,
    "made": Action.CARD_MADE,
    "issued": Action.ISSUE_CARD,
    "cancelled": Action.CANCEL_CARD,
    "corrected": Action.CORRECT_CARD,
}

OF_PERSON = frozenset({Action.CANCEL_CARD, Action.CORRECT_CARD})
"""Actions on the card that the person has, also while a follow-up service is under way."""


def card_event(
    application: Application,
    person: Person,
    follow_up: Application | None,
    form: Mapping[str, Any],
    act: Act,
) -> tuple[Person, Application | None, Event]:
    """Record a card event: for the follow-up service under way, else for the person's application.

    `form` is `{event, card_number, valid_until, reason, status_version}` as in the request. Returns the person, the
    follow-up application if it changed, and the history entry.

    Raises:
        OperationInvalid: The status has changed, or the card cannot take this step now.
        Invalid: A field that the event needs is missing, or wrong for this person.
    """
    action = CARD_ACTIONS[form["event"]]
    _check_complete(action, form)
    header, today = application.header, china_day(act.at)
    status = status_of(person, header, today)
    if form["status_version"] != status_version_of(person, header):
        raise OperationInvalid(current_of(person, header))
    if follow_up is not None and action not in OF_PERSON:
        return _card_of_service(application, person, follow_up, form, act)
    row = transition_for(person, header, action, act.actor.party, today)
    if row is None:
        raise OperationInvalid(current_of(person, header))
    reason = form.get("reason")
    check_reason(row, reason)
    if action is Action.CORRECT_CARD and person.card is not None:
        corrected, fields = _corrected(person, person.card, form, today)
        event = event_of(act, action, status, row.to, person_number=person.number, reason=reason, fields=fields)
        return corrected, None, event
    to = Status.ECONOMY_REVIEW if row.to is Status.ECONOMY_DONE and progress.pending_economies(person) else row.to
    changed = person if to in lifecycle.BEFORE_CARD else _with_card(person, action, form, act, early=False)
    event = event_of(act, action, status, to, person_number=person.number, reason=reason)
    return with_own_status(changed, to, act), None, event


def is_recorded(
    application: Application, person: Person, follow_up: Application | None, form: Mapping[str, Any]
) -> bool:
    """Whether a card event that is refused now has been recorded before with the same values.

    Arguments as in `card_event`. A list of events that is sent again changes nothing, and says so.
    """
    card, event = person.card, form["event"]
    is_later = form["status_version"] < status_version_of(person, application.header)
    if event == "making":
        if follow_up is not None:
            # The steps of a service's card leave the version of its person as it is.
            return follow_up.header.status is Status.CARD_MAKING and not is_later
        return status_of(person, application.header) is Status.CARD_MAKING and is_later
    if card is None:
        return False
    same = form.get("card_number") in (None, card.number) and form.get("valid_until") in (None, card.valid_until)
    reached = {
        "made": not card.cancelled,
        "issued": card.issued and follow_up is None and is_later,
        "cancelled": card.cancelled and is_later,
        "corrected": is_later,
    }
    return same and reached[event]


def _check_complete(action: Action, form: Mapping[str, Any]) -> None:
    missing = [FieldError(name, "missing") for name in CARD_FIELDS if not form.get(name)]
    if action is Action.CARD_MADE and missing:
        raise Invalid(missing)


def holder_of_step(header: ApplicationHeader, seen: int) -> PersonNumber:
    """The person for whom a follow-up application makes a card; `seen` is the `status_version` that the client saw.

    Raises:
        OperationInvalid: The status has changed, or it is not a follow-up application.
    """
    if header.service is Service.NEW_OR_RENEWAL or seen != header.status_version:
        raise OperationInvalid(header.current)
    return PersonNumber(header.content["person_number"])


def card_step(
    application: Application, person: Person, header: ApplicationHeader, form: Mapping[str, Any], act: Act
) -> tuple[Person, Application, Event]:
    """Record a step of the card of a follow-up application; `form` and result as of `card_event`.

    Args:
        application: The application of the person.
        person: The holder.
        header: The follow-up application.
        form: The event, with number and last day of the card.
        act: Who acts, and when.

    Raises:
        OperationInvalid: The card cannot take this step now.
        Invalid: A field that the event needs is missing, or wrong for this person.
    """
    action = CARD_ACTIONS[form["event"]]
    _check_complete(action, form)
    row = lifecycle.find_transition(Level.APPLICATION, header.service, header.status, action, act.actor.party)
    if row is None or person.open_service != header.number:
        raise OperationInvalid(header.current)
    return _card_of_service(application, person, Application(header), form, act)


def _corrected(person: Person, card: Card, form: Mapping[str, Any], today: date) -> tuple[Person, tuple[str, ...]]:
    """The person with what was recorded wrongly about its card corrected, and the names of the corrected fields.

    The status stays; its version rises, so that of two officers with the same page the second is refused.
    """
    number, end = form.get("card_number") or card.number, form.get("valid_until") or card.valid_until
    fields = tuple(
        name
        for name, old, new in zip(CARD_FIELDS, (card.number, card.valid_until), (number, end), strict=True)
        if old != new
    )
    if not fields:
        raise Invalid([FieldError(name, "CARD_UNCHANGED") for name in CARD_FIELDS])
    if "valid_until" in fields:
        _check_last_day(person, end, china_day(card.made_at) if card.made_at else today, today)
    corrected = replace(card, number=number, valid_until=end)
    version, status_version = person.version + 1, person.status_version + 1
    return replace(person, card=corrected, version=version, status_version=status_version), fields


def _card_of_service(
    application: Application, person: Person, follow_up: Application, form: Mapping[str, Any], act: Act
) -> tuple[Person, Application, Event]:
    header = follow_up.header
    action = CARD_ACTIONS[form["event"]]
    row = lifecycle.find_transition(Level.APPLICATION, header.service, header.status, action, act.actor.party)
    if row is None or (action is not Action.ISSUE_CARD and not person.has_approval):
        raise OperationInvalid(current_of(person, application.header))
    # A replacement made while economies are pending is as early as the card it replaces.
    early = person.own_status is Status.ECONOMY_REVIEW
    # The new passport counts from the new card on: until then the application can be rejected.
    holder = with_passport(header, person) if action is Action.CARD_MADE else person
    after = _with_card(holder, action, form, act, early=early)
    status = status_of(person, application.header)
    handed_out = lifecycle.find_transition(
        Level.PERSON, Service.NEW_OR_RENEWAL, status, Action.HAND_OUT_REPLACEMENT, Party.PORTAL
    )
    # With an early card the person still waits for economies, or for the ordinary card.
    card = after.card
    in_hand = action is Action.ISSUE_CARD and card is not None and not card.early and card.lives(china_day(act.at))
    if in_hand and handed_out is not None:
        after = with_own_status(after, handed_out.to, act)
    else:
        after = replace(after, version=person.version + 1)
    if row.to in lifecycle.CLOSED:
        after = freed(person, after)
    moved = replace(
        header,
        status=row.to,
        status_version=header.status_version + 1,
        status_since=act.at,
        status_by=act.actor_name,
        status_by_agent=act.agent_name,
    )
    event = event_of(act, action, header.status, row.to, person_number=person.number)
    return after, Application(moved, (), (*follow_up.history, event)), event


def _with_card(person: Person, action: Action, form: Mapping[str, Any], act: Act, *, early: bool) -> Person:
    if action is Action.CARD_MADE:
        return with_card(person, form["card_number"], form["valid_until"], act.at, early=early)
    if action is Action.ISSUE_CARD and person.card is not None:
        return replace(person, card=replace(person.card, issued=True, issued_at=act.at))
    if action is Action.CANCEL_CARD and person.card is not None:
        return replace(person, card=replace(person.card, cancelled=True))
    return person
