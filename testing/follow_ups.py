"""Persons under review by economies, card holders and follow-up applications, made over HTTP."""

import uuid
from typing import Any

from testing import people
from testing.world import Answer, User, World

ECONOMIES = "AUS BRN CHL IDN JPN KOR MYS MEX NZL PNG PER PHL RUS SGP THA VNM"
"""The deciding economies in the order of the portal (docs/domain.md 6.1)."""

SIXTEEN = tuple(ECONOMIES.split())
CARD_END = "2031-11-20"


def economy(world: World, person: str, code: str = "SGP", decision: str = "approved", **more: Any) -> Any:
    """Record the decision of one economy about a person."""
    form = {"decision": decision, **more}
    return world.desk("consular").ok("PUT", f"/office/persons/{person}/economies/{code}", form)


def waiting(world: World, user: User, approvals: int = 0) -> str:
    """The number of a person under review by economies, with this many approvals."""
    person = f"{world.approved(user)['number']}-01"
    for code in SIXTEEN[:approvals]:
        economy(world, person, code)
    return person


def decided(world: World, user: User) -> str:
    """The number of a person whom all economies have approved."""
    person = f"{world.approved(user)['number']}-01"
    finish(world, person)
    return person


def finish(world: World, person: str) -> None:
    """Record the approval of every economy."""
    for code in SIXTEEN:
        economy(world, person, code)


def seen(user: User, person: str) -> Any:
    """The person as shown to its enterprise."""
    return user.ok("GET", f"/persons/{person}")


def open_to(user: User, person: str) -> list[str]:
    """The follow-up services for which the person can apply now."""
    services: list[str] = seen(user, person)["available_services"]
    return services


def apply(
    user: User, person: str, service: str, version: int | None = None, key: str | None = None, **form: Any
) -> Answer:
    """Apply for a follow-up service; `version` defaults to the person's current status version."""
    if version is None:
        version = seen(user, person)["status_version"]
    body = {"service": service, "status_version": version, "reason": "出差需要", **form}
    return user("POST", f"/persons/{person}/services", body, Idempotency_Key=key or str(uuid.uuid4()))


def applied(user: User, person: str, service: str, **form: Any) -> Any:
    """A submitted follow-up application."""
    answer = apply(user, person, service, **form)
    assert answer.status == 201, answer.raw.decode()
    return answer.body


def through(world: World, user: User, person: str, service: str, **form: Any) -> Any:
    """A follow-up application that both desks have passed."""
    follow_up = applied(user, person, service, **form)
    world.decide(world.desk("fao-hunan"), follow_up)
    return world.decide(world.desk("consular"), follow_up)


def card(world: World, person: str, event: str, version: int | None = None, **more: Any) -> Answer:
    """Record a card event; `version` defaults to the person's current status version."""
    officer = world.desk("consular")
    if version is None:
        version = officer.ok("GET", f"/office/persons/{person}")["status_version"]
    form = {"event": event, "status_version": version, **more}
    return officer("POST", f"/office/persons/{person}/card", form)


def made(world: World, person: str, valid_until: str = CARD_END) -> str:
    """Make and issue a card for the person or its open follow-up application; returns the card number."""
    number = f"CN{people.serial():06d}"
    steps: tuple[tuple[str, dict[str, str]], ...] = (
        ("making", {}),
        ("made", {"card_number": number, "valid_until": valid_until}),
        ("issued", {}),
    )
    for event, more in steps:
        answer = card(world, person, event, None, **more)
        assert answer.status == 200, answer.raw.decode()
    return number


def holder(world: World, user: User, valid_until: str = CARD_END) -> str:
    """The number of a person with an issued card."""
    person = decided(world, user)
    made(world, person, valid_until)
    return person


def passport(**changes: Any) -> dict[str, Any]:
    """The passport fields of a follow-up application."""
    return {
        "passport_kind": "ordinary",
        "passport_number": people.make_passport(),
        "passport_issued_on": "2026-10-01",
        "passport_expires_on": "2036-09-30",
        "passport_place": "湖南",
        **changes,
    }
