"""旅行卡: the steps of a card, and its expiry (docs/domain.md 7)."""

from datetime import datetime

from chalicelib.repos.applications import applications, card_numbers
from chalicelib.repos.applications.applications import Changed
from chalicelib.repos.applications.ended_cards import EndedCard
from chalicelib.rules.accounts.acts import Act
from chalicelib.rules.applications import cards, transitions
from chalicelib.rules.applications.applications import Application, Event, Person
from chalicelib.rules.base.vocabulary import Action
from chalicelib.rules.forms.applications import CardEvent, CardStep
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
            _commit_step(origin, person, after, follow_up, moved, event)
        else:
            _commit(origin, person, after, event)
        return transitions.with_person(origin, after, event), after

    return until_unchanged(record, Changed)


def record_step(number: str, form: CardStep, act: Act) -> Application:
    """Record 制卡, 已制卡 or 发卡 of a follow-up application.

    Args:
        number: the application's number.
        form: the event, with the card's number and last day, and the status version of the application that was seen.
        act: who records it, when and by which request.

    Returns:
        The follow-up application afterwards.

    Raises:
        NotFound: no application that the actor may see.
        OperationInvalid: its status has changed or does not allow the event.
        Invalid: number or last day are missing or wrong, another card has or had the number, or the fee is to be paid
            before the card is made and no voucher is accepted.
        Unavailable: too many other requests change the person.
    """

    def record() -> Application:
        header = applications.header(number, act.actor)
        origin, person = applications.person(cards.holder_of_step(header, form.status_version), act.actor)
        after, moved, event = cards.card_step(origin, person, header, form.model_dump(), act)
        if event.action is Action.MAKE_CARD:
            payments.refuse_unpaid(header)
        _commit_step(origin, person, after, Application(header), moved, event)
        return moved

    return until_unchanged(record, Changed)


def _commit(origin: Application, person: Person, after: Person, event: Event) -> None:
    writes = applications.person_changed(origin.header, person, after, event)
    corrected = event.action is Action.CORRECT_CARD
    # The claim on the number comes last: a person who changed meanwhile is read again before that is a refusal.
    writes += card_numbers.card_recorded(origin.header, person, after, corrected=corrected)
    transaction.commit(origin.header, event, writes, person=after)


def _commit_step(
    origin: Application, person: Person, after: Person, follow_up: Application, moved: Application, event: Event
) -> None:
    writes = [
        *applications.person_and_waits_replaced(origin.header, person, after),
        *applications.status_changed(follow_up, moved, event),
        *card_numbers.card_recorded(origin.header, person, after, corrected=False),
    ]
    transaction.commit(moved.header, event, writes)


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
    writes = applications.person_changed(before.header, person, after, event)
    transaction.commit(before.header, event, writes, person=after)
