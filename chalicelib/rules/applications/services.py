"""可申请业务: the follow-up services that a person can apply for (docs/domain.md 2.6, L04-L06)."""

from collections.abc import Mapping
from datetime import date

from chalicelib.rules.applications.applications import Person
from chalicelib.rules.base import limits
from chalicelib.rules.base.vocabulary import Service, Status

EARLY, REPLACE = Service.EARLY_CARD, Service.REPLACE_CARD
CHANGE, CANCEL = Service.CHANGE_PASSPORT, Service.CANCEL_CARD

WITHOUT_CARD: Mapping[tuple[Status, bool], tuple[Service, ...]] = {
    (Status.ECONOMY_REVIEW, False): (CHANGE,),
    (Status.ECONOMY_REVIEW, True): (EARLY, CHANGE),
    (Status.ECONOMY_DONE, False): (CHANGE,),
    (Status.ECONOMY_DONE, True): (CHANGE,),
}
"""By status and whether an economy has approved, for a person without a card or with a cancelled one."""

WITH_CARD: Mapping[Status, tuple[Service, ...]] = {
    Status.ECONOMY_REVIEW: (REPLACE, CANCEL),
    Status.ECONOMY_DONE: (REPLACE, CANCEL),
    Status.CARD_MADE: (REPLACE, CANCEL),
    Status.CARD_ISSUED: (REPLACE, CANCEL),
    Status.EXPIRED: (CANCEL,),
}
"""By status, for a person with a card that is not cancelled."""


NO_SERVICES = (None, Status.REFUSED)
"""Own statuses without services whatever the card: not approved yet; closed, perhaps with an early card that ended."""


def has_reached_limit(person: Person) -> bool:
    """Whether the person has had as many follow-up applications as one person may have."""
    return len(person.follow_ups) >= limits.MAX_FOLLOW_UPS


def available_services(person: Person, today: date) -> list[Service]:
    """The services available to the person, in the order of the tabs.

    None while another is under way, none after `limits.MAX_FOLLOW_UPS` of them, and none without personal data.
    """
    if person.destroyed or person.own_status in NO_SERVICES or person.open_service or has_reached_limit(person):
        return []
    if person.card is not None and not person.card.cancelled:
        status = Status.EXPIRED if person.card.ended(today) else person.own_status
        return list(WITH_CARD.get(status, ())) if status else []
    services = WITHOUT_CARD.get((person.own_status, person.has_approval), ()) if person.own_status else ()
    return [service for service in services if service is not EARLY or not person.early_card_used]
