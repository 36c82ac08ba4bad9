"""可申请业务: which follow-up services a person may apply for now (matrix of domain 2.6, L04-L06)."""

from chalicelib.rules.applications import Person
from chalicelib.rules.vocabulary import Decision, Service, Status


def available_services(person: Person) -> list[Service]:
    """The services open to this person, in the order of the tabs; none before 领事司审核通过."""
    approved = any(answer.decision is Decision.APPROVED for answer in person.economies.values())
    if person.own_status is Status.ECONOMY_REVIEW:
        return [Service.EARLY_CARD, Service.CHANGE_PASSPORT] if approved else [Service.CHANGE_PASSPORT]
    if person.own_status is Status.ECONOMY_DONE:
        return [Service.CHANGE_PASSPORT]
    return []
