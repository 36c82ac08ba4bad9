"""Officers' acts by list: decisions, card events and foreign numbers, each row an act of its own."""

from collections.abc import Sequence
from functools import partial

from chalicelib.repos.applications import applications
from chalicelib.rules.accounts.acts import Act
from chalicelib.rules.applications import cards as rules
from chalicelib.rules.applications.applications import Application, Person, current_of
from chalicelib.rules.base.errors import Invalid, OperationInvalid
from chalicelib.rules.base.numbers import is_person_number, split_person_number
from chalicelib.rules.base.vocabulary import Action, PersonNumber
from chalicelib.rules.forms.applications import CardRow, DecisionRow, ForeignNumberRow
from chalicelib.rules.values import codes
from chalicelib.usecases import batches
from chalicelib.usecases.applications import cards, persons, transitions
from chalicelib.usecases.batches import Row, RowOutcome


def decide(rows: Sequence[Row], act: Act) -> list[RowOutcome]:
    """Pass, return, reject or reopen many applications and persons, each in its own transaction (`batches.run`).

    An application and its persons are one object: a person under review carries the status of its application.

    Args:
        rows: as sent, with the fields of `DecisionRow`.
        act: who decides, when and by which request.
    """
    return batches.run(rows, _application_of, partial(_decide, act))


def record_cards(rows: Sequence[Row], act: Act) -> list[RowOutcome]:
    """Record many card events; an event that was recorded before with the same values changes nothing.

    Args:
        rows: as sent, with the fields of `CardRow`.
        act: who records them, when and by which request.
    """
    return batches.run(rows, _person_of, partial(_record_card, act))


def record_foreign_numbers(rows: Sequence[Row], act: Act) -> list[RowOutcome]:
    """Record many 外方申请号; a number that the person has already changes nothing.

    Args:
        rows: as sent, with the fields of `ForeignNumberRow`.
        act: who records them, when and by which request.
    """
    return batches.run(rows, _person_of, partial(_record_foreign_number, act))


def _person_of(row: Row) -> str:
    return codes.normalise(str(row.get("person_number")))


def _application_of(row: Row) -> str:
    number = codes.normalise(str(row.get("number")))
    return split_person_number(PersonNumber(number))[0] if is_person_number(number) else number


def _decide(act: Act, raw: Row, _: None) -> tuple[RowOutcome, None]:
    row = batches.parsed(DecisionRow, raw)
    decision = (Action(row.decision), act, row.status_version, row.reason, row.fields)
    if is_person_number(row.number):
        return _changed(*transitions.change_person_status(row.number, *decision)), None
    after = transitions.change_status(row.number, *decision)
    return RowOutcome(changed=True, current=after.header.current), None


def _record_card(act: Act, raw: Row, _: None) -> tuple[RowOutcome, None]:
    row = batches.parsed(CardRow, raw)
    try:
        return _changed(*cards.record_event(row.person_number, row, act)), None
    except (OperationInvalid, Invalid):
        # Invalid: a concurrent equal event has taken the number since the person was read.
        origin, person = applications.person(row.person_number, act.actor)
        follow_up = applications.get(person.open_service, act.actor) if person.open_service else None
        if not rules.is_recorded(origin, person, follow_up, row.model_dump()):
            raise
        return RowOutcome(current=current_of(person, origin.header)), None


def _record_foreign_number(act: Act, raw: Row, _: None) -> tuple[RowOutcome, None]:
    row = batches.parsed(ForeignNumberRow, raw)
    return _changed(*persons.record_foreign_number(row.person_number, row.foreign_number, act)), None


def _changed(after: Application, person: Person) -> RowOutcome:
    """The outcome of an act on a person, which has left an entry of the history if it has changed something."""
    return RowOutcome(changed=bool(after.history), current=current_of(person, after.header))
