"""旅行卡: the steps of a card, and its expiry (docs/domain.md 7)."""

from datetime import datetime

from chalicelib.repos.applications import applications, card_numbers
from chalicelib.repos.applications.applications import Changed
from chalicelib.repos.applications.ended_cards import EndedCard
from chalicelib.rules.accounts.acts import Act
from chalicelib.rules.applications import cards, transitions
from chalicelib.rules.applications.applications import Application, Person
from chalicelib.rules.base.vocabulary import Action
from chalicelib.rules.forms.applications import CardEvent
from chalicelib.usecases.applications import payments, transaction
from chalicelib.usecases.retries import until_unchanged


def record_event(number: str, form: CardEvent, act: Act) -> tuple[Application, Person]:
    """Record 制卡, 已制卡, 发卡 or 注销 of the person's open follow-up service, or else of its own application.

    `corrected` is about the card that the person has. A number can be recorded once in the whole portal.

    Args:
        number: the person's number.
        form: the event, with the card's number and last day, a reason, and the status version that was seen.
        act: who records it, when and by which request.

    Returns:
        The application of the person afterwards, and the person.

    Raises:
        NotFound: no person that the actor may see.
        OperationInvalid: the status has changed or does not allow the event.
        Invalid: number, last day or reason are missing or wrong, another card has or had the number, or the fee is to
            be paid before the card is made and no voucher is accepted.
        Unavailable: too many other requests change the person.
    """

    def record() -> tuple[Application, Person]:
        origin, person = applications.person(number, act.actor)
        follow_up = applications.get(person.open_service, act.actor) if person.open_service else None
        after, moved, event = cards.card_event(origin, person, follow_up, form.model_dump(), act)
        if event.action is Action.MAKE_CARD:
            payments.refuse_unpaid((follow_up or origin).header)
        if moved is not None and follow_up is not None:
            writes = [
                *applications.person_and_waits_replaced(origin.header, person, after),
                *applications.status_changed(follow_up, moved, event),
            ]
        else:
            writes = applications.person_changed(origin.header, person, after, event)
        # The claim on the number comes last: a person who changed meanwhile is read again before that is a refusal.
        writes += card_numbers.card_recorded(
            origin.header, person, after, corrected=event.action is Action.CORRECT_CARD
        )
        transaction.commit(moved.header if moved else origin.header, event, writes)
        return transitions.with_person(origin, after, event), after

    return until_unchanged(record, Changed)


def expire(ended: EndedCard, now: datetime, request_id: str) -> None:
    """Record that the card of one person is past its last day.

    Args:
        ended: the person, as the scheduled run has read it.
        now: the time of the scheduled run.
        request_id: the id of the scheduled run, for the history.

    Raises:
        NotFound: no such person.
        OperationInvalid: the person has no card that is past its last day.
        Changed: a concurrent request has changed the person.
    """
    before = ended.application()
    person = before.person(ended.number)
    after, event = cards.expire_card(before, person, now, request_id)
    transaction.commit(before.header, event, applications.person_changed(before.header, person, after, event))
