"""The four follow-up services: application, effect on the person, and card events (docs/domain.md 2.2-2.5, 7).

提前制卡, 换补卡 (four cases), 未制卡仅更换护照, 注销卡: each is an application of its own with its own number.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from chalicelib.rules.accounts.acts import Act
from chalicelib.rules.applications import lifecycle, progress
from chalicelib.rules.applications.applications import (
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
from chalicelib.rules.applications.lifecycle import Level
from chalicelib.rules.applications.services import available_services, has_reached_limit
from chalicelib.rules.applications.transitions import transition_for, with_own_status
from chalicelib.rules.base.china_time import china_day
from chalicelib.rules.base.errors import FieldError, FollowUpLimit, Invalid, OperationInvalid, invalid
from chalicelib.rules.base.vocabulary import AccountId, Action, ApplicationNumber, Party, Service, Status

PORTAL = "portal"
"""The name of the actor in events of the portal itself."""

PASSPORT_FIELDS = (
    "passport_kind",
    "passport_number",
    "passport_issued_on",
    "passport_expires_on",
    "passport_place",
)


def apply_for_service(  # noqa: PLR0913, PLR0917  independent inputs of one decision
    number: ApplicationNumber,
    application: Application,
    person: Person,
    service: Service,
    content: Mapping[str, Any],
    act: Act,
    seen: int,
    today: date,
) -> tuple[Application, Person]:
    """A new follow-up application, and the person with that service under way.

    Args:
        number: Number of the new application.
        application: The person's 新办/续办 application.
        person: The person that the service is for.
        service: The service.
        content: The validated content.
        act: Who applies.
        seen: The person's `status_version` as the client saw it.
        today: The Chinese calendar day.

    Raises:
        OperationInvalid: The status has changed, or the service is not available to the person now.
        FollowUpLimit: The person has had as many follow-up applications as one person may have.
        Invalid: The content does not fit this person.
    """
    stale = seen != status_version_of(person, application.header)
    if not stale and has_reached_limit(person):
        raise FollowUpLimit
    if stale or service not in available_services(person, today):
        raise OperationInvalid(current_of(person, application.header))
    _check_against(person, content)
    origin = application.header
    header = ApplicationHeader(
        number=number,
        service=service,
        enterprise_id=origin.enterprise_id,
        enterprise_name=origin.enterprise_name,
        office=origin.office,
        creator_id=act.actor.id,
        creator_name=act.actor.display_name,
        status=lifecycle.FIRST,
        status_since=act.at,
        status_by=act.actor_name,
        submitted_at=act.at,
        created_at=act.at,
        content={
            "person_name": person.content["name"],
            "person_number": person.number,
            "title": person.content["title"],
            "current_passport_number": person.content["passport_number"],
            **content,
        },
    )
    event = event_of(act, Action.SUBMIT, None, lifecycle.FIRST, person_number=person.number)
    busy = replace(person, open_service=number, follow_ups=(*person.follow_ups, number), version=person.version + 1)
    return Application(header, (), (event,)), busy


def check_case(service: Service, content: Mapping[str, Any]) -> None:
    """Check the requirements of a service: a new passport needs all its fields, and only 换补卡 has a case.

    The case is optional: passport fields imply a new passport (docs/domain.md 2.3).

    Raises:
        Invalid: With all fields that are missing or not allowed.
    """
    errors = []
    case = content.get("case")
    if case is not None and service is not Service.REPLACE_CARD:
        errors.append(FieldError("case", "extra_forbidden"))
    implied = service is Service.REPLACE_CARD and case is None and content.get("passport_number") is not None
    if service is Service.CHANGE_PASSPORT or case == "new_passport" or implied:
        errors += [FieldError(name, "missing") for name in PASSPORT_FIELDS if content.get(name) is None]
    elif any(content.get(name) is not None for name in PASSPORT_FIELDS):
        errors += [FieldError(name, "extra_forbidden") for name in PASSPORT_FIELDS if content.get(name) is not None]
    if errors:
        raise Invalid(errors)


def check_edit(service: Service, person: Person, content: Mapping[str, Any]) -> None:
    """Check the corrected content of a follow-up application, as on application; raises as `check_case`."""
    check_case(service, content)
    _check_against(person, content)


def _check_against(person: Person, content: Mapping[str, Any]) -> None:
    """Refuse an unchanged passport number, and `more_economies` for a card that is not early."""
    errors = []
    if content.get("passport_number") == person.content["passport_number"]:
        errors.append(FieldError("passport_number", "PASSPORT_SAME"))
    if content.get("case") == "more_economies" and not (person.card and person.card.early):
        errors.append(FieldError("case", "CASE_MORE_ECONOMIES"))
    if errors:
        raise Invalid(errors)


def apply_outcome(header: ApplicationHeader, person: Person, act: Act) -> Person:
    """The person after its follow-up application has changed to its present status."""
    if header.status not in lifecycle.CLOSED and header.status is not Status.CONSULAR_APPROVED:
        return person
    after = _with_result(header, person, act)
    if header.status in lifecycle.CLOSED:
        after = _freed(person, after)
    return replace(after, version=person.version + 1)


def _freed(before: Person, after: Person) -> Person:
    """The person without a service under way; the new status version makes actions on older pages invalid."""
    return replace(after, open_service=None, status_version=before.status_version + 1)


def _with_result(header: ApplicationHeader, person: Person, act: Act) -> Person:
    if header.service is Service.CHANGE_PASSPORT and header.status is Status.DONE:
        return _with_passport(header, person)
    if header.service is Service.CANCEL_CARD and header.status is Status.DONE:
        return with_cancelled_card(person, act)
    return person


def _with_passport(header: ApplicationHeader, person: Person) -> Person:
    """The person with the new passport of the follow-up application, if it has one."""
    if header.content.get("passport_number") is None:
        return person
    changes = {name: header.content[name] for name in PASSPORT_FIELDS}
    return replace(person, content={**person.content, **changes})


def with_cancelled_card(person: Person, act: Act) -> Person:
    """The person with its card cancelled; with an early card the application goes on."""
    card = replace(person.card, cancelled=True) if person.card else None
    if person.own_status in lifecycle.CARDS:
        return replace(with_own_status(person, Status.CANCELLED, act), card=card)
    return replace(person, card=card)


def with_card(person: Person, number: str, valid_until: str, today: date, *, early: bool) -> Person:
    """The person with a new card; its last day is cut to the passport's expiry (docs/domain.md 7.1).

    Raises:
        Invalid: The number is that of the present card, or the last day is not after today.
    """
    if person.card is not None and person.card.number == number:
        raise invalid("card_number", "CARD_NUMBER")
    end = min(valid_until, person.content["passport_expires_on"])
    if end <= today.isoformat():
        raise invalid("valid_until", "greater_than", gt=today.isoformat())
    return replace(person, card=Card(number, end, early=early), early_card_used=person.early_card_used or early)


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
}


def card_event(
    application: Application,
    person: Person,
    follow_up: Application | None,
    form: Mapping[str, Any],
    act: Act,
) -> tuple[Person, Application | None, Event]:
    """Record a card event: for the follow-up service under way, else for the person's application.

    `form` is `{event, card_number, valid_until, status_version}` as in the request. Returns the person, the follow-up
    application if it changed, and the history entry.

    Raises:
        OperationInvalid: The status has changed, or the card cannot take this step now.
        Invalid: The event is `made` without card number or last day.
    """
    action = CARD_ACTIONS[form["event"]]
    if action is Action.CARD_MADE:
        missing = [FieldError(name, "missing") for name in ("card_number", "valid_until") if not form.get(name)]
        if missing:
            raise Invalid(missing)
    header, today = application.header, china_day(act.at)
    status = status_of(person, header, today)
    if form["status_version"] != status_version_of(person, header):
        raise OperationInvalid(current_of(person, header))
    if follow_up is not None and action is not Action.CANCEL_CARD:
        return _card_of_service(application, person, follow_up, form, act)
    row = transition_for(person, header, action, act.actor.party, today)
    if row is None:
        raise OperationInvalid(current_of(person, header))
    to = Status.ECONOMY_REVIEW if row.to is Status.ECONOMY_DONE and progress.has_pending_economies(person) else row.to
    changed = person if to in lifecycle.BEFORE_CARD else _with_card(person, action, form, act, early=False)
    event = event_of(act, action, status, to, person_number=person.number)
    return with_own_status(changed, to, act), None, event


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
    holder = _with_passport(header, person) if action is Action.CARD_MADE else person
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
        after = _freed(person, after)
    moved = replace(
        header,
        status=row.to,
        status_version=header.status_version + 1,
        status_since=act.at,
        status_by=act.actor_name,
    )
    event = event_of(act, action, header.status, row.to, person_number=person.number)
    return after, Application(moved, (), (*follow_up.history, event)), event


def _with_card(person: Person, action: Action, form: Mapping[str, Any], act: Act, *, early: bool) -> Person:
    if action is Action.CARD_MADE:
        return with_card(person, form["card_number"], form["valid_until"], china_day(act.at), early=early)
    if action is Action.ISSUE_CARD and person.card is not None:
        return replace(person, card=replace(person.card, issued=True))
    if action is Action.CANCEL_CARD and person.card is not None:
        return replace(person, card=replace(person.card, cancelled=True))
    return person
